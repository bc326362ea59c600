"""Plain text, Markdown, and data written as text."""

from __future__ import annotations

import re
from pathlib import PurePath

from engines.build.assemble import chosen, document_of, one_page
from engines.build.images import ImageStore
from engines.build.inline import InlineRun
from engines.build.markdown import MarkdownReader
from engines.build.page_builder import PageBuilder
from engines.containers.encoding import decode, decode_markup
from engines.context import Context, Source
from engines.document import Document, Page
from engines.errors import Code, DocumentError
from engines.formats.html import inline_pictures
from engines.parameters import ParseParameters

LANGUAGES = {"json": "json", "jsonl": "json", "xml": "xml", "yaml": "yaml", "yml": "yaml", "toml": "toml", "ini": "ini"}
"""Data that becomes a block of code in its language."""
MEDIA_TYPES = {"json": "application/json", "jsonl": "application/jsonl", "xml": "application/xml"}
LONGEST = 64 << 20
"""Bytes of the largest text that is read."""


def read_bytes(source: Source) -> bytes:
    """The bytes of a text.

    Raises DocumentError: DOCUMENT_TOO_LARGE.
    """
    size = source.path.stat().st_size
    if size > LONGEST:
        raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"{size >> 20} MiB of text")
    return source.path.read_bytes()


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read plain text, a page for each form feed in it. The Markdown of a page is its text: lines are kept as they are.

    Raises DocumentError: DOCUMENT_TOO_LARGE, NO_DATA_FOUND_IN_FILE, TOO_MANY_PAGES.
    """
    parts = [part.strip("\n") for part in decode(read_bytes(source)).replace("\r\n", "\n").split("\f")]
    parts = [part for part in parts if part.strip()]
    pages, total = chosen((text_page(number, part) for number, part in enumerate(parts, 1)), parameters, context)
    return document_of(pages, "text/plain", total)


def text_page(number: int, text: str) -> Page:
    """A page of plain text; its items are the paragraphs that empty lines divide."""
    builder = PageBuilder()
    for paragraph in re.split(r"\n[ \t]*\n+", text):
        builder.paragraph([InlineRun(paragraph)])
    page = builder.page(number)
    page.text = page.markdown = text
    return page


def parse_data(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read data written as text: it is shown as it is.

    Raises DocumentError: DOCUMENT_TOO_LARGE, NO_DATA_FOUND_IN_FILE.
    """
    one_page(parameters, context)
    extension = PurePath(source.name).suffix.lower().lstrip(".")
    builder = PageBuilder()
    builder.code(decode_markup(read_bytes(source)).replace("\r\n", "\n"), LANGUAGES.get(extension, ""))
    return document_of([builder.page(1)], MEDIA_TYPES.get(extension, "text/plain"), 1)


def parse_markdown(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read Markdown: its own text is the Markdown of the page, the items are what it means.

    Raises DocumentError: DOCUMENT_TOO_LARGE, NO_DATA_FOUND_IN_FILE.
    """
    one_page(parameters, context)
    text = decode(read_bytes(source)).replace("\r\n", "\n").strip("\n")
    image_store = ImageStore(parameters)
    builder = PageBuilder()
    MarkdownReader(builder, inline_pictures(image_store)).read(text)
    page = builder.page(1)
    page.markdown = text
    page.text = page.text or text
    return document_of([page], "text/markdown", 1, losses=image_store.losses)
