"""How far a scan lies askew: the angle at which its ink stands in the sharpest rows (projection profiles, after Postl, 1986)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageOps

from engines.document import Box, Cell, Item, ItemKind, Page, Piece

LARGEST = 800
"""Pixels of the longer side of what is looked at, which are enough to see rows of text."""
STRIPS = 48
"""Strips of a page whose rows are looked at as they lie: across one of these a row of text is nearly level."""
MOST = 8.0
"""Degrees of the largest skew; what leans further is a drawing."""
COARSE, FINE = 1.0, 0.25
"""Degrees between the angles that are tried first, and then beside the best of these."""
LEAST = 0.75
"""Degrees up to which OCR reads as well as it does upright."""
SHARPER = 1.3
"""How much sharper rows are at the angle than they are as the page lies, or it has none."""


def skew_of(shot: Image.Image) -> float:
    """Degrees by which a page has to be turned counter-clockwise to lie straight; 0 when it does."""
    shades = ImageOps.invert(shot.convert("L").resize(reduced(shot.size), Image.Resampling.BOX, reducing_gap=2.0))
    ink = ImageOps.autocontrast(shades)
    strips = Strips(ink.resize((STRIPS, ink.height), Image.Resampling.BOX), ink.width / STRIPS)
    level = strips.sharpness(0.0)
    steps = round(MOST / COARSE)
    best = max((COARSE * step for step in range(-steps, steps + 1)), key=strips.sharpness)
    near = round(COARSE / FINE)
    best = max((best + FINE * step for step in range(-near, near + 1)), key=strips.sharpness)
    return best if abs(best) >= LEAST and strips.sharpness(best) > SHARPER * level else 0.0


def reduced(size: tuple[int, int]) -> tuple[int, int]:
    """Pixels of what is looked at of a picture of this size."""
    scale = min(1.0, LARGEST / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


@dataclass(frozen=True, slots=True)
class Strips:
    """A page cut into strips from top to bottom, the ink of each row of a strip as one pixel."""

    rows: Image.Image
    width: float
    """Pixels of the page across a strip."""

    def sharpness(self, angle: float) -> float:
        """How much neighbouring rows differ when the page is turned, which moves its strips up and down."""
        slope = math.tan(math.radians(angle)) * self.width
        moved = (1, 0, 0, slope, 1, -slope * STRIPS / 2)
        turned = self.rows.transform(self.rows.size, Image.Transform.AFFINE, moved, Image.Resampling.BILINEAR)
        rows = turned.resize((1, turned.height), Image.Resampling.BOX).convert("F").tobytes()
        return sum((one - other) ** 2 for one, other in pairwise(memoryview(rows).cast("f")))


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
