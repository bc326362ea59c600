"""The filled part of a sheet as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.build.rows import stretches
from engines.document import Cell
from engines.errors import Code, DocumentError

MOST_CELLS = 3_000_000
"""Cells of the largest table made of a sheet, empty ones between others included."""

MOST_CUTS = 20
"""How often a sheet is cut into tables, one cut after the other."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range of cells, from 1, ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Region:
    """Rows and columns of a sheet, from 1, that belong to one table; empty ones may be missing in between."""

    rows: list[int]
    columns: list[int]


class Grid:
    """The texts of a sheet by row and column, from 1, and which of them are merged."""

    def __init__(self, filled: Iterable[tuple[int, int, str]], merges: Iterable[Merge] = ()) -> None:
        self.texts = {(row, column): text for row, column, text in filled}
        origins = [one for one in merges if (one.top, one.left) in self.texts]
        self.merges = {(one.top, one.left): one for one in origins}

    @property
    def is_empty(self) -> bool:
        """Whether the sheet shows nothing."""
        return not self.texts

    def whole(self) -> Region:
        """The used range; of a sheet far larger than what it holds, without its empty rows and columns.

        Raises DocumentError: DOCUMENT_TOO_LARGE.
        """
        rows, columns = self.used(self.texts)
        wide = range(rows[0], rows[-1] + 1), range(columns[0], columns[-1] + 1)
        if len(wide[0]) * len(wide[1]) <= max(20_000, 20 * len(self.texts)):
            rows, columns = list(wide[0]), list(wide[1])
        if len(rows) * len(columns) > MOST_CELLS:
            raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"a sheet of {len(rows)} by {len(columns)} cells")
        return Region(rows, columns)

    def used(self, places: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
        """The rows and columns that these places take, with all that is merged with them."""
        rows: set[int] = set()
        columns: set[int] = set()
        for place in places:
            rows.add(place[0])
            columns.add(place[1])
            if merge := self.merges.get(place):
                # a merge over a million rows takes no more of them than there is content
                rows.update(range(merge.top, min(merge.bottom, merge.top + 200) + 1))
                columns.update(range(merge.left, min(merge.right, merge.left + 200) + 1))
        return sorted(rows), sorted(columns)

    def regions(self) -> list[Region]:
        """The tables of a sheet: cut at empty rows and columns, and what is left again, until nothing parts it."""
        return list(self._parted(list(self.texts), depth=0, is_whole=False))

    def _parted(self, places: list[tuple[int, int]], *, depth: int, is_whole: bool) -> Iterator[Region]:
        """The tables that these places hold, cut by rows at even depths; `is_whole` when they cannot be cut the other way."""
        by_rows = depth % 2 == 0
        rows, columns = self.used(places)
        stretches_found = list(without_gaps(rows if by_rows else columns))
        if (len(stretches_found) == 1 and is_whole) or depth > MOST_CUTS:
            yield Region(rows, columns)
            return
        stretch_of = {number: index for index, stretch in enumerate(stretches_found) for number in stretch}
        parts: list[list[tuple[int, int]]] = [[] for _ in stretches_found]
        for place in places:
            parts[stretch_of[place[0] if by_rows else place[1]]].append(place)
        for part in parts:
            yield from self._parted(part, depth=depth + 1, is_whole=len(stretches_found) == 1)

    def table(self, region: Region) -> list[list[Cell]]:
        """The cells of a region; positions that a merge covers are left out."""
        row_at = {row: index for index, row in enumerate(region.rows)}
        column_at = {column: index for index, column in enumerate(region.columns)}
        covered: set[tuple[int, int]] = set()
        rows: list[list[Cell]] = []
        for row in region.rows:
            line: list[Cell] = []
            for column in region.columns:
                if (row, column) in covered:
                    continue
                cell = Cell(self.texts.get((row, column), ""))
                if merge := self.merges.get((row, column)):
                    below = [one for one in range(merge.top, min(merge.bottom, merge.top + 200) + 1) if one in row_at]
                    beside = [
                        one for one in range(merge.left, min(merge.right, merge.left + 200) + 1) if one in column_at
                    ]
                    cell.row_span, cell.column_span = max(1, len(below)), max(1, len(beside))
                    covered.update((one, other) for one in below for other in beside)
                line.append(cell)
            rows.append(line)
        return rows


def without_gaps(numbers: list[int]) -> Iterator[list[int]]:
    """Sorted numbers, cut where one is missing."""
    return stretches(numbers, lambda stretch, number: number == stretch[-1] + 1)


def add_tables(builder: PageBuilder, grid: Grid, *, split: bool) -> None:
    """Add a sheet that is not empty to a page: as one table, or as the tables it holds, with lines that stand alone as text.

    Raises DocumentError: DOCUMENT_TOO_LARGE for a table of more than MOST_CELLS, OUTPUT_TOO_LARGE.
    """
    if not split:
        builder.table(grid.table(grid.whole()))
        return
    for region in grid.regions():
        rows = grid.table(region)
        texts = [cell.text for row in rows for cell in row if cell.text]
        if len(texts) == 1:
            builder.paragraph([InlineRun(texts[0], bold=True)])
        else:
            builder.table(rows)
