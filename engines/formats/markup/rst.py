"""reStructuredText; nothing is included from elsewhere."""

from __future__ import annotations

from engines.context import Context, Source
from engines.document import Document
from engines.formats.markup import document_of_html, written_text
from engines.parameters import ParseParameters

MEDIA_TYPE = "text/prs.fallenstein.rst"


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a document.

    Raises DocumentError: FILE_IS_BROKEN, NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    from engines.formats.markup.rst_html import html_of  # noqa: PLC0415 - docutils takes long to load, and few documents need it

    return document_of_html(html_of(written_text(source, parameters, context)), MEDIA_TYPE, parameters)
