"""Tables that nothing shows but the alignment of their rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from engines.layout.lines import rows_of
from engines.layout.tables.bands import Stretch, stretches_of, table_of
from engines.layout.tables.table import Table, is_code
from engines.layout.words import Word

CELLS = 3
"""Cells that a row has at least, rows of so many cells that there are at least, and columns."""
GAP = 1.0
"""Gap between cells, in sizes."""
LEADING = 2.6
"""Distance of the baselines of two rows at most, in sizes."""
MOST_WORDS = 4.0
"""Words of an average cell."""
FIGURES = 0.25
"""Share of cells, those of the first column not counted, that have a digit."""
LEADERS = ". . ."
LEAST_FILLED = 0.5
HEADER_WORDS = 5
"""Words of a cell of a row above or below that belongs to the table."""
MARK = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivx]+)[.)]$|[•▪●○–-]$")
"""What an entry of a list begins with; rows that begin so are a list, or a table of contents."""


def free_tables(words: Sequence[Word]) -> list[Table]:
    """The tables among words: several rows of three short cells or more over each other, with figures among them."""
    rows = rows_of(words)
    finder = _Finder(rows, [stretches_of(row, GAP) for row in rows])
    tables: list[Table] = []
    at = 0
    while at < len(rows):
        table, at = finder.table_from(at)
        if table:
            tables.append(table)
    return tables


class _Finder:
    """Looks for tables among the rows of a page."""

    def __init__(self, rows: list[list[Word]], cells: list[list[Stretch]]) -> None:
        self.rows, self.cells = rows, cells
        self.has_leaders = sum(" ".join(word.text for word in row).count(LEADERS) > 1 for row in rows) > 1
        """Whether dots lead to numbers on the page, as they do in a table of contents."""
        self.is_typed = is_code([word for row in rows for word in row])
        """Whether all of the page is in a font of a typewriter, so that this tells nothing."""

    def table_from(self, start: int) -> tuple[Table | None, int]:
        """The table whose rows of several cells begin at a row, if it is one, and the row to go on with."""
        if len(self.cells[start]) < CELLS:
            return None, start + 1
        end = self.end_of(start)
        counted = [row for row in self.cells[start:end] if len(row) >= CELLS]
        if not is_tabular(counted) or (self.has_leaders and is_contents(counted)):
            return None, start + 1
        while start and self.belongs(start - 1, start, start - 1):
            start -= 1
        while end < len(self.rows) and self.belongs(end - 1, end, end):
            end += 1
        words = [word for row in self.rows[start:end] for word in row]
        left, right = min(one.left for one in words), max(one.right for one in words)
        table = table_of(words, [min(one.top for one in words)], left, right)
        if table is None or table.columns < CELLS or table.filled < LEAST_FILLED * len(table.cells):
            return None, start + 1 if end - start < CELLS else end
        if self.is_within_code(start, end):
            return None, end
        return table, end

    def end_of(self, start: int) -> int:
        """Where rows that began at `start` end, exclusive; a line or two of fewer cells may stand between them."""
        end = at = start + 1
        while at < len(self.rows) and self.is_near(at - 1, at):
            count = len(self.cells[at])
            if count >= CELLS or (count == 2 and end == at):
                if not agree(self.cells[start], self.cells[at]):
                    break
                end = at + 1
            elif at - end >= 2:
                break
            at += 1
        while end > start and len(self.cells[end - 1]) < 2:
            end -= 1
        return end

    def is_within_code(self, start: int, end: int) -> bool:
        """Whether rows and one that goes on before or after them are lines of code."""
        if self.is_typed or not all(map(is_code, self.rows[start:end])):
            return False
        steps = [(start - 1, start, start - 1), (end - 1, end, end)]
        return any(
            is_code(self.rows[other]) and self.is_near(above, below)
            for above, below, other in steps
            if 0 <= other < len(self.rows)
        )

    def is_near(self, above: int, below: int) -> bool:
        """Whether two rows stand as near to each other as those of a table."""
        return self.rows[below][0].baseline - self.rows[above][0].baseline < LEADING * self.rows[below][0].size

    def belongs(self, above: int, below: int, row: int) -> bool:
        """Whether one of two rows, the other being of a table, is of it as well: a stacked header, or sums."""
        cells, others = self.cells[row], self.cells[above + below - row]
        sizes = self.rows[above][0].size, self.rows[below][0].size
        if len(cells) < 2 or not self.is_near(above, below) or max(sizes) > 1.15 * min(sizes):
            return False
        is_short = all(len(one.words) <= HEADER_WORDS for one in cells)
        if is_short and row == above and alternate(cells, others):
            return True
        is_inside = cells[0].left > others[0].left - 8 and cells[-1].right < others[-1].right + 8
        return is_inside and is_short and any(meet(one, other) for one in cells for other in others)


def is_tabular(rows: Sequence[Sequence[Stretch]]) -> bool:
    """Whether rows of several cells are those of a table: enough of them, short, with figures, and no list."""
    cells = [one for row in rows for one in row]
    if len(rows) < CELLS or sum(len(one.words) for one in cells) > MOST_WORDS * len(cells):
        return False
    if sum(bool(MARK.match(row[0].words[0].text)) for row in rows) > 0.5 * len(rows):
        return False
    figures = sum(any(map(str.isdigit, word.text)) for row in rows for one in row[1:] for word in one.words[:1])
    return figures >= FIGURES * sum(len(row) - 1 for row in rows)


def is_contents(rows: Sequence[Sequence[Stretch]]) -> bool:
    """Whether rows are titles between the numbers of chapters, one after the other, and those of pages that do not go back."""
    numbers = [(row[0].words[0].text.rstrip("."), row[-1].words[-1].text) for row in rows if len(row) == CELLS]
    if len(numbers) < len(rows) or not all(one.isdecimal() and other.isdecimal() for one, other in numbers):
        return False
    steps = [(int(a[0]) + 1 == int(b[0]), int(a[1]) <= int(b[1])) for a, b in pairwise(numbers)]
    return all(map(all, steps))


def agree(one: Sequence[Stretch], other: Sequence[Stretch]) -> bool:
    """Whether cells of two rows stand over each other: most of the fewer ones meet exactly one of the others."""
    few, many = sorted((one, other), key=len)
    meets = sum(sum(meet(cell, theirs) for theirs in many) == 1 for cell in few)
    return meets >= 0.6 * len(few)


def alternate(header: Sequence[Stretch], figures: Sequence[Stretch]) -> bool:
    """Whether headers at the left of their columns take turns with figures at the right of these."""
    if len(header) != len(figures):
        return False
    inner = all(before.right < after.left for before, after in zip(figures, header[1:], strict=False))
    return inner and all(
        one.left < other.right and one.right < other.right + 1 for one, other in zip(header, figures, strict=True)
    )


def meet(one: Stretch, other: Stretch) -> bool:
    """Whether two stretches stand over each other."""
    return one.left < other.right and other.left < one.right
