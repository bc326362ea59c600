"""`output_pdf_of_document`: the document as a PDF: its own pages, or as it is printed."""

from __future__ import annotations

import io

import pypdf

from engines.containers.pdf_objects import BROKEN
from engines.context import Context, Source
from engines.document import Document, Notice
from engines.errors import Code, DocumentError
from engines.formats.print.page_images import printed
from engines.parameters import ParseParameters
from engines.parameters.families import Family

PRINTABLE = frozenset({Family.WORD, Family.SLIDES, Family.WEB})


def add_output_pdf(
    document: Document, source: Source, family: Family, parameters: ParseParameters, context: Context
) -> None:
    """Give a document its PDF; one that cannot be printed here gets a warning instead, and sheets get none at all."""
    if document.paper:
        document.pdf = selected_pdf(document)
        return
    if family not in PRINTABLE:
        return
    try:
        with printed(source, parameters, context) as content:
            document.pdf = content
    except DocumentError as error:
        document.warnings.append(Notice(error.code, error.message))
        document.degraded |= error.code in (Code.LIBREOFFICE_UNAVAILABLE, Code.CHROMIUM_UNAVAILABLE)


def selected_pdf(document: Document) -> bytes:
    """A PDF of the pages that were read; all of it where that is the same, or, with a warning, where they cannot be taken out."""
    numbers = [page.number for page in document.pages]
    if len(numbers) == document.total_pages:
        return document.paper
    try:
        writer = pypdf.PdfWriter()
        writer.append(io.BytesIO(document.paper), pages=[number - 1 for number in numbers])
        target = io.BytesIO()
        writer.write(target)
    except BROKEN as error:
        document.warnings.append(Notice(Code.PDF_IS_BROKEN, f"The PDF holds all pages: {error}"[:300]))
        return document.paper
    return target.getvalue()
