"""What is usual on a page: the size of its paragraphs, and whether they are bold or in a font of a typewriter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engines.layout.lines import Line

LONG = 7
"""Words of a line as long as those of paragraphs."""
FEWEST_LONG = 2
"""Such lines that paragraphs have at least."""
FAIR = 0.3
"""Share of the letters of the most frequent size that another one needs to be that of paragraphs."""
NEARLY_ALL = 0.85
"""Share of letters in fonts of a typewriter that makes these the usual ones, and no code."""


@dataclass(frozen=True, slots=True)
class Style:
    """What is usual; the size is in points."""

    size: float = 10.0
    bold: bool = False
    fixed: bool = False


def style_of(lines: Sequence[Line]) -> Style:
    """What is usual on a page: the largest size that a fair share of all letters has, in lines as long as those of paragraphs."""
    other = [line for line in lines if not line.fixed]
    every = sum(len(line.text) for line in lines)
    is_fixed = every - sum(len(line.text) for line in other) > NEARLY_ALL * every
    letters: Counter[float] = Counter()
    long_lines: Counter[float] = Counter()
    told = lines if is_fixed else other
    plain = [line for line in told if not line.bold]
    is_fair = sum(len(line.text) for line in plain) >= FAIR * sum(len(line.text) for line in told)
    if is_fair and sum(len(line.words) >= LONG for line in plain) >= FEWEST_LONG:
        told = plain  # the rest are headings, even many of them
    for line in told:
        letters[half_points(line.size)] += len(line.text)
        long_lines[half_points(line.size)] += len(line.words) >= LONG
    if not letters:
        return Style()
    body, most = letters.most_common(1)[0]
    size = max(
        [body, *(one for one, count in letters.items() if count >= FAIR * most and long_lines[one] >= FEWEST_LONG)]
    )
    bold = Counter[bool]()
    for line in told:
        if abs(line.size - size) < 0.5:
            bold[line.bold] += len(line.text)
    return Style(size, bold[True] > bold[False], is_fixed)


def half_points(size: float) -> float:
    """A size to halves of a point."""
    return round(2 * size) / 2
