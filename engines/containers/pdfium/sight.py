"""How the space of a page's content lies in the page as it is seen: cropped, and turned by its /Rotate."""

from __future__ import annotations

from array import array
from typing import Any

from engines.containers.pdfium.boxes import Bounds, Boxes

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Sight:
    """Turns places of the content into places from the upper left corner of the page."""

    def __init__(self, page: Any) -> None:
        self.rotation: int = page.get_rotation()
        self.width, self.height = page.get_size()
        self.left, self.bottom, self.right, self.top = page.get_bbox()

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point as it is seen."""
        if self.rotation == 90:
            return y - self.bottom, x - self.left
        if self.rotation == 180:
            return self.right - x, y - self.bottom
        if self.rotation == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def bounds(self, left: float, one: float, right: float, other: float) -> Bounds:
        """The rectangle between two corners as it is seen."""
        a, b = self.point(left, one)
        c, d = self.point(right, other)
        return min(a, c), min(b, d), max(a, c), max(b, d)

    def boxes(self, sides: array[float]) -> Boxes:
        """Rectangles as they are seen, of which left, top, right and bottom are given, measured upwards."""
        if not self.rotation:
            return Boxes(sides, self.left, self.top)
        return Boxes.of(map(self.bounds, sides[0::4], sides[1::4], sides[2::4], sides[3::4]))


def product(one: Matrix, other: Matrix) -> Matrix:
    """What doing `one` and then `other` does."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m
