"""Which part of each page is read: the margins of `bounding_box` and the four `bbox_*`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engines.parameters import ParseParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """What is left out at each edge, as fractions of the page's height (top, bottom) or width (left, right)."""

    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    left: float = 0.0

    def __bool__(self) -> bool:
        """Whether anything is left out at all."""
        return any((self.top, self.right, self.bottom, self.left))


def box_margins(expression: str) -> Margins:
    """Read `top,right,bottom,left`. Raises ValueError unless these are four numbers from 0 to 1."""
    numbers = [float(part) for part in expression.split(",")]
    if len(numbers) != 4 or not all(is_fraction(number) for number in numbers):
        raise ValueError("four numbers from 0 to 1 are needed: top,right,bottom,left")
    top, right, bottom, left = numbers
    return Margins(top=top, right=right, bottom=bottom, left=left)


def is_fraction(number: float) -> bool:
    """Whether a number is a part of a whole: finite and from 0 to 1."""
    return math.isfinite(number) and 0 <= number <= 1


def margins_of(parameters: ParseParameters) -> Margins:
    """The margins of a job: each `bbox_*` stands above its part of `bounding_box`.

    Raises ValueError for a `bounding_box` that is none; parameters that passed engines/parameters/validation.py have a good one.
    """
    box = box_margins(parameters.bounding_box) if parameters.bounding_box else Margins()
    return Margins(
        top=box.top if parameters.bbox_top is None else parameters.bbox_top,
        right=box.right if parameters.bbox_right is None else parameters.bbox_right,
        bottom=box.bottom if parameters.bbox_bottom is None else parameters.bbox_bottom,
        left=box.left if parameters.bbox_left is None else parameters.bbox_left,
    )
