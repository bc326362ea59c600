"""Formats that LibreOffice turns into ones that are read here: rare ones, and drawings."""

from __future__ import annotations

from dataclasses import replace

from engines.context import Context, Source
from engines.document import Document
from engines.formats import browser, odf, pdf, slides
from engines.formats.convert import converted
from engines.formats.encoding import decode_markup
from engines.parameters import ParseParameters
from engines.sniff import extension_of

TEXTS = ("abw", "uot")
SHEETS = ("dbf", "dif", "slk", "uos")
SLIDES = ("uop",)
TARGETS = {
    **dict.fromkeys(TEXTS, "odt"),
    **dict.fromkeys(SHEETS, "ods"),
    **dict.fromkeys(SLIDES, "odp"),
}
"""What each extension is converted to: OpenDocument, which is LibreOffice's own."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a document through OpenDocument.

    Raises DocumentError: CONVERSION_FAILED, TIMEOUT, and what engines/formats/odf.py raises.
    """
    extension = extension_of(source)
    with converted(source.path, extension, TARGETS[extension], context) as path:
        return odf.parse(replace(source, path=path), parameters, context)


def parse_slides(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an old PowerPoint file through its successor, which keeps tables, notes and pictures.

    Raises DocumentError: CONVERSION_FAILED, TIMEOUT, and what engines/formats/slides.py raises.
    """
    with converted(source.path, extension_of(source), "pptx", context) as path:
        return slides.parse(replace(source, path=path), parameters, context)


def parse_drawing(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an SVG drawing as the page that Chromium prints of it.

    Raises DocumentError: CONVERSION_FAILED, TIMEOUT, and what engines/formats/pdf.py raises.
    """
    with browser.printed(decode_markup(source.path.read_bytes()), context) as content:
        document = pdf.parse_content(content, parameters, context)
    document.media_type = "image/svg+xml"
    return document
