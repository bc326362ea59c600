"""`precise_bounding_box`: boxes around the ink alone, as the picture of the page shows it."""

from __future__ import annotations

from PIL import Image, ImageChops

from engines.context import Context
from engines.document import Box, Document, Item, ItemKind
from engines.parameters import ParseParameters
from engines.passes.layout import page_picture

CONTRAST = 60
"""Shades of grey between paper and ink."""
WRITTEN = frozenset({ItemKind.HEADING, ItemKind.TEXT, ItemKind.LIST, ItemKind.CODE})


def tighten(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Draw the boxes of text, entries and cells tightly. What cannot be drawn keeps the box of its lines."""
    if not parameters.precise_bounding_box:
        return
    for page in document.pages:
        drawn = page_picture(document, page)
        if drawn is None:
            continue
        grey, scale = drawn.convert("L"), drawn.width / page.width
        for item in page.items:
            tighten_item(item, grey, scale)


def tighten_item(item: Item, grey: Image.Image, scale: float) -> None:
    """Tighten an item and what it consists of; the edges of a table and of a picture are its own.

    `grey` is the picture of its page, of `scale` pixels a point.
    """
    for entry in item.entries:
        tighten_item(entry, grey, scale)
    for cell in (cell for row in item.rows for cell in row):
        if cell.box and cell.text:
            cell.box = around_ink(cell.box, grey, scale)
    if item.kind in WRITTEN and item.box:
        item.box = around_ink(item.box, grey, scale)


def around_ink(box: Box, grey: Image.Image, scale: float) -> Box:
    """The smallest box around what differs from the paper inside of a box; the box itself when nothing does. Both in points."""
    left, top = max(0, round(box.x * scale)), max(0, round(box.y * scale))
    right = min(grey.width, round((box.x + box.width) * scale))
    bottom = min(grey.height, round((box.y + box.height) * scale))
    if right <= left or bottom <= top:
        return box
    part = grey.crop((left, top, right, bottom))
    counts = part.histogram()
    paper = Image.new("L", part.size, counts.index(max(counts)))
    ink = ImageChops.difference(part, paper).point(lambda shade: 255 if shade > CONTRAST else 0).getbbox()
    if ink is None:
        return box
    x, y = (left + ink[0]) / scale, (top + ink[1]) / scale
    return Box(round(x, 2), round(y, 2), round((ink[2] - ink[0]) / scale, 2), round((ink[3] - ink[1]) / scale, 2))
