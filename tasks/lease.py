"""Keeping the claim on the items of one message, and watching over the process that works on them.

A thread of its own extends the leases, so that a long page does not lose them, and learns from the same statement which items
were cancelled or taken over. It also watches the clock and the memory: engines release the interpreter lock, so it runs while
they do. A document that exceeds its budget in a process it shares takes the process with it on purpose: the broker delivers the
message again, and its items then go singly, each in a child of its own, and the blame is clear (docs/promises.md, promise 4).

The holder of a lease is a message in a process. Brokers deliver a message again when the process that had it died, and now and
then when it did not (a connection that was lost, a visibility timeout). Only in the first case may the second delivery take
back what the first one holds. On the same machine the process table tells; elsewhere the lease does.
"""

from __future__ import annotations

import contextvars
import logging
import os
import platform
import signal
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from engines.sandbox.procfs import PROC, memory
from models import BatchItem, Session, read_session
from tasks import draining, noise

logger = logging.getLogger(__name__)

TICK = 0.5
"""Seconds between two looks at clock, memory and what is still held: how late a cancellation may be noticed."""
LAST_RESORT = 4 * TICK
"""Seconds after a document's deadline until the alarm, whose default is to end the process."""
MEGABYTE = 1024 * 1024


class LostError(Exception):
    """The item in work was cancelled, belongs to somebody else now, or has to be handed back."""


class Lease:
    """The claim on some items, kept for as long as the context lasts.

    A quarter of `seconds` after each extension the next one makes it last so long again. `memory_mb` bounds the resident memory
    of this process while an item is begun in it.
    """

    def __init__(self, ids: Collection[int], holder: str, *, seconds: float, memory_mb: int) -> None:
        self._holder = holder
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._held = set(ids)
        self._open = set(ids)
        self.is_ending = False
        """Whether the worker was asked to end and its grace period is over: what is not done goes back."""
        self._deadline: float | None = None
        self._context = contextvars.copy_context()
        """What is being worked on: the logs of the watching thread name it."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.start(None)
        self._stop.set()
        self._thread.join()

    def holds(self, item_id: int) -> bool:
        """Whether the item is still this message's to work on."""
        return item_id in self._held and not self.is_ending

    def done(self, ids: Collection[int]) -> None:
        """Stop keeping items that are finished."""
        self._open -= set(ids)

    def start(self, seconds: float | None) -> None:
        """Begin an item in this process, which may take `seconds`; None when a child with limits of its own does the work."""
        self._context = contextvars.copy_context()
        self._deadline = time.monotonic() + seconds if seconds is not None else None
        # A document that holds the interpreter lock keeps the watching thread from running: then the kernel ends the process.
        signal.setitimer(signal.ITIMER_REAL, seconds + LAST_RESORT if seconds is not None else 0)

    def check(self, item_id: int) -> None:
        """Raise LostError at a page boundary of an item that is no longer this message's, or has to be handed back."""
        if not self.holds(item_id):
            raise LostError

    def _keep(self) -> None:
        extended = time.monotonic()
        while not self._stop.wait(TICK):
            now = time.monotonic()
            self._context.copy().run(self._watch, now)
            self.is_ending = draining.is_over()
            # Between two extensions an UPDATE would only wear out the database; cancelled items are found by both.
            extend = now - extended >= self._seconds / 4
            if self._refresh(extend=extend) and extend:
                extended = now

    def _refresh(self, *, extend: bool) -> bool:
        """Learn what is still held. A database that is away keeps nobody from working: the token decides in the end."""
        ids = set(self._open)
        if not ids:
            return True
        try:
            with Session.begin() if extend else read_session() as session:
                held = (
                    BatchItem.extend(session, ids, self._holder, self._seconds)
                    if extend
                    else BatchItem.still_held(session, ids, self._holder)
                )
        except SQLAlchemyError as error:
            logger.warning("leases could not be kept: %s", error)
            return False
        self._held -= ids - held
        return True

    def _watch(self, now: float) -> None:
        if self._deadline is None:
            return
        if now > self._deadline:
            logger.warning("a document takes too long for a process it shares; its items go again singly")
        elif memory(os.getpid()) > self._memory_mb * MEGABYTE:
            logger.warning("a document takes too much memory for a process it shares; its items go again singly")
        else:
            return
        noise.tell()
        os.kill(os.getpid(), signal.SIGKILL)


def this_process() -> str:
    """The name of this process, which no other ever has: `MACHINE/PROCESS/START`."""
    return f"{platform.node()}/{os.getpid()}/{start_of(os.getpid())}"


def holder_of(message_id: str) -> str:
    """The name under which this process claims items for a message: `MESSAGE@MACHINE/PROCESS/START`."""
    return f"{message_id}@{this_process()}"


def is_gone(holder: str) -> bool:
    """Whether a holder has ended for certain. One on another machine may live: its lease will tell.

    A delivery in this very process has ended too: a process works on one message at a time.
    """
    machine, process, start = holder.rpartition("@")[2].split("/")
    if machine != platform.node():
        return False
    return int(process) == os.getpid() or start_of(int(process)) != start


def start_of(process: int) -> str:
    """When a process was started, in ticks of the machine's clock, so that a number used again is noticed; "" when it is gone.

    Elsewhere than on Linux the number of a process that lives has to do.
    """
    if not PROC.is_dir():
        return "alive" if _lives(process) else ""
    try:
        fields = Path(PROC, str(process), "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == b"Z" else fields[19].decode()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
