"""Words that OCR has read, as words of a page: with the size and the baseline that the boxes of their letters show.

Their boxes hold the ink alone, so how high one is depends on its letters: `sea` is half as high as `boy`. Sizes that differ
by no more than boxes are inexact are made one, or every line would be of a size of its own.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engines.containers.pdfium import Font
from engines.layout.lines import SURE_GAP
from engines.layout.right_to_left import is_right_to_left
from engines.layout.words import FIRST_RECOGNISED, Word

LOW = frozenset("acemnorsuvwxzgpqyαγεηικμνοπρςστυχψωавгежзийклмнопстуцчшщъыьэюя")
"""Letters without a part above the height of an x."""
BELOW = frozenset("gjpqyçQ,;()[]{}|/$βγζημξρφχψцщурф@")
"""Letters with a part below the baseline."""
X_HEIGHT, CAPITAL, DEPTH = 0.52, 0.72, 0.21
"""Shares of the size: what stands above the baseline of low and of other letters, and what hangs below it."""
UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""Scripts written without blanks between words: Thai, Chinese and Japanese."""
FULL = 0.88
"""Share of the size that their signs are high."""
LARGER = 1.6
"""Ratio of the size of a word to that of its line up to which it is no larger: it is measured by few letters."""
SAME = 0.15
"""Share by which the sizes of lines of one size may differ."""
ROW = 0.4
"""Share of the size by which baselines on a line may differ."""
IDEOGRAM = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
THAI = re.compile(r"[\u0e00-\u0e7f]")
HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
BLANK = ((IDEOGRAM, 2.0), (THAI, 0.6), (HANGUL, 0.18))
"""Letters of Chinese and Japanese, of Thai, of Korean, and the share of the size from which a gap beside them is a blank."""
MIXED = 0.2
"""The same between one of these and a letter or digit of another script."""
FONT = Font("")
LEVEL = 0.25
"""Share of the size by which baselines of stretches of a row are apart that are the same, measured inexactly."""


@dataclass(frozen=True, slots=True)
class RecognisedWord:
    """A word as OCR gives it; lengths in points from the upper left corner of the page."""

    text: str
    x: float
    y: float
    width: float
    height: float
    confidence: float
    """From 0 to 1."""
    stretch: str
    """All words that were read in one with it; the height is that of these."""
    line: int = -1
    """The number of the line that the engine has found it in; negative where it tells none."""

    @property
    def middle(self) -> tuple[float, float]:
        """The point in the middle of its box."""
        return self.x + self.width / 2, self.y + self.height / 2


def words_of_recognised(recognised: Iterable[RecognisedWord]) -> list[Word]:
    """Words for the layout of a page, row by row; the place of each tells what follows it."""
    read = list(recognised)
    words = [measured(one) for one in read]
    order = {id(word): Origin(one.line, at) for at, (word, one) in enumerate(zip(words, read, strict=True))}
    said = [one for one in words if is_said(one.text)]
    stretches = [part for row in rows_of_lines(said, order) for part in parted(row)]
    for part in stretches:
        even(part, is_line=order[id(part[0])].line >= 0)
    for row in rows_by_baseline([part[0] for part in stretches]):
        firsts = set(map(id, row))
        level([part for part in stretches if id(part[0]) in firsts])
    even_sizes(said)
    for sign in words:
        if not is_said(sign.text):
            put_beside(sign, [one for one in said if order[id(one)].line == order[id(sign)].line] or said)
    return numbered(words, order)


class Origin(NamedTuple):
    """Where a word comes from: its line, negative where the engine tells none, and its place among all that was read."""

    line: int
    at: int


def rows_of_lines(words: Iterable[Word], order: Mapping[int, Origin]) -> list[list[Word]]:
    """Words by the line they were read in, and else by their baselines."""
    lines: dict[int, list[Word]] = {}
    for one in words:
        lines.setdefault(order[id(one)].line, []).append(one)
    loose = [word for line, some in lines.items() if line < 0 for word in some]
    return [some for line, some in lines.items() if line >= 0] + rows_by_baseline(loose)


def measured(one: RecognisedWord) -> Word:
    """A word with the size and baseline that its own letters show."""
    letters = "".join(one.stretch.split())
    above = X_HEIGHT if all(letter in LOW for letter in letters) else CAPITAL
    below = DEPTH if any(letter in BELOW for letter in letters) else 0.0
    if UNSPACED.search(letters):
        above, below = FULL - 0.1, 0.1
    size = one.height / (above + below)
    right, bottom = one.x + one.width, one.y + one.height
    return Word(one.text, one.x, one.y, right, bottom, bottom - below * size, size, FONT)


