"""Reading order: recursive cuts of a page's parts along its free bands (after Nagy and Seth's XY-cut, 1984)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from engines.layout.lines import Line


class Part(Protocol):
    """Anything with a place, in points from the upper left corner of the page."""

    left: float
    top: float
    right: float
    bottom: float


P = TypeVar("P", bound=Part)
Band = tuple[float, float]

MIN_GUTTER = 7.0
"""Points of width that a band between columns has at least."""
DEEPEST = 12
"""Cuts within cuts."""
SHORT = 14
"""Letters of an average line of a column that is read line by line with those beside it, such as numbers of pages."""
NEAR = 30.0
"""Points between a line of several parts and columns that it may be part of at most."""
CLOSE = 40.0
"""Points between lines that go on with a column and what is beside it at most."""
ALIGNED = 2.0
"""Points by which a line may stick out of its column to the left."""
MARGIN = 0.085
"""Share of a page's height at its top and its bottom where running titles stand."""
APART = 1.2
"""Heights of a line by which a running title stands apart from the text."""
ONE_LINE = 3.0
"""Points by which the bottoms of what stands on one line differ at most."""


def ordered(parts: Sequence[P], depth: int = 0) -> list[list[P]]:
    """Groups of parts in reading order; the parts of a group stand in one column, from top to bottom."""
    if not parts:
        return []
    strips = strips_of(parts)
    if len(parts) == 1 or depth > DEEPEST:
        return [column_of(parts)]
    if len(strips) == 1:
        columns = columns_of(parts)
        if len(columns) == 1 or are_rows(columns):
            return [column_of(parts)]
        return [group for column in columns for group in ordered(column, depth + 1)]
    found: list[list[P]] = []
    single: list[P] = []
    for members in stacked(strips):
        columns = columns_of(members)
        if len(columns) == 1:
            single += members
            continue
        if single:
            found.append(column_of(single))
            single = []
        if are_rows(columns):
            found.append(column_of(members))
        else:
            found += [group for column in columns for group in ordered(column, depth + 1)]
    return [*found, column_of(single)] if single else found


def with_margins(parts: Sequence[P], height: float) -> list[list[P]]:
    """The same of a page of this height; single lines apart at its top and bottom come first and last, in no column."""
    strips = strips_of(parts)
    head: list[P] = []
    foot: list[P] = []
    if len(strips) > 1:
        if stands_apart(strips[0], strips[1]) and max(one.bottom for one in strips[0]) < MARGIN * height:
            head = strips[0]
        if stands_apart(strips[-1], strips[-2]) and strips[-1][0].top > (1 - MARGIN) * height:
            foot = strips[-1]
    apart = {id(one) for one in (*head, *foot)}
    body = [[one for one in group if id(one) not in apart] for group in ordered(parts)]
    return [group for group in (from_left(head), *body, from_left(foot)) if group]


def from_left(parts: Sequence[P]) -> list[P]:
    """Parts of one line in their order."""
    return sorted(parts, key=lambda one: one.left)


def stands_apart(strip: Sequence[P], beside: Sequence[P]) -> bool:
    """Whether a strip is one line high, and further than lines are from the one beside it."""
    top, bottom = min(one.top for one in strip), max(one.bottom for one in strip)
    high = max(one.bottom - one.top for one in strip)
    gap = max(top - max(one.bottom for one in beside), min(one.top for one in beside) - bottom)
    return bottom - top < 1.5 * high and gap > APART * high and all(isinstance(one, Line) for one in strip)


def column_of(parts: Sequence[P]) -> list[P]:
    """Parts from top to bottom."""
    return sorted(parts, key=lambda one: (one.top, one.left))


def strips_of(parts: Sequence[P]) -> list[list[P]]:
    """Parts between free horizontal bands."""
    strips: list[list[P]] = []
    bottom = float("-inf")
    for part in sorted(parts, key=lambda one: one.top):
        if part.top >= bottom - 0.5:
            strips.append([])
        strips[-1].append(part)
        bottom = max(bottom, part.bottom)
    return strips


@dataclass(slots=True)
class Stack(Generic[P]):
    """Strips that share the bands between their columns."""

    parts: list[P]
    bands: list[Band]
    """The vertical bands that all of them leave free."""
    columns: list[Band]
    """From where to where what stands between these reaches."""
    bottom: float


def stacked(strips: Sequence[list[P]]) -> list[list[P]]:
    """Strips that share the bands between their columns are one group; the others stand alone."""
    groups: list[Stack[P]] = []
    for strip in strips:
        alone = Stack(list(strip), free_bands(strip), extents_of(strip), max(one.bottom for one in strip))
        both = put_below(groups[-1], alone) if groups else None
        if both:
            groups[-1] = both
        else:
            groups.append(alone)
    return grown([one.parts for one in groups])


