"""Fractions with a bar: what stands above and below it becomes one word in the line that it is part of, `(a + b)/c`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from engines.containers.pdfium import Bounds, PdfPage
from engines.layout.lines import Line
from engines.layout.words import SMALLER, Word

THICKEST = 1.5
"""Points of a bar at most."""
SHORTEST, LONGEST = 3.0, 250.0
"""Points of its length."""
ABOVE, BELOW = (0.0, 1.1), (0.5, 1.4)
"""Distances, in sizes, of the baselines of what stands above and below a bar from it."""
AXIS = (0.1, 0.5)
"""The same of the line that a fraction is part of, below the bar."""
MARK = 0.6
"""Distance, in sizes, of the baselines of raised and lowered marks from that of their line at most."""
NEAR = 0.9
"""Gap, in sizes, between a fraction and the words beside it at most."""
INSET = 1.0
"""Points by which words may stick out of a bar."""
MOST_BARS = 300
"""Lines of a page above which it is a drawing."""
FARTHEST = 60.0
"""Points from a bar within which its words stand."""
MOST_WORDS = 12
"""Words above or below a bar at most."""
SUMS = frozenset("+-−–±· ")
"""What puts one side of a fraction into brackets."""


def with_fractions(words: list[Word], page: PdfPage) -> list[Word]:
    """The words of a page, those of each fraction in one, at the place of its bar and on the baseline of the words beside it."""
    bars = bars_of(page)
    if not 0 < len(bars) <= MOST_BARS:
        return words
    levels = sorted(words, key=attrgetter("baseline"))
    taken: dict[int, Word | None] = {}
    for bar in sorted(bars, key=lambda one: one[2] - one[0]):  # those inside of others come first
        begin = bisect_left(levels, bar[1] - FARTHEST, key=attrgetter("baseline"))
        end = bisect_left(levels, bar[1] + FARTHEST, key=attrgetter("baseline"))
        if fraction := fraction_at(bar, levels[begin:end]):
            parts, whole = fraction
            taken |= dict.fromkeys(map(id, parts))
            taken[id(parts[0])] = whole
            levels = sorted([*(one for one in levels if id(one) not in taken), whole], key=attrgetter("baseline"))
    return [last for one in words if (last := last_of(one, taken))]


def last_of(word: Word, taken: Mapping[int, Word | None]) -> Word | None:
    """What a word has become: itself, the fraction that begins with it, or None where it is within one."""
    last: Word | None = word
    while last and id(last) in taken:
        last = taken[id(last)]
    return last


def bars_of(page: PdfPage) -> list[Bounds]:
    """The lines of a page that may be bars of fractions; older programs of TeX draw them as pictures."""
    drawn = [*(one.bounds for one in page.paths), *(one.bounds for one in page.pictures)]
    return [one for one in drawn if one[3] - one[1] < THICKEST and SHORTEST < one[2] - one[0] < LONGEST]


def fraction_at(bar: Bounds, words: Sequence[Word]) -> tuple[list[Word], Word] | None:
    """The words above and below a bar, and the one that they become; None where it is an underline, or a rule of a table."""
    left, top, right, bottom = bar
    y = (top + bottom) / 2
    among = [one for one in words if left - INSET <= one.left and one.right <= right + INSET]
    over, under = stack(among, y, above=True), stack(among, y, above=False)
    if not 0 < len(over) <= MOST_WORDS or not 0 < len(under) <= MOST_WORDS:
        return None
    parts = [*over, *under]
    if any(goes_on(one, words, parts, bar) for one in parts):
        return None
    level = [one for one in words if is_beside(one, bar, parts)]
    if not level:
        return None
    for one in level:
        one.glued = one.glued and one.left < left  # `d/dt x` is no `d/dtx`
    beside = level[0]
    text = f"{side(over)}/{side(under)}"
    whole = replace(over[0], text=text, left=left, right=right, glued=False, raised=0)
    whole.baseline, whole.size = beside.baseline, beside.size
    whole.top, whole.bottom = beside.top, beside.bottom
    return parts, whole


def stack(words: Sequence[Word], y: float, *, above: bool) -> list[Word]:
    """The words of the upper or the lower side of a fraction, with what is raised or lowered beside them."""
    found = [one for one in words if stands(one, y, above=above)]
    if not found:
        return []
    main = max(found, key=lambda one: one.size)
    marks = (
        one
        for one in words
        if one.size < SMALLER * main.size
        and abs(one.baseline - main.baseline) < MARK * main.size
        and (one.baseline < y) == above
        and not any(one is other for other in found)
    )
    return [*found, *marks]


def stands(word: Word, y: float, *, above: bool) -> bool:
    """Whether a word stands where the upper or the lower side of a fraction does."""
    least, most = ABOVE if above else BELOW
    return least * word.size <= (y - word.baseline if above else word.baseline - y) <= most * word.size


def goes_on(word: Word, words: Sequence[Word], parts: Sequence[Word], bar: Bounds) -> bool:
    """Whether the line of a word goes on beside a bar, as an underlined one does."""
    left, _, right, _ = bar
    reach = 2 * word.size
    return any(
        abs(one.baseline - word.baseline) < 0.5
        and one.size > SMALLER * word.size
        and left - reach < one.right
        and one.left < right + reach
        and not any(one is part for part in parts)
        for one in words
    )


def is_beside(word: Word, bar: Bounds, parts: Sequence[Word]) -> bool:
    """Whether a word is of the line that a fraction is part of: it stands right before or behind, and its middle is at the bar."""
    left, top, right, bottom = bar
    gap = max(left - word.right, word.left - right)
    least, most = AXIS
    is_level = least * word.size <= word.baseline - (top + bottom) / 2 <= most * word.size
    return is_level and -INSET <= gap <= NEAR * word.size and not any(word is part for part in parts)


def side(words: Sequence[Word]) -> str:
    """The text above or below a bar, in brackets where it is a sum or of several words."""
    text = Line(sorted((replace(one) for one in words), key=lambda one: one.left)).text
    return f"({text})" if SUMS.intersection(text) else text
