"""`strict_mode_buggy_font`: whether fonts say which letters a page has."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing, suppress

from engines.containers.pdfium import PdfDocument
from engines.errors import Code, DocumentError
from engines.layout.unidentified import UNCLEAR, has_unidentified_word, is_unidentified


def require_identified(content: bytes, numbers: Iterable[int]) -> None:
    """Raise FONT_IS_BUGGY where fonts leave characters of pages unidentified; a few signs of formulas do not count."""
    with closing(PdfDocument(content)) as paper:
        for number in numbers:
            if is_buggy(paper, number):
                raise DocumentError(Code.FONT_IS_BUGGY, f"page {number}")


def is_buggy(paper: PdfDocument, number: int) -> bool:
    """Whether fonts leave a share of a page's characters unidentified, or a whole word."""
    with suppress(DocumentError):  # a page that cannot be read is told as such
        page = paper.page(number)
        is_unclear = is_unidentified(page.characters, UNCLEAR) or has_unidentified_word(page)
        return is_unclear or paper.unmapped_share(number) > UNCLEAR
    return False
