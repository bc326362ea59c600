"""What OCR adds to a page that has text of its own: words inside of pictures, and words among that text where there is little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engines.containers.pdfium import Bounds, PdfPage
from engines.layout.recognised import RecognisedWord
from engines.ocr import words as ocr_words
from engines.ocr.facts import WHOLE, share_of
from engines.ocr.policy import LITTLE_TEXT, PageFacts


@dataclass(slots=True)
class Additions:
    """Recognised words that stand where a page has no characters."""

    among: list[RecognisedWord] = field(default_factory=list)
    """Those laid out together with the text of the page."""
    by_picture: list[tuple[Bounds, list[RecognisedWord]]] = field(default_factory=list)
    """Those inside of each picture, which are laid out by themselves: labels of a chart are in no line or column of the page."""

    @property
    def all(self) -> list[RecognisedWord]:
        """All of them."""
        return [*self.among, *(word for _, words in self.by_picture for word in words)]


def additions(sheet: PdfPage, facts: PageFacts, words: Sequence[RecognisedWord]) -> Additions:
    """What of these words is added to a page.

    On a page with more text than a stamp, what is read outside of its pictures are rules and bullets.
    """
    found, rest = Additions(), list(words)
    for picture in [] if facts.is_scan else sheet.pictures:
        if picture.is_hidden or not 0 < share_of(picture.bounds, sheet) < WHOLE:
            continue
        inside = ocr_words.inside(rest, picture.bounds)
        rest = [one for one in rest if one not in inside]
        if inside := ocr_words.meaningful(inside):
            found.by_picture.append((picture.bounds, inside))
    if facts.is_scan:
        found.among = ocr_words.legible(rest)
    elif facts.letters < LITTLE_TEXT:
        found.among = ocr_words.meaningful(rest)
    return found


def bare(sheet: PdfPage) -> PdfPage:
    """A page of the same size with nothing on it."""
    return PdfPage(sheet.number, sheet.width, sheet.height)
