"""The seam of OCR: a picture goes in, words with their places come out, whichever engine reads it.

What is asked for, in which languages and of whom, is decided in `choice`; what the words are good for, in `words`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PIL import Image


@dataclass(frozen=True, slots=True)
class PictureWord:
    """A word that was read in a picture; lengths in its pixels, from its upper left corner."""

    text: str
    x: float
    y: float
    width: float
    height: float
    confidence: float
    """From 0 to 1."""
    block: int
    line: int
    """Numbers, from 0, of the block and of the line it was found in: they count through the whole picture."""
    stretch: str
    """The words whose ink the height is that of: itself, or all of its line where an engine measures lines only."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the reading of one picture may take."""

    seconds: float
    beat: Callable[[], None]
    """Called a few times a second; what it raises stops the work at once."""


class OcrEngine(Protocol):
    """Reads text in pictures, in the languages that it was made for."""

    @property
    def name(self) -> str:
        """What it is called in results and settings."""

    def read(self, picture: Image.Image, dpi: float, patience: Patience) -> list[PictureWord]:
        """The words in a picture of about so many pixels an inch, block by block and line by line.

        Raises DocumentError: OCR_FAILED; and what `patience.beat` raises.
        """
