"""The body of a Word document: paragraphs, lists, tables, pictures and notes in reading order, divided into pages.

A DOCX knows no pages of its own. A new page begins at a break that the author set (a page break, a section that begins
on a new page, a paragraph that asks for one) and where the program that saved the file last noted the end of a page
(`lastRenderedPageBreak`). A break inside a paragraph or a table takes effect after it, so that nothing is torn apart;
pages without content are not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engines.build.inline import InlineRun, heading_runs, markdown_of, text_of
from engines.build.page_builder import ListNesting, PageBuilder
from engines.build.revisions import marks_of, put_at_end
from engines.containers.ooxml import (
    Element,
    attribute,
    child,
    descendants,
    local_name,
    preferred,
    val_of,
    xml_number,
)
from engines.containers.zip import Archive
from engines.document import Item, ItemKind, Page
from engines.formats.docx.chunks import read_chunk
from engines.formats.docx.drawings import read_drawing
from engines.formats.docx.parts import Parts, document_parts, main_part
from engines.formats.docx.revisions import GONE, NONE
from engines.formats.docx.runs import Paragraph, RunReader
from engines.formats.docx.tables import DocxTable

WRAPPERS = frozenset(("sdt", "sdtContent", "smartTag", "customXml", "ins", "moveTo"))
NEW_PAGE_SECTIONS = frozenset(("", "nextPage", "oddPage", "evenPage"))
"""Kinds of sections that begin on a new page; the default is one."""
CODE_SIGNS = re.compile(r"[{};=<>|\\$]|\w\(|^ {2,}\S|^\t\S", re.MULTILINE)
"""What text of a fixed width has that is a program and no memo written on a typewriter."""


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
        self._reader = RunReader(parts.styles, parts.target, parts.revisions, parts.notes)
        self._carried: list[InlineRun] = []
        """Runs that the next paragraph begins with: those of a drop cap, and of a paragraph whose end was deleted."""
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
            elif tag in WRAPPERS:
                self.blocks(one)
            elif tag == "AlternateContent":
                self.blocks(preferred(one))
            else:
                self.other(one, tag)
            self.builder.hold(marks_of(edges.after))
        self.settle()

    def other(self, element: Element, tag: str) -> None:
        """Read a block that is no paragraph."""
        if tag == "tbl":
            self.settle()
            self.table(element)
        elif tag == "altChunk":
            self.settle()
            read_chunk(attribute(element, "id"), self.builder, self.number, self.parts, self.taken_in)
        elif tag == "sectPr":
            self.settle()
            self.end_section(element)

    def settle(self) -> None:
        """Add what was carried over for a paragraph that does not come."""
        runs, self._carried = self._carried, []
        if runs:
            self.builder.paragraph(runs)

    def taken_in(self, root: Element, archive: Archive) -> None:
        """Read the body of another document where this one takes it in."""
        content = child(root, "body")
        if content is not None:
            parts = document_parts(archive, main_part(archive), root, self.parts.image_store, with_changes=False)
            inner = Body(parts, self.number, is_cell=True)
            inner.builder = self.builder
            inner.blocks(content)

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
        """Add the text of a footnote or endnote, by its name in `Notes.texts`, once."""
        element = self.parts.notes.texts.pop(key, None)  # said once, wherever else it is referred to
        if element is None:
            return
        lines = [self._reader.read(one).runs for one in descendants(element, "p")]
        text = " ".join(text for text in map(text_of, lines) if text)
        if text:
            lead = f"[^{self.parts.notes.label(key)}]: "
            told = [markdown_of(line) or text_of(line) for line in lines]
            markdown = lead + " ".join(" ".join(one.split()) for one in told if one)
            note = Item(ItemKind.TEXT, lead + text, markdown=markdown if markdown != lead + text else None)
            self.builder.add(note)
            self.builder.note_marks(note, [run for line in lines for run in line], start=len(lead))
        else:
            self.builder.hold(marks_of(run for line in lines for run in line))

    def paragraph(self, element: Element) -> None:
        """Read a paragraph, what is drawn in it, and the breaks around it."""
        paragraph = self._reader.read(element)
        if paragraph.breaks_before:
            self.break_page()
        self.notes += paragraph.notes
        paragraph.begin_with(self._carried)
        self._carried = []
        if goes_on(element) and not paragraph.drawings:
            self._carried = (
                [replace(run, bold=False) for run in paragraph.runs] if is_drop_cap(element) else paragraph.runs
            )
        else:
            self.told(element, paragraph)
        if paragraph.breaks_after:
            self.break_page()
        section = child(element, "pPr", "sectPr")
        if section is not None:
            self.settle()
            self.end_section(section)

    def told(self, element: Element, paragraph: Paragraph) -> None:
        """Add what a paragraph holds: its text, the equations that part it, and its drawings."""
        style = val_of(element, "pPr", "pStyle") or self.parts.styles.default
        is_whole = self.is_cell or self.place(element, style) is not None or self.level(element, style) is not None
        if is_whole or not paragraph.formulas:
            self.text(element, style, paragraph, paragraph.runs)
        else:
            for runs, formula in paragraph.parts():
                self.text(element, style, paragraph, runs)
                if formula:
                    self.builder.add(Item(ItemKind.TEXT, formula, markdown=f"$${formula}$$"))
        for drawing in paragraph.drawings:
            read_drawing(drawing, lambda: self.builder, self.number, self.parts, self.blocks)

    def text(self, element: Element, style: str, paragraph: Paragraph, runs: list[InlineRun]) -> None:
        """Add text of a paragraph as what its style makes of it."""
        text = text_of(runs)
        if not text:
            self.builder.hold(marks_of(runs))
            return
        styles = self.parts.styles
        place = self.place(element, style)
        mark = self.parts.numbering.mark(*place) if place else None
        level = self.level(element, style)
        if level is not None:
            self.builder.heading(level, heading_runs(mark[0] if mark and mark[1] else "", runs))
        elif mark is not None and mark[0] and place is not None:
            depth = self.parts.numbering.depth(*place)
            self._lists.follow(self.builder, place[0], depth)
            self.builder.entry(runs, depth, mark[0], ordered=mark[1])
        elif styles.is_code(style) or (paragraph.is_fixed_width and self.is_program(text)):
            if self.is_cell:
                self.builder.paragraph([run if run.formula else replace(run, code=bool(run.text)) for run in runs])
            else:
                self.builder.code_line(runs)
        elif styles.is_quote(style):
            self.builder.quote(runs)
        else:
            self.builder.paragraph(runs)

    def is_program(self, text: str) -> bool:
        """Whether text of a fixed width is a program, or goes on with one."""
        goes_on = bool(self.builder.items) and self.builder.items[-1].kind is ItemKind.CODE
        return goes_on or bool(CODE_SIGNS.search(text))

    def level(self, element: Element, style: str) -> int | None:
        """The level of a heading, from 1; None of other paragraphs."""
        outline = val_of(element, "pPr", "outlineLvl")
        if outline is not None and xml_number(outline, 9) < 9:
            return int(xml_number(outline)) + 1
        return self.parts.styles.heading_level(style)

    def place(self, element: Element, style: str) -> tuple[str, int] | None:
        """The id of the list (`w:numId`) that a paragraph is in, and its level there from 0; None when it is in none."""
        inherited, level = self.parts.styles.numbering(style)
        own = val_of(element, "pPr", "numPr", "numId")
        list_id = inherited if own is None else own
        if not list_id or list_id == "0":
            return None
        return list_id, int(xml_number(val_of(element, "pPr", "numPr", "ilvl"), level))

    def table(self, element: Element) -> None:
        """Read a table; one of a single cell is only a frame around what is in it."""
        revisions = self.parts.revisions
        told = revisions if revisions is not None and revisions.tells_changes else None
        table = DocxTable(element, told, self.cell)
        if table.frame is not None:
            self.builder.hold(table.told.mark(table.every, []))
            self.blocks(table.frame)
            return
        rows = table.rows()
        self.builder.hold(table.told.mark(table.every, rows))
        self.builder.table(rows, header_rows=table.header_rows)
        for one in table.inner:
            self.notes += one.notes
            self.builder.take_from_cell(one.builder)
        if any(one.wants_break for one in table.inner):
            self.break_page()

    def cell(self, element: Element) -> Body:
        """Read a cell of a table."""
        body = Body(self.parts, self.number, is_cell=True)
        body.blocks(element)
        return body


def goes_on(element: Element) -> bool:
    """Whether the next paragraph goes on with the text of this one: a drop cap, or one whose end was deleted."""
    if is_drop_cap(element):
        return True
    mark = child(element, "pPr", "rPr")
    return mark is not None and any(local_name(one) in GONE for one in mark)


def is_drop_cap(element: Element) -> bool:
    """Whether a paragraph is the large first letter of the next one."""
    return attribute(child(element, "pPr", "framePr"), "dropCap") in ("drop", "margin")
