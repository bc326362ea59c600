"""Characters that a font does not identify: for private use, control characters, none at all. Their words are read by OCR."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engines.containers.pdfium import PdfPage
from engines.layout.recognised import RecognisedWord
from engines.layout.words import HYPHEN, UNKNOWN, Word

NOTHING_SAID = frozenset({"Co", "Cc", "Cn"})
"""Categories of characters for private use, of control characters, and of those that are none."""
UNCLEAR = 0.02
"""Share of such characters that makes a page worth reading by OCR."""
MOST = 0.5
"""The same that makes a run one that is not identified."""
FEWEST = 4
"""Letters of such a run that are more than single signs of a formula."""
NEAR = 3.0
"""Points around a word within which OCR finds it."""


def is_unidentified(text: str, share: float) -> bool:
    """Whether more than a share of the characters of a text say nothing."""
    if UNKNOWN not in text and text.isprintable():
        return False
    return sum(text.count(one) for one in set(text) if says_nothing(one)) > share * len(text)


def says_nothing(one: str) -> bool:
    """Whether a character is not identified."""
    is_said = one == HYPHEN or one.isprintable() or unicodedata.category(one) not in NOTHING_SAID
    return one == UNKNOWN or not is_said


def has_unidentified_word(page: PdfPage) -> bool:
    """Whether most letters of a word are not identified."""
    return any(len(one.text) >= FEWEST for one in lost_stretches(page))


@dataclass(frozen=True, slots=True)
class Recognised:
    """Stretches of a page whose letters are not identified, as words, and the words that OCR has read there or beside its text."""

    lost: list[Word]
    words: list[Word]

    def replaced_in(self, words: Sequence[Word]) -> list[Word]:
        """The words of the page with those of OCR in the place of what is not identified."""
        return [one for one in words if not any(holds(lost, *one.middle) for lost in self.lost)] + self.words


def lost_stretches(page: PdfPage) -> list[Word]:
    """The runs of a page whose letters are not identified; bullets of symbol fonts stand alone and stay."""
    found: list[Word] = []
    for run in page.runs:
        letters = page.characters[run.start : run.end].replace(" ", "")
        if len(letters) < 2 or not is_unidentified(letters, MOST):
            continue
        boxes = page.bounds[run.start : run.end]
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
        found.append(Word(letters, left, top, right, bottom, run.baseline, run.size, run.font))
    return found


def recognised_words(pieces: Iterable[RecognisedWord], lost: Sequence[Word]) -> list[Word]:
    """What OCR has read where words were lost, as words; places in points."""
    found: list[Word] = []
    for one in pieces:
        x, y = one.x + one.width / 2, one.y + one.height / 2
        near = min((word for word in lost if holds(word, x, y)), key=lambda word: abs(word.middle[1] - y), default=None)
        if near and (text := one.text.strip()):
            bounds = (one.x, one.y, one.x + one.width, one.y + one.height)
            found.append(Word(text, *bounds, near.baseline, near.size, near.font))
    for number, word in enumerate(found):
        word.place = -2 * number - 2  # they follow nothing
    return found


def holds(word: Word, x: float, y: float) -> bool:
    """Whether a point lies on a word, or near it."""
    return word.left - NEAR <= x <= word.right + NEAR and word.top - NEAR <= y <= word.bottom + NEAR
