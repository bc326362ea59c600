"""The end of a process that was asked to end, also while its main thread cannot hear of it.

Python runs the handler of a signal between two steps of the main thread. Where that waits inside of the system for the name of
a broker that is gone, it hears nothing for as long as the resolver tries, and Celery, once it knows, looks the name up again to
say goodbye. So a thread of its own is told of the signal by the handler in C, and counts.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable

import billiard

logger = logging.getLogger(__name__)

CLOSING_SECONDS = 5.0
"""How long a process that has nothing to do may take to close what it has open."""
ASKING = (signal.SIGTERM, signal.SIGINT)
"""What asks a process to end in good order."""
LOOK_SECONDS = 0.25


class EndKeeper:
    """Ends this process CLOSING_SECONDS after it has nothing to do any more, or `seconds` and these after it was asked to end.

    `is_busy` says whether it has something to do; `asked` and `last` are called when it is asked to end, and before it is ended
    from here, both in another thread.
    """

    def __init__(
        self,
        seconds: float = 0,
        is_busy: Callable[[], bool] = lambda: False,
        asked: Callable[[], object] = lambda: None,
        last: Callable[[], object] = lambda: None,
    ) -> None:
        self._seconds = seconds
        self._is_busy, self._asked, self._last = is_busy, asked, last
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)

    def begin(self) -> None:
        """Listen from now on; to be called by the main thread, and not by the children that it forks later."""
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        os.register_at_fork(after_in_child=lambda: signal.set_wakeup_fd(-1))
        threading.Thread(target=self._keep, name="end keeper", daemon=True).start()

    def _keep(self) -> None:
        while (number := self._reader.recv(1)[0]) not in ASKING:
            pass
        asked = idle = time.monotonic()
        self._asked()
        while min(idle, asked + self._seconds) + CLOSING_SECONDS > time.monotonic():
            time.sleep(LOOK_SECONDS)
            if self._is_busy():
                idle = time.monotonic()
        logger.warning("asked to end by %s, this process hangs and is ended", signal.Signals(number).name)
        with contextlib.ExitStack() as exits:
            exits.callback(os._exit, 0)
            exits.callback(kill_children)
            self._last()


def kill_children() -> None:
    """End the processes of the pool: nothing else would, once their parent is gone."""
    for pid in [child.pid for child in billiard.active_children()]:
        with contextlib.suppress(ProcessLookupError):
            if pid:
                os.kill(pid, signal.SIGKILL)
