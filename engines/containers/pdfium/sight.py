"""How the space of a page's content lies in the page as it is seen: cropped, and turned by its /Rotate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engines.containers.pdfium.page import Bounds

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

    def all_bounds(self, boxes: Iterable[Bounds]) -> list[Bounds]:
        """Rectangles as they are seen, of which left, top, right and bottom are given, measured upwards."""
        if self.rotation:
            return [self.bounds(*box) for box in boxes]
        x, y = self.left, self.top
        if not x:
            return [(left, y - top, right, y - bottom) for left, top, right, bottom in boxes]
        return [(left - x, y - top, right - x, y - bottom) for left, top, right, bottom in boxes]


def product(one: Matrix, other: Matrix) -> Matrix:
    """What doing `one` and then `other` does."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m
