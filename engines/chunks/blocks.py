"""The items of a result on the Markdown of their pages: blocks, each made of the parts that chunks do not divide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypedDict

from engines.chunks.cutting import Cut, cut_item, cut_text
from engines.results import BoxResult, ItemResult, PageResult, TableResult

GAP = "\n\n"
"""What stands between two blocks."""
AHEAD = 8
"""So many items that follow each other, such as the lines of hidden running titles, may stand nowhere in the Markdown."""
BLANK, SOLID = re.compile(r"\s"), re.compile(r"\S")
REACH = 20_000
"""So many characters that no item has, such as a prefix of the job, are looked over for the next item."""


class PlacedBox(TypedDict):
    """A rectangle on a page, in points from its upper left corner."""

    page: int
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Atom:
    """What is not divided: an entry, a row, a line of code, a sentence."""

    text: str
    """As it stands in the Markdown, with the blanks that follow it."""
    kind: str
    """The type of its item; `text` of what no item has."""
    block: int
    """The block it is of, by its number."""
    context: str | None
    pages: list[int]
    boxes: list[PlacedBox]


@dataclass(frozen=True, slots=True)
class Block:
    """An item, or what stands between two."""

    atoms: list[Atom]
    level: int | None = None
    """Of a heading."""
    title: str = ""


def blocks_of(pages: Sequence[PageResult], size: int) -> Iterator[Block]:
    """The blocks of all pages; their atoms have at most `size` characters, unless they are single words."""
    parts = merged_parts(pages)
    numbers = count()
    for page in pages:
        end = 0
        for start, stop, item in places(page["md"], page["items"]):
            yield from between(page, page["md"][end:start], next(numbers), size)
            end = stop
            text = page["md"][start:stop]
            yield item_block(page, item, text, next(numbers), size, parts.get(page["page"], []))
        yield from between(page, page["md"][end:], next(numbers), size)


def merged_parts(pages: Sequence[PageResult]) -> dict[int, list[PlacedBox]]:
    """Of the tables that are told as a whole on a page: where their parts on other pages stand, by that page."""
    parts: dict[int, list[PlacedBox]] = {}
    for page in pages:
        for item in page["items"]:
            if item["type"] == "table" and (whole := item.get("mergedIntoPage")) is not None:
                parts.setdefault(whole, []).extend(on_page(item["bBox"], page))
    return parts


def places(markdown: str, items: Sequence[ItemResult]) -> Iterator[tuple[int, int, ItemResult]]:
    """Where the items stand in the Markdown of their page, in its order; those that stand nowhere in it are left out.

    What touches an item, such as the prefix of running titles, is taken as part of it: no word is divided.
    """
    written = [item for item in items if item["md"].strip()]
    cursor = 0
    for number, item in enumerate(written):
        cursor = place_of(SOLID, markdown, cursor)
        if is_here(item, markdown, cursor):
            start = cursor
        elif any(is_here(after, markdown, cursor) for after in written[number + 1 : number + 1 + AHEAD]):
            continue
        else:
            start = markdown.find(item["md"], cursor, cursor + REACH + len(item["md"]))
            if start < 0 or is_in_word(markdown, start, start + len(item["md"])):
                continue
        end = start + len(item["md"])
        while start > cursor and not markdown[start - 1].isspace():
            start -= 1
        cursor = place_of(BLANK, markdown, end)
        yield start, cursor, item


def place_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where the pattern is met next, else the end of the text."""
    found = pattern.search(text, start)
    return found.start() if found else len(text)


def is_here(item: ItemResult, markdown: str, place: int) -> bool:
    """Whether an item stands at a place, with blanks or nothing after it."""
    end = place + len(item["md"])
    return markdown.startswith(item["md"], place) and not markdown[end : end + 1].strip()


def is_in_word(markdown: str, start: int, end: int) -> bool:
    """Whether a stretch begins or ends within a word."""
    edges = (markdown[max(0, start - 1) : start + 1], markdown[end - 1 : end + 1])
    return any(len(edge) == 2 and edge.isalnum() for edge in edges)


def between(page: PageResult, text: str, number: int, size: int) -> Iterator[Block]:
    """What no item has: prefixes of the job, pages that failed, what a model has written freely."""
    if text.strip():
        atoms = [Atom(cut.text, "text", number, None, [page["page"]], []) for cut in cut_text(text.strip(), size)]
        yield Block(atoms)


def item_block(page: PageResult, item: ItemResult, text: str, number: int, size: int, parts: list[PlacedBox]) -> Block:
    """The block of an item, which stands as `text` on its page; `parts` are boxes of the page's tables on other pages."""
    boxes, pages = on_page(item["bBox"], page), [page["page"]]
    if item["type"] == "table":
        pages, boxes = whole_table(item, pages, boxes, parts)

    def atom(cut: Cut) -> Atom:
        own = on_page(cut.box, page)
        return Atom(cut.text, item["type"], number, cut.context, pages, own or boxes)

    atoms = [atom(cut) for cut in (cut_item(item, size) if text == item["md"] else cut_text(text, size))]
    return Block(atoms, item["lvl"], item["value"]) if item["type"] == "heading" else Block(atoms)


def whole_table(
    item: TableResult, pages: list[int], boxes: list[PlacedBox], parts: list[PlacedBox]
) -> tuple[list[int], list[PlacedBox]]:
    """The pages and boxes of a table with those of its parts on other pages."""
    merged = item.get("mergedFromPages", pages)
    return merged, [*boxes, *(part for part in parts if part["page"] in merged)]


def on_page(box: BoxResult | None, page: PageResult) -> list[PlacedBox]:
    """A box as far as it lies on its page: what a file draws may lie partly beside it."""
    if box is None:
        return []
    left, top = min(max(box["x"], 0), page["width"]), min(max(box["y"], 0), page["height"])
    right = min(max(box["x"] + box["w"], left), page["width"])
    bottom = min(max(box["y"] + box["h"], top), page["height"])
    if right == left and bottom == top:
        return []
    width, height = round(right - left, 2), round(bottom - top, 2)
    return [{"page": page["page"], "x": left, "y": top, "w": width, "h": height}]
