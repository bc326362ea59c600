"""`aggressive_table_extraction`: tables without any lines, by nothing but how their text is aligned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from engines.build.rows import middle, rows_of
from engines.containers.pdf_native import box_of, union
from engines.document import Box, Cell, Item, ItemKind, Page

ALIGNED = 3.0
"""Points by which the edges of a column may differ."""
LINE_STEP = 3.0
"""Rows of a table are no further apart than this many times their height."""
LEAST_GAP = 1.0
"""Columns are apart by at least this many times the height of the text."""
FROM = frozenset({ItemKind.TEXT, ItemKind.CODE, ItemKind.LIST})
"""Items that a table without lines may have been taken for."""

Row = list[Any]
"""Pieces of text on one line, from the left."""


def apply(page: Page, text_items: Iterable[Any]) -> None:
    """Put the tables found by alignment in the place of the paragraphs that they were taken for."""
    for rows in runs(list(rows_on(text_items))):
        box: Box | None = None
        for row in rows:
            for piece in row:
                box = union(box, box_of(piece))
        if box is None or any(item.kind not in FROM and item.box and item.box.share_in(box) > 0 for item in page.items):
            continue
        replaced = [item for item in page.items if item.box and item.box.share_in(box) > 0.6]
        if not replaced:
            continue
        cells = [[Cell(piece.text.strip(), box=box_of(piece)) for piece in row] for row in rows]
        place = next(index for index, item in enumerate(page.items) if item is replaced[0])
        kept = [item for item in page.items if not any(item is one for one in replaced)]
        page.items = [*kept[:place], Item(ItemKind.TABLE, box=box, rows=cells), *kept[place:]]


def rows_on(text_items: Iterable[Any]) -> Iterator[Row]:
    """The upright text of a page as lines, from the top."""
    upright = (one for one in text_items if one.text.strip() and not one.rotation)
    return rows_of(sorted(upright, key=lambda one: one.y), lambda one: one)


def runs(rows: list[Row]) -> Iterator[list[Row]]:
    """Successive rows that share their columns: at least two rows of at least two columns."""
    run: list[Row] = []
    for row in rows:
        if run and not continues(run[-1], row):
            if len(run) > 1:
                yield run
            run = []
        if run or has_columns(row):
            run.append(row)
    if len(run) > 1:
        yield run


def continues(row: Row, following: Row) -> bool:
    """Whether a row has the columns of the one above it."""
    near = middle(following[0]) - middle(row[0]) <= LINE_STEP * max(row[0].height, following[0].height)
    return near and len(row) == len(following) and has_columns(following) and all(map(is_aligned, row, following))


def has_columns(row: Row) -> bool:
    """Whether a line is divided by gaps wider than those between words."""
    gaps = (right.x - left.x - left.width for left, right in pairwise(row))
    return len(row) > 1 and all(gap >= LEAST_GAP * row[0].height for gap in gaps)


def is_aligned(one: Any, other: Any) -> bool:
    """Whether two pieces have the same left edge, right edge or middle."""
    return bool(
        abs(one.x - other.x) <= ALIGNED
        or abs(one.x + one.width - other.x - other.width) <= ALIGNED
        or abs(one.x + one.width / 2 - other.x - other.width / 2) <= ALIGNED
    )
