"""A batch from a client's side: its documents sent, its progress followed."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console

from app.cli.documents import Local
from app.cli.progress import Meter, Tend, at_once, do_nothing
from app.client import TERMINAL, Client, ClientError

UPLOADS = 6
"""Uploads at a time."""
SHORTEST_POLL, LONGEST_POLL = 0.05, 1.0

REFUSED = frozenset({400, 413, 422})
"""Answers to an upload that concern this document only."""


def upload(
    client: Client, console: Console, documents: Sequence[Local], name: str, tend: Tend = do_nothing
) -> tuple[str, dict[str, str]]:
    """Send documents into a new ephemeral directory; answers its id, and why which documents could not be sent.

    Raises ClientError.
    """
    directory_id = client.create_directory(name)
    reasons: dict[str, str] = {}

    def send(document: Local) -> None:
        try:
            client.upload(directory_id, document.path, document.name)
        except OSError as error:
            reasons[document.name] = f"cannot be read: {error.strerror or error}"
        except ClientError as error:
            if error.status not in REFUSED:
                raise
            reasons[document.name] = f"cannot be sent: {error}"

    with Meter(console, "Uploading") as meter:
        at_once(UPLOADS, send, documents, meter, tend)
    return directory_id, reasons


def follow(client: Client, console: Console, job_id: str, tend: Tend = do_nothing) -> dict[str, Any]:
    """Show the progress of a job until it is over; answers the job. Raises ClientError."""
    pause = SHORTEST_POLL
    with Meter(console, "Processing") as meter:
        while True:
            job: dict[str, Any] = client.status(job_id)["job"]
            counts = {"failed": job["failed_items"], "skipped": job["skipped_items"]}
            done = job["processed_items"] + sum(counts.values())
            meter.show(done, job["total_items"], ", ".join(f"{n} {what}" for what, n in counts.items() if n))
            if job["status"] in TERMINAL:
                return job
            tend()
            time.sleep(pause)
            pause = min(LONGEST_POLL, pause * 1.3)


def process(
    client: Client, console: Console, directory_id: str, job_config: dict[str, Any], tend: Tend = do_nothing
) -> dict[str, Any]:
    """Start a job and follow it; answers the job. Ctrl-C cancels it on the way out. Raises ClientError."""
    job_id = ""
    try:
        with uninterrupted():
            job_id = client.create_batch(directory_id, job_config)
        return follow(client, console, job_id, tend)
    except KeyboardInterrupt:
        if job_id:
            console.print("Cancelling …")
            client.cancel(job_id, "interrupted by its user")
        raise


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back, so that a job is not left behind whose id never arrived."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def exit_code(job: dict[str, Any], statuses: Iterable[str]) -> int:
    """0 when all is completed or skipped, 1 when documents failed, 2 when the job itself failed or was cancelled."""
    if job["status"] != "completed":
        return 2
    return 1 if any(status not in {"completed", "skipped"} for status in statuses) else 0
