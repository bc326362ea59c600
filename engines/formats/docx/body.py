"""The body of a Word document: paragraphs, lists, tables, pictures and notes in reading order, divided into pages.

A DOCX knows no pages of its own. A new page begins at a break that the author set (a page break, a section that begins
on a new page, a paragraph that asks for one) and where the program that saved the file last noted the end of a page
(`lastRenderedPageBreak`). A break inside a paragraph or a table takes effect after it, so that nothing is torn apart;
pages without content are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engines.build.images import ImageStore
from engines.build.inline import heading_runs, text_of
from engines.build.page_builder import ListNesting, PageBuilder
from engines.build.plain_text import text_of_cell
from engines.build.revisions import marks_of, marks_of_cell, put_at_end
from engines.containers.chart_xml import chart_rows, chart_title
from engines.containers.ooxml import (
    Element,
    attribute,
    child,
    descendants,
    is_on,
    local_name,
    preferred,
    val_of,
    xml_number,
)
from engines.containers.zip import Archive, Relation
from engines.document import Cell, Item, ItemKind, Page
from engines.formats.docx.revisions import NONE, DocxRevisions
from engines.formats.docx.runs import Paragraph, RunReader
from engines.formats.docx.styles import DocxStyles, Numbering
from engines.formats.docx.table_revisions import TableRevisions

WRAPPERS = frozenset(("sdt", "sdtContent", "smartTag", "customXml", "ins", "moveTo"))
NEW_PAGE_SECTIONS = frozenset(("", "nextPage", "oddPage", "evenPage"))
"""Kinds of sections that begin on a new page; the default is one."""


@dataclass(slots=True)
class Parts:
    """What the body of a document refers to."""

    archive: Archive
    relations: dict[str, Relation]
    """By id."""
    styles: DocxStyles
    numbering: Numbering
    notes: dict[str, Element]
    """Footnotes and endnotes, as `footnote 3`."""
    image_store: ImageStore
    revisions: DocxRevisions | None = None
    """None when they are not asked for."""

    def target(self, relation: str) -> str:
        """The name of the part, or the address, that a relation's id means; empty when there is no such relation."""
        return self.relations.get(relation, Relation("", "")).target


@dataclass(slots=True)
class Section:
    """Pages, from 1, with the same paper and running titles."""

    properties: Element
    first_page: int
    last_page: int


