"""Tables of HTML: their cells with spans, or the finding that they only lay out a page."""

from __future__ import annotations

import re
from collections.abc import Callable

from selectolax.lexbor import LexborNode

from engines.document import Cell

BREAKERS = frozenset((
    "p", "div", "li", "br", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre",
    "dd", "dt", "section", "article",
))  # fmt: skip
"""Elements that begin a new line inside a cell."""
LONG_CELL = 300
"""Characters of a cell that is more than a value or a sentence or two."""
WIDEST_SPAN = 1000
"""The HTML standard's own bound of `colspan`."""


def is_layout(table: LexborNode) -> bool:
    """Whether a table only lays out a page, as mails and old pages do: its cells are then read as blocks.

    Tables of data have short cells; those that lay out a page hold headings or further tables in long ones.
    """
    if (table.attributes.get("role") or "").lower() in ("presentation", "none"):
        return True
    cells = [cell for row in table_rows(table) for cell in row_cells(row)]
    if len(cells) == 1:
        return True
    if any(cell.tag == "th" for cell in cells) or table.css_first("td h1, td h2, td h3, td h4, td table") is None:
        return False
    one_column = all(len(row_cells(row)) <= 1 for row in table_rows(table))
    return one_column or any(len(cell.text()) > LONG_CELL for cell in cells)


def table_rows(table: LexborNode) -> list[LexborNode]:
    """The rows of a table itself, in the order of its source."""
    parts = [table, *(one for one in table.iter() if one.tag in ("thead", "tbody", "tfoot"))]
    return [row for part in parts for row in part.iter() if row.tag == "tr"]


def read_table(
    table: LexborNode, is_seen: Callable[[LexborNode], bool], read_cell: Callable[[LexborNode], Cell]
) -> tuple[list[list[Cell]], int, str]:
    """The rows of a table, how many of them at the top are its header, and its caption, empty when it has none.

    What a cell says is read by `read_cell`.
    Rows that `is_seen` denies are left out; those of `tfoot` stand last, wherever the source has them.
    """
    sections: dict[str, list[LexborNode]] = {"thead": [], "tbody": [], "tfoot": []}
    caption = ""
    for child in table.iter():
        if child.tag == "caption":
            caption = cell_text(child)
        elif child.tag in sections:
            sections[child.tag] += [row for row in child.iter() if row.tag == "tr" and is_seen(row)]
        elif child.tag == "tr" and is_seen(child):
            sections["tbody"].append(child)
    trs = sections["thead"] + sections["tbody"] + sections["tfoot"]
    rows = [
        [spanned(read_cell(node), node, len(trs) - index) for node in row_cells(tr)] for index, tr in enumerate(trs)
    ]
    return rows, header_rows(trs, len(sections["thead"])), caption


def row_cells(row: LexborNode) -> list[LexborNode]:
    """The cells of a row."""
    return [cell for cell in row.iter() if cell.tag in ("td", "th")]


def spanned(cell: Cell, node: LexborNode, rows_left: int) -> Cell:
    """A cell with its spans; a row span of 0 means down to the end of the table."""
    rows = span(node.attributes.get("rowspan"))
    cell.column_span = min(max(span(node.attributes.get("colspan")), 1), WIDEST_SPAN)
    cell.row_span = min(rows or rows_left, rows_left)
    return cell


def span(value: str | None) -> int:
    """The number of an attribute; 1 when it is none."""
    digits = re.match(r"\s*(\d{1,6})", value or "")
    return int(digits[1]) if digits else 1


def header_rows(rows: list[LexborNode], in_head: int) -> int:
    """How many rows are the header: those in `thead`, else the first ones made of `th` only, else one.

    A table with `th` that does not begin with such a row has its headers in a column, so none.
    """
    if in_head:
        return in_head
    count = 0
    while count < len(rows) and {cell.tag for cell in row_cells(rows[count])} == {"th"}:
        count += 1
    if count:
        return count
    return 0 if any(cell.tag == "th" for row in rows for cell in row_cells(row)) else 1


def cell_text(node: LexborNode) -> str:
    """The plain text of a caption or a simple cell: a line for each block in it, blanks once."""
    parts: list[str] = []
    for inner in node.traverse(include_text=True):
        if inner.is_text_node:
            if inner.parent is None or inner.parent.tag not in ("script", "style", "template"):
                parts.append(re.sub(r"\s+", " ", inner.text_content or ""))
        elif inner.tag in BREAKERS:
            parts.append("\n")
        elif inner.tag in ("td", "th") and inner.mem_id != node.mem_id:
            parts.append(" ")
        elif inner.tag == "img":
            parts.append(inner.attributes.get("alt") or "")
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)
