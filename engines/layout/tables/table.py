"""A table on a page: cells with their words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engines.containers.pdfium import Bounds
from engines.layout.words import Word


@dataclass(slots=True)
class TableCell:
    """A cell, by the row and the column that it begins in, counted from 0."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    words: list[Word] = field(default_factory=list)
    bounds: Bounds = (0.0, 0.0, 0.0, 0.0)


@dataclass(slots=True)
class Table:
    """A grid of cells, row by row from left to right."""

    left: float
    top: float
    right: float
    bottom: float
    rows: int
    columns: int
    cells: list[TableCell]

    @property
    def filled(self) -> int:
        """How many cells hold words."""
        return sum(1 for cell in self.cells if cell.words)

    @property
    def words(self) -> int:
        """How many words its cells hold."""
        return sum(len(cell.words) for cell in self.cells)

    def overlaps(self, other: Table) -> bool:
        """Whether two tables stand in one place."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def is_code(words: Iterable[Word]) -> bool:
    """Whether all words are in a font of a typewriter, as those of lines of code on a shade or in a frame."""
    return all(word.font.fixed for word in words)