class Body:
    """Walks a body (`w:body`); `pages` and `sections` are its result, and `builder` what stands on no finished page yet."""

    def __init__(self, parts: Parts, number: int = 1, *, is_cell: bool = False) -> None:
        self.parts = parts
        self.number = number
        """Of the page being read, from 1."""
        self.is_cell = is_cell
        """Inside a table cell no page ends."""
        self.builder = PageBuilder()
        self.pages: list[Page] = []
        self.sections: list[Section] = []
        self.notes: list[str] = []
        self.wants_break = False
        self._reader = RunReader(parts.styles, parts.target, parts.revisions)
        self._starts: Iterator[str] = iter(())
        self._lists = ListNesting()

    def read(self, body: Element) -> None:
        """Read a whole body."""
        kinds = [val_of(one, "type") or "" for one in descendants(body, "sectPr")]
        self._starts = iter([*kinds[1:], "continuous"])
        self.blocks(body)
        self.end_page()
        if self.builder.held and self.pages:
            put_at_end(self.pages[-1].items, self.builder.held)

    def blocks(self, parent: Element) -> None:
        """Read what stands below each other."""
        for one in parent:
            tag = local_name(one)
            edges = NONE if self.parts.revisions is None else self.parts.revisions.edges(one, ())
            self.builder.hold(marks_of(edges.before))
            if tag == "p":
                self.paragraph(one)
            elif tag == "tbl":
                self.table(one)
            elif tag == "sectPr":
                self.end_section(one)
            elif tag == "AlternateContent":
                self.blocks(preferred(one))
            elif tag in WRAPPERS:
                self.blocks(one)
            self.builder.hold(marks_of(edges.after))

    def end_page(self) -> None:
        """Close the page being read, with the notes it refers to; one without content goes on."""
        self.wants_break = False
        if self.builder.is_empty:
            return
        self.builder.settle()
        for key in dict.fromkeys(self.notes):
            self.note(key)
        self.notes = []
        self.pages.append(self.builder.page(self.number))
        self.builder = PageBuilder()
        self.number += 1

    def break_page(self) -> None:
        """Begin a new page, or ask the table around to."""
        if self.is_cell:
            self.wants_break = True
        else:
            self.end_page()

    def end_section(self, properties: Element) -> None:
        """Remember the paper of the section that ends here; how the next one begins decides about the page."""
        if self.parts.revisions is not None:
            self.builder.hold(marks_of(self.parts.revisions.formatted(child(properties, "sectPrChange")).before))
        last = self.number - (1 if self.builder.is_empty else 0)
        first = self.sections[-1].last_page + 1 if self.sections else 1
        self.sections.append(Section(properties, min(first, max(last, 1)), last))
        if next(self._starts, "continuous") in NEW_PAGE_SECTIONS:
            self.end_page()

    def note(self, key: str) -> None:
        """Add the text of a footnote or endnote, named as in `Parts.notes`, once."""
        element = self.parts.notes.pop(key, None)  # said once, wherever else it is referred to
        if element is None:
            return
        lines = [self._reader.read(one).runs for one in descendants(element, "p")]
        text = " ".join(text for text in map(text_of, lines) if text)
        if text:
            note = Item(ItemKind.TEXT, f"[^{key.split()[1]}]: {text}")
            self.builder.add(note)
            self.builder.note_marks(note, [run for line in lines for run in line], start=len(note.text) - len(text))
        else:
            self.builder.hold(marks_of(run for line in lines for run in line))

    def paragraph(self, element: Element) -> None:
        """Read a paragraph, what is drawn in it, and the breaks around it."""
        paragraph = self._reader.read(element)
        if paragraph.breaks_before:
            self.break_page()
        self.notes += paragraph.notes
        self.text(element, paragraph)
        for formula in paragraph.formulas:
            self.builder.add(Item(ItemKind.TEXT, formula, markdown=f"$${formula}$$"))
        for drawing in paragraph.drawings:
            self.drawing(drawing)
        if paragraph.breaks_after:
            self.break_page()
        section = child(element, "pPr", "sectPr")
        if section is not None:
            self.end_section(section)

    def text(self, element: Element, paragraph: Paragraph) -> None:
        """Add the text of a paragraph as what its style makes of it."""
        if not text_of(paragraph.runs):
            self.builder.hold(marks_of(paragraph.runs))
            return
        styles, style = self.parts.styles, val_of(element, "pPr", "pStyle") or self.parts.styles.default
        place = self.place(element, style)
        mark = self.parts.numbering.mark(*place) if place else None
        level = styles.heading_level(style)
        outline = val_of(element, "pPr", "outlineLvl")
        if outline is not None and xml_number(outline, 9) < 9:
            level = int(xml_number(outline)) + 1
        if level is not None:
            self.builder.heading(level, heading_runs(mark[0] if mark and mark[1] else "", paragraph.runs))
        elif mark is not None and place is not None:
            depth = self.parts.numbering.depth(*place)
            self._lists.follow(self.builder, place[0], depth)
            self.builder.entry(paragraph.runs, depth, mark[0] or "-", ordered=mark[1] and bool(mark[0]))
        elif styles.is_code(style):
            self.builder.code_line(paragraph.runs)
        else:
            self.builder.paragraph(paragraph.runs)

    def place(self, element: Element, style: str) -> tuple[str, int] | None:
        """The id of the list (`w:numId`) that a paragraph is in, and its level there from 0; None when it is in none."""
        inherited, level = self.parts.styles.numbering(style)
        own = val_of(element, "pPr", "numPr", "numId")
        list_id = inherited if own is None else own
        if not list_id or list_id == "0":
            return None
        return list_id, int(xml_number(val_of(element, "pPr", "numPr", "ilvl"), level))

    def drawing(self, element: Element) -> None:
        """Read a drawing: its pictures, charts and text boxes."""
        alt = next((attribute(one, "descr") for one in descendants(element, "docPr")), "")
        for one in descendants(element, "blip", "imagedata", "chart", "txbxContent"):
            tag = local_name(one)
            if tag == "txbxContent":
                self.blocks(one)
            elif tag == "chart":
                self.chart(attribute(one, "id"))
            else:
                self.picture(attribute(one, "embed") or attribute(one, "id"), alt or attribute(one, "title"))

    def picture(self, relation: str, alt: str) -> None:
        """Add a picture of the document; one that lies elsewhere is not fetched."""
        content = self.parts.archive.referred(self.parts.target(relation), self.number) if relation else None
        picture = self.parts.image_store.picture(content, self.number) if content else None
        if picture is not None or alt:
            self.builder.image(alt, picture=picture)

    def chart(self, relation: str) -> None:
        """Add the table behind a chart."""
        root = self.parts.archive.referred_xml(self.parts.target(relation), self.number)
        if root is not None:
            self.builder.chart(chart_title(root), chart_rows(root))

    def table(self, element: Element) -> None:
        """Read a table; one of a single cell is only a frame around what is in it."""
        every = list(descendants(element, "tr"))
        lines = [one for one in every if child(one, "trPr", "del") is None]
        cells = [list(descendants(line, "tc")) for line in lines]
        told = TableRevisions(element, self.parts.revisions)
        if len(cells) == 1 and len(cells[0]) == 1:
            self.builder.hold(told.mark(every, []))
            self.blocks(cells[0][0])
            return
        inner: list[Body] = []
        rows = self.rows(lines, cells, inner, told)
        self.builder.hold(told.mark(every, rows))
        repeated = [bool(is_on(line, "trPr", "tblHeader")) for line in lines]
        self.builder.table(rows, header_rows=max(1, repeated.index(False) if False in repeated else 1))
        for one in inner:
            self.notes += one.notes
            self.builder.take_from_cell(one.builder)
        if any(one.wants_break for one in inner):
            self.break_page()

    def rows(
        self, lines: list[Element], cells: list[list[Element]], inner: list[Body], told: TableRevisions
    ) -> list[list[Cell]]:
        """The cells of a table with their spans; what was read in each is added to `inner`."""
        rows: list[list[Cell]] = []
        above: dict[int, Cell] = {}
        for line, row in zip(lines, cells, strict=True):
            column = int(xml_number(val_of(line, "trPr", "gridBefore")))
            shown = [Cell("", column)] if column else []
            with told.around(line, shown):
                for one in row:
                    merge = val_of(one, "tcPr", "vMerge")
                    width = max(1, int(xml_number(val_of(one, "tcPr", "gridSpan"), 1)))
                    if merge is not None and merge != "restart" and column in above:
                        above[column].row_span += 1
                    else:
                        above[column] = self.cell(one, width, inner, told)
                        shown.append(above[column])
                    column += width
            rows.append(shown)
        return rows

    def cell(self, element: Element, width: int, inner: list[Body], told: TableRevisions) -> Cell:
        """A cell over so many columns, its text a line for each block."""
        shown: list[Cell] = []
        with told.around(element, shown):
            body = Body(self.parts, self.number, is_cell=True)
            body.blocks(element)
            inner.append(body)
            text, held = text_of_cell(body.builder.items), body.builder.held
            marks = [*marks_of_cell(body.builder.items), *(replace(one, place=len(text)) for one in held)]
            shown.append(Cell(text, width, marks=marks or None))
        return shown[0]
