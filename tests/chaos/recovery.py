"""How long a fault was felt: from when items ended, and nothing else."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

WARM_UP = 1.0
"""Seconds at a job's beginning that do not count as steady."""
WINDOW = 1.0
"""Seconds over which a rate is taken."""
STEP = 0.1
RECOVERED = 0.8
"""The old rate, as far as the noise of a shared machine allows."""
DISTURBED = 0.6
"""Below this share of the old rate a fault is felt."""
FELT_WITHIN = 3.0
"""A fault that is felt at all is felt so soon, in seconds: what is already with the workers is soon done."""


def rate(ends: Sequence[float], begin: float, end: float) -> float:
    """Items per second that ended in [begin, end)."""
    return (bisect_left(ends, end) - bisect_left(ends, begin)) / (end - begin)


def steady_rate(ends: Sequence[float], fault: float) -> float:
    """Items per second before the fault; 0 when it came before anything steady."""
    begin = ends[0] + WARM_UP if ends else fault
    return rate(ends, begin, fault) if fault - begin > WINDOW / 2 else 0.0


def recovery(ends: Sequence[float], fault: float, before: float, last: float) -> float:
    """Seconds from `fault` until items end at the rate `before` again: until the first whole second in which they do.

    0 when the rate never sank. A job that ends first, at `last`, has recovered then.
    """
    moments = [fault + STEP * n for n in range(int(max(0.0, last - fault) / STEP) + 1)]
    felt = [one for one in moments if one <= fault + FELT_WITHIN and _share(ends, one, before) < DISTURBED]
    if not felt or bisect_right(ends, fault) == len(ends):
        return 0.0
    again = (one for one in moments if one >= felt[0] and _share(ends, one, before) >= RECOVERED)
    return next(again, max(last, fault)) - fault


def _share(ends: Sequence[float], begin: float, before: float) -> float:
    """The rate in the second from `begin` on, as a share of the old one; of a job with nothing left to do, 1."""
    rest = len(ends) - bisect_left(ends, begin)
    expected = min(before * WINDOW, rest)
    return rate(ends, begin, begin + WINDOW) * WINDOW / expected if expected else 1.0
