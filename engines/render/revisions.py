"""Revisions in the shape of the API's JSON, with the places of what they are about in the Markdown of the page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from html import escape
from itertools import accumulate

from engines.document import Cell, Item, ItemKind, Page
from engines.render import tables
from engines.render.alignment import Alignment, aligned, code_units, verbatim
from engines.render.items import entry_lead, entry_markdown
from engines.render.tables import TableStyle
from engines.results import ItemResult, RevisionResult, SpanResult
from engines.revisions import Revision, RevisionSpan

HTML_CELL = re.compile(r'<t[dh](?: (?:col|row)span="[0-9]{1,9}"){0,2}>')
"""The beginning of a cell as engines/render/tables.py writes it."""
TAG = re.compile(r"<[^<>]*>")
PIPE = re.compile(r"(?<!\\)\|")


def revision_results(page: Page, items: Sequence[ItemResult], markdown: str, style: TableStyle) -> list[RevisionResult]:
    """The revisions of a page whose items were written so and became this Markdown."""
    where = Places(page, items, markdown, style)
    return [revision_result(one, where) for one in page.revisions or ()]


def revision_result(revision: Revision, where: Places) -> RevisionResult:
    """A revision as JSON."""
    spans = [span_result(span, where) for span in revision.spans]
    starts = [span["startIndex"] for span in spans if span["startIndex"] is not None]
    ends = [span["endIndex"] for span in spans if span["endIndex"] is not None]
    return {
        "type": revision.kind.value,
        "content": revision.content,
        "author": revision.author or None,
        "target": "\n".join(span["target"] for span in spans),
        "startIndex": min(starts, default=None),
        "endIndex": max(ends, default=None),
        "targetSpans": spans if len(spans) > 1 else [],
    }


def span_result(span: RevisionSpan, where: Places) -> SpanResult:
    """A stretch of the text as JSON."""
    start, end = where.of(span) or (None, None)
    return {"target": span.text, "startIndex": start, "endIndex": end}


class Places:
    """Finds texts of a page in its Markdown; none is looked for before it is asked for."""

    def __init__(self, page: Page, items: Sequence[ItemResult], markdown: str, style: TableStyle) -> None:
        self.style = style
        self._wanted = {id(span.where) for one in page.revisions or () for span in one.spans}
        self._units = code_units(markdown)
        self._aligned: dict[int, tuple[int, Alignment | None]] = {}
        """By id of a text: where the Markdown of its item begins, and where in that its characters are."""
        self._homes: dict[int, tuple[Item, str, int]] = {}
        """By id of a text: its item, the Markdown of that, and where this begins."""
        end = 0
        for item, written in zip(page.items, items, strict=True):
            start = markdown.find(written["md"], end) if written["md"] else -1
            if start >= 0:
                end = start + len(written["md"])
                home = item, written["md"], start
                self._homes |= {id(cell): home for row in item.rows for cell in row}
                self._homes |= {id(text): home for text in item.entries or (item,)}

    def of(self, span: RevisionSpan) -> tuple[int, int] | None:
        """Where a stretch begins and ends, in code units of UTF-16; None when it is not in the Markdown, as running titles."""
        home = self._homes.get(id(span.where))
        if home is None:
            return None
        item, written, shift = home
        if id(span.where) not in self._aligned:
            self._aligned |= {id(span.where): (0, None)} | self._alignments(item, written)
        lead, found = self._aligned[id(span.where)]
        if found is None:
            return None
        start, end = found.span(span.start, span.end)
        return self._units(shift + lead + start), self._units(shift + lead + end)

    def _alignments(self, item: Item, written: str) -> dict[int, tuple[int, Alignment | None]]:
        """The alignments of all texts of an item with what was written of it."""
        if item.kind is ItemKind.LIST:
            return dict(entry_alignments(item))
        if item.kind is ItemKind.TABLE:
            table = written.removeprefix(f"{item.caption}\n\n") if item.caption else written
            cells = (
                html_cells(item, table, self._wanted)
                if self.style.is_html
                else pipe_cells(item, table, self._wanted, self.style)
            )
            lead = len(written) - len(table)
            # a cell that is repeated counts where it stands first
            return {key: (lead + start, found) for key, start, found in reversed(list(cells))}
        return {id(item): alignment_of(item, written)}


def alignment_of(item: Item, written: str) -> tuple[int, Alignment | None]:
    """Where the text of an item that is no list and no table begins in its Markdown, and its alignment from there on."""
    if item.kind is ItemKind.CODE:
        return written.index("\n") + 1, verbatim(item.text)
    if item.kind is ItemKind.IMAGE:
        return 0, Alignment([0] * len(item.text), [len(written)] * len(item.text), 0)
    if item.markdown == f"$${item.text}$$":
        return 2, verbatim(item.text)
    lead = item.level + 1 if item.kind is ItemKind.HEADING else 0
    return lead, aligned(item.text, written[lead:], is_markdown=item.markdown is not None)


def entry_alignments(item: Item) -> Iterator[tuple[int, tuple[int, Alignment | None]]]:
    """The alignments of the entries of a list."""
    start = 0
    for entry in item.entries:
        written = entry_markdown(entry)
        lead = len(entry_lead(entry))
        yield id(entry), (start + lead, aligned(entry.text, written[lead:], is_markdown=entry.markdown is not None))
        start += len(written) + 1


def html_cells(item: Item, written: str, wanted: Collection[int]) -> Iterator[tuple[int, int, Alignment | None]]:
    """The wanted cells, by id, of a table written as HTML: where the text of each begins, and its alignment."""
    cells = (cell for row in item.rows for cell in row)
    for cell, found in zip(cells, HTML_CELL.finditer(written), strict=False):
        if id(cell) not in wanted:
            continue
        if cell.markdown is not None:
            inner = tables.cell_html(cell)
            yield id(cell), found.end(), aligned(cell.text, inner, TAG.findall(inner), is_markdown=False)
            continue
        sizes = [len("<br/>") if letter == "\n" else len(escape(letter, quote=False)) for letter in cell.text]
        edges = list(accumulate(sizes, initial=0))
        yield id(cell), found.end(), Alignment(edges[:-1], edges[1:], edges[-1])


def pipe_cells(
    item: Item, written: str, wanted: Collection[int], style: TableStyle
) -> Iterator[tuple[int, int, Alignment | None]]:
    """The wanted cells, by id, of a table written with pipes: where what stands between the pipes begins, and its alignment."""
    cells = [cell for row in item.rows for cell in row]
    numbers = iter(range(len(cells)))
    numbered = [[Cell(str(next(numbers)), cell.column_span, cell.row_span) for cell in row] for row in item.rows]
    lines = written.split("\n")
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    for number, row in enumerate(tables.grid(numbered)):
        line = number + (number > 0)  # below the first row stands the ruler
        pipes = [found.start() for found in PIPE.finditer(lines[line])] if line < len(lines) else []
        between = ("<br/>", style.line_break) if number < max(item.header_rows, 1) else ("<br/>",)
        for column, name in enumerate(row):
            if name and column + 1 < len(pipes) and id(cells[int(name)]) in wanted:
                cell = cells[int(name)]
                inner = lines[line][pipes[column] + 1 : pipes[column + 1]]
                lead = len(inner) - len(inner.lstrip()) if cell.text else min(1, len(inner))
                found = aligned(cell.text, inner[lead:], between, is_markdown=cell.markdown is not None)
                yield id(cell), starts[line] + pipes[column] + 1 + lead, found
