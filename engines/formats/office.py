"""Formats that xberg reads: legacy Office and RTF where LibreOffice cannot, and Typst."""

from __future__ import annotations

from engines.build.assemble import chosen, document_of
from engines.build.images import ImageStore
from engines.build.structure import StructureReader
from engines.containers.extraction import extract_structure
from engines.context import Context, Source
from engines.detect import extension_of
from engines.document import Document
from engines.parameters import ParseParameters

MEDIA_TYPES = {
    "doc": "application/msword",
    "dot": "application/msword",
    "rtf": "application/rtf",
    "ppt": "application/vnd.ms-powerpoint",
    "pps": "application/vnd.ms-powerpoint",
    "pot": "application/vnd.ms-powerpoint",
    "xls": "application/vnd.ms-excel",
    "xlt": "application/vnd.ms-excel",
    "typ": "text/vnd.typst",
}
"""The media types of xberg, by extension; what is not here is not read by it."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a document of one of these formats; it has one page where the format itself marks no others.

    Raises DocumentError: FILE_IS_PROTECTED, FILE_IS_BROKEN, NO_DATA_FOUND_IN_FILE, TOO_MANY_PAGES.
    """
    media_type = MEDIA_TYPES[extension_of(source)]
    image_store = ImageStore(parameters)
    reader = StructureReader(
        extract_structure(source.path.read_bytes(), media_type), image_store, is_workbook="excel" in media_type
    )
    pages, total = chosen(reader.read(), parameters, context)
    return document_of(pages, media_type, total, losses=image_store.losses)
