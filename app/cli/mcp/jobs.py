"""A job as long as a call of a tool lasts: started, followed, and cancelled with the call."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio import from_thread, to_thread
from anyio.lowlevel import checkpoint_if_cancelled
from rich.console import Console

from app.cli.batch import LONGEST_POLL, SHORTEST_POLL
from app.cli.documents import Local
from app.cli.uploading import upload
from app.client import TERMINAL, Client, ClientError, Job

logger = logging.getLogger(__name__)

TELL_SECONDS = 1.0
"""How often a caller is told that the work goes on."""
CANCEL_SECONDS = 10.0
"""How long a call that was cancelled waits for its job to be."""

Tell = Callable[[float, str], Awaitable[None]]
"""Is told how many seconds a call has lasted, and with what."""


async def send(client: Client, documents: Sequence[Local]) -> tuple[str, dict[str, str]]:
    """Send documents into a new directory; answers its id, and why which could not be sent. Raises ClientError.

    It stops between two groups of documents when the call is cancelled.
    """

    def sending() -> tuple[str, dict[str, str]]:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - a device
            return upload(client, Console(file=nowhere), documents, "sheaf mcp", from_thread.check_cancelled)

    return await to_thread.run_sync(sending)


@asynccontextmanager
async def job_of_call(client: Client, directory_id: str, config: dict[str, Any]) -> AsyncIterator[str]:
    """Start a job over a directory; when the call is cancelled within the block, the job is. Raises ClientError."""
    await checkpoint_if_cancelled()
    with anyio.CancelScope(shield=True):  # a job that was begun has a name by which it is cancelled
        job_id = await to_thread.run_sync(client.create_batch, directory_id, config)
    try:
        yield job_id
    except anyio.get_cancelled_exc_class():
        with anyio.move_on_after(CANCEL_SECONDS, shield=True):
            await cancel(client, job_id)
        raise


async def cancel(client: Client, job_id: str) -> None:
    """Cancel a job of which nobody waits for the outcome."""
    try:
        await to_thread.run_sync(client.cancel, job_id, "its caller has cancelled")
    except ClientError as error:
        logger.warning("the job %s may go on: %s", job_id, error)


async def follow(client: Client, job_id: str, wait_seconds: float, tell: Tell, what: str) -> Job:
    """Wait for the end of a job, no longer than that; answers the job as it is then. Raises ClientError."""
    began = told = anyio.current_time()
    await tell(0.0, f"{what} was sent")
    pause = SHORTEST_POLL
    while True:
        job = (await to_thread.run_sync(client.status, job_id))["job"]
        now = anyio.current_time()
        left = began + wait_seconds - now
        if job["status"] in TERMINAL or left <= 0:
            return job
        if now >= told + TELL_SECONDS:
            told = now
            await tell(now - began, f"{what} is being read")
        await anyio.sleep(min(pause, left))
        pause = min(LONGEST_POLL, pause * 1.3)
