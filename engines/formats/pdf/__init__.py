"""PDF: text by PDFium, a layout of our own (engines/layout), pictures by PDFium, OCR by what engines/ocr has.

Pages are read in ranges (`run`). They are laid out from the characters that PDFium has (`sheets`); liteparse looks at those of
which a job wants what it alone tells, and those that hold text which only OCR can see are read by OCR (`scanner`).
"""

from __future__ import annotations

from engines.containers import pdf_native
from engines.context import Context, Source
from engines.document import Document
from engines.errors import SENTENCES, Code, DocumentError
from engines.formats.pdf.drawings import lightened
from engines.formats.pdf.run import MEDIA_TYPE, PdfRun
from engines.parameters import ParseParameters

__all__ = ["MEDIA_TYPE", "PdfRun", "parse", "parse_content"]


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a PDF; where a page draws too much, without what is drawn, and with a warning.

    Raises DocumentError: FILE_NOT_FOUND, PDF_IS_BROKEN, PDF_IS_PROTECTED, DOCUMENT_TOO_LARGE, TOO_MANY_PAGES,
    NO_DATA_FOUND_IN_FILE, OCR_LANGUAGE_UNAVAILABLE, and where strict modes ask for it OCR_FAILED, FONT_IS_BUGGY; and whatever
    `context.progress` raises.
    """
    content, notes = lightened(pdf_native.content_of(source.path))
    try:
        document = parse_content(content, parameters, context)
    except DocumentError as error:
        if not notes or error.code is not Code.NO_DATA_FOUND_IN_FILE:
            raise
        raise DocumentError(Code.DOCUMENT_TOO_LARGE, SENTENCES[Code.DRAWING_LEFT_OUT]) from error
    document.warnings += notes
    return document


def parse_content(content: bytes, parameters: ParseParameters, context: Context) -> Document:
    """Read the PDF that these bytes are, its boxes in points from the top left corner of each page. Raises as `parse` does."""
    return PdfRun(content, parameters, context).document()
