"""Lines of a page: words on one baseline that follow each other without a gap as wide as one between columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter

from engines.layout.right_to_left import as_read, is_right_to_left
from engines.layout.words import SMALLER, Word, shown

COLUMN_GAP = 0.5
"""Gap, in sizes of the font, that parts columns between words that do not follow each other in the content."""
FOLLOWING_GAP = 1.3
"""The same between words that do, such as those of a justified line."""
SURE_GAP = 2.2
"""Gap that parts columns whatever stands above and below."""
PICTURE_GAP = 4.0
"""The same between words that follow each other in the content, where a small picture may stand, such as one of a formula."""
NUMBER_GAP = 4.0
"""Gap that may stand between the number of a section or an entry and what follows."""
SECTION = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[A-Za-z]\.|[ivx]{2,5}\.|\(?[a-z0-9]{1,3}\)|[•●▪■□◦‣➢❖○–-])")
MOST_MARKS = 6
"""Raised marks above a line; more are a line of their own."""
FAR_LARGER = 3.0
"""Ratio of sizes at which words at one height are not of one line."""
LEFT, RIGHT, SIZE = attrgetter("left"), attrgetter("right"), attrgetter("size")
BASELINE = attrgetter("baseline")


@dataclass(slots=True)
class Line:
    """Words in their order; the size and the baseline are those of most letters."""

    words: list[Word]
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    baseline: float = 0.0
    size: float = 0.0
    text: str = field(default="")
    spread: bool = False
    """Whether its words stand in several columns, as in a table of contents."""
    _bold: bool | None = None

    def __post_init__(self) -> None:
        self.text = text_of(self.words)
        if not self.text.isascii() and is_right_to_left(self.words):
            self.words = as_read(self.words)
            self.text = text_of(self.words)
        words = self.words
        self.left, self.right = min(map(LEFT, words)), max(map(RIGHT, words))
        sizes = set(map(SIZE, words))
        self.size = main_size(words) if len(sizes) > 1 else round(words[0].size, 1)
        of_size = {size for size in sizes if round(size, 1) == self.size}
        baselines = sorted(one.baseline for one in words if one.size in of_size)
        self.baseline = baselines[len(baselines) // 2]
        self.top, self.bottom = self.baseline - 0.8 * self.size, self.baseline + 0.2 * self.size
        if min(sizes) < SMALLER * self.size:
            for one in words:
                mark(one, self)
            self.text = text_of(words)

    @property
    def bold(self) -> bool:
        """Whether all of its letters are bold."""
        if self._bold is None:
            is_other = any(not one.font.bold and any(map(str.isalnum, one.text)) for one in self.words)
            self._bold = not is_other and any(map(str.isalnum, self.text))
        return self._bold

    @property
    def fixed(self) -> bool:
        """Whether all of its words are of fonts whose letters are equally wide."""
        return all(one.font.fixed for one in self.words)


def main_size(words: Sequence[Word]) -> float:
    """The size of most letters, to tenths of a point."""
    letters: dict[float, int] = {}
    for one in words:
        size = round(one.size, 1)
        letters[size] = letters.get(size, 0) + len(one.text)
    return max(letters, key=lambda size: (letters[size], size))


def mark(word: Word, line: Line) -> None:
    """Note that a word is raised above its line, or lowered."""
    if word.raised or word.size >= SMALLER * line.size:
        return
    rise = line.baseline - word.baseline
    if rise > 0.15 * line.size or rise < -0.06 * line.size:
        word.raised = 1 if rise > 0 else -1
        word.text = shown(word)


def text_of(words: Sequence[Word]) -> str:
    """The words with blanks between them."""
    return "".join([one.text if one.glued or not at else f" {one.text}" for at, one in enumerate(words)])


def lines_of(words: Sequence[Word]) -> list[Line]:
    """The lines of a page, from top to bottom; those of several columns at one height follow each other from left to right."""
    rows = rows_of(words)
    return [line for at in range(len(rows)) for line in parted(rows, at)]


def rows_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words by baseline over the whole width of the page, each row from left to right."""
    rows: list[list[Word]] = []
    baseline = size = 0.0
    for word in sorted(sorted(words, key=LEFT), key=BASELINE):
        is_level = word.baseline == baseline and 0 < size == word.size  # as most are
        if rows and (is_level or belongs(word, rows[-1], baseline, size)):
            rows[-1].append(word)
            if word.size > size:
                baseline, size = word.baseline, word.size
        else:
            rows.append([word])
            baseline, size = word.baseline, word.size
    found: list[list[Word]] = []
    for row in rows:
        if found and are_marks(found[-1], row):
            found[-1] += row
        else:
            found.append(row)
    return [sorted(row, key=LEFT) for row in found]


