"""Textile, made into HTML by the library of that name."""

from __future__ import annotations

from engines.context import Context, Source
from engines.document import Document
from engines.formats.markup import document_of_html, written_text
from engines.parameters import ParseParameters


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a document.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    import textile  # type: ignore[import-untyped] # noqa: PLC0415 - few documents need it

    return document_of_html(textile.textile(written_text(source, parameters, context)), "text/x-textile", parameters)
