"""A batch from a client's side: its progress followed, its outcome told."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

from rich.console import Console

from app.cli.progress import Meter, OnWait, do_nothing
from app.client import TERMINAL, Client, Job

SHORTEST_POLL, LONGEST_POLL = 0.05, 1.0


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
