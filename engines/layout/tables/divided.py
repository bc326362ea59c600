"""Columns of a grid that only shades show, of rows: where the words of one column stand in several, as they do on striped rows."""

from __future__ import annotations

from collections.abc import Sequence

from engines.layout.lines import rows_of
from engines.layout.tables.bands import Stretch, bands_of, cells_of, cuts_in, stretches_of
from engines.layout.tables.table import Table
from engines.layout.words import Word

FEWEST, MOSTLY = 3, 0.6
"""Rows of several stretches in such a column at least, and their share of its rows with words."""
MOST_WORDS = 5.0
"""Words of an average stretch: more are sentences."""


def divided(table: Table) -> Table:
    """A table with its columns divided; the table itself where there is nothing to divide."""
    if any(cell.row_span > 1 for cell in table.cells):
        return table
    edges = {edge for cell in table.cells for edge in (cell.bounds[0], cell.bounds[2])}
    cuts = [cut for column in range(table.columns) for cut in cuts_of(table, column)]
    if not cuts:
        return table
    columns = sorted([*edges, *cuts])
    rows: list[list[Word]] = [[] for _ in range(table.rows)]
    for cell in table.cells:
        rows[cell.row] += cell.words
    cells = []
    for number, words in enumerate(rows):
        found = cells_of(number, rows_of(words), columns) if words else []
        tops = [cell.bounds for cell in table.cells if cell.row == number]
        for cell in found:
            cell.bounds = cell.bounds[0], tops[0][1], cell.bounds[2], tops[0][3]
        cells += found or [cell for cell in table.cells if cell.row == number]
    return Table(table.left, table.top, table.right, table.bottom, table.rows, len(columns) - 1, cells)


def cuts_of(table: Table, column: int) -> list[float]:
    """Where a column is to be parted."""
    own = [cell.words for cell in table.cells if cell.column == column and cell.column_span == 1 and cell.words]
    rows = [stretches_of(row) for words in own for row in rows_of(words)]
    several = sum(len(row) > 1 for row in rows)
    if several < FEWEST or several < MOSTLY * len(rows) or is_prose(rows):
        return []
    bands = bands_of(rows)
    return cuts_in(bands, rows) if bands else []


def is_prose(rows: Sequence[Sequence[Stretch]]) -> bool:
    """Whether the stretches of rows are sentences."""
    stretches = [one for row in rows for one in row]
    return sum(len(one.words) for one in stretches) > MOST_WORDS * len(stretches)
