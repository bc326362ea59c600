"""A batch from a client's side: its documents sent, its progress followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rich.console import Console

from app.cli.documents import Local
from app.cli.progress import Meter, OnWait, at_once, do_nothing
from app.client import TERMINAL, Client, ClientError, Job

UPLOADS = 6
"""Uploads at a time."""
SHORTEST_POLL, LONGEST_POLL = 0.05, 1.0

REFUSED = frozenset({400, 413, 422})
"""Answers to an upload that concern this document only."""
PRESENT = 409
"""The answer to an upload that had arrived although its answer was lost: no two documents have the same name."""


def upload(
    client: Client,
    console: Console,
    documents: Sequence[Local],
    name: str,
    tend: OnWait = do_nothing,
    look: Callable[[Local], object] = do_nothing,
) -> tuple[str, dict[str, str]]:
    """Send documents into a new ephemeral directory; answers its id, and why which documents could not be sent.

    `look` is shown each document before it is sent, and may raise OSError. Raises ClientError.
    """
    directory_id = client.create_directory(name)
    reasons: dict[str, str] = {}

    def send(document: Local) -> None:
        try:
            look(document)
            client.upload(directory_id, document.path, document.name)
        except OSError as error:
            reasons[document.name] = f"cannot be read: {error.strerror or error}"
        except ClientError as error:
            if error.status not in REFUSED | {PRESENT}:
                raise
            if error.status == PRESENT:
                return
            reasons[document.name] = f"cannot be sent: {error}"

    with Meter(console, "Uploading") as meter:
        at_once(UPLOADS, send, documents, meter, tend)
    return directory_id, reasons


def follow(client: Client, console: Console, job_id: str, tend: OnWait = do_nothing) -> Job:
    """Show the progress of a job until it is over; answers the job. Raises ClientError."""
    with Meter(console, "Processing") as meter:
        for job in poll_job(client, job_id, tend):
            counts = {"failed": job["failed_items"], "skipped": job["skipped_items"]}
            meter.show(ended_count(job), job["total_items"], counts_text(counts))
    return job


def poll_job(client: Client, job_id: str, tend: OnWait) -> Iterator[Job]:
    """A job again and again until it is over. Raises ClientError."""
    pause = SHORTEST_POLL
    while True:
        job = client.status(job_id)["job"]
        yield job
        if job["status"] in TERMINAL:
            return
        tend()
        time.sleep(pause)
        pause = min(LONGEST_POLL, pause * 1.3)


def ended_count(job: Job) -> int:
    """How many items of a job have ended by themselves."""
    return int(job["processed_items"] + job["failed_items"] + job["skipped_items"])


def counts_text(counts: Mapping[str, int]) -> str:
    """`2 failed, 1 skipped`: what there is any of."""
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def exit_code(job: Job | None, statuses: Iterable[str]) -> int:
    """0 when all is completed or skipped, 1 when documents failed, 2 when the job itself, if any, failed or was cancelled."""
    if job is not None and job["status"] != "completed":
        return 2
    return 1 if any(status not in {"completed", "skipped"} for status in statuses) else 0
