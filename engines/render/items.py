"""Items in the shape of the API's JSON, each with the Markdown that stands for it on its page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from engines.document import Box, Item, ItemKind, LinePart
from engines.render import tables
from engines.render.tables import TableStyle
from engines.results import (
    BoxResult,
    CodeResult,
    HeadingResult,
    ImageItemResult,
    ItemResult,
    LinkItemResult,
    ListResult,
    PartResult,
    TableExtras,
    TableResult,
    TextItemResult,
)

NESTING = "    "
"""Four blanks put an entry under one marked `-` as well as under one marked `10.`."""


def item_result(item: Item, style: TableStyle) -> ItemResult:
    """The item as JSON."""
    result = WRITERS[item.kind](item, style)
    if item.lines:
        result["lines"] = [
            {"value": line.text, "bBox": box_result(line.box), "startIndex": line.start, "endIndex": line.end}
            for line in item.lines
        ]
    if item.parts:
        result["layoutAwareBbox"] = [part_result(part, item, result["md"]) for part in item.parts]
    return result


def part_result(part: LinePart, item: Item, markdown: str) -> PartResult:
    """A part of an item; its places count in the Markdown, where the text may begin after a mark."""
    shift = max(0, markdown.find(item.text[:1])) if item.text else 0
    is_last = part.end >= len(item.text)
    return {
        "x": part.box.x,
        "y": part.box.y,
        "w": part.box.width,
        "h": part.box.height,
        "startIndex": part.start + shift if part.start else 0,
        "endIndex": len(markdown) if is_last else part.end + shift,
        "label": part.label,
        "confidence": part.confidence,
    }


def box_result(box: Box) -> BoxResult:
    """A rectangle as JSON."""
    return {"x": box.x, "y": box.y, "w": box.width, "h": box.height}


def item_place(item: Item) -> BoxResult | None:
    """Where an item stands; None where the format knows no places."""
    return None if item.box is None else box_result(item.box)


def inline(item: Item) -> str:
    """The Markdown of a text."""
    return item.text if item.markdown is None else item.markdown


def heading_result(item: Item, _style: TableStyle) -> HeadingResult:
    """A heading, which Markdown wants on one line."""
    return {
        "type": "heading",
        "lvl": item.level,
        "value": item.text,
        "md": f"{'#' * item.level} {' '.join(inline(item).split())}",
        "bBox": item_place(item),
    }


def text_result(item: Item, _style: TableStyle) -> TextItemResult:
    """A paragraph."""
    return {"type": "text", "value": item.text, "md": inline(item), "bBox": item_place(item)}


LISTED = re.compile(r"\s*(?:-|\d{1,9}[.)])\s")
"""What begins an entry of a list in Markdown (CommonMark 0.31, 5.2)."""
BREAK = "  "
"""At the end of a line: the next one begins on a line of its own (6.7)."""


def list_result(item: Item, style: TableStyle) -> ListResult:
    """A list with its entries."""
    return {
        "type": "list",
        "ordered": item.ordered,
        "items": [text_result(entry, style) for entry in item.entries],
        "value": "\n".join(entry.text for entry in item.entries),
        "md": entries_markdown(item.entries),
        "bBox": item_place(item),
    }


def entries_markdown(entries: Sequence[Item]) -> str:
    """The entries of a list below each other; those with marks that Markdown has none of, such as `a.` or `1.1`, are lines."""
    lines = [entry_markdown(entry) for entry in entries]
    ends = ["" if LISTED.match(line) and LISTED.match(after) else BREAK for line, after in pairwise(lines)]
    return "\n".join(line + end for line, end in zip(lines, [*ends, ""], strict=True)) if lines else ""


def entry_markdown(entry: Item) -> str:
    """A list entry; its further lines stand below the first."""
    return f"{entry_lead(entry)}{inline(entry)}".replace("\n", f"\n{NESTING * entry.level}")


def entry_lead(entry: Item) -> str:
    """What stands before a list entry: the mark it has on the page when that is a number or letter, else a dash."""
    mark = entry.marker if entry.marker[:1].isalnum() or entry.marker[:1] == "(" else "-"
    return f"{NESTING * (entry.level - 1)}{mark} "


def table_result(item: Item, style: TableStyle) -> TableResult:
    """A table in all its forms."""
    lines = tables.grid(item.rows)
    return {
        "type": "table",
        "rows": lines,
        "md": tables.markdown(item, style) if item.merged_into is None else "",
        "csv": tables.csv(lines),
        "html": tables.html(item),
        "isPerfectTable": tables.is_perfect(item.rows),
        **table_extras(item),
        "bBox": item_place(item),
    }


def table_extras(item: Item) -> TableExtras:
    """Keys that only some tables have."""
    extras: TableExtras = {}
    if item.caption:
        extras["caption"] = item.caption
    if item.merged_from:
        extras["mergedFromPages"] = item.merged_from
    if item.merged_into is not None:
        extras["mergedIntoPage"] = item.merged_into
    return extras


def code_result(item: Item, _style: TableStyle) -> CodeResult:
    """Program code, or text whose blanks mean something, in a fence longer than any it contains."""
    fence = "```"
    while fence in item.text:
        fence += "`"
    return {
        "type": "code",
        "value": item.text,
        "language": item.language or None,
        "md": f"{fence}{item.language}\n{item.text}\n{fence}",
        "bBox": item_place(item),
    }


def image_result(item: Item, _style: TableStyle) -> ImageItemResult:
    """A picture in its place."""
    caption = item.caption or item.text
    return {
        "type": "image",
        "url": item.url,
        "caption": caption or None,
        "md": f"![{' '.join(caption.split())}]({item.url})" if item.markdown is None else item.markdown,
        "bBox": item_place(item),
    }


def link_result(item: Item, _style: TableStyle) -> LinkItemResult:
    """A link that stands alone."""
    return {
        "type": "link",
        "url": item.url,
        "text": item.text,
        "md": f"[{item.text}]({item.url})",
        "bBox": item_place(item),
    }


WRITERS: dict[ItemKind, Callable[[Item, TableStyle], ItemResult]] = {
    ItemKind.HEADING: heading_result,
    ItemKind.TEXT: text_result,
    ItemKind.LIST: list_result,
    ItemKind.TABLE: table_result,
    ItemKind.CODE: code_result,
    ItemKind.IMAGE: image_result,
    ItemKind.LINK: link_result,
}
