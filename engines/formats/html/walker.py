"""HTML to items: what a reader of the page sees, in the order of the source.

Used for web pages, for chapters of e-books and for the bodies of mails. The parser is lexbor's, which follows the HTML
standard, so that broken markup means here what it means in a browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypedDict

from selectolax.lexbor import LexborNode

from engines.build.inline import InlineRun, escaped_of, markdown_of, text_of
from engines.build.numbering import numeral
from engines.build.page_builder import PageBuilder
from engines.build.plain_text import markdown_of_cell, text_of_cell
from engines.document import Cell, ItemKind, Picture
from engines.formats.html.css import StyleSheet, is_fixed, is_hidden
from engines.formats.html.formulas import is_twin, is_written
from engines.formats.html.inline_elements import INLINE
from engines.formats.html.navigation import is_navigation
from engines.formats.html.notes import Notes
from engines.formats.html.source import tree_of
from engines.formats.html.tables import is_layout, read_table

BLANKS = re.compile(r"[ \t\r\n\f]+")
DEEPEST = 120
"""Elements nested deeper than this are read as plain text: pages nest some 30 deep, attacks a million."""
UNSEEN = frozenset((
    "head", "script", "style", "noscript", "template", "iframe", "object", "embed", "audio", "video", "canvas",
    "svg", "datalist", "dialog", "rp",
))  # fmt: skip
BLOCKS = frozenset((
    "address", "article", "aside", "body", "blockquote", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "legend", "main", "nav", "p",
    "section", "summary", "option", "optgroup",
))  # fmt: skip
LIST_STYLES = {
    "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "lower-alpha": "lowerLetter",
    "lower-latin": "lowerLetter", "upper-alpha": "upperLetter", "upper-latin": "upperLetter", "lower-roman": "lowerRoman",
    "upper-roman": "upperRoman",
}  # fmt: skip
"""Styles of numbers, by the values of `type` and of CSS."""
LIST_STYLE = re.compile(r"list-style(?:-type)?\s*+:\s*+([a-z-]++)", re.IGNORECASE)
UNSHOWN = {0xAD: None, 0x200B: None, 0x2060: None, 0xFEFF: None}
"""Characters that only say where a line may break or may not."""

Pictures = Callable[[str, str], Picture | None]
"""The picture at an address, given its alternative text too; None when it is not part of the document."""


def no_pictures(_address: str, _alt: str) -> Picture | None:
    """Find none."""
    return None


@dataclass(frozen=True, slots=True)
class View:
    """What of a page is looked at."""

    everything: bool = False
    """Elements that are hidden by their own style or attribute too."""
    navigation: bool = True
    """Menus, page headers and footers too."""
    fixed: bool = True
    """What stays in place when the page scrolls too, such as cookie banners."""


@dataclass(slots=True)
class HtmlList:
    """A list whose entries are being read; `number` is that of the next one."""

    ordered: bool
    style: str
    number: int
    step: int = 1


class Walker:
    """Walks one page; `walk` adds to a builder what a reader of the page sees. Raises DocumentError: OUTPUT_TOO_LARGE."""

    def __init__(self, builder: PageBuilder, view: View | None = None, pictures: Pictures = no_pictures) -> None:
        self.builder = builder
        self.view = view or View()
        self.pictures = pictures
        self.sheet = StyleSheet(tree_of(""))
        self.notes = Notes(tree_of(""))
        self.runs: list[InlineRun] = []
        self.lists: list[HtmlList] = []
        self.marker: str | None = None
        """The mark of the list entry whose text has not come yet."""
        self.depth = 0
        self.inside_main = False
        self.inside_cell = False
        self.lead = ""
        """What the next paragraph begins with."""
        self.quotes = 0
        """Quotations that the text stands in."""

    def walk(self, markup: str) -> None:
        """Add the content of a page or of a fragment to the builder."""
        tree = tree_of(markup)
        self.sheet, self.notes = StyleSheet(tree), Notes(tree)
        body = tree.body
        if body is not None:
            self.children(body, InlineRun(""))
            self.flush()

    def children(self, node: LexborNode, style: InlineRun) -> None:
        """Read what is inside an element."""
        if self.depth >= DEEPEST:
            self.say(node.text(separator=" "), style)
            return
        self.depth += 1
        for child in nodes(node):
            if child.is_text_node:
                self.say(child.text_content or "", style)
            elif child.is_element_node and self.is_seen(child):
                self.element(child, style)
        self.depth -= 1

    def element(self, node: LexborNode, style: InlineRun) -> None:
        """Read one element by its kind."""
        tag = node.tag or ""
        if label := self.notes.label_of(node):
            self.note(node, label, style)
        elif tag in STYLES:
            self.children(node, replace(style, **STYLES[tag]))
        elif tag in HANDLERS:
            HANDLERS[tag](self, node, style)
        elif tag in BLOCKS:
            self.block(node, style)
        else:
            self.children(node, style)

    def is_seen(self, node: LexborNode) -> bool:
        """Whether a reader of the page sees this element, and wants to."""
        tag, attributes = node.tag or "", node.attributes
        if tag in UNSEEN or is_twin(node):
            return is_written(node)
        flags = self.sheet.flags_of(node)
        if not self.view.everything and ("hidden" in attributes or is_hidden(flags)):
            return False
        if not self.view.fixed and is_fixed(flags):
            return False
        return self.view.navigation or self.inside_main or not is_navigation(node)

    def say(self, text: str, style: InlineRun) -> None:
        """Add words to the paragraph being read; blanks count once."""
        text = BLANKS.sub(" ", text.translate(UNSHOWN))
        if text.startswith(" ") and (not self.runs or self.runs[-1].text.endswith((" ", "\n"))):
            text = text[1:]
        if text:
            self.runs.append(replace(style, text=text))

    def flush(self) -> None:
        """End the paragraph being read: it becomes an entry, the next line of one, or a paragraph."""
        runs, self.runs = self.runs, []
        if not text_of(runs):
            return
        if self.lead:
            runs, self.lead = [InlineRun(self.lead), *runs], ""
        last = self.builder.items[-1] if self.builder.items else None
        if self.marker is not None and self.lists:
            self.builder.entry(runs, len(self.lists), self.marker, ordered=self.lists[-1].ordered)
            self.marker = None
        elif self.lists and last is not None and last.kind is ItemKind.LIST:
            entry = last.entries[-1]
            earlier = entry.markdown or entry.text
            added = markdown_of(runs)
            if added or entry.markdown:
                entry.markdown = f"{earlier}\n{added or text_of(runs)}"
            entry.text += "\n" + text_of(runs)
        elif self.quotes:
            self.builder.quote(runs)
        else:
            self.builder.paragraph(runs)
            self.builder.items[-1].markdown = escaped_of(runs)

    def block(self, node: LexborNode, style: InlineRun) -> None:
        """Read an element that stands on lines of its own."""
        self.flush()
        is_main, before = node.tag in ("main", "article"), self.inside_main
        self.inside_main = before or is_main
        self.quotes += node.tag == "blockquote"
        self.children(node, style)
        self.flush()
        self.quotes -= node.tag == "blockquote"
        self.inside_main = before

    def note(self, node: LexborNode, label: str, style: InlineRun) -> None:
        """Read a note that a mark leads to: it is a paragraph of its own."""
        self.flush()
        self.marker, lists, self.lists = None, self.lists, []
        self.builder.end_list()
        self.lead = f"[^{label}]: "
        self.children(node, style)
        self.flush()
        self.lists, self.lead = lists, ""

    def heading(self, node: LexborNode, style: InlineRun) -> None:
        """Read a heading."""
        self.flush()
        self.children(node, style)
        runs, self.runs = self.runs, []
        self.marker = None
        self.builder.heading(int((node.tag or "h1")[1]), runs)

    def listing(self, node: LexborNode, style: InlineRun) -> None:
        """Read a list; one inside an entry is a level deeper."""
        self.flush()
        ordered = node.tag == "ol"
        if not self.lists:
            self.builder.end_list()
        is_reversed = ordered and "reversed" in node.attributes
        last = sum(1 for one in node.iter() if one.tag == "li") if is_reversed else 1
        start = number_of(node.attributes.get("start"), last)
        self.lists.append(HtmlList(ordered, list_style(node), start, -1 if is_reversed else 1))
        self.children(node, style)
        self.flush()
        self.lists.pop()
        self.marker = None

    def entry(self, node: LexborNode, style: InlineRun) -> None:
        """Read an entry of a list; one without a list is a paragraph."""
        self.flush()
        if self.lists:
            current = self.lists[-1]
            current.number = number_of(node.attributes.get("value"), current.number)
            self.marker = f"{numeral(current.number, current.style)}." if current.ordered else "-"
            current.number += current.step
        self.children(node, style)
        self.flush()
        self.marker = None

    def table(self, node: LexborNode, style: InlineRun) -> None:
        """Read a table: as one, or as a way to lay out a page."""
        self.flush()
        if is_layout(node):
            for cell in node.css("td, th, caption"):
                if owner(cell) == node.mem_id and self.is_seen(cell):
                    self.block(cell, style)
            return
        self.marker = None
        inside: list[PageBuilder] = []
        rows, header_rows, caption = read_table(node, self.is_seen, lambda cell: self.cell(cell, inside))
        self.builder.table(rows, header_rows=header_rows, caption=caption)
        for one in inside:
            self.builder.take_from_cell(one)

    def cell(self, node: LexborNode, inside: list[PageBuilder]) -> Cell:
        """Read a cell; what its text cannot hold is added to `inside`."""
        if all(one.is_text_node for one in nodes(node)):
            text = " ".join(node.text().translate(UNSHOWN).split())
            return Cell(text)
        walker = Walker(PageBuilder(), self.view, self.pictures)
        walker.sheet, walker.notes, walker.depth, walker.inside_cell = self.sheet, self.notes, self.depth + 4, True
        walker.inside_main = self.inside_main
        walker.children(node, InlineRun(""))
        walker.flush()
        inside.append(walker.builder)
        return Cell(text_of_cell(walker.builder.items), markdown=markdown_of_cell(walker.builder.items))

    def preformatted(self, node: LexborNode, _style: InlineRun) -> None:
        """Read code or other text whose lines are meant."""
        self.flush()
        inner = node.css_first("code")
        names = f"{node.attributes.get('class') or ''} {(inner or node).attributes.get('class') or ''}"
        language = re.search(r"(?:language|lang|highlight-source|brush:)[-\s]?([\w+#.-]+)", names)
        self.builder.code(lined_text(node), language[1] if language else "")

    def rule(self, _node: LexborNode, _style: InlineRun) -> None:
        """End the paragraph at a line across the page."""
        self.flush()

    def term(self, node: LexborNode, style: InlineRun) -> None:
        """Read a term of a list of definitions: an entry of that list."""
        self.entry(node, replace(style, bold=True))

    def definition(self, node: LexborNode, style: InlineRun) -> None:
        """Read what a term means: an entry a level below it."""
        self.flush()
        is_inside = bool(self.lists)
        if is_inside:
            self.lists.append(HtmlList(ordered=False, style="", number=1))
        self.entry(node, style)
        if is_inside:
            self.lists.pop()


class RunStyle(TypedDict, total=False):
    """What an element adds to the formatting of the runs in it."""

    bold: bool
    italic: bool
    strike: bool
    code: bool
    raised: int


STYLES: dict[str, RunStyle] = {
    "b": {"bold": True}, "strong": {"bold": True},
    "i": {"italic": True}, "var": {"italic": True}, "em": {"italic": True}, "cite": {"italic": True}, "dfn": {"italic": True},
    "s": {"strike": True}, "del": {"strike": True}, "strike": {"strike": True},
    "sup": {"raised": 1}, "sub": {"raised": -1},
    "code": {"code": True}, "kbd": {"code": True}, "samp": {"code": True}, "tt": {"code": True},
}  # fmt: skip
HANDLERS: dict[str, Callable[[Walker, LexborNode, InlineRun], None]] = {
    **INLINE,
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), Walker.heading),
    **dict.fromkeys(("ul", "ol", "menu", "dl"), Walker.listing),
    **dict.fromkeys(("pre", "textarea", "listing", "xmp"), Walker.preformatted),
    "li": Walker.entry,
    "table": Walker.table,
    "hr": Walker.rule,
    "dt": Walker.term,
    "dd": Walker.definition,
}


def nodes(parent: LexborNode) -> Iterator[LexborNode]:
    """The children of a node, text included."""
    child = parent.first_child
    while child is not None:
        yield child
        child = child.next


def owner(cell: LexborNode) -> int:
    """The identity of the table that a cell belongs to; 0 when it has none."""
    parent = cell.parent
    while parent is not None and parent.tag != "table":
        parent = parent.parent
    return 0 if parent is None else parent.mem_id


def list_style(node: LexborNode) -> str:
    """How the entries of a list are numbered."""
    own = LIST_STYLE.search(node.attributes.get("style") or "")
    return LIST_STYLES.get(own[1].lower() if own else node.attributes.get("type") or "", "decimal")


def lined_text(node: LexborNode) -> str:
    """The text of an element whose lines are meant."""
    parts = (
        "\n" if one.tag == "br" else one.text_content or "" if one.is_text_node else ""
        for one in node.traverse(include_text=True)
    )
    return "".join(parts)


def number_of(value: str | None, default: int) -> int:
    """The whole number an attribute holds, else the default."""
    return int(value) if value and re.fullmatch(r"\s*-?\d{1,6}\s*", value) else default
