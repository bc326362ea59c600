"""Tables by alignment: rows of words that leave the same vertical bands free, which are the gaps between columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from engines.layout.lines import LEFT, rows_of
from engines.layout.tables.table import Table, TableCell
from engines.layout.words import SURE_BULLETS, Word

CELL_GAP = 0.55
"""Gap between words of a row, in sizes, that may part cells where rules or shades show that there is a table."""
FIXED_GAP = 0.9
"""The same, at least, between words in a font of a typewriter, whose blank is as wide as its letters."""
BULLET_GAP = 4.0
"""Gap between a bullet at the beginning of a row and its entry at most, in sizes."""
NARROWEST = 2.0
"""Points of a band between columns."""
FAIRLY_MANY = 4
"""Rows of which one may cover a band between columns, as a header over several of them does."""
FIGURE = re.compile(r"[-+−–(]?[$€£¥₹]?\s?[\d.,'’]+\s?%?\)?[*†‡]*|[-–—]|n/?a", re.IGNORECASE)


@dataclass(slots=True)
class Stretch:
    """Words of a row that stand close together: a cell, or what spans several."""

    words: list[Word]
    left: float
    right: float


Band = tuple[float, float]


def stretches_of(row: Sequence[Word], gap: float = CELL_GAP) -> list[Stretch]:
    """The stretches of a row, from left to right; `gap` is what parts them, in sizes."""
    found: list[Stretch] = []
    for word in sorted(row, key=LEFT):
        limit = BULLET_GAP if len(found) == 1 and is_bullet(found[0]) else max(gap, FIXED_GAP * word.font.fixed)
        if found and word.left - found[-1].right <= limit * word.size:
            found[-1].words.append(word)
            found[-1].right = max(found[-1].right, word.right)
        else:
            found.append(Stretch([word], word.left, word.right))
    return found


def is_bullet(stretch: Stretch) -> bool:
    """Whether a stretch is the bullet of an entry of a list, and no cell of its own."""
    return len(stretch.words) == 1 and stretch.words[0].text in SURE_BULLETS


def bands_of(rows: Sequence[Sequence[Stretch]]) -> list[Band]:
    """The vertical bands that nearly all rows leave free; rows of one stretch, which may span, do not count."""
    counted = [row for row in rows if len(row) > 1] or list(rows)
    edges = sorted({edge for row in counted for one in row for edge in (one.left, one.right)})
    allowed = max(len(counted) // 8, int(len(counted) >= FAIRLY_MANY))
    bands: list[Band] = []
    for (left, right), covering in zip(pairwise(edges), coverings(counted, edges), strict=False):
        if right - left < 0.2 or covering > allowed:
            continue
        if bands and left - bands[-1][1] < 0.3:
            bands[-1] = (bands[-1][0], right)
        else:
            bands.append((left, right))
    return [band for band in bands if is_between(band, counted, allowed)]


def coverings(rows: Sequence[Sequence[Stretch]], edges: Sequence[float]) -> list[int]:
    """How many rows have a stretch between each edge and the next one, of all the edges of their stretches."""
    places = {edge: at for at, edge in enumerate(edges)}
    found = [0] * len(edges)
    for row in rows:
        begin = 0
        for one in row:
            end = places[one.right]
            for at in range(max(begin, places[one.left]), end):
                found[at] += 1
            begin = max(begin, end)
    return found


def cuts_in(bands: Sequence[Band], rows: Sequence[Sequence[Stretch]]) -> list[float]:
    """Where bands part columns: in the middle of their widest stretches that fewest rows cover, such as wide headers.

    Where a whole header stands in the bands, its cells count: as many are before a band as there are columns.
    """
    whole = [row for row in rows if len(row) == len(bands) + 1]
    cuts: list[float] = []
    for number, (left, right) in enumerate(bands, 1):
        over = [one for row in rows if len(row) > 1 for one in row if one.left < right and one.right > left]
        edges = sorted({left, right, *(min(max(edge, left), right) for one in over for edge in (one.left, one.right))})
        choices: dict[float, tuple[int, int, float]] = {}
        for begin, end in pairwise(edges):
            middle = (begin + end) / 2
            covered = sum(one.left < middle < one.right for one in over)
            misplaced = sum(sum(one.right < middle for one in row) != number for row in whole) if over else 0
            choices[middle] = covered, misplaced, begin - end
        cuts.append(min(choices, key=choices.__getitem__))
    return cuts


def is_between(band: Band, rows: Sequence[Sequence[Stretch]], allowed: int) -> bool:
    """Whether a band has something on both of its sides in more rows than are allowed to be exceptions."""
    left, right = band
    middle = (left + right) / 2
    begun = sum(row[0].right <= middle for row in rows)
    ended = sum(row[-1].left >= middle for row in rows)
    return right - left >= NARROWEST and min(begun, ended) > allowed


def table_of(words: Sequence[Word], marks: Sequence[float], left: float, right: float) -> Table | None:
    """The table that words are whose rows leave bands free; None when there are none.

    `marks` are the places of rules over its width, from top to bottom, the first one at its top; `left` and `right` its edges.
    """
    rows = rows_of(words)
    stretches = [stretches_of(row) for row in rows]
    bands = bands_of(stretches)
    if not bands or len(rows) < 2:
        return None
    cuts = cuts_in(bands, stretches)
    groups = row_groups(rows, cuts, marks)
    if len(groups) < 2:
        return None
    edges = [left, *cuts, right]
    cells = [cell for number, group in enumerate(groups) for cell in cells_of(number, group, edges)]
    top, bottom = min(marks[0], *(one.top for one in words)), max(marks[-1], *(one.bottom for one in words))
    return Table(min(left, *(one.left for one in words)), top, right, bottom, len(groups), len(edges) - 1, cells)


def cells_of(number: int, group: Sequence[Sequence[Word]], edges: Sequence[float]) -> list[TableCell]:
    """The cells of a row that these lines are, empty ones included."""
    cuts, columns = edges[1:-1], len(edges) - 1
    made: dict[int, TableCell] = {}
    for stretch in (one for line in group for one in stretches_of(line)):
        first = sum(cut < stretch.left + 0.5 for cut in cuts)
        last = max(first, sum(cut < stretch.right - 0.5 for cut in cuts))
        shares = shares_of(stretch.words, cuts)
        if last > first and len(shares) > 1 and first in made:
            for column, some in shares.items():
                made.setdefault(column, TableCell(number, column)).words.extend(some)
            continue
        cell = made.setdefault(first, TableCell(number, first, 1, last - first + 1))
        cell.words.extend(stretch.words)
    for column in sorted(made):
        following = min((other for other in made if other > column), default=columns)
        made[column].column_span = min(made[column].column_span, following - column)
    covered = {at for column, cell in made.items() for at in range(column, column + cell.column_span)}
    made |= {column: TableCell(number, column) for column in range(columns) if column not in covered}
    top, bottom = min(one.top for line in group for one in line), max(one.bottom for line in group for one in line)
    for column, cell in made.items():
        cell.bounds = (edges[column], top, edges[column + cell.column_span], bottom)
    return [made[column] for column in sorted(made)]


def shares_of(words: Sequence[Word], cuts: Sequence[float]) -> dict[int, list[Word]]:
    """Words by the column that their middle lies in."""
    shares: dict[int, list[Word]] = {}
    for word in words:
        shares.setdefault(sum(cut < word.middle[0] for cut in cuts), []).append(word)
    return shares


def row_groups(rows: Sequence[list[Word]], cuts: Sequence[float], marks: Sequence[float]) -> list[list[list[Word]]]:
    """Lines that belong to one row of the table."""
    inner = marks[1:-1]
    zones = [sum(mark < row[0].middle[1] for mark in inner) for row in rows]
    count = max(zones) + 1
    if inner and count >= 3 and count >= 0.4 * len(rows):  # rules part all rows
        return [
            group
            for zone in range(count)
            if (group := [row for row, own in zip(rows, zones, strict=True) if own == zone])
        ]
    steps = [below[0].baseline - above[0].baseline for above, below in pairwise(rows)]
    usual = median(steps)
    found: list[list[list[Word]]] = [[rows[0]]]
    for at in range(1, len(rows)):
        is_header = bool(inner) and not zones[at]
        if zones[at] == zones[at - 1] and goes_on(found[-1], rows[at], cuts, steps[at - 1], usual, is_header=is_header):
            found[-1].append(rows[at])
        else:
            found.append([rows[at]])
    return found


def goes_on(
    group: Sequence[Sequence[Word]],
    row: Sequence[Word],
    cuts: Sequence[float],
    step: float,
    usual: float,
    *,
    is_header: bool,
) -> bool:
    """Whether a line goes on with cells of the row above, `step` points below its last line."""
    size = row[0].size
    if is_header and step < 1.5 * size:
        return not any(len(shares_of(one.words, cuts)) > 1 for one in stretches_of(group[-1]))
    if step < 0.8 * size:  # cells of one and of two lines, set to the middle of their row
        return True
    here = set(shares_of(row, cuts))
    if step > 1.45 * size or (step > 1.15 * usual and 0 in here):
        return False
    above = {column for line in group for column in shares_of(line, cuts)}
    if 0 not in here:
        return here <= above and not any(FIGURE.fullmatch(one.text) for one in row)
    return here == {0} and 0 in above and len(above) > 1 and step < 0.95 * usual
