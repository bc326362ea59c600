"""The edges of a grid: rules that cross each other, and outer rows and columns that are open."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from engines.layout.tables.rules import NEAR, Rule, Rules

APART = NEAR + 0.7
"""Points by which two rules of a grid are apart at least; nearer ones are one drawn twice."""
MOST_CROSSINGS = 250_000
"""Rules across times rules down above which a page is a drawing."""
OPEN = 1.6
"""Ratio of the extent of an outer row or column that is open to that of the largest one that is not, at most."""
FEWEST_LINES = 4
"""Lines with a common end that show an outer row or column however large it is."""
SLIVER = 8.0
"""Points of a row or column without words that is no more than doubled rules."""


def connected(rules: Rules) -> list[Rules]:
    """Rules that cross or touch each other, as many as make a grid."""
    across, down = rules.across, rules.down
    if len(across) * len(down) > MOST_CROSSINGS:
        return []
    parent = list(range(len(across) + len(down)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for i, flat in enumerate(across):
        for j, steep in enumerate(down, len(across)):
            meets = (
                flat.begin - NEAR <= steep.at <= flat.end + NEAR and steep.begin - NEAR <= flat.at <= steep.end + NEAR
            )
            if meets:
                parent[root(i)] = root(j)
    groups: dict[int, Rules] = {}
    for number, rule in enumerate([*across, *down]):
        group = groups.setdefault(root(number), Rules([], []))
        (group.across if number < len(across) else group.down).append(rule)
    return [group for group in groups.values() if is_crossed(group)]


def is_crossed(rules: Rules) -> bool:
    """Whether there are two rules in each direction, or one between the columns of several rows that are open at both sides."""
    return min(len(rules.across), len(rules.down)) >= (2 if len(rules.across) < FEWEST_LINES else 1)


def places(rules: Sequence[Rule]) -> list[float]:
    """Where rules lie, those that are drawn twice once."""
    found: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not found or at - found[-1] > APART:
            found.append(at)
    return found


def widened(edges: list[float], crossing: Sequence[Rule], at: Sequence[float]) -> list[float]:
    """The edges of a grid, and those of an outer row or column that is open: where half of the lines across them end.

    `at` are the places of these lines.
    """
    if not edges or len(at) < 2:
        return edges
    lines: list[list[Rule]] = [[] for _ in at]
    for rule in crossing:
        lines[max(0, bisect_right(at, rule.at + 0.01) - 1)].append(rule)
    begins = sorted(min(one.begin for one in line) for line in lines)
    ends = sorted(max(one.end for one in line) for line in lines)
    begin, end = begins[(len(at) - 1) // 2], ends[len(at) // 2]
    largest = OPEN * max((after - before for before, after in pairwise(edges)), default=0.0)
    first = [begin] if SLIVER < edges[0] - begin < most_open(begins, largest) else []
    last = [end] if SLIVER < end - edges[-1] < most_open(ends, largest) else []
    return [*first, *edges, *last]


def most_open(ends: Sequence[float], largest: float) -> float:
    """The extent of an open row or column at most: `largest`, or any where several lines, in order, end at one place."""
    is_sure = len(ends) >= FEWEST_LINES and ends[-1] - ends[0] < NEAR
    return float("inf") if is_sure else largest
