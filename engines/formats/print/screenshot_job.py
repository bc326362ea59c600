"""A job that wants nothing but pictures of the pages: no text is read, no OCR is started."""

from __future__ import annotations

import io

from PIL import Image

from engines.containers import pdf_native
from engines.context import Context, Source
from engines.detect import extension_of, media_type_of
from engines.document import Document, Page
from engines.errors import Code, DocumentError
from engines.formats.image import as_pdf
from engines.formats.pdf import screenshots
from engines.formats.print.page_images import printed
from engines.page_selection import selected_pages
from engines.parameters import ParseParameters
from engines.parameters.crop import margins_of
from engines.parameters.families import Family

FAMILIES = frozenset({Family.PDF, Family.IMAGE, Family.WORD, Family.SLIDES, Family.WEB})
"""Documents that have pages to take pictures of."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Take a picture of each selected page.

    Raises DocumentError: SCREENSHOT_UNAVAILABLE when none could be made, and as reading or printing the document does.
    """
    extension = extension_of(source)
    if extension == "pdf":
        content = pdf_native.content_of(source.path)
    elif extension in as_pdf.EXTENSIONS:
        content = as_pdf.as_pdf(source, context)
    else:
        with printed(source, parameters, context) as paper:
            content = paper
    total = pdf_native.page_count(content)
    pages = [Page(number) for number in selected_pages(total, parameters, context.limits)]
    document = Document(pages, media_type_of(extension), total)
    for done, page in enumerate(pages):
        context.progress(done, len(pages))
        measure(page, content)
        document.warnings += screenshots.add(content, [page], margins_of(parameters))
    if not any(page.images for page in pages):
        raise DocumentError(Code.SCREENSHOT_UNAVAILABLE)
    return document


def measure(page: Page, content: bytes) -> None:
    """Give a page its width and height in points, as its picture at 72 pixels an inch shows."""
    with (
        pdf_native.drawable(content) as path,
        Image.open(io.BytesIO(pdf_native.picture(path, page.number, 72.0))) as shot,
    ):
        page.width, page.height = float(shot.width), float(shot.height)
