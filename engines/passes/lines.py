"""The lines that an item was made of: where they stand, and which part of its text they are.

For `line_level_bounding_box` they are told one by one, for `layout_aware` as the parts of an item that stand together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engines.build.rows import middle, stretches
from engines.context import Context
from engines.document import Document, Item, ItemKind, Line, LinePart, Page, Piece, around
from engines.parameters import ParseParameters
from engines.passes.labels import label_of

WRITTEN = frozenset({ItemKind.HEADING, ItemKind.TEXT, ItemKind.CODE, ItemKind.LIST})


def locate(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Give the items of each page their lines and parts, as far as the job wants them."""
    if not (parameters.line_level_bounding_box or parameters.layout_aware):
        return
    for page in document.pages:
        for item in page.items:
            lines = list(item_lines(item, page)) if item.kind in WRITTEN else []
            if parameters.line_level_bounding_box:
                item.lines = lines
            if parameters.layout_aware and item.box:
                item.parts = item_parts(item, lines, page)


def item_lines(item: Item, page: Page) -> Iterator[Line]:
    """The lines inside an item's box whose words its text holds, in the order of the text."""
    box = item.box
    if box is None:
        return
    text = indexed_text(item)
    ends: dict[str, int] = {}
    lines = []
    inside = (piece for piece in page.pieces if box.contains(*piece.box.middle))
    for run in stretches(inside, follows):
        words = " ".join(piece.text.strip() for piece in run)
        start = text.find(words, ends.get(words, 0))
        if start < 0:  # divided at its end, or written in another way
            words = words.split(maxsplit=1)[0]
            start = text.find(words, ends.get(words, 0))
        if start >= 0:
            ends[words] = start + len(words)
            lines.append(Line(words, around([piece.box for piece in run]), start, start + len(words)))
    yield from sorted(lines, key=lambda line: line.start)


def indexed_text(item: Item) -> str:
    """The text that the places of lines count in: that of a list is its entries, one a line."""
    return "\n".join(entry.text for entry in item.entries) if item.entries else item.text


def follows(line: list[Piece], piece: Piece) -> bool:
    """Whether a piece stands on the line of the last one before it, to its right."""
    last, box = line[-1].box, piece.box
    is_beside = abs(middle(last) - middle(box)) <= last.height / 2
    return is_beside and box.x >= last.x and box.x - last.x - last.width < 4 * last.height


def item_parts(item: Item, lines: list[Line], page: Page) -> list[LinePart]:
    """The parts of an item that stand together: a new one begins where the text goes on above, in another column.

    Together they cover the whole text.
    """
    label, confidence = label_of(item, page)
    groups: list[list[Line]] = []
    for line in lines:
        if groups and line.box.y >= groups[-1][-1].box.y:
            groups[-1].append(line)
        else:
            groups.append([line])
    if not groups and item.box:
        return [LinePart(replace(item.box), 0, len(indexed_text(item)), label, confidence)]
    starts = [0, *(group[0].start for group in groups[1:])]
    ends = [*starts[1:], len(indexed_text(item))]
    boxes = [around([line.box for line in group]) for group in groups]
    return [LinePart(box, start, end, label, confidence) for box, start, end in zip(boxes, starts, ends, strict=True)]
