"""How far a scan lies askew: the angle at which its ink stands in the sharpest rows (projection profiles, after Postl, 1986)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from PIL import Image, ImageOps

from engines.document import Box, Cell, Item, ItemKind, Page, Piece

DPI = 60.0
"""Pixels an inch that are enough to see rows of text."""
LARGEST = 900
"""Pixels of the longer side of what is looked at, however large the page is."""
MOST = 8.0
"""Degrees of the largest skew; what leans further is a drawing."""
COARSE, FINE = 1.0, 0.25
"""Degrees between the angles that are tried first, and then beside the best of these."""
LEAST = 0.75
"""Degrees up to which OCR reads as well as it does upright."""
SHARPER = 1.3
"""How much sharper rows are at the angle than they are as the page lies, or it has none."""


def skew_of(shot: Image.Image) -> float:
    """Degrees by which a page of about `DPI` has to be turned counter-clockwise to lie straight; 0 when it does."""
    ink = ImageOps.invert(ImageOps.autocontrast(shot.convert("L")))
    ink.thumbnail((LARGEST, LARGEST))
    level = sharpness(ink, 0.0)
    steps = round(MOST / COARSE)
    best = max((COARSE * step for step in range(-steps, steps + 1)), key=lambda angle: sharpness(ink, angle))
    near = round(COARSE / FINE)
    best = max((best + FINE * step for step in range(-near, near + 1)), key=lambda angle: sharpness(ink, angle))
    return best if abs(best) >= LEAST and sharpness(ink, best) > SHARPER * level else 0.0


def sharpness(ink: Image.Image, angle: float) -> float:
    """How much neighbouring rows differ when the page is turned."""
    turned = ink.rotate(angle, Image.Resampling.BILINEAR) if angle else ink
    rows = turned.resize((1, turned.height), Image.Resampling.BOX).convert("F").tobytes()
    shades = memoryview(rows).cast("f")
    return sum((one - other) ** 2 for one, other in pairwise(shades))


def put_back(page: Page, angle: float) -> None:
    """Move the boxes of a page that was turned by this angle before it was read to where their text stands on it as it lies."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    middle_x, middle_y = page.width / 2, page.height / 2
    for box in boxes_of(page):
        x, y = box.x + box.width / 2 - middle_x, box.y + box.height / 2 - middle_y
        box.x = round(middle_x + x * cosine - y * sine - box.width / 2, 2)
        box.y = round(middle_y + x * sine + y * cosine - box.height / 2, 2)


def boxes_of(page: Page) -> Iterator[Box]:
    """The boxes of all text of a page, each once."""
    items = [item for item in page.items if item.kind is not ItemKind.IMAGE]
    parts: list[Item | Piece | Cell] = [*items, *page.pieces, *(entry for item in items for entry in entries_of(item))]
    parts += [cell for item in items for row in item.rows for cell in row]
    yield from {
        id(one.box): one.box for one in parts if one.box
    }.values()  # a list may share its box with its only entry


def entries_of(item: Item) -> Iterator[Item]:
    """The entries of a list, and those within them."""
    for entry in item.entries:
        yield entry
        yield from entries_of(entry)
