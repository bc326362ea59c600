"""Formats that LibreOffice turns into ones that are read here: rare ones, and drawings."""

from __future__ import annotations

from dataclasses import replace

from engines.containers.encoding import decode_markup
from engines.context import Context, Source
from engines.detect import extension_of
from engines.document import Document, Notice
from engines.errors import SENTENCES, Code, DocumentError
from engines.formats import docx, odf, office, pdf, pptx, xlsx
from engines.formats.print import chromium
from engines.formats.print.libreoffice import converted
from engines.parameters import ParseParameters

TEXTS = ("abw", "uot", "pages")
SHEETS = ("dif", "slk", "xlsb", "wk1")
SLIDES = ("uop",)
TARGETS = {
    **dict.fromkeys(TEXTS, ("odt", odf.parse)),
    **dict.fromkeys(SHEETS, ("xlsx", xlsx.parse)),
    **dict.fromkeys(SLIDES, ("odp", odf.parse)),
}
"""What each extension is converted to, and the parser of that."""
SUCCESSORS = {
    **dict.fromkeys(("doc", "dot", "rtf"), ("docx", docx.parse)),
    **dict.fromkeys(("xls", "xlt"), ("xlsx", xlsx.parse)),
    **dict.fromkeys(("ppt", "pps", "pot"), ("pptx", pptx.parse)),
}
"""What each old format of Office became, and its parser."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a document through the format that LibreOffice turns it into.

    Raises DocumentError: CONVERSION_FAILED, TIMEOUT, and what the parser of that format raises.
    """
    extension = extension_of(source)
    target, parse_target = TARGETS[extension]
    with converted(source.path, extension, target, context) as path:
        return parse_target(replace(source, path=path), parameters, context)


def parse_old(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an old Office file through its successor, which keeps tables, merged cells, sheets, notes and pictures.

    What LibreOffice cannot convert xberg reads, as text with fewer tables. Raises DocumentError as the parsers of the
    successors do.
    """
    extension = extension_of(source)
    target, parse_successor = SUCCESSORS[extension]
    try:
        with converted(source.path, extension, target, context) as path:
            return parse_successor(replace(source, path=path), parameters, context)
    except DocumentError as error:
        if error.code is not Code.CONVERSION_FAILED:
            raise
        return incomplete(source, parameters, context, Code.CONVERSION_FAILED)


def parse_without(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an old Office file by xberg for want of LibreOffice, and say so. Raises as engines/formats/office.py does."""
    return incomplete(source, parameters, context, Code.LIBREOFFICE_UNAVAILABLE)


def incomplete(source: Source, parameters: ParseParameters, context: Context, code: Code) -> Document:
    """An old Office file as xberg reads it, with a warning that says why. Raises as engines/formats/office.py does."""
    document = office.parse(source, parameters, context)
    message = f"Tables and sheets of this old format may be incomplete. {SENTENCES[code]}"
    document.warnings.append(Notice(code, message))
    document.degraded = True
    return document


def parse_drawing(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an SVG drawing as the page that Chromium prints of it.

    Raises DocumentError: CONVERSION_FAILED, TIMEOUT, and what engines/formats/pdf/__init__.py raises.
    """
    with chromium.printed_by_chromium(decode_markup(source.path.read_bytes()), context) as content:
        document = pdf.parse_content(content, parameters, context)
    document.media_type = "image/svg+xml"
    return document
