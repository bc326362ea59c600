"""The limits of one run in a sandboxed process, and what was seen of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from engines.errors import Code, DocumentError
from engines.sandbox.crash import CrashReport
from engines.sandbox.procfs import group_cpu, group_memory, memory

STOP_TICK = 0.2
"""Seconds between two questions whether to stop, and between two looks at the programs that the child has started."""
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one run may take, the programs that it starts included; None is no bound."""

    seconds: float
    memory_mb: int
    cpu_seconds: float | None = None
    progress_seconds: float | None = None
    """Without a page done."""


class Watch:
    """Looks at one run of a process group and says when it has to end; `stopped` tells whether somebody cancelled it."""

    def __init__(self, bounds: Bounds, stopped: Callable[[], bool]) -> None:
        self.bounds = bounds
        self.page: int | None = None
        self.waits = False
        """Whether the process waits for a language model: how long that takes, tells nothing of the document."""
        self._stopped = stopped
        self._peak = 0
        self._cpu = 0.0
        self._cpu_before: float | None = None
        self._started = self._moved = time.monotonic()
        self._next_stop = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether the process has been given the request; before, nothing that happens to it tells of the document."""
        return self._cpu_before is not None

    def begin(self, leader: int) -> None:
        """Charge only what the process uses from now on: it may have served other requests before."""
        self._cpu_before = group_cpu(leader)

    def moved(self, page: int | None) -> None:
        """Note that a page is done, and the number, from 1, of the one that is read next; None where nobody knows."""
        self._moved = time.monotonic()
        self.page = page

    def was_nearly_full(self) -> bool:
        """Whether the memory last seen was close to the limit."""
        return self._peak > 0.8 * self.bounds.memory_mb * MEGABYTE

    def check(self, leader: int) -> None:
        """Raise DocumentError when the run of this process group has to end: CANCELLED, OUT_OF_MEMORY, TIMEOUT."""
        now = time.monotonic()
        used = memory(leader)
        if now >= self._next_stop:
            self._next_stop = now + STOP_TICK
            used = group_memory(leader)
            self._check_cpu(leader)
            if self._stopped():
                raise DocumentError(Code.CANCELLED)
        self._peak = max(self._peak, used)
        bounds = self.bounds
        if used > bounds.memory_mb * MEGABYTE:
            raise DocumentError(Code.OUT_OF_MEMORY, f"{used // MEGABYTE} MB")
        if now - self._started > bounds.seconds:
            raise DocumentError(Code.TIMEOUT, f"after {bounds.seconds:g} s")
        if bounds.progress_seconds is not None and now - self._moved > bounds.progress_seconds:
            raise DocumentError(Code.TIMEOUT, f"no page finished for {bounds.progress_seconds:g} s")

    def _check_cpu(self, leader: int) -> None:
        if self._cpu_before is None:
            return
        self._cpu = max(self._cpu, group_cpu(leader) - self._cpu_before)
        if self.bounds.cpu_seconds is not None and self._cpu > self.bounds.cpu_seconds:
            raise DocumentError(Code.TIMEOUT, f"after {self.bounds.cpu_seconds:g} s of processor time")

    def crash(self, error: DocumentError, stderr: str) -> CrashReport:
        """What was seen of a run that ended with this error."""
        return CrashReport(
            code=error.code,
            how=error.detail,
            seconds=round(time.monotonic() - self._started, 2),
            cpu_seconds=round(self._cpu, 2),
            memory_mb=self._peak // MEGABYTE,
            page=self.page,
            stderr=stderr,
        )
