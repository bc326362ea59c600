"""Which pages the native reader has to look at: those that may have a watermark, or of which a job wants what it alone tells.

It costs as much as all else that a page of text takes, so it is not asked about the others.
"""

from __future__ import annotations

from typing import Any

from engines.containers.pdfium import PdfPage
from engines.formats.pdf.watermarks import FEWEST, HUGE, SLANT
from engines.parameters import ParseParameters


def every_page(parameters: ParseParameters, options: dict[str, Any]) -> bool:
    """Whether a job needs the native reader for all pages; `options` are those of the reader."""
    return bool(options.get("extract_form_fields") or parameters.annotate_line_numbers)


def may_have_watermark(page: PdfPage) -> bool:
    """Whether text of a page is large enough, and more than an initial, or stands at a slant."""
    letters = sum(run.end - run.start for run in page.runs if run.size >= HUGE)
    return letters >= FEWEST or any(SLANT < run.angle % 90 < 90 - SLANT for run in page.runs)
