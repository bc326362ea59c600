"""Finds text of a page that none of its items holds, and puts it in its place: the native blocks now and then lose
a table row or a formula, and never hold what stands at an angle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from engines.containers.pdf_native import box_of, union
from engines.document import Item, ItemKind, Page

NO_LETTERS = re.compile(r"[\W_]+")
RUNNING = frozenset({ItemKind.HEADING, ItemKind.TEXT, ItemKind.LIST, ItemKind.CODE})
"""Items that hold all text inside their boxes, though it may be written otherwise there (a formula as LaTeX)."""
FEW = 4
"""Fewer letters than this occur by chance inside others."""
SAME_LINE = 3.0
"""Pieces whose tops are no further apart than this many points stand on one line."""


def restore(page: Page, text_items: list[Any]) -> None:
    """Add to the items of a page what they miss of its text."""
    said = " ".join(text for item in page.items for text in texts_of(item))
    missing = set(page.text.split()) - set(said.split())
    if not missing:
        return
    letters = NO_LETTERS.sub("", said)
    lost = [one for one in text_items if not missing.isdisjoint(one.text.split()) and is_lost(one, letters, page.items)]
    for item in gathered(lost):
        page.items.insert(place_of(item, page.items), item)


def texts_of(item: Item) -> Iterator[str]:
    """The texts inside an item."""
    yield item.text
    yield from (entry.text for entry in item.entries)
    yield from (entry.marker for entry in item.entries)
    yield from (cell.text for row in item.rows for cell in row)


def is_lost(piece: Any, letters: str, items: list[Item]) -> bool:
    """Whether the letters of a piece of text occur nowhere in those of the items.

    Numbers at a right angle do not count: they are the labels of an axis, noise among paragraphs.
    """
    own = NO_LETTERS.sub("", piece.text)
    if not own or (len(own) >= FEW and own in letters):
        return False
    if piece.rotation:
        return bool(piece.rotation % 90) or not own.isnumeric()
    x, y = piece.x + piece.width / 2, piece.y + piece.height / 2
    return not any(item.kind in RUNNING and item.box and item.box.contains(x, y) for item in items)


def gathered(pieces: list[Any]) -> list[Item]:
    """Paragraphs of the pieces, those on one line together."""
    items: list[Item] = []
    for piece in pieces:
        text, box = piece.text.strip(), box_of(piece)
        last = items[-1] if items else None
        if last and last.box and box and not piece.rotation and abs(last.box.y - box.y) <= SAME_LINE:
            last.text, last.box = f"{last.text} {text}", union(last.box, box)
        else:
            items.append(Item(ItemKind.TEXT, text=text, box=box))
    return items


def place_of(lost: Item, items: list[Item]) -> int:
    """Where in reading order a piece belongs: after the last item above it in its column, else at the end."""
    box = lost.box
    if box is None:
        return len(items)
    above = [
        index
        for index, item in enumerate(items, 1)
        if item.box and item.box.y <= box.y and item.box.x < box.x + box.width and box.x < item.box.x + item.box.width
    ]
    return above[-1] if above else len(items)
