"""The items of a page while a format is walked: consecutive list entries become one list, links are noted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from engines.amplification import ITEM, PLACE, spend
from engines.build.inline import InlineRun, markdown_of, paragraph_markdown, text_of
from engines.build.plain_text import plain_text
from engines.build.revisions import marks_in, marks_of, put_at_end, texts_of
from engines.document import Box, Cell, Chart, Item, ItemKind, Link, Page, Picture, around
from engines.render.escaping import escape
from engines.revisions import Mark

EXTERNAL = re.compile(r"^(https?|mailto|tel|ftp):", re.IGNORECASE)
"""Links that lead out of the document; the API lists only those."""


MOST_COVERED = 50
"""Places that the cells of a table cover on average; above, its spans are mistaken or malicious."""


class PageBuilder:
    """Collects the content of one page in reading order; boxes are in points from the upper left corner, None where unknown.

    Whatever adds content raises DocumentError: OUTPUT_TOO_LARGE when the document has become too much (engines/amplification.py).
    """

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.pictures: list[Picture] = []
        self.links: list[Link] = []
        self.charts: list[Chart] = []
        self.held: list[Mark] = []
        """Marks of revisions that stand before whatever is added next."""
        self._list_open = False
        self._levels: list[int] = []
        """Of the open list: the levels, as the format counts them, that the last entry stands in."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added yet."""
        return not self.items

    def heading(self, level: int, runs: Sequence[InlineRun], box: Box | None = None) -> None:
        """Add a heading of level 1 to 6; without text it is left out."""
        if text := one_line(text_of(runs)):
            markdown = markdown_of(runs)
            markdown = one_line(markdown) if markdown else None
            self.add(Item(ItemKind.HEADING, text, box, level=max(1, min(6, level)), markdown=markdown), runs)
        else:
            self.hold(marks_of(runs))

    def paragraph(self, runs: Sequence[InlineRun], box: Box | None = None) -> None:
        """Add a paragraph; without text it is left out."""
        if text := text_of(runs):
            self.add(Item(ItemKind.TEXT, text, box, markdown=paragraph_markdown(runs)), runs)
        else:
            self.hold(marks_of(runs))

    def quote(self, runs: Sequence[InlineRun], box: Box | None = None) -> None:
        """Add words of others; without text they are left out."""
        if text := text_of(runs):
            lines = (markdown_of(runs) or text).split("\n")
            markdown = "\n".join(f"> {line}".rstrip() for line in lines)
            self.add(Item(ItemKind.TEXT, text, box, markdown=markdown), runs)
        else:
            self.hold(marks_of(runs))

    def entry(
        self, runs: Sequence[InlineRun], level: int, marker: str, *, ordered: bool, box: Box | None = None
    ) -> None:
        """Add an entry to the open list, or to a new one after anything else or where bullets and numbers change.

        `level` is the depth as the format counts it, whatever it counts from; `marker` is the mark as it is printed, such as `2.`.
        """
        text = text_of(runs)
        if not text:
            self.hold(marks_of(runs))
            return
        entry = Item(ItemKind.TEXT, text, box, ordered=ordered, marker=marker, markdown=markdown_of(runs))
        last = self.items[-1] if self.items else None
        other = last is not None and last.ordered != ordered and level <= min(self._levels, default=0)
        if last is None or last.kind is not ItemKind.LIST or not self._list_open or other:
            last = Item(ItemKind.LIST, box=box, ordered=ordered)
            self.add(last)
            self._list_open, self._levels = True, []
        spend(ITEM + len(text))
        entry.level = self._depth(level)
        last.entries.append(entry)
        if last.box and box:
            last.box = around([last.box, box])
        self._note_links(runs)
        self.note_marks(entry, runs)

    def _depth(self, level: int) -> int:
        """The depth of an entry in the open list: levels that the format leaves out are not counted."""
        while self._levels and self._levels[-1] > level:
            self._levels.pop()
        if not self._levels or self._levels[-1] < level:
            self._levels.append(level)
        return len(self._levels)

    def end_list(self) -> None:
        """Let the next entry begin a list of its own."""
        self._list_open = False

    def table(
        self, rows: list[list[Cell]], *, header_rows: int = 1, caption: str = "", box: Box | None = None
    ) -> Item | None:
        """Add a table and return it; None for one without any text, which is left out. Spans too large are cut in `rows`."""
        if not any(cell.text for row in rows for cell in row):
            self.hold(mark for row in rows for cell in row for mark in cell.marks or ())
            return None
        bound_spans(rows)
        spend(sum(PLACE * cell.row_span * cell.column_span + len(cell.text) for row in rows for cell in row))
        item = Item(ItemKind.TABLE, box=box, rows=rows, header_rows=header_rows, caption=caption)
        self.add(item)
        return item

    def chart(self, title: str, rows: list[list[Cell]], box: Box | None = None) -> None:
        """Note a chart, and add what it was drawn from as a table; of one without `rows` only its title is told."""
        self.charts.append(Chart(box))
        if not self.table(rows, caption=title, box=box) and title:
            self.paragraph([InlineRun(title)], box)

    def code(self, text: str, language: str = "", box: Box | None = None) -> None:
        """Add a block of code, as it is written."""
        if text.strip():
            self.add(Item(ItemKind.CODE, text.strip("\n"), box, language=language))

    def code_line(self, runs: Sequence[InlineRun]) -> None:
        """Add a line of code; lines that follow each other are one block."""
        text = "".join(run.text for run in runs)
        last = self.items[-1] if self.items else None
        if last is not None and last.kind is ItemKind.CODE:
            start = len(last.text) + 1
            last.text += f"\n{text}"
            self.note_marks(last, runs, start)
        elif text.strip():
            self.add(Item(ItemKind.CODE, text.strip("\n")))
            self.note_marks(self.items[-1], runs)
        else:
            self.hold(marks_of(runs))

    def facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Add names and values, such as the headers of a mail, as one block with a line for each."""
        if pairs:
            text = "\n".join(f"{name}: {value}" for name, value in pairs)
            markdown = "  \n".join(f"**{name}:** {escape(value)}" for name, value in pairs)
            self.add(Item(ItemKind.TEXT, text, markdown=markdown))

    def image(self, alt: str, url: str = "", picture: Picture | None = None, box: Box | None = None) -> None:
        """Add a picture: `url` is its name in the document, or where it lies outside of it."""
        if picture is not None:
            self.pictures.append(picture)
        if alt or picture is not None or url:
            self.add(Item(ItemKind.IMAGE, one_line(alt), box, url=picture.name if picture else url))

    def add(self, item: Item, runs: Sequence[InlineRun] = ()) -> None:
        """Add an item as it is."""
        spend(ITEM + len(item.text))
        self._list_open = False
        self.items.append(item)
        self._note_links(runs)
        self.note_marks(item, runs)

    def hold(self, marks: Iterable[Mark]) -> None:
        """Keep marks of revisions for what is added next, when nothing can be added for the text that they stand in."""
        self.held += (replace(mark, place=0) for mark in marks)

    def settle(self) -> None:
        """Put the marks held back at the end of what is there, if anything is: nothing of the text follows on this page."""
        if self.held and self.items:
            put_at_end(self.items, self.held)
            self.held = []

    def take_from_cell(self, cell: PageBuilder) -> None:
        """Take over what the text of a table's cell cannot hold: its links and pictures."""
        self.links += cell.links
        self.pictures += cell.pictures
        for item in cell.items:
            if item.kind is ItemKind.IMAGE:
                self.add(item)

    def link(self, url: str, text: str) -> None:
        """Note a link that stands in no run, such as one in a table cell."""
        if EXTERNAL.match(url):
            self.links.append(Link(url, text.strip()))

    def page(self, number: int) -> Page:
        """The page, by its number from 1, made of what was collected."""
        self.settle()
        return Page(
            number,
            text=plain_text(self.items),
            items=self.items,
            images=self.pictures,
            links=self.links,
            charts=self.charts,
        )

    def _note_links(self, runs: Sequence[InlineRun]) -> None:
        """Note the links of some runs; the runs of one link count once."""
        previous = ""
        for run in runs:
            if run.mark is not None:
                continue
            if run.url and run.url == previous:
                if self.links and EXTERNAL.match(run.url):
                    self.links[-1].text += run.text
            elif run.url:
                self.link(run.url, run.text)
            previous = run.url

    def note_marks(self, item: Item, runs: Sequence[InlineRun], start: int = 0) -> None:
        """Put the marks held back, and those of the runs that an item's text from `start` on was made of, on the item."""
        found = marks_in(runs, item.text[start:] if start else item.text, start)
        if (self.held or found) and (carrier := next(texts_of(item), None)) is not None:
            held, self.held = self.held, []
            marks = [*(replace(mark, place=start) for mark in held), *(carrier.marks or ()), *found]
            carrier.marks = sorted(marks, key=lambda mark: mark.place)


class ListNesting:
    """Lists that stand in each other though the document writes them one after the other, over all its pages."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._depth = 0
        """Of the outermost of these."""

    def follow(self, builder: PageBuilder, key: str, depth: int) -> None:
        """Go on with a list, with one inside of it, or begin anew with another that stands no deeper.

        `depth` is whatever the format measures it by, comparable over all lists of the document.
        """
        if key not in self._keys and depth <= self._depth:
            builder.end_list()
            self._keys.clear()
        if not self._keys:
            self._depth = depth
        self._keys.add(key)


def bound_spans(rows: list[list[Cell]]) -> None:
    """Cut row spans at the end of the table; spans of a table that would be far larger than its content count as 1."""
    cells = [(cell, len(rows) - index) for index, row in enumerate(rows) for cell in row]
    for cell, rows_left in cells:
        cell.row_span = max(1, min(cell.row_span, rows_left))
        cell.column_span = max(1, cell.column_span)
    if sum(cell.row_span * cell.column_span for cell, _ in cells) > MOST_COVERED * len(cells) + 10_000:
        for cell, _ in cells:
            cell.row_span = cell.column_span = 1


def one_line(text: str) -> str:
    """The text with every stretch of blanks and line ends as one blank."""
    return " ".join(text.split())
