"""Tables between horizontal rules of one extent, and below a shaded header: their columns show by alignment alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engines.containers.pdfium import Bounds, PdfPage
from engines.layout.lines import rows_of
from engines.layout.tables.bands import Band, bands_of, stretches_of, table_of
from engines.layout.tables.rules import Rule, rules_of, shades_of
from engines.layout.tables.table import Table, is_code
from engines.layout.words import Word

LEAST_WIDTH = 60.0
"""Points of a rule that may bound a table."""
SAME = 4.0
"""Points by which ends of rules of one extent differ at most."""
HEADER_NEAR = 1.8
"""Sizes above the first rule of a table within which its header may stand."""
HEADER_WORDS = 5
"""Words of a cell of such a header at most."""
FAIR, MOST = 0.35, 0.6
"""Shares of rows of several cells that a table has at least: between three rules, and between two, which may frame a chart."""
ROW = 2.5
"""Distance of the baselines of two rows at most, in sizes."""
LONG = 8
"""Words of a stretch over most of the width that makes a region running text."""


@dataclass(slots=True)
class Region:
    """The stretch between horizontal rules of one extent; `marks` are their places from top to bottom."""

    left: float
    right: float
    marks: list[float] = field(default_factory=list)


def bounded_tables(page: PdfPage, words: Sequence[Word]) -> list[Table]:
    """The tables between rules, and below shades that none of these has."""
    across = rules_of(page, fills=True).across
    tables = apart([table for region in regions_of(across) for table in tables_in(region, words)])
    for shade in shades_of(page):
        left, top, _, _ = shade
        if any(one.left - 3 < left < one.right and one.top - 3 <= top <= one.bottom for one in tables):
            continue
        if table := table_under(shade, words):
            tables.append(table)
    return tables


def apart(tables: Sequence[Table]) -> list[Table]:
    """Of tables that share a place, such as within a frame of the page, the one of most words, or else the smallest."""
    kept: list[Table] = []
    for table in sorted(tables, key=lambda one: (-one.words, (one.right - one.left) * (one.bottom - one.top))):
        if not any(map(table.overlaps, kept)):
            kept.append(table)
    return kept


def regions_of(across: Sequence[Rule]) -> list[Region]:
    """Rules of one extent, where there are two at least."""
    found: list[Region] = []
    for rule in sorted(across, key=lambda one: one.at):
        if rule.length < LEAST_WIDTH:
            continue
        for region in found:
            if abs(region.left - rule.begin) < SAME and abs(region.right - rule.end) < SAME:
                if rule.at - region.marks[-1] > 3:
                    region.marks.append(rule.at)
                break
        else:
            found.append(Region(rule.begin, rule.end, [rule.at]))
    return [one for one in found if len(one.marks) > 1]


def inside(words: Sequence[Word], bounds: Bounds) -> list[Word]:
    """The words whose middle lies in a rectangle, or nearly."""
    left, top, right, bottom = bounds[0] - 2, bounds[1] - 1, bounds[2] + 2, bounds[3] + 1
    near = [one for one in words if one.left <= right and one.right >= left and one.top < bottom and one.bottom > top]
    places = ((one, one.middle) for one in near)
    return [one for one, (x, y) in places if left <= x <= right and top < y < bottom]


def tables_in(region: Region, words: Sequence[Word]) -> list[Table]:
    """The tables among rules of one extent, which may belong to several tables, or to none; larger ones are tried first."""
    tables: list[Table] = []
    marks, start = region.marks, 0
    among = inside(words, (region.left, marks[0], region.right, marks[-1]))
    while start < len(marks) - 1:
        for end in range(len(marks) - 1, start, -1):
            some = inside(among, (region.left, marks[start], region.right, marks[end]))
            is_rows = is_tabular(some, region, MOST if end == start + 1 else FAIR) and not is_code(below_lead(some))
            if not is_rows or reaches_out(some, words, region):
                continue
            if table := table_of(some, marks[start : end + 1], region.left, region.right):
                header = header_above(table, words)
                whole = header and table_of(
                    [*header, *some], [table.top, *marks[start : end + 1]], region.left, region.right
                )
                table = whole if whole and whole.columns == table.columns else table
                tables.append(with_row_below(table, marks[start : end + 1], words))
                start = end - 1
                break
        start += 1
    return tables


def header_above(table: Table, words: Sequence[Word]) -> list[Word]:
    """The words above the first rule of a table with no rule over its header: one short cell over each column of figures."""
    cells = [one for one in table.cells if one.row == 0 and one.words]
    size = cells[0].words[0].size if cells else 0.0
    above = inside(words, (table.left, table.top - HEADER_NEAR * size, table.right, table.top - 1.5))
    rows = rows_of(above)
    if len(cells) < 3 or len(rows) != 1:
        return []
    stretches = stretches_of(rows[0])
    over = [
        [one for one in cells if one.bounds[0] < (part.left + part.right) / 2 < one.bounds[2]] for part in stretches
    ]
    fits = len(stretches) >= len(cells) - 1 and all(len(some) == 1 for some in over)
    return above if fits and all(len(part.words) <= HEADER_WORDS for part in stretches) else []


def with_row_below(table: Table, marks: Sequence[float], words: Sequence[Word]) -> Table:
    """A table between these edges, with the row below the last of them, if it is one."""
    last = row_below(table, words)
    if not last:
        return table
    edges = sorted({table.top, *marks, max(one.bottom for one in last) + 1})
    held = [word for cell in table.cells for word in cell.words]
    longer = table_of([*held, *last], edges, table.left, table.right)
    return longer if longer and longer.columns == table.columns else table


def row_below(table: Table, words: Sequence[Word]) -> list[Word]:
    """The words of a row below the last edge of a table, as where only every other row is shaded: a cell in line with each."""
    cells = [one for one in table.cells if one.row == table.rows - 1 and one.words]
    if len(cells) < max(2, table.columns):
        return []
    bounds = [(min(one.left for one in cell.words), max(one.right for one in cell.words)) for cell in cells]
    size = cells[0].words[0].size
    below = inside(words, (table.left, table.bottom + 1, table.right, table.bottom + ROW * size))
    rows = rows_of(below)
    if not rows or rows[0][0].baseline - cells[0].words[0].baseline > ROW * size:
        return []
    parts = stretches_of(rows[0])
    fits = len(parts) == len(cells) and all(
        min(abs(part.left - left), abs(part.right - right)) < SAME
        for part, (left, right) in zip(parts, bounds, strict=True)
    )
    return rows[0] if fits else []


def is_tabular(words: Sequence[Word], region: Region, share: float) -> bool:
    """Whether at least this share of the rows has several short cells, and none is running text."""
    rows = [stretches_of(row) for row in rows_of(words)]
    several = sum(len(row) > 1 for row in rows)
    if several < 2 or several < share * len(rows):
        return False
    every = [one for row in rows for one in row]
    width = region.right - region.left
    if any(len(one.words) > LONG and one.right - one.left > 0.6 * width for one in every):
        return False
    return len(words) <= (7 if len(bands_of(rows)) > 1 else 6) * len(every)


def below_lead(words: Sequence[Word]) -> list[Word]:
    """The words below the first row where that is one stretch, such as a sentence that leads to a piece of code."""
    rows = rows_of(words)
    told = rows[1:] if len(rows) > 1 and len(stretches_of(rows[0])) == 1 else rows
    return [word for row in told for word in row]


def reaches_out(some: Sequence[Word], words: Sequence[Word], region: Region) -> bool:
    """Whether most rows go on beside a region, so that its rules are those of some columns only."""
    baselines = {round(one.baseline) for one in some}
    left, right = region.left, region.right
    beside = {
        round(one.baseline) for one in words if left - 200 < one.right < left - 2 or right + 2 < one.left < right + 60
    }
    return len(baselines & beside) > 0.6 * len(baselines)


def table_under(shade: Bounds, words: Sequence[Word]) -> Table | None:
    """The table whose header stands on a shade: rows below it that keep within its width, as long as they have cells."""
    left, top, right, bottom = shade
    header = inside(words, shade)
    bands = bands_of([stretches_of(row) for row in rows_of(header)])
    if not bands or is_code(header):
        return None
    limit = min(
        (one.top for one in words if one.baseline > bottom and sticks_out(one, left, right)), default=float("inf")
    )
    below = [
        one
        for one in words
        if one.top > bottom - 3 and left - 4 <= one.left and one.right <= right + 4 and one.baseline < limit
    ]
    kept: list[list[Word]] = []
    last = bottom
    for row in rows_of(below):
        if row[0].baseline - last > 4.0 * row[0].size or is_running_text(row, bands, right - left):
            break
        kept.append(row)
        last = row[0].baseline
    if not kept:
        return None
    some = [*header, *(word for row in kept for word in row)]
    return table_of(some, [top, bottom, max(one.bottom for one in some)], left, right)


def sticks_out(word: Word, left: float, right: float) -> bool:
    """Whether a word stands across one of two edges."""
    return word.left < left - 4 < word.right or word.left < right + 4 < word.right


def is_running_text(row: Sequence[Word], bands: Sequence[Band], width: float) -> bool:
    """Whether a row is one stretch that is wide, or stands across the gaps between columns."""
    stretches = stretches_of(row)
    if len(stretches) > 1:
        return False
    left, right = stretches[0].left, stretches[0].right
    return right - left > 0.6 * width or sum(left < (a + b) / 2 < right for a, b in bands) > 1