def grown(groups: Sequence[list[P]]) -> list[list[P]]:
    """Groups with columns take in the single lines right above and below that go on with one of their columns."""
    found: list[list[P]] = []
    for group in groups:
        if found and continues(found[-1], group):
            found[-1] += group
            continue
        whole = list(group)
        while found and continues(whole, found[-1]):
            whole += found.pop()
        found.append(whole)
    return found


def continues(group: Sequence[P], single: Sequence[P]) -> bool:
    """Whether a group of one part stands right above or below one with columns, over the width of one of these, and of no other."""
    if len(single) > 1 or len(group) < 2:
        return False
    part = single[0]
    top, bottom = min(one.top for one in group), max(one.bottom for one in group)
    if not (0 <= top - part.bottom < CLOSE or 0 <= part.top - bottom < CLOSE):
        return False
    columns = columns_of(group)
    if len(columns) < 2:
        return False
    meets = [one for one in columns if any(part.left < other.right and other.left < part.right for other in one)]
    if len(meets) != 1:
        return False
    return part.left > min(one.left for one in meets[0]) - ALIGNED


def put_below(group: Stack[P], strip: Stack[P]) -> Stack[P] | None:
    """A group and the strip below it as one, where that has its columns; None where it has not.

    All bands that part the group have to stay free, and no new column may come up.
    """
    common = common_bands(group.bands, strip.bands)
    columns = joined([*group.columns, *strip.columns])
    inner, outer = (group.columns[0][0], group.columns[-1][1]), (columns[0][0], columns[-1][1])
    kept = all(
        any(a < end and begin < b for begin, end in common) for a, b in group.bands if lies_within((a, b), inner)
    )
    if not kept or not any(lies_within(band, outer) for band in common):
        return None
    is_apart = min(one.top for one in strip.parts) - group.bottom > NEAR
    if is_apart and any(len(one.parts) == len(one.columns) > 1 for one in (group, strip)):
        return None  # one line of several parts, such as a running title
    if len(columns) > max(len(group.columns), len(strip.columns)):
        return None
    return Stack(group.parts + strip.parts, common, columns, max(group.bottom, strip.bottom))


def extents_of(parts: Sequence[P]) -> list[Band]:
    """From where to where each column of parts reaches, across."""
    return joined([(one.left, one.right) for one in parts])


def joined(extents: Sequence[Band]) -> list[Band]:
    """Stretches across that no band wide enough for one between columns parts, as one each."""
    found: list[Band] = []
    right = float("-inf")
    for begin, end in sorted(extents):
        is_new = begin - right >= MIN_GUTTER or not found
        right = max(right, end)
        if is_new:
            found.append((begin, right))
        else:
            found[-1] = found[-1][0], right
    return found


def lies_within(band: Band, extent: Band) -> bool:
    """Whether there is something on both sides of a band."""
    return band[0] > extent[0] and band[1] < extent[1]


def free_bands(parts: Sequence[P]) -> list[Band]:
    """The vertical bands that hold no part; the first and the last go on to the edges."""
    bands: list[Band] = []
    right = float("-inf")
    for part in sorted(parts, key=lambda one: one.left):
        if part.left > right:
            bands.append((right, part.left))
        right = max(right, part.right)
    return [*bands, (right, float("inf"))]


def common_bands(one: Sequence[Band], other: Sequence[Band]) -> list[Band]:
    """What is free in both, where it is wide enough."""
    both = [(max(left, begin), min(right, end)) for left, right in one for begin, end in other]
    return [(left, right) for left, right in both if right - left >= MIN_GUTTER]


def columns_of(parts: Sequence[P]) -> list[list[P]]:
    """Parts between free vertical bands, from left to right."""
    columns: list[list[P]] = []
    right = float("-inf")
    for part in sorted(parts, key=lambda one: one.left):
        if part.left - right >= MIN_GUTTER or not columns:
            columns.append([])
        columns[-1].append(part)
        right = max(right, part.right)
    return columns


def are_rows(columns: Sequence[Sequence[P]]) -> bool:
    """Whether columns are read line by line: the lines of the sparser ones are short and stand beside lines of the fullest."""
    lines = [[one for one in column if isinstance(one, Line)] for column in columns]
    if any(len(some) != len(column) for some, column in zip(lines, columns, strict=True)):
        return False
    fullest = max(lines, key=lambda some: sum(len(one.text) for one in some))
    if len(fullest) < 2:
        bottoms = [one.bottom for some in lines for one in some]
        return max(bottoms) - min(bottoms) < ONE_LINE
    for some in lines:
        if some is fullest:
            continue
        beside = sum(any(abs(one.bottom - other.bottom) < ONE_LINE for other in fullest) for one in some)
        is_long = sum(len(one.text) for one in some) > SHORT * len(some)
        if beside < 0.75 * len(some) or (is_long and not are_values(fullest) and not are_values(some)):
            return False
    return True


def are_values(lines: Sequence[Line]) -> bool:
    """Whether lines are values of a form's fields, which no content stream has: they are read with their labels."""
    return all(line.words[0].place < 0 and not line.words[0].font.name for line in lines)