def belongs(word: Word, row: Sequence[Word], baseline: float, size: float) -> bool:
    """Whether a word is of a row that has this baseline, and words of this size; none is above it."""
    if max(size, word.size) >= FAR_LARGER * min(size, word.size):
        return False
    below = word.baseline - baseline
    if below <= 0.35 * min(size, word.size):
        return True
    if below > 0.6 * max(size, word.size):
        return False
    if size < SMALLER * word.size:  # so far the row holds raised marks only
        near = 0.3 * word.size
        return below < 0.5 * word.size or any(
            min(abs(one.left - word.right), abs(word.left - one.right)) < near for one in row
        )
    return word.size < SMALLER * size and any(-0.2 * size < word.left - one.right < 0.3 * size for one in row)


def are_marks(small: Sequence[Word], row: Sequence[Word]) -> bool:
    """Whether all words of a row are marks raised beside words of the row below."""
    if len(small) > MOST_MARKS:
        return False
    size = max(map(SIZE, row))
    return all(
        one.size < SMALLER * size
        and 0 < row[0].baseline - one.baseline < 0.8 * size
        and any(-0.1 * size < one.left - word.right < 0.35 * size for word in row)
        for one in small
    )


def parted(rows: Sequence[list[Word]], at: int) -> list[Line]:
    """The lines of a row, parted at gaps between columns."""
    row = rows[at]
    near = [rows[other] for other in (at - 1, at + 1) if 0 <= other < len(rows)]
    parts: list[list[Word]] = [[row[0]]]
    right = row[0].right
    near_gap = COLUMN_GAP * max(min(map(SIZE, row)), 1.0)
    for before, word in pairwise(row):
        is_near = word.left - right <= near_gap
        is_number = not is_near and len(parts[-1]) == 1 and SECTION.fullmatch(before.text)
        if not is_near and parts_columns(before, word, right, near, is_number=bool(is_number)):
            parts.append([word])
        else:
            parts[-1].append(word)
        right = max(right, word.right)
    return [Line(part) for part in parts]


def parts_columns(before: Word, word: Word, right: float, near: Sequence[list[Word]], *, is_number: bool) -> bool:
    """Whether the gap between `right` and a word is one between columns; `near` are the rows above and below."""
    gap = (word.left - right) / max(min(before.size, word.size), 1.0)
    if is_number and gap < NUMBER_GAP:
        return False
    follows = abs(word.place - before.place) == 1
    if gap > (PICTURE_GAP if follows else SURE_GAP):
        return True
    if gap <= (FOLLOWING_GAP if follows else COLUMN_GAP):
        return False
    beside = [row for row in near if row[0].left < word.left and row[-1].right > right]
    covered = len(beside) > (not follows) and all(covers(row, right, word.left) for row in beside)
    return not covered


def covers(row: Sequence[Word], left: float, right: float) -> bool:
    """Whether a word of a row stands in a gap; one that reaches into its edge does not."""
    inset = 0.25 * (right - left)
    return any(one.left < right - inset and one.right > left + inset for one in row)
