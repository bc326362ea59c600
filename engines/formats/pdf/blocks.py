"""Turns what the native PDF reader says of a page into our page: its blocks become items, its annotations links."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from engines.containers.pdf_native import box_of, union
from engines.document import Cell, Item, ItemKind, Link, Page, Piece

MARKS = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])|\*\*\*|\*\*|\*|~~|!?\[([^\]\[]*+)\]\((?:[^()\s]|\([^()\s]*\))*\)")
"""Marks of inline Markdown as the reader writes them: escapes, emphasis, links, whose addresses may have parentheses in pairs."""
MAY_BE_MARKED = re.compile(r"[\\*\[]|~~")


def page_of(native: Any) -> Page:
    """The page, without its pictures."""
    page = Page(native.page_num, native.width, native.height, text=native.text.strip("\n"))
    page.items = items_of(native.blocks or ())
    annotations = native.annotations
    if annotations and any(one.uri for one in annotations):
        page.links = links_of(annotations, native.text_items)
    return page


def items_of(blocks: Iterable[Any]) -> list[Item]:
    """The items of a page. Rules, which are only drawn lines, are left out; a run of list entries becomes one list."""
    items: list[Item] = []
    for block in blocks:
        if block.kind == "list_item":
            add_entry(items, block)
        elif block.kind in MAKERS:
            item = MAKERS[block.kind](block)
            if item is not None:
                items.append(item)
    return items


def add_entry(items: list[Item], block: Any) -> None:
    """Put a list entry into the list that the page has just come to, or into a new one."""
    box = box_of(block.bbox)
    level = (block.level or 0) // 2 + 1  # the reader counts the columns of the indent
    entry = Item(ItemKind.TEXT, box=box, level=level, marker=block.marker or "-", **texts(block))
    entry.ordered = bool(block.ordered)
    last = items[-1] if items else None
    if last is None or last.kind is not ItemKind.LIST:
        items.append(Item(ItemKind.LIST, box=box, ordered=entry.ordered, entries=[entry]))
    else:
        last.entries.append(entry)
        last.box = union(last.box, box)


def heading(block: Any) -> Item:
    """A heading."""
    return Item(ItemKind.HEADING, box=box_of(block.bbox), level=min(max(block.level or 1, 1), 6), **texts(block))


def paragraph(block: Any) -> Item | None:
    """A paragraph; None when it is empty."""
    said = texts(block)
    return Item(ItemKind.TEXT, box=box_of(block.bbox), **said) if said["text"] else None


def verbatim(block: Any) -> Item | None:
    """Lines whose blanks mean something: program code, or columns that are no table; None when all are empty."""
    text = "\n".join(block.lines or ()).strip("\n")
    if not text.strip():
        return None
    return Item(ItemKind.CODE, text=text, box=box_of(block.bbox), language=block.lang or "")


def table(block: Any) -> Item | None:
    """A table; the reader knows no spans."""
    header = [cells(block.header)] if block.header else []
    rows = header + [cells(row) for row in block.rows or ()]
    if not rows:
        return None
    return Item(ItemKind.TABLE, box=box_of(block.bbox), rows=rows, header_rows=len(header))


MAKERS = {
    "heading": heading,
    "paragraph": paragraph,
    "code": verbatim,
    "grid_fallback": verbatim,
    "table": table,
}
"""How each kind of block becomes an item; list entries are gathered, rules and pictures are left out."""


def cells(row: Iterable[Any]) -> list[Cell]:
    """The cells of a row."""
    return [Cell(plain(cell.text), box=box_of(cell.bbox)) for cell in row]


def texts(block: Any) -> dict[str, Any]:
    """The text of a block, plain and (where it differs) as Markdown."""
    said = (block.text or "").strip()
    mark = "***" if block.bold and block.italic else "**" if block.bold else "*" if block.italic else ""
    text = plain(said)
    markdown = f"{mark}{said}{mark}" if mark and said and block.kind != "heading" else said
    return {"text": text, "markdown": markdown if markdown != text else None}


def plain(markdown: str) -> str:
    """Inline Markdown without its marks."""
    if not MAY_BE_MARKED.search(markdown):
        return markdown
    return MARKS.sub(lambda found: found[1] or found[2] or "", markdown)


def links_of(annotations: Iterable[Any], text_items: list[Any]) -> list[Link]:
    """The links of a page that lead out of the document, each once, with the text they lie on."""
    links: dict[tuple[str, str], Link] = {}
    for one in annotations:
        if one.uri and one.rect:
            text = text_in(one.rect, text_items)
            links.setdefault((one.uri, text), Link(one.uri, text))
    return list(links.values())


def text_in(rect: Any, text_items: list[Any]) -> str:
    """The text inside a rectangle; of an item that only begins or ends there, the share of its letters."""
    found = []
    for item in text_items:
        middle = item.y + item.height / 2
        if rect.y <= middle <= rect.y + rect.height and item.width > 0:
            start = max(0.0, (rect.x - item.x) / item.width)
            end = min(1.0, (rect.x + rect.width - item.x) / item.width)
            if end > start:
                letters = len(item.text)
                found.append(item.text[round(start * letters) : round(end * letters)].strip())
    return " ".join(filter(None, found))


def pieces_of(text_items: list[Any]) -> list[Piece]:
    """Pieces of text with their places."""
    found = ((one, box_of(one)) for one in text_items if one.text.strip())
    return [
        Piece(one.text, box, one.rotation, one.font_height or 0.0, one.confidence)
        for one, box in found
        if box is not None
    ]
