"""What a grid that is drawn must be like to be a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter

from engines.layout.lines import rows_of
from engines.layout.tables.bands import stretches_of
from engines.layout.tables.table import Table, is_code
from engines.layout.words import Word

FEWEST_FILLED = 0.3
"""Share of cells that hold words at least: the grid of a chart has few."""
FEW_CELLS, FEWEST_FILLED_OF_FEW = 8, 0.45
"""Cells of a small table at most, and the share of these that hold words at least."""
NEXT = 0.4
"""Gap between words of one line, in sizes."""
CUT = 0.1
"""Share of such words that are parted by the lines of what is no table."""
FEW = 3
"""Such words that say nothing."""
FEW_WORDS, MOST_IN_ONE = 60, 0.6
"""Words of a grid so small that one of its cells may hold nearly all of them, and the share of them that one may hold in others."""
ROW_OF, COLUMN_OF = attrgetter("row"), attrgetter("column")
CELLS_OF_ROW, TITLES = 3, 2
"""Cells of the last row of a table alone on its page at least, and lines above it at most."""
NEXT_ROW = 2.5
"""Sizes below such a row within which another one would stand."""


def is_table(table: Table) -> bool:
    """Whether a grid has enough cells, and enough in them."""
    if table.rows < 2 or table.filled < 2:
        return False
    if table.columns < 2 and (table.rows < 3 or is_code(word for cell in table.cells for word in cell.words)):
        return False
    least = FEWEST_FILLED_OF_FEW if len(table.cells) <= FEW_CELLS else FEWEST_FILLED
    if table.filled >= least * len(table.cells):
        return True
    header = [cell for cell in table.cells if not cell.row]
    return len(header) > 1 and all(cell.words for cell in header)  # to be filled in


def is_last_row(table: Table, words: Sequence[Word]) -> bool:
    """Whether one row of cells, with no more than a running title above and no other row below, ends a table of the page before."""
    if table.rows != 1 or table.columns < CELLS_OF_ROW or table.filled < len(table.cells):
        return False
    size = table.cells[0].words[0].size
    above = rows_of([one for one in words if one.bottom <= table.top + 1])
    if len(above) > TITLES or any(table.top - one.bottom < size for row in above for one in row):
        return False
    below = (one for one in words if table.bottom - 1 <= one.top <= table.bottom + NEXT_ROW * size)
    rows = rows_of([one for one in below if table.left <= one.middle[0] <= table.right])
    return not rows or len(stretches_of(rows[0], 1.0)) < 2


def is_form(table: Table) -> bool:
    """Whether cells are those of a form: all rows, or all columns, begin with a word; and not the frames of the parts of a page."""
    if min(table.rows, table.columns) < 2:
        return False
    filled = [len(cell.words) for cell in table.cells if cell.words]
    if sum(filled) >= FEW_WORDS and max(filled) >= MOST_IN_ONE * sum(filled):
        return False
    return any(all(cell.words for cell in table.cells if not at(cell)) for at in (ROW_OF, COLUMN_OF))


def cuts_sentences(words: Sequence[Word], table: Table) -> bool:
    """Whether lines part a good part of the words that follow each other: those that connect the boxes of a diagram."""
    cell_of = {id(word): number for number, cell in enumerate(table.cells) for word in cell.words}
    cut = whole = 0
    for before, word in pairwise(words):
        one, other = cell_of.get(id(before)), cell_of.get(id(word))
        gap = word.left - before.right
        if one == other is None or abs(word.baseline - before.baseline) > 1 or not -1 < gap < NEXT * word.size:
            continue
        whole += 1
        cut += one != other
    return cut > max(FEW, CUT * whole)
