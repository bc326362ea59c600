"""Bullets that are drawn, as browsers do: small shapes beside the first word of an entry become words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from engines.containers.pdfium import Bounds
from engines.layout.words import Word, is_right_to_left

MOST_DOTS = 300
"""Small shapes of a page above which they are points of a chart."""
MOST_OF_A_ROW = 2
"""Shapes at one height up to which they are bullets of columns; more are the legend of a chart."""
BULLET = "•"
GAP = (0.15, 1.8)
"""Gap between a bullet and its entry, in sizes."""
WIDEST = 0.7
"""Width of a bullet at most, in sizes."""
HEIGHT = (0.05, 0.75)
"""Where its middle stands above the baseline, in sizes."""
ALONE = 1.0
"""Room on its other side, in sizes: a shape within a line is none."""


def with_drawn_bullets(words: list[Word], dots: Sequence[Bounds]) -> list[Word]:
    """The words, each drawn bullet before the first word of its entry."""
    if not 0 < len(dots) <= MOST_DOTS:
        return words
    found: dict[int, Word] = {}
    rows = Counter(round(dot[1] + dot[3]) for dot in dots)
    for dot in dots:
        if rows[round(dot[1] + dot[3])] > MOST_OF_A_ROW:
            continue
        entry = entry_of(dot, words)
        if entry:
            left, top, right, bottom = dot
            found[id(entry)] = replace(
                entry, text=BULLET, left=left, top=top, right=right, bottom=bottom, glued=False, raised=0, url=""
            )
            entry.glued = False
    return [one for word in words for one in ((found[id(word)], word) if id(word) in found else (word,))]


def entry_of(dot: Bounds, words: Sequence[Word]) -> Word | None:
    """The word that a shape stands before as a bullet; None where it stands otherwise."""
    left, top, right, bottom = dot
    middle = (top + bottom) / 2
    level = [one for one in words if HEIGHT[0] < (one.baseline - middle) / (one.size or 1.0) < HEIGHT[1]]
    after = [one for one in level if one.left >= right]
    before = [one for one in level if one.right <= left]
    if len(after) + len(before) < len(level):  # it lies on a word
        return None
    sides = (
        (min(after, key=lambda one: one.left, default=None), before, False),
        (max(before, key=lambda one: one.right, default=None), after, True),
    )
    for word, others, leftwards in sides:
        if word is None or leftwards != is_right_to_left(word.text[0]):
            continue
        gap = (left - word.right if leftwards else word.left - right) / word.size
        is_alone = all(max(one.left - right, left - one.right) > ALONE * one.size for one in others)
        if is_alone and GAP[0] < gap < GAP[1] and right - left < WIDEST * word.size:
            return word
    return None
