"""The boxes of the characters of a page, kept as PDFium tells them.

A page has thousands, and few are looked at one by one: a tuple for each would take longer to make than PDFium to find the box.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import sub
from typing import overload

Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom from the upper left corner of the page as it is seen."""
NO_SIDES = array("d")


class Boxes(Sequence[Bounds]):
    """Boxes in the order of the characters."""

    __slots__ = ("_left", "_sides", "_top")

    def __init__(self, sides: array[float] = NO_SIDES, left: float = 0.0, top: float = 0.0) -> None:
        """`sides` are left, top, right and bottom of each, measured upwards; the page as it is seen begins at `left` and `top`."""
        self._sides, self._left, self._top = sides, left, top

    @classmethod
    def of(cls, boxes: Iterable[Bounds]) -> Boxes:
        """Boxes that are told one by one."""
        return cls(array("d", (side for left, top, right, bottom in boxes for side in (left, -top, right, -bottom))))

    def __len__(self) -> int:
        return len(self._sides) // 4

    def __iter__(self) -> Iterator[Bounds]:
        return map(self.stretch, range(len(self)), range(len(self)))

    @overload
    def __getitem__(self, at: int) -> Bounds: ...
    @overload
    def __getitem__(self, at: slice) -> list[Bounds]: ...
    def __getitem__(self, at: int | slice) -> Bounds | list[Bounds]:
        """One of them, counted from the first; or some."""
        if isinstance(at, slice):
            return [self.stretch(one, one) for one in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(at)
        return self.stretch(at, at)

    def stretch(self, first: int, last: int) -> Bounds:
        """What two boxes, and those between them, lie in when they stand side by side."""
        sides, at, end = self._sides, 4 * first, 4 * last
        return (
            sides[at] - self._left,
            self._top - sides[at + 1],
            sides[end + 2] - self._left,
            self._top - sides[end + 3],
        )

    def left(self, at: int) -> float:
        """The left edge of one."""
        return self._sides[4 * at] - self._left

    def begin(self, at: int, left: float) -> None:
        """Have one begin elsewhere."""
        self._sides[4 * at] = left + self._left

    def gaps(self) -> list[float]:
        """How far behind each of them, but the last, the next one begins."""
        return list(map(sub, self._sides[4::4], self._sides[2::4]))
