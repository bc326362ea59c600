"""Tables of a Word document: their rows, merged cells, and what stands in each cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from engines.build.page_builder import PageBuilder
from engines.build.plain_text import markdown_of_cell, text_of_cell
from engines.build.revisions import marks_of_cell
from engines.containers.ooxml import Element, child, descendants, is_on, val_of, xml_number
from engines.document import Cell
from engines.formats.docx.revisions import DocxRevisions
from engines.formats.docx.table_revisions import TableRevisions


class CellBody(Protocol):
    """What was read in a cell."""

    builder: PageBuilder
    notes: list[str]
    wants_break: bool


class DocxTable:
    """A table; `rows` are its cells and `inner` what was read in each of them. `read_cell` reads one."""

    def __init__(
        self, element: Element, revisions: DocxRevisions | None, read_cell: Callable[[Element], CellBody]
    ) -> None:
        self.every = list(descendants(element, "tr"))
        self.lines = [one for one in self.every if child(one, "trPr", "del") is None]
        self.cells = [list(descendants(line, "tc")) for line in self.lines]
        self.told = TableRevisions(element, revisions)
        self.read_cell = read_cell
        self.inner: list[CellBody] = []

    @property
    def frame(self) -> Element | None:
        """The only cell of a table that is but a frame around what is in it."""
        return self.cells[0][0] if len(self.cells) == 1 and len(self.cells[0]) == 1 else None

    @property
    def header_rows(self) -> int:
        """How many rows at the top are repeated on each page; 1 where none is."""
        repeated = [bool(is_on(line, "trPr", "tblHeader")) for line in self.lines]
        return max(1, repeated.index(False) if False in repeated else 1)

    def rows(self) -> list[list[Cell]]:
        """The cells with their spans."""
        rows: list[list[Cell]] = []
        above: dict[int, Cell] = {}
        for line, row in zip(self.lines, self.cells, strict=True):
            column = int(xml_number(val_of(line, "trPr", "gridBefore")))
            shown = [Cell("", column)] if column else []
            with self.told.around(line, shown):
                for one in row:
                    merge = val_of(one, "tcPr", "vMerge")
                    width = max(1, int(xml_number(val_of(one, "tcPr", "gridSpan"), 1)))
                    if merge is not None and merge != "restart" and column in above:
                        above[column].row_span += 1
                    else:
                        above[column] = self.cell(one, width)
                        shown.append(above[column])
                    column += width
            rows.append(shown)
        return rows

    def cell(self, element: Element, width: int) -> Cell:
        """A cell over so many columns, its text a line for each block."""
        shown: list[Cell] = []
        with self.told.around(element, shown):
            body = self.read_cell(element)
            self.inner.append(body)
            items, held = body.builder.items, body.builder.held
            text = text_of_cell(items)
            marks = [*marks_of_cell(items), *(replace(one, place=len(text)) for one in held)]
            shown.append(Cell(text, width, marks=marks or None, markdown=markdown_of_cell(items)))
        return shown[0]
