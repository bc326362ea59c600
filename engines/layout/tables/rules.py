"""Rules and shades: what of the drawings of a page may divide a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engines.containers.pdfium import Bounds, DrawnPath, PdfPage

THIN = 3.2
"""Points up to which a rectangle is a rule."""
SHORT = 6.0
"""Points that a rule is long at least."""
NEAR = 2.5
"""Points by which ends of rules may miss each other."""
ONE_LINE = 1.6
"""Points by which rules in one line may be apart, across."""
WHITE = 0xFFFFFF
MANY = 2000
"""Drawings above which no fill is compared with all others."""
SHADE_WIDTH, SHADE_HEIGHT = 60.0, 6.0
"""Points that a shade measures at least."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line along an axis: `at` is its place across, from `begin` to `end` along."""

    at: float
    begin: float
    end: float

    @property
    def length(self) -> float:
        """Its length in points."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a page: those that lie and those that stand."""

    across: list[Rule]
    down: list[Rule]


def rules_of(page: PdfPage, *, fills: bool) -> Rules:
    """The lines of a page, the edges of its frames, and with `fills` those of its shades."""
    across: list[Rule] = []
    down: list[Rule] = []
    area = page.width * page.height
    for path in outermost(page.paths):
        left, top, right, bottom = path.bounds
        wide, high = right - left, bottom - top
        if left > page.width or top > page.height or right < 0 or bottom < 0:
            continue
        if not fills and path.color >> 8 == WHITE:
            continue  # shows on shades alone
        if min(wide, high) <= THIN:
            if path.is_white:
                continue
            if high <= THIN and wide >= high:
                across.append(Rule((top + bottom) / 2, left, right))
            if wide <= THIN:
                down.append(Rule((left + right) / 2, top, bottom))
        elif (path.stroked or (fills and not path.is_white)) and wide > 8 and high > 6 and wide * high < 0.9 * area:
            across += [Rule(top, left, right), Rule(bottom, left, right)]
            down += [Rule(left, top, bottom), Rule(right, top, bottom)]
    return Rules(joined(across), joined(down))


def joined(rules: Sequence[Rule]) -> list[Rule]:
    """Rules in one line that touch are one; short ones are left out."""
    found: list[Rule] = []
    for rule in sorted(rules, key=lambda one: (round(one.at / 1.5), one.begin)):
        last = found[-1] if found else None
        if last and abs(last.at - rule.at) <= ONE_LINE and rule.begin <= last.end + NEAR:
            found[-1] = Rule(last.at, last.begin, max(last.end, rule.end))
        else:
            found.append(rule)
    return [one for one in found if one.length > SHORT]


def outermost(paths: Sequence[DrawnPath]) -> Sequence[DrawnPath]:
    """Without the fills that lie on a larger one of the same colour: the ground of a line of text in a shaded cell."""
    fills = [one for one in paths if one.filled and not one.stroked and smaller_side(one.bounds) > THIN]
    if len(fills) > MANY:
        return paths
    inner = {
        id(one) for one in fills for other in fills if one.color == other.color and lies_in(one.bounds, other.bounds)
    }
    return [one for one in paths if id(one) not in inner]


def smaller_side(bounds: Bounds) -> float:
    """The smaller one of a rectangle's width and height."""
    left, top, right, bottom = bounds
    return min(right - left, bottom - top)


def lies_in(one: Bounds, other: Bounds) -> bool:
    """Whether a rectangle lies inside of another one that is larger."""
    left, top, right, bottom = other
    return (
        one != other
        and left - 0.5 <= one[0]
        and top - 0.5 <= one[1]
        and one[2] <= right + 0.5
        and one[3] <= bottom + 0.5
    )


def shades_of(page: PdfPage) -> list[Bounds]:
    """Filled rectangles that are neither rules nor the ground of the page; those of one row's cells are one."""
    found: list[Bounds] = []
    shades = [path.bounds for path in page.paths if path.filled and not path.is_white]
    for left, top, right, bottom in sorted(shades, key=lambda one: (round(one[1]), one[0])):
        if bottom - top <= SHADE_HEIGHT or bottom - top >= 0.3 * page.height or right - left <= 10:
            continue
        last = found[-1] if found else None
        if last and abs(last[1] - top) < 2 and abs(last[3] - bottom) < 2 and left <= last[2] + 3:
            found[-1] = (last[0], last[1], max(last[2], right), last[3])
        else:
            found.append((left, top, right, bottom))
    return [one for one in found if one[2] - one[0] > SHADE_WIDTH]
