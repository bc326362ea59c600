"""Tables as rows of strings, pipe tables, CSV and HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Self

from markdown_it import MarkdownIt

from engines.document import Cell, Item
from engines.parameters import PARAMETERS, ParseParameters
from engines.render.escaping import escape as escaped

UNSAFE = re.compile(r"[\s()]")
"""What in an address would end its link."""
FORMULA = re.compile(r"(\$[^$\n]+\$)")
"""A formula inside of a cell, in which backslashes mean something."""
WIDEST_COLUMN = 40
"""Columns are padded up to this many characters; a longer cell pushes its row aside instead of widening all others."""


@dataclass(frozen=True, slots=True)
class TableStyle:
    """How a job wants its tables in Markdown."""

    is_html: bool
    is_compact: bool
    line_break: str
    """What stands between the lines of a header cell."""

    @classmethod
    def of(cls, parameters: ParseParameters) -> Self:
        """The style that a job asks for."""
        separator = parameters.markdown_table_multiline_header_separator
        line_break = PARAMETERS["markdown_table_multiline_header_separator"].default if separator is None else separator
        return cls(bool(parameters.output_tables_as_html), bool(parameters.compact_markdown_table), line_break)


def grid(rows: list[list[Cell]]) -> list[list[str]]:
    """The texts in columns, every row of the same length; a span's text stands in its first place, the rest is empty."""
    return [[cell.text if cell else "" for cell in line] for line in places(rows)]


def places(rows: list[list[Cell]]) -> list[list[Cell | None]]:
    """The cells in columns, every row of the same length; a span stands in its first place, in the others nothing."""
    covered: set[tuple[int, int]] = set()
    lines: list[list[Cell | None]] = []
    for number, row in enumerate(rows):
        line: list[Cell | None] = []
        for cell in row:
            while (number, len(line)) in covered:
                line.append(None)
            start = len(line)
            line += [cell, *[None] * (cell.column_span - 1)]
            for below in range(number + 1, min(number + cell.row_span, len(rows))):
                covered.update((below, column) for column in range(start, start + cell.column_span))
        lines.append(line)
    width = max(map(len, lines), default=0)
    return [line + [None] * (width - len(line)) for line in lines]


def is_perfect(rows: list[list[Cell]]) -> bool:
    """Whether all rows are equally wide without being filled up, spans counted."""
    widths: dict[int, int] = dict.fromkeys(range(len(rows)), 0)
    for number, row in enumerate(rows):
        for cell in row:
            for covered in range(number, min(number + cell.row_span, len(rows))):
                widths[covered] += cell.column_span
    return len(set(widths.values())) == 1


def markdown(item: Item, style: TableStyle) -> str:
    """The table as the Markdown of a page has it, its caption above."""
    table = html(item) if style.is_html else pipes(places(item.rows), item.header_rows, style)
    return f"{item.caption}\n\n{table}" if item.caption else table


def pipes(lines: list[list[Cell | None]], header_rows: int, style: TableStyle) -> str:
    """A pipe table. Its first row is the header even where the table has none, for Markdown knows no other tables."""
    if not lines:
        return ""
    last_header = max(header_rows, 1)
    cells = [
        [pipe_cell(cell, style.line_break if number < last_header else " ") if cell else "" for cell in line]
        for number, line in enumerate(lines)
    ]
    if style.is_compact:
        ruler = ["---"] * len(cells[0])
        return "\n".join(f"|{'|'.join(row)}|" for row in (cells[0], ruler, *cells[1:]))
    widths = [min(max(3, *map(len, column)), WIDEST_COLUMN) for column in zip(*cells, strict=True)]
    ruler = ["-" * width for width in widths]
    return "\n".join(
        f"| {' | '.join(text.ljust(width) for text, width in zip(row, widths, strict=True))} |"
        for row in (cells[0], ruler, *cells[1:])
    )


def pipe_cell(cell: Cell, line_break: str) -> str:
    """A cell on one line, with nothing but its links that Markdown would take for a mark, or for the end of the cell."""
    text = cell.text
    if cell.markdown is not None:
        lines = (line.strip() for line in cell.markdown.split("\n"))
        return line_break.join(line for line in lines if line).replace("|", "\\|")
    if cell.links:
        parts = ((line_break.join(map(cell_markdown, part.split("\n"))), url) for part, url in linked_parts(cell))
        return "".join(f"[{part}]({target(url)})" if url else part for part, url in parts)
    if "\n" in text:
        return line_break.join(cell_markdown(line.strip()) for line in text.splitlines() if line.strip())
    return cell_markdown(text)


def linked_parts(cell: Cell) -> Iterator[tuple[str, str]]:
    """The stretches of the text of a cell with the addresses they lead to, empty ones of what is between the links."""
    end = 0
    for link in cell.links or ():
        yield cell.text[end : link.start], ""
        yield cell.text[link.start : link.end], link.url
        end = link.end
    yield cell.text[end:], ""


def target(url: str) -> str:
    """An address as it stands in a link of a cell."""
    quoted = url.replace("|", "%7C")
    return f"<{quoted}>" if UNSAFE.search(quoted) else quoted


def cell_markdown(text: str) -> str:
    """A line of a cell; formulas stay as they are."""
    told = "".join(part if at % 2 else escaped(part) for at, part in enumerate(FORMULA.split(text)))
    return told.replace("|", "\\|") if "|" in told else told


def csv(lines: list[list[str]]) -> str:
    """The table as CSV, every cell in quotes."""
    return "\n".join(",".join('"' + text.replace('"', '""') + '"' for text in line) for line in lines)


def html(item: Item) -> str:
    """The table as HTML with its spans."""
    parts = ["<table>"]
    if item.header_rows:
        parts += ["<thead>", *(html_row(row, "th") for row in item.rows[: item.header_rows]), "</thead>"]
    parts += ["<tbody>", *(html_row(row, "td") for row in item.rows[item.header_rows :]), "</tbody>", "</table>"]
    return "\n".join(parts)


def html_row(row: list[Cell], tag: str) -> str:
    """A row of cells."""
    return f"<tr>{''.join(html_cell(cell, tag) for cell in row)}</tr>"


def html_cell(cell: Cell, tag: str) -> str:
    """A cell with its spans."""
    columns = f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    rows = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    return f"<{tag}{columns}{rows}>{cell_html(cell)}</{tag}>"


def cell_html(cell: Cell) -> str:
    """What stands in a cell as HTML."""
    if cell.markdown is not None:
        return html_of(cell.markdown)
    parts = ((escape(part, quote=False).replace("\n", "<br/>"), url) for part, url in linked_parts(cell))
    return "".join(f'<a href="{escape(url)}">{part}</a>' if url else part for part, url in parts)


def html_of(markdown: str) -> str:
    """The Markdown of a cell as HTML; formulas stay as they are."""
    parts = (
        escape(part, quote=False) if at % 2 else inline_parser().renderInline(part)
        for at, part in enumerate(FORMULA.split(markdown))
    )
    return "".join(parts).replace("\n", "<br/>")


@cache
def inline_parser() -> MarkdownIt:
    """What reads the Markdown of a cell."""
    return MarkdownIt("commonmark").enable("strikethrough")
