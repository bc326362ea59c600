"""Tables whose grid is drawn: by rules, frames, or shades of cells."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from engines.containers.pdfium import PdfPage
from engines.layout.tables.divided import divided
from engines.layout.tables.edges import APART, SLIVER, connected, places, widened
from engines.layout.tables.grids import cuts_sentences, is_form, is_last_row, is_table
from engines.layout.tables.rules import NEAR, Rule, Rules, rules_of
from engines.layout.tables.table import Table, TableCell
from engines.layout.words import Word

MOST_ROWS, MOST_COLUMNS = 400, 60
MORE_ROWS = 2
"""Ratio of the rows of a table of lines and shades to those of one of lines alone above which this is a part of it."""


def ruled_tables(page: PdfPage, words: Sequence[Word], *, outlined: bool = False) -> list[Table]:
    """The tables of a page whose cells are drawn; where lines and frames make none, edges of shades count as well.

    With `outlined` one of rows and columns is also a table where most of it is empty, such as a form.
    """
    tables: list[Table] = []
    for fills in (False, True):
        for group in connected(rules_of(page, fills=fills)):
            table = grid(group, words, outlined=outlined)
            if not table:
                continue
            table = divided(table) if fills else table
            others = [one for one in tables if table.overlaps(one)]
            if fills and is_whole(table, others):
                tables = [one for one in tables if one not in others]
                others = []
            if not others:
                tables.append(table)
    return tables


def is_whole(table: Table, others: Sequence[Table]) -> bool:
    """Whether a table holds what lines alone made a table of, such as its header, and far more rows, or a header on a shade."""
    if len(others) == 1 and has_shaded_header(table, others[0]):
        return True
    return table.rows > MORE_ROWS * sum(one.rows for one in others) and all(
        one.columns <= table.columns and one.top > table.top - NEAR and one.bottom < table.bottom + NEAR
        for one in others
    )


def has_shaded_header(table: Table, other: Table) -> bool:
    """Whether two tables are one but for the first row, which only the shade of the header parts from the next."""
    edges = zip(
        (table.left, table.top, table.right, table.bottom),
        (other.left, other.top, other.right, other.bottom),
        strict=True,
    )
    same = all(abs(one - theirs) <= NEAR for one, theirs in edges)
    return (
        same
        and table.columns == other.columns
        and table.rows == other.rows + 1
        and first_row(table) < first_row(other) - NEAR
    )


def first_row(table: Table) -> float:
    """The height of the first row of a table, of cells of that row alone."""
    return min(
        (cell.bounds[3] - cell.bounds[1] for cell in table.cells if not cell.row and cell.row_span == 1), default=0.0
    )


def grid(rules: Rules, words: Sequence[Word], *, outlined: bool) -> Table | None:
    """The table that rules and the words between them are, with `outlined` also an empty form; None when they are none."""
    ys, xs = places(rules.across), places(rules.down)
    ys, xs = widened(ys, rules.down, xs), widened(xs, rules.across, ys)
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows * columns < 2 or rows > MOST_ROWS or columns > MOST_COLUMNS:
        return None
    cells, owner = cells_between(rules, xs, ys)
    for word in words:
        x, y = word.middle
        if xs[0] - 1 <= x <= xs[-1] + 1 and ys[0] - 1 <= y <= ys[-1] + 1:
            cells[owner[place_in(ys, y)][place_in(xs, x)]].words.append(word)
    table = Table(xs[0], ys[0], xs[-1], ys[-1], rows, columns, [part for cell in cells for part in unspanned(cell, xs)])
    if cuts_sentences(words, table):
        return None
    drop_slivers(table)
    is_found = is_table(table) or (outlined and is_form(table)) or is_last_row(table, words)
    return table if is_found else None


def place_in(edges: Sequence[float], at: float) -> int:
    """Between which two of the edges something lies; what lies outside of all counts to the nearest."""
    return bisect_right(edges, at, 1, len(edges) - 1) - 1


def cells_between(rules: Rules, xs: Sequence[float], ys: Sequence[float]) -> tuple[list[TableCell], list[list[int]]]:
    """The cells of a grid, those that no rule parts as one, and for each place of the grid the number of its cell."""
    rows, columns = len(ys) - 1, len(xs) - 1
    near_xs, near_ys = [near(rules.down, x) for x in xs], [near(rules.across, y) for y in ys]
    walls = [[is_drawn(some, top, bottom) for some in near_xs] for top, bottom in pairwise(ys)]
    floors = [[is_drawn(some, left, right) for left, right in pairwise(xs)] for some in near_ys]
    owner = [[-1] * columns for _ in range(rows)]
    cells: list[TableCell] = []
    for row in range(rows):
        for column in range(columns):
            if owner[row][column] >= 0:
                continue
            wide = 1
            while column + wide < columns and not walls[row][column + wide] and owner[row][column + wide] < 0:
                wide += 1
            span = range(column, column + wide)
            high = 1
            while row + high < rows and goes_on(row + high, span, walls, floors, owner):
                high += 1
            for y in range(row, row + high):
                owner[y][column : column + wide] = [len(cells)] * wide
            cells.append(
                TableCell(row, column, high, wide, bounds=(xs[column], ys[row], xs[column + wide], ys[row + high]))
            )
    return cells, owner


def goes_on(row: int, span: range, walls: list[list[bool]], floors: list[list[bool]], owner: list[list[int]]) -> bool:
    """Whether a cell over these columns reaches into a row: nothing is drawn above, nor within."""
    is_open = not any(floors[row][column] or owner[row][column] >= 0 for column in span)
    return is_open and not any(walls[row][column] for column in span[1:])


def near(rules: Sequence[Rule], at: float) -> list[Rule]:
    """The rules at a place."""
    return [rule for rule in rules if abs(rule.at - at) <= APART]


def is_drawn(rules: Sequence[Rule], begin: float, end: float) -> bool:
    """Whether rules at one place cover most of a stretch."""
    return sum(max(0.0, min(end, rule.end) - max(begin, rule.begin)) for rule in rules) > 0.6 * (end - begin)


def unspanned(cell: TableCell, xs: Sequence[float]) -> list[TableCell]:
    """The cells that one over several columns is, where its words keep clear of the rules that other rows have between these."""
    if cell.column_span < 2 or cell.row_span > 1 or not cell.words:
        return [cell]
    cuts = xs[cell.column + 1 : cell.column + cell.column_span]
    columns: dict[int, list[Word]] = {}
    for word in cell.words:
        if any(word.left < cut - 1 and word.right > cut + 1 for cut in cuts):
            return [cell]
        columns.setdefault(sum(cut <= word.middle[0] for cut in cuts), []).append(word)
    gaps = [
        min(one.left for one in columns[after]) - max(one.right for one in columns[before])
        for before, after in pairwise(sorted(columns))
    ]
    if not gaps or min(gaps) < 0.9 * cell.words[0].size:
        return [cell]
    _, top, _, bottom = cell.bounds
    return [
        TableCell(cell.row, column, words=columns.get(at, []), bounds=(xs[column], top, xs[column + 1], bottom))
        for at, column in enumerate(range(cell.column, cell.column + cell.column_span))
    ]


def drop_slivers(table: Table) -> None:
    """Take out narrow rows and columns in which no cell with words begins: doubled rules, and frames around the grid."""
    kept_rows = kept(
        table.rows, [(one.row, one.row_span, one.bounds[3] - one.bounds[1], one.words) for one in table.cells]
    )
    kept_columns = kept(
        table.columns, [(one.column, one.column_span, one.bounds[2] - one.bounds[0], one.words) for one in table.cells]
    )
    cells = []
    for cell in table.cells:
        rows = [row for row in range(cell.row, cell.row + cell.row_span) if row in kept_rows]
        columns = [column for column in range(cell.column, cell.column + cell.column_span) if column in kept_columns]
        if rows and columns:
            cells.append(
                TableCell(
                    kept_rows.index(rows[0]),
                    kept_columns.index(columns[0]),
                    len(rows),
                    len(columns),
                    cell.words,
                    cell.bounds,
                )
            )
    table.cells, table.rows, table.columns = cells, len(kept_rows), len(kept_columns)


def kept(count: int, cells: Sequence[tuple[int, int, float, list[Word]]]) -> list[int]:
    """Which of so many rows, or columns, stay; of each cell its first one, its span, its extent and its words are given."""
    found = []
    for number in range(count):
        begun = [one for one in cells if one[0] == number]
        extent = min((size for _, span, size, _ in begun if span == 1), default=float("inf"))
        if extent >= SLIVER or any(words for *_, words in begun):
            found.append(number)
    return found
