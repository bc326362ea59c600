"""Takes pieces of text out of a page that was read already: what nobody can see, or nobody can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engines.document import Item, Page

UNREADABLE = 2.0
"""Points of height below which text is too small to be read (the hosted service's bound)."""


def take_out_small(page: Page, text_items: Iterable[Any]) -> None:
    """Take very small text out, unless there is no other: then the page was drawn at another scale."""
    pieces = [one for one in text_items if not one.rotation and one.text.strip()]
    small = [one for one in pieces if one.height < UNREADABLE]
    if small and len(small) < len(pieces):
        take_out(page, small)


def take_out(page: Page, pieces: Iterable[Any]) -> None:
    """Take pieces out of the text of a page and out of the items that stand where they do; what is empty then goes."""
    for one in pieces:
        text = one.text.strip()
        page.text = page.text.replace(text, "", 1)
        for item in page.items:
            if item.box and item.box.contains(one.x + one.width / 2, one.y + one.height / 2):
                forget(item, text)
    page.items = [item for item in page.items if says(item)]


def forget(item: Item, text: str) -> None:
    """Take a text out of an item, wherever it stands there."""
    item.text = item.text.replace(text, "", 1).strip()
    if item.markdown is not None:
        item.markdown = item.markdown.replace(text, "", 1).strip()
    for entry in item.entries:
        forget(entry, text)
    for row in item.rows:
        for cell in row:
            cell.text = cell.text.replace(text, "", 1).strip()


def says(item: Item) -> bool:
    """Whether anything is left of an item."""
    return bool(
        item.text
        or item.url
        or any(entry.text for entry in item.entries)
        or any(cell.text for row in item.rows for cell in row)
    )
