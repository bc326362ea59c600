"""Which pages the native reader has to look at: those with pictures, with little text, or of which a job wants what it tells.

It costs as much as all else that a page of text takes, so it is not asked about the others.
"""

from __future__ import annotations

from typing import Any

from engines.containers.pdfium import PdfPage
from engines.formats.pdf.watermarks import HUGE, SLANT
from engines.layout.unidentified import UNCLEAR, is_unidentified
from engines.ocr import policy
from engines.parameters import ParseParameters
from engines.parameters.modes import AGENTS, LOOKING

EVERY_PAGE = AGENTS | LOOKING
"""Modes in which every page is read by OCR."""
OWN_OPTIONS = ("extract_text_metadata", "extract_form_fields")
"""Options of the reader that a job asks for where it wants what the reader alone tells."""


def every_page(parameters: ParseParameters, options: dict[str, Any]) -> bool:
    """Whether a job needs the native reader for all pages; `options` are those of the reader."""
    return bool(
        any(options.get(name) for name in OWN_OPTIONS)
        or parameters.annotate_line_numbers
        or parameters.parse_mode in EVERY_PAGE
    )


def is_needed(page: PdfPage) -> bool:
    """Whether a page may have pictures, text that only OCR can see, or a watermark."""
    if page.pictures or len(page.characters) < 2 * policy.LITTLE_TEXT:
        return True
    if any(run.size >= HUGE or SLANT < run.angle % 90 < 90 - SLANT for run in page.runs):
        return True
    return is_unidentified(page.characters, UNCLEAR)
