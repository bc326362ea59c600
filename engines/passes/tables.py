"""Tables that go on over several pages: told as one, or with their header repeated.

Source: `merge_tables_across_pages_in_markdown` and `adaptive_long_table` in docs/parameters.md. A table goes on where the
last thing of a page, running titles aside, is a table, and the first thing of the next page is one of as many columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy

from engines.context import Context
from engines.document import Cell, Document, Item, ItemKind, Page, Role
from engines.parameters import ParseParameters
from engines.render.tables import grid

SAID = frozenset({ItemKind.TEXT, ItemKind.HEADING})
CONTINUED = re.compile(
    r"\b(?:continued|cont(?:\.|'d)|fortsetzung|suite|continuación|continuação|segue)(?!\w)", re.IGNORECASE
)
"""What stands above the next part of a table."""
LONGEST = 120
"""Letters of such a line."""
SAME_WIDTH = 12.0
"""Points by which the edges of the parts of one table may differ."""


def continue_long(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Merge what goes on, or else repeat the header above each part, as the job wants."""
    if not (parameters.merge_tables_across_pages_in_markdown or parameters.adaptive_long_table):
        return
    for chain in chains(document.pages):
        first, *others = chain
        count = max(header_count(first[1]), *(repeated_rows(table, first[1]) for _, table in others))
        header = first[1].rows[:count]
        for _, table in others:
            drop_header(table, header)
        if parameters.merge_tables_across_pages_in_markdown:
            merge(first, others)
        else:
            for _, table in others:
                repeat_header(table, header)


def chains(pages: list[Page]) -> Iterator[list[tuple[Page, Item]]]:
    """The parts of each table that goes on, with the pages that they stand on."""
    chain: list[tuple[Page, Item]] = []
    for page in pages:
        body = [item for item in page.items if item.role is Role.BODY]
        if chain and body and is_continued(body[0]):
            body = body[1:]
        first = body[0] if body else None
        if chain and first is not None and goes_on(chain[-1], (page, first)):
            chain.append((page, first))
            if len(body) > 1:
                yield chain
                chain = []
        elif len(chain) > 1:
            yield chain
            chain = []
        if body and (not chain or chain[-1][0] is not page):
            last = body[-1]
            chain = [(page, last)] if last.kind is ItemKind.TABLE else []
    if len(chain) > 1:
        yield chain


def is_continued(item: Item) -> bool:
    """Whether an item says no more than that a table goes on."""
    return item.kind in SAID and len(item.text) <= LONGEST and CONTINUED.search(item.text) is not None


def goes_on(before: tuple[Page, Item], after: tuple[Page, Item]) -> bool:
    """Whether a table is the next part of one on the page before: as many columns, at the same place."""
    (page, table), (next_page, other) = before, after
    if other.kind is not ItemKind.TABLE or next_page.number != page.number + 1:
        return False
    if columns(table) != columns(other):
        return False
    if table.box is None or other.box is None:
        return True
    return abs(table.box.x - other.box.x) <= SAME_WIDTH or (
        abs(table.box.x + table.box.width - other.box.x - other.box.width) <= SAME_WIDTH
    )


def columns(table: Item) -> int:
    """How many columns a table has, spans counted; 0 for one without rows."""
    return max((sum(cell.column_span for cell in row) for row in table.rows), default=0)


def header_count(table: Item) -> int:
    """How many rows head a table: its first one where it has no other, as in Markdown."""
    return max(1, table.header_rows)


def repeated_rows(table: Item, first: Item) -> int:
    """How many rows at the beginning of a table's first part another one repeats, such as a header of two rows.

    Rows with figures below the header are rows of the table, however alike.
    """
    count = 0
    for own, its in zip(grid(table.rows), grid(first.rows), strict=False):
        if own != its or (count >= header_count(first) and any(map(str.isdigit, "".join(own)))):
            break
        count += 1
    return count


def drop_header(table: Item, header: list[list[Cell]]) -> None:
    """Leave a part of a table its rows alone: a header that it repeats goes, what was only taken for one is a row."""
    own = grid(table.rows)[: len(header)]
    if own == grid(header):
        table.rows = table.rows[len(header) :]
    table.header_rows = 0


def repeat_header(table: Item, header: list[list[Cell]]) -> None:
    """Put the header of the first part above another one."""
    header = deepcopy(header)
    for cell in (cell for row in header for cell in row):
        cell.box = None  # it does not stand on this page
    table.rows = [*header, *table.rows]
    table.header_rows = len(header)


def merge(first: tuple[Page, Item], others: list[tuple[Page, Item]]) -> None:
    """Make one table on the first page; its other parts stay where they are, but are not written again."""
    page, whole = first
    whole.merged_from = [page.number, *(other.number for other, _ in others)]
    for _, table in others:
        whole.rows += deepcopy(table.rows)
        table.merged_into = page.number
