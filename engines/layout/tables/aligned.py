"""`aggressive_table_extraction`: tables that nothing but two rows of aligned cells shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from engines.layout.lines import Line, parted, rows_of
from engines.layout.tables.free import MARK
from engines.layout.tables.table import Table, TableCell
from engines.layout.words import Word

ALIGNED = 3.0
"""Points by which the edges of a column may differ."""
LEADING = 3.0
"""Distance of the baselines of two rows at most, in sizes."""
MOST_WORDS = 7
"""Words of a cell at most; more are a line of a column of text."""
USUAL_WORDS = 4.0
"""Words of the cells of a column at most, on average, the first one aside: else columns of text stand side by side."""

Row = list[Line]
"""The cells of a row, from the left."""


def aligned_tables(words: Sequence[Word]) -> list[Table]:
    """The tables among words: two successive rows or more, of two short cells or more each, that stand under each other."""
    rows = rows_of(words)
    cells = [cells_of(parted(rows, at)) for at in range(len(rows))]
    return [table_of(run) for run in runs([row for row in cells if row]) if not is_text(run)]


def cells_of(row: Row) -> Row:
    """The parts of a row that may be cells; none of the entry of a list."""
    if MARK.match(row[0].text) and len(row) < 3:
        return []
    return [one for one in row if len(one.words) <= MOST_WORDS]


def runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Successive rows that share their columns, two at least."""
    run: list[Row] = []
    for row in rows:
        if run and not continues(run[-1], row):
            if len(run) > 1:
                yield run
            run = []
        if run or len(row) > 1:
            run.append(row)
    if len(run) > 1:
        yield run


def continues(row: Row, following: Row) -> bool:
    """Whether a row has the columns of the one above it; either may leave cells of the other empty."""
    step, size = following[0].baseline - row[0].baseline, max(row[0].size, following[0].size)
    if len(following) < 2 or step > LEADING * size:
        return False
    few, many = sorted((row, following), key=len)
    places = places_in(many, few)
    return -1 not in places and all(before < after for before, after in pairwise(places))


def places_in(columns: Sequence[Line], row: Row) -> list[int]:
    """Under which column each cell of a row stands; -1 where under none."""
    return [next((at for at, one in enumerate(columns) if is_aligned(one, cell)), -1) for cell in row]


def is_aligned(one: Line, other: Line) -> bool:
    """Whether two cells have the same left edge, right edge or middle."""
    left, right = one.left - other.left, one.right - other.right
    return min(abs(left), abs(right), abs(left + right) / 2) <= ALIGNED


def is_text(run: Sequence[Row]) -> bool:
    """Whether rows are lines of columns of text, which stand side by side."""
    counts = [len(cell.words) for row in run for cell in row[1:]]
    return sum(counts) > USUAL_WORDS * len(counts)


def table_of(run: Sequence[Row]) -> Table:
    """The table that rows are."""
    columns = max(run, key=len)
    edges = [min(row[0].left for row in run)]
    edges += [(before.right + after.left) / 2 for before, after in pairwise(columns)]
    edges.append(max(cell.right for row in run for cell in row))
    cells: list[TableCell] = []
    for number, row in enumerate(run):
        top, bottom = min(one.top for one in row), max(one.bottom for one in row)
        held = {sum(edge <= (one.left + one.right) / 2 for edge in edges[1:-1]): one.words for one in row}
        cells += [
            TableCell(number, column, words=held.get(column, []), bounds=(left, top, right, bottom))
            for column, (left, right) in enumerate(pairwise(edges))
        ]
    return Table(edges[0], cells[0].bounds[1], edges[-1], cells[-1].bounds[3], len(run), len(columns), cells)
