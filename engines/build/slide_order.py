"""The order in which the shapes of a slide are read: the title, then rows from top to bottom, each from left to right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from engines.document import Box

Shape = TypeVar("Shape")
OVERLAP = 0.15
"""Share of the narrower one's width that two boxes beside each other may both take: frames are larger than their text."""
SAME_ROW = 0.5
"""Shapes that overlap by this share of the lower one of their heights stand side by side."""


@dataclass(frozen=True, slots=True)
class PlacedShape(Generic[Shape]):
    """A shape and where it stands, in points."""

    shape: Shape
    box: Box
    is_title: bool = False


def reading_order(shapes: Iterable[PlacedShape[Shape]]) -> list[PlacedShape[Shape]]:
    """The shapes in reading order."""
    every = list(shapes)
    ordered = [one for one in every if one.is_title]
    rest = sorted((one for one in every if not one.is_title), key=lambda one: (one.box.y, one.box.x))
    while rest:
        first = rest[0]
        row = [one for one in rest if one is first or stand_in_one_row(first.box, one.box)]
        ordered += sorted(row, key=lambda one: one.box.x)
        taken = {id(one) for one in row}
        rest = [one for one in rest if id(one) not in taken]
    return ordered


def stand_in_one_row(one: Box, other: Box) -> bool:
    """Whether two boxes stand side by side: they share height, but hardly any width."""
    shared = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    overlap = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    apart = overlap <= max(1.0, OVERLAP * min(one.width, other.width))
    return apart and shared >= SAME_ROW * max(1.0, min(one.height, other.height))
