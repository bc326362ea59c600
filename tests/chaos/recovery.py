"""How long a fault was felt: from when items ended, and nothing else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Course:
    """How a job went: when items ended, in order, when the job did, and how many items it had. Times are in seconds."""

    ends: Sequence[float]
    ended: float
    total: int

    def rate(self, begin: float, end: float) -> float:
        """Items per second that ended in [begin, end)."""
        return (bisect_left(self.ends, end) - bisect_left(self.ends, begin)) / (end - begin)

    def steady_rate(self, fault: float) -> float:
        """Items per second before the fault; 0 when it came before anything steady."""
        begin = self.ends[0] + WARM_UP if self.ends else fault
        return self.rate(begin, fault) if fault - begin > WINDOW / 2 else 0.0

    def recovery(self, fault: float, before: float) -> float:
        """Seconds from `fault` until items end at the rate `before` again: until the first whole second in which they do.

        0 when the rate never sank. A job that ends first has recovered then.
        """
        last = max(fault, self.ended)
        moments = [fault + STEP * n for n in range(int((last - fault) / STEP) + 1)]
        felt = (one for one in moments if one <= fault + FELT_WITHIN and self._share(one, before) < DISTURBED)
        first = next(felt, None)
        if first is None:
            return 0.0
        return next((one for one in moments if one >= first and self._share(one, before) >= RECOVERED), last) - fault

    def _share(self, begin: float, before: float) -> float:
        """The rate in the second from `begin` on, as a share of the old one, or of what was left to do; 1 when nothing was."""
        left = self.total - bisect_left(self.ends, begin)
        expected = min(before * WINDOW, left)
        return self.rate(begin, begin + WINDOW) * WINDOW / expected if expected else 1.0
