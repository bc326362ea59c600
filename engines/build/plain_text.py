"""Plain text of items, for formats that have no layout of their own: what `Page.text` holds."""

from __future__ import annotations

from collections.abc import Iterable

from engines.document import Item, ItemKind
from engines.render.escaping import escape
from engines.render.tables import grid

BREAK = "<br/>"
WIDEST_COLUMN = 40
"""A column is padded to its widest cell up to this many characters; longer cells push the rest of their row aside."""


def plain_text(items: Iterable[Item]) -> str:
    """The text of items, blocks divided by an empty line."""
    return "\n\n".join(text for text in map(item_text, items) if text)


def item_text(item: Item) -> str:
    """The text of one item."""
    if item.kind is ItemKind.LIST:
        return "\n".join(f"{'  ' * (entry.level - 1)}{entry.marker} {entry.text}" for entry in item.entries)
    if item.kind is ItemKind.TABLE:
        rows = table_text(grid(item.rows))
        return f"{item.caption}\n\n{rows}" if item.caption else rows
    return item.text


def text_of_cell(items: Iterable[Item]) -> str:
    """What stands in a cell of a table, a line for each block; pictures are no text."""
    return "\n".join(text for item in items if item.kind is not ItemKind.IMAGE and (text := item_text(item)))


def markdown_of_cell(items: Iterable[Item]) -> str | None:
    """The Markdown of what stands in a cell, its lines as those of `text_of_cell`; None when its text says it all.

    Lines among which entries of a list are stay lines of their own, wherever the cell stands.
    """
    shown = [item for item in items if item.kind is not ItemKind.IMAGE and item_text(item)]
    has_list = any(len(item.entries) > 1 for item in shown)
    if not has_list and all(is_plain(one) for item in shown for one in (item, *item.entries)):
        return None
    return (BREAK if has_list else "\n").join(line for item in shown for line in cell_line(item).split("\n"))


def is_plain(item: Item) -> bool:
    """Whether the Markdown of a text says no more than that."""
    return item.markdown is None or item.markdown == escape(item.text)


def cell_line(item: Item) -> str:
    """The Markdown of one block of a cell."""
    if item.kind is ItemKind.LIST:
        return "\n".join(f"{'  ' * (one.level - 1)}{one.marker} {inline_markdown(one)}" for one in item.entries)
    if item.kind in (ItemKind.TABLE, ItemKind.CODE):
        return escape(item_text(item))
    return inline_markdown(item)


def inline_markdown(item: Item) -> str:
    """The Markdown of a text in a line."""
    return escape(item.text) if item.markdown is None else item.markdown


def table_text(lines: list[list[str]]) -> str:
    """Rows of cells as lines with aligned columns."""
    widths: dict[int, int] = {}
    flat = [[" ".join(cell.split()) for cell in line] for line in lines]
    for line in flat:
        for column, text in enumerate(line):
            widths[column] = max(widths.get(column, 0), min(len(text), WIDEST_COLUMN))
    return "\n".join(
        "  ".join(text.ljust(widths[column]) for column, text in enumerate(line)).rstrip() for line in flat
    )
