"""What is left of a damaged document: a part that cannot be read is left out and told of, the rest is kept.

Readers put what reads one part (a slide, a sheet, a chapter, a part of a mail, a picture) into `Losses.part`. A document of which
nothing is left fails with what was wrong with the first part.
"""

from __future__ import annotations

import logging
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar
from xml.etree.ElementTree import ParseError

from lxml import etree
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-not-found] # not in the stubs
from PIL import Image
from pptx.exc import PythonPptxError

from engines.document import Notice
from engines.errors import SENTENCES, Code, DocumentError, shortage

T = TypeVar("T")

logger = logging.getLogger(__name__)

DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, zlib.error, etree.LxmlError, ParseError, struct.error, PythonPptxError, InvalidFileException,
    Image.DecompressionBombError, Image.DecompressionBombWarning, SyntaxError, NotImplementedError, RuntimeError,
    LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError, OSError, EOFError,
)  # fmt: skip
"""What libraries raise for damaged parts: most check little themselves and let the error of the moment through.

Pillow raises SyntaxError for some broken PNG files, zipfile RuntimeError for parts that need a password. Errors of memory are not
among these, nor what `Context.progress` raises to stop the work; `is_damage` leaves out what the machine is to blame for.
"""
LOSABLE = frozenset(
    {Code.FILE_IS_BROKEN, Code.PDF_IS_BROKEN, Code.DOCUMENT_TOO_LARGE, Code.OUTPUT_TOO_LARGE, Code.IMAGE_UNREADABLE}
)
"""Of our own errors, those that may be about a part alone."""
MOST_NOTES = 50
"""Losses that are told one by one: a small document may have a million broken pictures."""


def is_damage(error: BaseException | None) -> bool:
    """Whether an error tells of a damaged document: a disk that is full for a while must not cost it a part for good."""
    return isinstance(error, DAMAGE) and not shortage(error)


def opened_whole(open_it: Callable[[], T], open_mended: Callable[[], T]) -> T:
    """What a library opens as a whole: as it is, or mended. Raises DocumentError: FILE_IS_BROKEN."""
    try:
        return open_it()
    except DAMAGE as error:
        if not is_damage(error):
            raise
        logger.info("mending a damaged document", exc_info=error)
    try:
        return open_mended()
    except DAMAGE as error:
        if not is_damage(error):
            raise
        raise DocumentError(Code.FILE_IS_BROKEN, str(error)[:200]) from error


class Losses:
    """The parts of one document that could not be read; `warnings` tells of them."""

    def __init__(self) -> None:
        self.warnings: list[Notice] = []
        self.first: DocumentError | None = None
        """What was wrong with the first of them."""
        self._more = 0
        self._seen: set[tuple[str, int | None]] = set()

    def part(self, place: str, page: int | None = None, code: Code = Code.PART_UNREADABLE) -> DamagedPart:
        """Read a part inside of this: when it turns out to be damaged, what was not read of it is left out.

        `place` says which part it is, in the words of whoever made the document; `page` is its page, from 1.
        """
        return DamagedPart(self, place, page, code)

    def note(self, place: str, page: int | None = None, code: Code = Code.PART_UNREADABLE) -> None:
        """Tell that a part could not be read; the same part on the same page once."""
        if (place, page) in self._seen:
            return
        if len(self._seen) < MOST_NOTES:
            self._seen.add((place, page))
            self.warnings.append(Notice(code, f"{SENTENCES[code]} ({place})", page))
            return
        self._more += 1
        more = Notice(Code.PART_UNREADABLE, f"{SENTENCES[Code.PART_UNREADABLE]} ({self._more} more)")
        self.warnings[MOST_NOTES:] = [more]

    def lose(self, error: DocumentError, place: str, page: int | None, code: Code) -> None:
        """Tell of a part that could not be read for this reason; the first one is what a document without any other fails with."""
        self.first = self.first or error
        self.note(place, page, code)


@dataclass(frozen=True, slots=True)
class DamagedPart:
    """A part being read: see `Losses.part`."""

    losses: Losses
    place: str
    page: int | None
    code: Code

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        """Say whether an error was one of this part alone."""
        if isinstance(error, DocumentError) and error.code in LOSABLE:
            self.losses.lose(error, self.place, self.page, self.code)
            return True
        if is_damage(error):
            logger.info("%s cannot be read", self.place, exc_info=error)
            broken = DocumentError(Code.FILE_IS_BROKEN, f"{self.place}: {error}"[:200])
            self.losses.lose(broken, self.place, self.page, self.code)
            return True
        return False
