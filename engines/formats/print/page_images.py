"""Pictures of the pages of documents that have no fixed pages: they are printed to PDF, and that is photographed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engines.containers import pdf_native
from engines.containers.encoding import decode_markup
from engines.context import Context, Source
from engines.detect import extension_of
from engines.document import Document, Notice, Page
from engines.errors import SENTENCES, Code, DocumentError
from engines.formats.pdf import screenshots
from engines.formats.print import chart_images, chromium
from engines.formats.print.libreoffice import HIDDEN_SLIDES, converted
from engines.parameters import ParseParameters, SaveableImage, saved_images
from engines.parameters.crop import margins_of

Parser = Callable[[Source, ParseParameters, Context], Document]
WEB = frozenset(("html", "htm", "xhtml"))


def photographed(parse: Parser) -> Parser:
    """A parser that also takes pictures of the pages and charts when the job wants them; where that fails, a warning says so."""

    def parse_and_photograph(source: Source, parameters: ParseParameters, context: Context) -> Document:
        document = parse(source, parameters, context)
        wants_charts = parameters.extract_charts and any(chart.box for page in document.pages for chart in page.charts)
        wants_pages = SaveableImage.SCREENSHOT in saved_images(parameters)
        if not (wants_pages or wants_charts):
            return document
        try:
            with printed(source, parameters, context) as content:
                if wants_pages:
                    document.warnings += photograph(content, document, parameters)
                if wants_charts:
                    chart_images.add_chart_images(content, document.pages)
        except DocumentError as error:
            sentence = f"{SENTENCES[Code.SCREENSHOT_UNAVAILABLE]} {error.message}"
            document.warnings.append(Notice(Code.SCREENSHOT_UNAVAILABLE, sentence))
            document.degraded |= error.code in (Code.LIBREOFFICE_UNAVAILABLE, Code.CHROMIUM_UNAVAILABLE)
        return document

    return parse_and_photograph


@contextmanager
def printed(source: Source, parameters: ParseParameters, context: Context) -> Iterator[bytes]:
    """A document as PDF, with the slides that the job reads.

    Raises DocumentError: LIBREOFFICE_UNAVAILABLE, CHROMIUM_UNAVAILABLE, CONVERSION_FAILED, TIMEOUT.
    """
    extension = extension_of(source)
    if extension in WEB:
        with chromium.printed_by_chromium(decode_markup(source.path.read_bytes()), context) as content:
            yield content
        return
    settings = HIDDEN_SLIDES if parameters.presentation_include_hidden_slides else ()
    with converted(source.path, extension, "pdf", context, settings) as path:
        yield path.read_bytes()


def photograph(content: bytes, document: Document, parameters: ParseParameters) -> list[Notice]:
    """Put a picture of each page of a PDF (`content`) into the document's page of that number; returns warnings of what failed.

    Paper may end elsewhere than the document's own pages do: what is printed beyond its last page belongs to that one.
    """
    notes: list[Notice] = []
    by_number = {page.number: page for page in document.pages}
    last = document.pages[-1]
    for number in range(1, pdf_native.page_count(content) + 1):
        owner = by_number.get(number) or (last if number > document.total_pages == last.number else None)
        if owner is not None:
            paper = Page(number, owner.width, owner.height)
            notes += screenshots.add(content, [paper], margins_of(parameters))
            owner.images += paper.images
    return notes
