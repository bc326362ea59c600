"""Outlines (OPML 2.0): lists in lists, with what they lead to."""

from __future__ import annotations

from engines.build.assemble import document_of, one_page
from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.containers.ooxml import Element, attribute, child, local_name
from engines.containers.zip import xml_of
from engines.context import Context, Source
from engines.document import Document
from engines.formats.text import read_bytes
from engines.parameters import ParseParameters

ADDRESSES = ("htmlUrl", "url", "xmlUrl")
NOTES = ("description", "_note")
DEEPEST = 100


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an outline.

    Raises DocumentError: FILE_IS_BROKEN, NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    one_page(parameters, context)
    root = xml_of(read_bytes(source))
    builder = PageBuilder()
    title = child(root, "head", "title")
    if title is not None and title.text:
        builder.heading(1, [InlineRun(title.text)])
    body = child(root, "body")
    if body is not None:
        add_entries(builder, body, 1)
    return document_of([builder.page(1)], "text/x-opml", 1)


def add_entries(builder: PageBuilder, parent: Element, level: int) -> None:
    """Add the outlines below an element, those below them one level deeper."""
    for one in parent:
        if local_name(one) != "outline":
            continue
        text = attribute(one, "text") or attribute(one, "title")
        url = next(filter(None, (attribute(one, name) for name in ADDRESSES)), "")
        note = next(filter(None, (attribute(one, name) for name in NOTES)), "")
        runs = [InlineRun(text or url, url=url)]
        runs += [InlineRun(f"\n{note}")] if note and note != text else []
        builder.entry(runs, level, "-", ordered=False)
        if level < DEEPEST:
            add_entries(builder, one, level + 1)
