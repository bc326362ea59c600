"""Pictures of a page: where each comes in reading order, and what is written in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engines.layout.blocks import Block, BlockKind
from engines.layout.lines import Line, rows_of
from engines.layout.order import Part
from engines.layout.tables.table import Table

CLAUSE, PROSE = 5, 0.6
"""Words of a line at least, and the share of all words that stand in such lines, where a picture holds running text."""


@dataclass(slots=True)
class Figure:
    """A picture's place, and its name among those of the page."""

    name: str
    left: float
    top: float
    right: float
    bottom: float


def parts_of_picture(lines: Sequence[Line], parts: Sequence[Block | Table | Figure]) -> list[Block | Table | Figure]:
    """What is written in a picture: row by row, unless it is a table or running text. None of it is a heading of the page."""
    words = [word for line in lines for word in line.words]
    is_prose = sum(len(one.words) for one in lines if len(one.words) >= CLAUSE) >= PROSE * len(words)
    if not is_prose and not any(isinstance(one, Table) for one in parts):
        return [Block([Line(row)]) for row in rows_of(words)]
    for block in parts:
        if isinstance(block, Block) and block.kind is BlockKind.HEADING:
            block.kind = BlockKind.TEXT
    return list(parts)


def place_of(figure: Figure, parts: Sequence[Part]) -> int:
    """Where in reading order a picture comes: before the first part below its top that stands over or under it, else at the end.

    Pictures have no say in the order of the text: many lie behind it, or have wide white edges.
    """
    for at, part in enumerate(parts):
        if part.top >= figure.top - 2 and part.left < figure.right and figure.left < part.right:
            return at
    return len(parts)
