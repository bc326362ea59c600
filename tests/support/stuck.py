"""A module that a worker or the clock loads: its main thread waits inside of the system for what never comes, and hears no signal.

That is where a process is while it looks up the name of a broker in a network whose name server is gone too.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from celery import signals

READY = "STUCK_READY"
"""The variable that names the file which tells that it waits."""


@signals.worker_ready.connect(weak=False)
def wait_for_ever(**_: object) -> None:
    """Take a lock twice: no signal ends that."""
    system, lock = ctypes.CDLL(None), ctypes.create_string_buffer(128)
    system.pthread_mutex_lock(lock)
    Path(os.environ[READY]).touch()
    system.pthread_mutex_lock(lock)
