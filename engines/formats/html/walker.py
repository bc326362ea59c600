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

from engines.build.inline import InlineRun, markdown_of, text_of
from engines.build.numbering import numeral
from engines.build.page_builder import PageBuilder
from engines.document import ItemKind, Picture
from engines.formats.html.css import StyleSheet, is_fixed, is_hidden
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
NAVIGATION = frozenset(("nav", "header", "footer", "aside"))
NAVIGATION_ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "menu", "menubar"))
LIST_STYLES = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}

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


class Walker:
    """Walks one page; `walk` adds to a builder what a reader of the page sees. Raises DocumentError: OUTPUT_TOO_LARGE."""

    def __init__(self, builder: PageBuilder, view: View | None = None, pictures: Pictures = no_pictures) -> None:
        self.builder = builder
        self.view = view or View()
        self.pictures = pictures
        self.sheet = StyleSheet(tree_of(""))
        self.runs: list[InlineRun] = []
        self.lists: list[HtmlList] = []
        self.marker: str | None = None
        """The mark of the list entry whose text has not come yet."""
        self.depth = 0
        self.inside_main = False

    def walk(self, markup: str) -> None:
        """Add the content of a page or of a fragment to the builder."""
        tree = tree_of(markup)
        self.sheet = StyleSheet(tree)
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
        if tag in STYLES:
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
        if tag in UNSEEN:
            return False
        flags = self.sheet.flags_of(node)
        if not self.view.everything and ("hidden" in attributes or is_hidden(flags)):
            return False
        if not self.view.fixed and is_fixed(flags):
            return False
        menu = tag in NAVIGATION or attributes.get("role") in NAVIGATION_ROLES
        return self.view.navigation or self.inside_main or not menu

    def say(self, text: str, style: InlineRun) -> None:
        """Add words to the paragraph being read; blanks count once."""
        text = BLANKS.sub(" ", text)
        if text.startswith(" ") and (not self.runs or self.runs[-1].text.endswith((" ", "\n"))):
            text = text[1:]
        if text:
            self.runs.append(replace(style, text=text))

    def flush(self) -> None:
        """End the paragraph being read: it becomes an entry, the next line of one, or a paragraph."""
        runs, self.runs = self.runs, []
        if not text_of(runs):
            return
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
        else:
            self.builder.paragraph(runs)

    def block(self, node: LexborNode, style: InlineRun) -> None:
        """Read an element that stands on lines of its own."""
        self.flush()
        is_main, before = node.tag in ("main", "article"), self.inside_main
        self.inside_main = before or is_main
        self.children(node, style)
        self.inside_main = before
        self.flush()

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
        start = number_of(node.attributes.get("start"), 1)
        self.lists.append(HtmlList(ordered, LIST_STYLES.get(node.attributes.get("type") or "", "decimal"), start))
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
            current.number += 1
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
        rows, header_rows, caption = read_table(node, self.is_seen)
        if self.builder.table(rows, header_rows=header_rows, caption=caption):
            for anchor in node.css("a[href]"):
                self.builder.link(anchor.attributes.get("href") or "", anchor.text())

    def preformatted(self, node: LexborNode, _style: InlineRun) -> None:
        """Read code or other text whose lines are meant."""
        self.flush()
        inner = node.css_first("code")
        names = f"{node.attributes.get('class') or ''} {(inner or node).attributes.get('class') or ''}"
        language = re.search(r"(?:language|lang|highlight-source|brush:)[-\s]?([\w+#.-]+)", names)
        self.builder.code(node.text(), language[1] if language else "")

    def anchor(self, node: LexborNode, style: InlineRun) -> None:
        """Read a link; what leads nowhere is text."""
        address = (node.attributes.get("href") or "").strip()
        nowhere = not address or address.lower().startswith(("javascript:", "#"))
        self.children(node, style if nowhere else replace(style, url=address))

    def image(self, node: LexborNode, _style: InlineRun) -> None:
        """Read a picture: a part of the document, or an address with words about it."""
        address, alt = node.attributes.get("src") or "", (node.attributes.get("alt") or "").strip()
        picture = self.pictures(address, alt)
        if picture is None and not alt:
            return
        self.flush()
        self.builder.image(alt, "" if address.startswith("data:") else address, picture)

    def line(self, _node: LexborNode, style: InlineRun) -> None:
        """Begin a new line in the paragraph."""
        if self.runs:
            self.runs[-1] = replace(self.runs[-1], text=self.runs[-1].text.rstrip(" "))
            self.runs.append(replace(style, text="\n"))

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

    def formula(self, node: LexborNode, style: InlineRun) -> None:
        """Read MathML: its LaTeX where the page gives that, its characters otherwise."""
        tex = node.css_first('annotation[encoding="application/x-tex"]')
        if tex is not None:
            self.runs.append(replace(style, text=tex.text().strip(), formula=True))
        else:
            self.say(node.text(), style)

    def field(self, node: LexborNode, style: InlineRun) -> None:
        """Read what a field of a form shows."""
        if node.tag == "select":
            chosen = node.css_first("option[selected]") or node.css_first("option")
            self.say(f"{chosen.text()} " if chosen else "", style)
            return
        kind = (node.attributes.get("type") or "text").lower()
        if kind in ("checkbox", "radio"):
            self.say("[x] " if "checked" in node.attributes else "[ ] ", style)
        elif kind not in ("hidden", "password", "submit", "image", "file"):
            self.say(f"{node.attributes.get('value') or ''} ", style)


class RunStyle(TypedDict, total=False):
    """What an element adds to the formatting of the runs in it."""

    bold: bool
    italic: bool
    strike: bool
    code: bool
    raised: int


STYLES: dict[str, RunStyle] = {
    "b": {"bold": True}, "strong": {"bold": True},
    "i": {"italic": True}, "em": {"italic": True}, "cite": {"italic": True}, "dfn": {"italic": True},
    "s": {"strike": True}, "del": {"strike": True}, "strike": {"strike": True},
    "sup": {"raised": 1}, "sub": {"raised": -1},
    "code": {"code": True}, "kbd": {"code": True}, "samp": {"code": True}, "tt": {"code": True},
}  # fmt: skip
HANDLERS: dict[str, Callable[[Walker, LexborNode, InlineRun], None]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), Walker.heading),
    **dict.fromkeys(("ul", "ol", "menu", "dl"), Walker.listing),
    **dict.fromkeys(("input", "select"), Walker.field),
    **dict.fromkeys(("pre", "textarea", "listing", "xmp"), Walker.preformatted),
    "li": Walker.entry,
    "table": Walker.table,
    "a": Walker.anchor,
    "img": Walker.image,
    "br": Walker.line,
    "hr": Walker.rule,
    "dt": Walker.term,
    "dd": Walker.definition,
    "math": Walker.formula,
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


def number_of(value: str | None, default: int) -> int:
    """The whole number an attribute holds, else the default."""
    return int(value) if value and re.fullmatch(r"\s*-?\d{1,6}\s*", value) else default
