"""Text of OpenDocument files: paragraphs, lists, tables and pictures in reading order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from engines.amplification import PLACE, afford
from engines.build.inline import InlineRun, heading_runs, markdown_of, text_of
from engines.build.page_builder import ListNesting, PageBuilder
from engines.build.plain_text import markdown_of_cell, text_of_cell
from engines.build.revisions import marks_in, marks_of, marks_of_cell
from engines.containers.ooxml import Element, attribute, child, descendants, local_name, xml_number
from engines.containers.symbol_fonts import signs_in
from engines.document import Cell, Item, ItemKind
from engines.formats.odf.fields import field_text
from engines.formats.odf.objects import Objects, add_chart, formula_of, no_objects, object_in
from engines.formats.odf.revisions import OdfRevisions
from engines.formats.odf.styles import ListLevel, OdfStyles

WRAPPERS = frozenset((
    "section", "text-box", "index-body", "index-title", "table-of-content", "illustration-index", "table-index",
    "alphabetical-index", "user-index", "bibliography", "object-index", "text", "g", "table-header-rows", "table-rows",
    "frame", "note-body", "numbered-paragraph", "page", "custom-shape", "rect", "ellipse", "circle", "polygon", "path",
    "line", "connector", "caption", "regular-polygon", "a", "image",
))  # fmt: skip
UNREAD = frozenset(("annotation", "annotation-end", "tracked-changes", "note", "frame", "forms", "ruby-text", "change"))
LETTERS = {"tab": "\t", "line-break": "\n"}
MOST_REPEATED = 1000
"""Equal cells or rows in a table of a text; sheets, whose empty ends repeat a million times, have their own bound."""

AddPicture = Callable[[Element, str, PageBuilder], None]
"""Adds a picture (`draw:image`), with its alternative text, to a builder."""


@dataclass(slots=True)
class OdfList:
    """A list being read: its levels from 1, and of those that are open the numbers, outermost first."""

    levels: dict[int, ListLevel]
    counts: list[int] = field(default_factory=list)


class TextReader:
    """Reads text into a builder.

    `turn` is called where a page ends and gives the builder of the next; None where no page can end, as in a cell. With
    `revisions` it marks where these are. What is read `beside` another reader, as a cell is, counts with it.
    """

    def __init__(
        self,
        styles: OdfStyles,
        builder: PageBuilder,
        picture: AddPicture,
        turn: Callable[[], PageBuilder] | None = None,
        revisions: OdfRevisions | None = None,
        objects: Objects = no_objects,
        beside: TextReader | None = None,
    ) -> None:
        self.styles = styles
        self.builder = builder
        self.picture = picture
        self.turn = turn
        self.revisions = revisions
        self.objects = objects
        self.labels: dict[str, int] = {} if beside is None else beside.labels
        """How often each mark of a note was met: labels are those marks, and no two alike."""
        self.controls: dict[str, str] = {} if beside is None else beside.controls
        """What the controls of forms show, by their ids."""
        self.list: OdfList | None = None
        self.notes: list[Item] = []
        self._ended: dict[str, int] = {}
        """Numbers that lists of a style ended with, for those that go on."""
        self._nesting = ListNesting()
        """Of lists, by the names of their styles."""

    def blocks(self, parent: Iterable[Element]) -> None:
        """Read what stands below each other."""
        for one in parent:
            tag = local_name(one)
            if tag in ("p", "h"):
                self.paragraph(one)
            elif tag == "list":
                self.listing(one)
            elif tag == "table":
                self.table(one)
            elif tag == "soft-page-break":
                self.new_page()
            elif tag == "frame":
                self.frame(one)
            elif tag in WRAPPERS:
                self.blocks(one)
            elif self.revisions is not None:
                self.builder.hold(marks_of(self.revisions.mark(one)))

    def new_page(self) -> None:
        """Go on with the next page, after the notes of this one."""
        if self.turn is not None and not self.builder.is_empty:
            self.end_notes()
            self.builder = self.turn()

    def end_notes(self) -> None:
        """Add the notes that were referred to."""
        self.builder.settle()
        for note in self.notes:
            self.builder.add(note)
        self.notes = []

    def paragraph(self, element: Element, mark: tuple[str, int, bool] | None = None) -> None:
        """Read a paragraph or heading; `mark`, its depth and whether it is a number, when it begins a list entry."""
        style = attribute(element, "style-name")
        first = self.styles.all.get(style)
        if (first is not None and first.master_page) or self.styles.switch(style, "breaks_before"):
            self.new_page()
        runs = apart(self.runs(element, InlineRun("")))
        level = self.heading_level(element, style)
        if level is not None:
            self.builder.heading(level, heading_runs(mark[0] if mark and mark[2] else "", runs))
        elif mark is not None and self.list is not None:
            self.builder.entry(runs, mark[1], mark[0], ordered=mark[2])
        elif self.styles.is_named(style, "preformatted text", "code"):
            self.builder.code_line(runs)
        elif self.styles.is_named(style, "quotations", "quote", "block quotation"):
            self.builder.quote(runs)
        elif len(said := [run for run in runs if run.text.strip()]) == 1 and said[0].formula and self.turn is not None:
            self.builder.add(Item(ItemKind.TEXT, said[0].text, markdown=f"$${said[0].text}$$"))
        else:
            self.builder.paragraph(runs)
        for frame in descendants(element, "frame", "custom-shape", "rect", "g"):
            self.frame(frame, is_in_line=True)
        if child(element, "soft-page-break") is not None:
            self.new_page()

    def heading_level(self, element: Element, style: str) -> int | None:
        """The level of a heading, from 1; None of other paragraphs."""
        if local_name(element) == "h":
            return int(xml_number(attribute(element, "outline-level") or attribute(element, "level"), 1))
        if self.styles.is_named(style, "title"):
            return 1
        return 2 if self.styles.is_named(style, "subtitle") else None

    def listing(self, element: Element) -> None:
        """Read a list; one inside an entry is a level deeper."""
        outer = self.list
        style = attribute(element, "style-name")
        if outer is None:
            self.list = OdfList(self.styles.lists.get(style, {}))
            depth = first_depth(element)
            self._nesting.follow(self.builder, style, depth + self.list.levels.get(depth, ListLevel()).indent)
        elif style in self.styles.lists:
            outer.levels = self.styles.lists[style]
        current = self.list or OdfList({})
        depth = len(current.counts) + 1
        level = current.levels.get(depth, ListLevel())
        goes_on = outer is None and attribute(element, "continue-numbering") == "true"
        current.counts.append(self._ended.get(style, level.start - 1) if goes_on else level.start - 1)
        for one in element:
            if local_name(one) in ("list-item", "list-header"):
                self.list_item(one, current, depth)
        ended = current.counts.pop()
        if outer is None:
            self._ended[style] = ended
        self.list = outer

    def list_item(self, element: Element, current: OdfList, depth: int) -> None:
        """Read an entry: its first paragraph carries the mark, others stand below it."""
        is_marked = local_name(element) == "list-item"
        if is_marked:
            start = attribute(element, "start-value")
            current.counts[-1] = int(xml_number(start)) if start else current.counts[-1] + 1
        for one in element:
            level = current.levels.get(depth, ListLevel())
            if local_name(one) in ("p", "h") and is_marked and not level.is_blank:
                mark = level.mark(current.counts, current.levels)
                self.paragraph(one, (mark, depth + level.indent, level.is_number))
                is_marked = False
            elif local_name(one) == "list":
                self.listing(one)
            else:
                self.blocks([one])

    def runs(self, element: Element, style: InlineRun) -> list[InlineRun]:
        """The runs inside an element; text hidden by its style is left out."""
        key = attribute(element, "style-name")
        if local_name(element) == "span" and key:
            if self.styles.switch(key, "hidden"):
                return []
            style = replace(
                style,
                bold=style.bold or self.styles.switch(key, "bold"),
                italic=style.italic or self.styles.switch(key, "italic"),
                strike=style.strike or self.styles.switch(key, "strike"),
                code=style.code or self.styles.is_named(key, "source text", "teletype", "source_text"),
                raised=self.styles.rise(key) or style.raised,
            )
        elif local_name(element) == "a":
            style = replace(style, url=attribute(element, "href"))
        font = self.styles.font(key) if key else ""
        runs = [replace(style, text=signs_in(blanks(element.text), font))]
        for one in element:
            runs += self.inline(one, style)
            runs.append(replace(style, text=signs_in(blanks(one.tail), font)))
        return runs

    def inline(self, element: Element, style: InlineRun) -> list[InlineRun]:
        """The runs of something that stands in a line."""
        tag = local_name(element)
        if tag in LETTERS or tag in ("s", "fieldmark", "control"):
            return [replace(style, text=self.letters(element, tag))]
        if tag == "note":
            return self.note(element)
        if tag == "frame" and (formula := formula_of(object_in(element, self.objects))):
            return [InlineRun(formula, formula=True)]
        if self.revisions is not None and (marks := self.revisions.mark(element)):
            return marks
        return [] if tag in UNREAD else self.runs(element, style)

    def letters(self, element: Element, tag: str) -> str:
        """The text that an element stands for."""
        if tag == "s":
            return " " * min(100, int(xml_number(attribute(element, "c"), 1)))
        if tag == "fieldmark":
            return field_text(element)
        return self.controls.get(attribute(element, "control"), "") if tag == "control" else LETTERS[tag]

    def note(self, element: Element) -> list[InlineRun]:
        """Remember a footnote or endnote, and refer to it."""
        citation, body = child(element, "note-citation"), child(element, "note-body")
        mark = "" if citation is None else text_of(self.runs(citation, InlineRun("")))
        paragraphs = [] if body is None else list(descendants(body, "p"))
        lines = [self.runs(one, InlineRun("")) for one in paragraphs]
        texts = list(map(text_of, lines))
        if not any(texts):
            return []
        label = self.label("".join(mark.split()))
        start, text = f"[^{label}]: ", " ".join(filter(None, texts))
        marks = marks_in([run for line in lines for run in line], text, len(start))
        told = " ".join(" ".join((markdown_of(line) or text_of(line)).split()) for line in lines).strip()
        markdown = start + told if told != text else None
        self.notes.append(Item(ItemKind.TEXT, start + text, markdown=markdown, marks=marks or None))
        return [InlineRun(f"[^{label}]")]

    def label(self, mark: str) -> str:
        """The label of a note with a mark; a mark that stood before is counted."""
        count = self.labels[mark] = self.labels.get(mark, 0) + 1
        return mark if count == 1 else f"{mark}-{count}"

    def frame(self, element: Element, *, is_in_line: bool = False) -> None:
        """Read a frame or a shape: a picture, a chart, a formula unless it was read in its line, or text."""
        shown = object_in(element, self.objects)
        if shown is not None and (formula := formula_of(shown)):
            if not is_in_line:
                self.builder.add(Item(ItemKind.TEXT, formula, markdown=f"$${formula}$$"))
            return
        if shown is not None and add_chart(shown, self.builder):
            return
        alt = next((one.text or "" for one in descendants(element, "desc", "title")), "")
        image = child(element, "image")
        # beside a table or an object, the picture is only its preview
        if image is not None and not any(local_name(one) in ("object", "table", "text-box") for one in element):
            self.picture(image, alt, self.builder)
        else:
            self.blocks(element)

    def table(self, element: Element) -> None:
        """Read a table of a text."""
        rows: list[list[Cell]] = []
        lines = list(descendants(element, "table-row"))
        inner: list[PageBuilder] = []
        for line in lines:
            row = [cell for one in line if local_name(one) == "table-cell" for cell in self.cells(one, inner)]
            repeated = min(MOST_REPEATED, int(xml_number(attribute(line, "number-rows-repeated"), 1)))
            afford(PLACE * len(row) * repeated)
            rows += [row] * repeated
        head = child(element, "table-header-rows")
        header = 1 if head is None else len(list(descendants(head, "table-row")))
        self.builder.table(rows, header_rows=max(1, header))
        for builder in inner:
            self.builder.take_from_cell(builder)

    def cells(self, element: Element, inner: list[PageBuilder]) -> list[Cell]:
        """A cell, as often as it is repeated; the builder of what is in it is added to `inner`."""
        builder = PageBuilder()
        reader = TextReader(
            self.styles, builder, self.picture, revisions=self.revisions, objects=self.objects, beside=self
        )
        reader.blocks(element)
        inner.append(builder)
        self.notes += reader.notes
        shown = [item for item in builder.items if item.kind is not ItemKind.IMAGE]
        if len(shown) == 1 and len(shown[0].entries) == 1 and not shown[0].ordered:
            shown = shown[0].entries  # programs put single words into lists of one
        repeated = min(MOST_REPEATED, int(xml_number(attribute(element, "number-columns-repeated"), 1)))
        wide, high = (int(xml_number(attribute(element, f"number-{one}-spanned"), 1)) for one in ("columns", "rows"))
        text = text_of_cell(shown)
        marks = [*marks_of_cell(shown), *(replace(one, place=len(text)) for one in builder.held)]
        return [Cell(text, wide, high, marks=marks or None, markdown=markdown_of_cell(shown))] * repeated


def apart(runs: list[InlineRun]) -> list[InlineRun]:
    """Runs of which no two formulas touch."""
    kept = [run for run in runs if run.text or run.mark is not None]
    for place in range(len(kept) - 1, 0, -1):
        if kept[place].formula and kept[place - 1].formula:
            kept.insert(place, InlineRun(" "))
    return kept


def first_depth(element: Element) -> int:
    """How many lists the first words of a list stand in: an entry may hold nothing but a further list."""
    depth = 1
    entry = child(element, "list-item")
    while entry is not None and len(entry) and local_name(entry[0]) == "list":
        entry = child(entry[0], "list-item")
        depth += 1
    return depth


def blanks(text: str | None) -> str:
    """Text as OpenDocument means it: line ends and tabs of the source are blanks, and blanks count once."""
    if not text:
        return ""
    joined = " ".join(text.split())
    start = " " if text[0].isspace() else ""
    return f"{start}{joined}{' ' if joined and text[-1].isspace() else ''}"
