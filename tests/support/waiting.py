"""Waiting for what will come: on a condition, never on the clock, and for no longer than one ceiling for all tests.

The ceiling is no bar that anything has to stay under: a machine busy with other work is slow, and only what never comes reaches it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

CEILING = 300.0
"""Seconds after which a test gives up what it waits for."""
SHORTEST, LONGEST = 0.02, 0.5
"""Seconds between two looks, at first and in the end: looking costs those time who are waited for."""
Found = TypeVar("Found")


def eventually(look: Callable[[], Found], seconds: float = CEILING) -> Found:
    """What `look` answers as soon as that is true-like. Raises AssertionError after `seconds`."""
    last = time.monotonic() + seconds
    pause = SHORTEST
    while not (found := look()):
        assert time.monotonic() < last, f"nothing but {found!r} after {seconds:.0f} s"
        time.sleep(pause)
        pause = min(1.2 * pause, LONGEST)
    return found
