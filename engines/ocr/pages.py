"""Pages whose text only OCR can see: read as pictures, one at a time, and turned upright where they lie on a side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from engines.layout.recognised import RecognisedWord
from engines.ocr.engine import OcrEngine, Patience, PictureWord

LIKELY = 0.75
"""A reading of this quality is taken as it is."""
CERTAIN = 0.85
"""A turned page of this quality ends the search for a better angle."""
POOR = 0.6
"""Below this quality a page is handwriting, a bad photograph, or no text at all: another engine may make more of it."""
CLEARLY = 0.2
"""By so much a page reads better turned, or it is not: short words make sense both ways."""
SHORT = 3
"""Shorter words may well be higher than wide."""
POINTS = 72
"""Of an inch."""
UPRIGHT = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
"""How Pillow, which turns counter-clockwise, sets a page upright that lies turned by so many degrees clockwise."""


def upright(picture: Image.Image, angle: int) -> Image.Image:
    """The picture of a page that lies turned by this many degrees clockwise as it is read: 0, 90, 180 or 270."""
    return picture.transpose(UPRIGHT[angle]) if angle else picture


@dataclass(frozen=True, slots=True)
class Attempt:
    """One reading of a page, `angle` being how many degrees clockwise its content was taken to be turned: 0, 90, 180 or 270."""

    engine: str
    """Its name."""
    words: list[RecognisedWord]
    """Their places are those on the page set upright."""
    width: float
    height: float
    """Of that page, in points."""
    angle: int
    quality: float
    """Confidence of the letters that lie in words wider than high, over all letters: from 0 to 1."""
    lies_on_side: bool
    """Most letters lie in words higher than wide."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as it is seen, and how wide it is in points."""

    image: Image.Image
    width: float

    @property
    def scale(self) -> float:
        """Points of a pixel."""
        return self.width / self.image.width

    def turned(self, angle: int) -> PagePicture:
        """The page set upright that lies turned by this angle."""
        image = upright(self.image, angle)
        return PagePicture(image, image.width * self.scale)


def best_of(picture: PagePicture, engine: OcrEngine, second: OcrEngine | None, patience: Patience) -> Attempt:
    """Read a page that may lie turned; where little comes of it, by the second engine, if that is sure. Raises as `scan` does."""
    first = scan(picture, engine, patience, may_be_turned=True)
    if second is None or not first.words or first.quality >= POOR:
        return first
    other = scan(picture, second, patience, may_be_turned=True)
    return other if other.quality >= LIKELY else first


def scan(picture: PagePicture, engine: OcrEngine, patience: Patience, *, may_be_turned: bool) -> Attempt:
    """Read a page. One that `may_be_turned` is tried at other angles when the first reading looks bad.

    Pages are read one at a time, so that the result of a page does not depend on which others needed OCR.
    Raises as `OcrEngine.read` does.
    """
    first = attempt(picture, engine, patience, 0)
    if not may_be_turned or first.quality >= LIKELY or not first.words:
        return first
    best = first
    for angle in (90, 270, 180) if first.lies_on_side else (180, 90, 270):
        other = attempt(picture, engine, patience, angle)
        if other.quality >= first.quality + CLEARLY:
            best = max(best, other, key=lambda one: one.quality)
        if best.quality >= CERTAIN:
            break
    return best


def attempt(picture: PagePicture, engine: OcrEngine, patience: Patience, angle: int) -> Attempt:
    """Read a page once."""
    upright = picture.turned(angle)
    read = engine.read(upright.image, POINTS / upright.scale, patience)
    words = [on_page(one, upright.scale) for one in read]
    quality, lies_on_side = judged(words)
    return Attempt(
        engine.name, words, upright.width, upright.image.height * upright.scale, angle, quality, lies_on_side
    )


def on_page(word: PictureWord, scale: float) -> RecognisedWord:
    """A word with its place in points, of which a pixel has `scale`."""
    x, y, width, height = (one * scale for one in (word.x, word.y, word.width, word.height))
    return RecognisedWord(word.text, x, y, width, height, word.confidence, word.stretch, word.line)


def judged(words: Iterable[RecognisedWord]) -> tuple[float, bool]:
    """The quality of a reading, and whether the page seems to lie on its side."""
    good = wide = letters = 0.0
    for one in words:
        length = len(one.text)
        letters += length
        if length < SHORT or one.width >= one.height:
            wide += length
            good += length * one.confidence
    return (good / letters, wide < letters / 2) if letters else (0.0, False)
