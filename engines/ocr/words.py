"""The words that OCR has read on a page: those that mean something, told from specks, and those where no other text stands."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence

from engines.containers.pdfium import Bounds, PdfPage
from engines.layout.recognised import RecognisedWord, is_said

SURE = 0.8
"""Confidence of words that are there without doubt."""
LIKELY = 0.6
"""The same of words that are taken where most others are sure."""
FEWEST = 3
"""Letters of sure words that a place with text has at least; fewer are specks."""
MOSTLY = 0.5
"""Share of its letters that they are at least: less is what a photograph or handwriting looks like to OCR."""
SPECK = 0.45
"""Share of the usual height below which no letter is."""
CELL = 4.0
"""Points of a side of the cells by which one sees where native characters stand."""


def meaningful(words: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    """The words of one place that say something; none when most of what was read there is doubtful."""
    said = [one for one in words if is_said(one.text)]
    if not said:
        return []
    least = SPECK * statistics.median(one.height for one in said)
    said = [one for one in said if one.height >= least]
    sure = sum(letters_of(one) for one in said if one.confidence >= SURE)
    if sure < FEWEST or sure < MOSTLY * sum(map(letters_of, said)):
        return []
    said = [one for one in said if one.confidence >= LIKELY]
    return [one for one in words if one in said or (one.confidence >= SURE and is_between(one, said))]


def is_between(sign: RecognisedWord, words: Sequence[RecognisedWord]) -> bool:
    """Whether a sign stands between two words, as a dash does; others are ticks and edges of a drawing."""
    _, y = sign.middle
    level = [one for one in words if one.y - one.height / 2 < y < one.y + 1.5 * one.height]
    before = any(0 <= sign.x - one.x - one.width < one.height for one in level)
    return before and any(0 <= one.x - sign.x - sign.width < one.height for one in level)


def legible(words: Iterable[RecognisedWord]) -> list[RecognisedWord]:
    """The words of a scan, which are the best there is of it, without doubtful signs, and each once."""
    return once([one for one in words if is_said(one.text) or one.confidence >= SURE])


def once(words: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    """The words without those on which a word of another line stands that is surer: some lines are found twice."""
    lines: dict[int, list[RecognisedWord]] = {}
    for one in words:
        lines.setdefault(one.line, []).append(one)
    taken: dict[tuple[int, int], int] = {}
    left_out: set[int] = set()
    for line, some in sorted(lines.items(), key=lambda pair: -sum(one.confidence * len(one.text) for one in pair[1])):
        for one in some:
            x, y = one.middle
            if taken.get(cell_of(x, y), line) != line:
                left_out.add(id(one))
                continue
            row = cell_of(x, y)[1]
            for column in range(cell_of(one.x, y)[0], cell_of(one.x + one.width, y)[0] + 1):
                taken.setdefault((column, row), line)
    return [one for one in words if id(one) not in left_out]


def has_text(words: Iterable[RecognisedWord]) -> bool:
    """Whether some words of a scan have more letters than specks."""
    return sum(map(letters_of, words)) >= FEWEST


def confidence_of(words: Iterable[RecognisedWord], own: int) -> float | None:
    """How sure one is of the letters of a page, from 0 to 1; its `own` ones are certain. None of a page without letters."""
    read = [(len(one.text), one.confidence) for one in words]
    letters = own + sum(count for count, _ in read)
    return round((own + sum(count * sure for count, sure in read)) / letters, 4) if letters else None


def letters_of(word: RecognisedWord) -> int:
    """How many letters and digits a word has."""
    return sum(map(str.isalnum, word.text))


def apart_from(sheet: PdfPage, words: Iterable[RecognisedWord]) -> list[RecognisedWord]:
    """The words that stand where the page has no characters of its own."""
    taken = {
        cell_of((left + right) / 2, (top + bottom) / 2)
        for character, (left, top, right, bottom) in zip(sheet.characters, sheet.bounds, strict=True)
        if not character.isspace()
    }
    return [one for one in words if taken.isdisjoint(cells_of(one))]


def cell_of(x: float, y: float) -> tuple[int, int]:
    """The cell that a point lies in."""
    return int(x // CELL), int(y // CELL)


def cells_of(word: RecognisedWord) -> Iterator[tuple[int, int]]:
    """The cells that a word covers."""
    left, top = cell_of(word.x, word.y)
    right, bottom = cell_of(word.x + word.width, word.y + word.height)
    return ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))


def inside(words: Iterable[RecognisedWord], bounds: Bounds) -> list[RecognisedWord]:
    """The words whose middle lies in a rectangle."""
    left, top, right, bottom = bounds
    return [one for one in words if left <= one.middle[0] <= right and top <= one.middle[1] <= bottom]
