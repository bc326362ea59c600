"""PDF, read by liteparse (PDFium and Tesseract)."""

from __future__ import annotations

from engines.context import Context, Source
from engines.document import Document
from engines.parameters import ParseParameters


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a PDF."""
    raise NotImplementedError