def is_said(text: str) -> bool:
    """Whether a word has a letter or a digit, by whose height one can go."""
    return any(map(str.isalnum, text))


def rows_by_baseline(words: Iterable[Word]) -> list[list[Word]]:
    """Words whose baselines are near each other over the whole width, from top to bottom."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda one: one.baseline):
        if rows and word.baseline - rows[-1][-1].baseline < ROW * min(word.size, rows[-1][-1].size):
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def parted(row: Sequence[Word]) -> list[list[Word]]:
    """The stretches of a row that no gap between columns divides, from left to right."""
    parts: list[list[Word]] = []
    for word in sorted(row, key=lambda one: one.left):
        before = parts[-1][-1] if parts else None
        if before and word.left - before.right < SURE_GAP * max(before.size, word.size):
            parts[-1].append(word)
        else:
            parts.append([word])
    return parts


def even(stretch: Sequence[Word], *, is_line: bool) -> None:
    """Give the words of a stretch the size and the baseline of most of its letters, but those that are far larger in no line."""
    size = middle_size(stretch)
    alike = [one for one in stretch if is_line or one.size <= LARGER * size]
    baseline = statistics.median(one.baseline for one in alike)
    for one in alike:
        one.size, one.baseline = size, baseline


def level(stretches: Sequence[Sequence[Word]]) -> None:
    """Give stretches of a row one baseline where theirs are about the same, or those of small letters would be raised marks."""
    baseline = statistics.median(part[0].baseline for part in stretches)
    for part in stretches:
        own = part[0].baseline
        for word in part if abs(own - baseline) < LEVEL * part[0].size else ():
            if word.baseline == own:
                word.baseline = baseline


def even_sizes(words: Sequence[Word]) -> None:
    """Make the sizes of a page one where they are about the same, those of most letters first."""
    rest = list(words)
    while rest:
        size = middle_size(rest)
        alike = [one for one in rest if abs(one.size - size) <= SAME * size]
        for one in alike:
            one.size = size
        taken = set(map(id, alike))
        rest = [one for one in rest if id(one) not in taken]


def middle_size(words: Sequence[Word]) -> float:
    """The median of sizes, each counted once a letter."""
    sizes = sorted((one.size, len(one.text)) for one in words)
    half = sum(count for _, count in sizes) / 2
    for size, count in sizes:
        half -= count
        if half <= 0:
            return size
    return sizes[-1][0]


def put_beside(sign: Word, said: Sequence[Word]) -> None:
    """Give a word of signs alone the size and the baseline of the nearest word at its height."""
    x, y = (sign.left + sign.right) / 2, (sign.top + sign.bottom) / 2
    beside = [one for one in said if one.baseline - one.size < y < one.baseline + 0.3 * one.size]
    nearest = min(beside, key=lambda one: max(one.left - x, x - one.right), default=None)
    if nearest:
        sign.size, sign.baseline = nearest.size, nearest.baseline


def numbered(words: Iterable[Word], order: Mapping[int, Origin]) -> list[Word]:
    """The words with their places, those of each row in the order in which they were read, or that of their script."""
    found: list[Word] = []
    place = FIRST_RECOGNISED
    for part in (part for row in rows_of_lines(words, order) for part in parted(row)):
        if order[id(part[0])].line >= 0:
            ordered = sorted(part, key=lambda one: order[id(one)].at)
        else:
            ordered = part[::-1] if is_right_to_left(part) else part
        for at, word in enumerate(ordered):
            word.place = place + at
            word.glued = at > 0 and touches(ordered[at - 1], word)
        place += len(ordered) + 1
        found += phrases(ordered) if order[id(part[0])].line >= 0 else ordered
    return found


def phrases(words: Sequence[Word]) -> list[Word]:
    """Words of a line, those that touch as one: engines know the letters of such scripts better than where each stands."""
    found: list[Word] = []
    for word in words:
        last = found[-1] if found else None
        if last is None or not word.glued:
            found.append(word)
            continue
        last.text += word.text
        last.left, last.top = min(last.left, word.left), min(last.top, word.top)
        last.right, last.bottom = max(last.right, word.right), max(last.bottom, word.bottom)
    return found


def touches(before: Word, word: Word) -> bool:
    """Whether no blank is between two words: of a script without blanks, or of one whose words engines part into syllables."""
    gap = max(word.left - before.right, before.left - word.right)
    limits = [limit for one in (before.text[-1], word.text[0]) for letters, limit in BLANK if letters.match(one)]
    if not limits:
        return False
    is_mixed = len(limits) < 2 and before.text[-1].isalnum() and word.text[0].isalnum()
    return gap < min(MIXED if is_mixed else limit for limit in limits) * word.size
