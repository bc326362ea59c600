"""The items of a page that a model has written: what its Markdown means, each in the place where the same text was read."""

from __future__ import annotations

from lxml import html as markup
from lxml.etree import LxmlError

from engines.build.markdown import MarkdownReader
from engines.build.page_builder import PageBuilder
from engines.build.plain_text import item_text
from engines.document import Cell, Item, ItemKind, Page
from engines.llm.faithfulness import normal


def take_over(page: Page, markdown: str) -> None:
    """Make the items of a page those of its new Markdown; of what was there before they keep box and role."""
    builder = PageBuilder()
    pictures = {one.name: one for one in page.images}
    MarkdownReader(builder, lambda address, _alt: pictures.get(address)).read(markdown)
    before = {normal(item_text(item)): item for item in page.items}
    for item in builder.items:
        if item.kind is ItemKind.CODE and item.language == "html":
            read_table(item)
        known = before.get(normal(item_text(item)))
        if known is not None:
            item.box, item.role = known.box, known.role
    page.items = builder.items


def read_table(item: Item) -> None:
    """Make a table of an item that is one written as HTML; what is something else stays as it is."""
    if "<table" not in item.text.lower():
        return
    try:
        tree = markup.fragment_fromstring(item.text, create_parent="div")
    except LxmlError:
        return
    rows = [
        [
            Cell(" ".join(cell.text_content().split()), span(cell.get("colspan")), span(cell.get("rowspan")))
            for cell in row.xpath("./td|./th")
        ]
        for row in tree.xpath(".//tr")
    ]
    rows = [row for row in rows if row]
    if rows:
        heads = tree.xpath("count(.//thead//tr)")
        item.kind, item.text, item.language = ItemKind.TABLE, "", ""
        item.rows, item.header_rows = rows, int(heads) or 1


def span(value: str | None) -> int:
    """How many places a cell covers."""
    return max(1, min(int(value), 1000)) if value and value.isdigit() else 1
