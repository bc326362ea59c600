"""Watermarks of Word documents: WordArt that the headers of a section draw behind the text of its pages."""

from __future__ import annotations

from collections.abc import Iterator

from engines.build.page_builder import one_line
from engines.containers.ooxml import Element, attribute, child, descendants, is_on, local_name
from engines.containers.zip import Archive
from engines.document import Item, ItemKind, Page
from engines.formats.docx.body import Section
from engines.formats.docx.parts import Parts

NAMED = "watermark"
"""Part of the names that Word and LibreOffice give to what they make as watermarks: `PowerPlusWaterMarkObject357476642`."""


def add_watermarks(sections: list[Section], pages: list[Page], archive: Archive, parts: Parts) -> None:
    """Note the watermark of each page. A section without a header of a kind has that of the section before."""
    headers: dict[str, str] = {}
    found: dict[str, Item | None] = {}
    for section in sections:
        headers |= {
            attribute(one, "type", "default"): attribute(one, "id")
            for one in section.properties
            if local_name(one) == "headerReference"
        }
        has_first = is_on(section.properties, "titlePg")
        for page in pages:
            if section.first_page <= page.number <= section.last_page:
                kind = "first" if has_first and page.number == section.first_page else "default"
                part = parts.target(headers.get(kind, ""))
                if part not in found:
                    found[part] = watermark_in(archive.referred_xml(part, page.number))
                page.watermark = found[part]
                if page.watermark is not None:
                    titles = (line for line in page.header.split("\n") if line != page.watermark.text)
                    page.header = "\n".join(titles)


def watermark_in(header: Element | None) -> Item | None:
    """The watermark that a header draws; None when it draws none, or is missing."""
    if header is None:
        return None
    text = one_line(" ".join(dict.fromkeys(texts_in(header))))
    return Item(ItemKind.TEXT, text) if text else None


def texts_in(header: Element) -> Iterator[str]:
    """The texts of WordArt (`v:textpath`), and of drawings that are named as watermarks."""
    for one in descendants(header, "textpath"):
        yield attribute(one, "string")
    for anchor in descendants(header, "anchor"):
        if NAMED in attribute(child(anchor, "docPr"), "name").lower():
            yield "".join(one.text or "" for one in descendants(anchor, "t"))
