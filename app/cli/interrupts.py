"""Ctrl-C of a command that has something to bring to an end: the first is an exception, the second ends the process."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

from app.cli.failures import INTERRUPTED

SHOW_CURSOR = b"\x1b[?25h"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Raises KeyboardInterrupt in the main thread at the first request to stop; at a second one, ends the process at once.

    What a stack has started then ends with it (app.reaper). Whoever starts a command in the background of a script lets
    it ignore SIGINT; that is undone here, so that a run can be stopped however it was started. `nohup` is respected.
    """

    def __init__(self) -> None:
        self._requests = 0
        self._holds = 0
        self._is_raised = False

    @contextlib.contextmanager
    def heeded(self) -> Iterator[None]:
        """Heed them for as long as the block lasts."""
        before = {number: signal.getsignal(number) for number in SIGNALS}
        for number, handler in before.items():
            if number == signal.SIGINT or handler is not signal.SIG_IGN:
                signal.signal(number, self._request)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def held_back(self) -> Iterator[None]:
        """Raise the first one only at the end of the block, so that nothing is left half done."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
        if self._requests and not (self._holds or self._is_raised):
            self._raise()

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self._requests += 1
        if self._requests > 1:
            leave()
        if not self._holds:
            self._raise()

    def _raise(self) -> None:
        self._is_raised = True
        raise KeyboardInterrupt


def leave() -> None:
    """End this process without waiting for anything."""
    if os.isatty(2):
        os.write(2, SHOW_CURSOR)  # which a progress bar has hidden
    os._exit(INTERRUPTED)
