"""What a job asks of a PDF, worked out once for all of its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engines.containers.pdf_objects import MarkedPages
from engines.context import Context
from engines.formats.pdf.native_needs import every_page
from engines.formats.pdf.options import options_of
from engines.ocr import policy
from engines.parameters import ParseParameters, tells_watermarks
from engines.parameters.crop import Margins, margins_of
from engines.parameters.modes import AGENTS, LOOKING


@dataclass(frozen=True, slots=True)
class PdfJob:
    """A PDF that is to be read, and how."""

    content: bytes
    parameters: ParseParameters
    context: Context
    margins: Margins
    options: dict[str, Any]
    """Of the native reader."""
    marked: MarkedPages | None
    """The watermarks that the document marks; None where they are not to be told from the text."""
    needs_native: bool
    """Whether the native reader has to look at every page."""

    @classmethod
    def of(cls, content: bytes, parameters: ParseParameters, context: Context) -> PdfJob:
        """The job of reading these bytes with these parameters."""
        margins = margins_of(parameters)
        options = options_of(parameters, margins) | {"max_pages": context.limits.pages_per_range}
        marked = MarkedPages(content) if tells_watermarks(parameters) else None
        needs_native = every_page(parameters, options) or (marked is not None and marked.is_any)
        return cls(content, parameters, context, margins, options, marked, needs_native)

    @property
    def is_quick(self) -> bool:
        """Whether pages are taken as the native reader gives them, which leaves out whole lines, no single letters or words."""
        by_letters = self.margins or self.parameters.remove_hidden_text
        return bool(self.parameters.fast_mode and not by_letters)

    @property
    def is_looked_at(self) -> bool:
        """Whether pages are read as pictures only."""
        return self.parameters.parse_mode in LOOKING

    @property
    def dpi(self) -> float:
        """Pixels an inch of the pictures that OCR reads."""
        return policy.HIGH_DPI if self.parameters.high_res_ocr else policy.DPI

    def is_scanned(self, facts: policy.PageFacts) -> bool:
        """Whether a page of which this is known is to be read by OCR."""
        if not policy.is_wanted(self.parameters):
            return False
        every = self.parameters.parse_mode in AGENTS | LOOKING
        return every or policy.page_needs_reading(facts, self.parameters, self.context.limits)
