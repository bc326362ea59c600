"""What Markdown means: CommonMark with tables, struck text, blocks of mathematics and front matter, as items."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from engines.build.inline import InlineRun, text_of
from engines.build.page_builder import PageBuilder
from engines.document import Cell, Picture

Pictures = Callable[[str, str], Picture | None]
"""Finds a picture by its address and alternative text; None when it lies elsewhere or is not wanted."""
FRONT_MATTER = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?\n)(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
PROPERTY = re.compile(r"([\w.-]+)[ \t]*[:=](?:[ \t]+(.*))?$")
"""A line of front matter in YAML or TOML that begins a property."""
STYLES = {"strong": "bold", "em": "italic", "s": "strike"}


def reference_but_no_footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule of CommonMark for `[name]: address`, which takes the text of a footnote, `[^1]: text`, for one too."""
    is_footnote = state.src.startswith("[^", state.bMarks[start] + state.tShift[start])
    return not is_footnote and reference(state, start, end, silent)


PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(dollarmath_plugin).disable("math_inline")
PARSER.block.ruler.at("reference", reference_but_no_footnote)


@dataclass(slots=True)
class OpenMarkdownList:
    """A list being read."""

    ordered: bool
    count: int
    """Of its entries so far, plus what the numbers begin after."""
    runs: list[InlineRun] = field(default_factory=list)
    """Text of the open entry."""
    is_begun: bool = False
    """Whether the open entry stands on the page already, so that further text of it is a paragraph."""


class MarkdownReader:
    """Walks the tokens of one document in their order and adds what they mean to `builder`."""

    def __init__(self, builder: PageBuilder, pictures: Pictures) -> None:
        self.builder = builder
        self.pictures = pictures
        self._lists: list[OpenMarkdownList] = []
        self._rows: list[list[Cell]] | None = None

    def read(self, text: str) -> None:
        """Read a document whose lines end in `\\n`."""
        front = FRONT_MATTER.match(text)
        pairs = properties(front[2]) if front else []
        if front and pairs:
            self.builder.facts(pairs)
            text = text[front.end() :]
        level = 0
        for token in PARSER.parse(text):
            if token.type == "heading_open":
                level = int(token.tag[1:])
            elif token.type == "heading_close":
                level = 0
            elif token.type == "inline":
                self._text(token, level)
            elif handler := HANDLERS.get(token.type):
                handler(self, token)

    def _text(self, token: Token, level: int) -> None:
        runs, images = token_runs(token.children or [])
        if self._rows is not None:
            self._rows[-1].append(Cell(text_of(runs)))
            for run in runs:
                self.builder.link(run.url, run.text)
        elif level:
            self._end_entry()
            self.builder.heading(level, [replace(run, bold=False) for run in runs])
        elif self._lists and not self._lists[-1].is_begun:
            entry = self._lists[-1].runs
            entry += [InlineRun("\n"), *runs] if entry else runs
        else:
            self.builder.paragraph(runs)
        if images:
            self._end_entry()
        for address, alt in images:
            picture = self.pictures(address, alt)
            self.builder.image(alt, "" if address.startswith("data:") else address, picture)

    def _end_entry(self) -> None:
        """Add the open entry of the innermost list, unless that was done."""
        if self._lists and not self._lists[-1].is_begun:
            inner = self._lists[-1]
            mark = f"{inner.count}." if inner.ordered else "-"
            self.builder.entry(inner.runs, len(self._lists), mark, ordered=inner.ordered)
            inner.runs, inner.is_begun = [], True

    def begin_list(self, token: Token) -> None:
        """Begin a list, perhaps inside an entry of another."""
        if self._lists:
            self._end_entry()
        else:
            self.builder.end_list()
        self._lists.append(OpenMarkdownList(token.tag == "ol", int(token.attrs.get("start", 1)) - 1, is_begun=True))

    def begin_entry(self, _token: Token) -> None:
        """Begin an entry of the innermost list."""
        self._lists[-1].count += 1
        self._lists[-1].is_begun = False

    def close_entry(self, _token: Token) -> None:
        """End an entry, which may hold nothing."""
        self._end_entry()

    def close_list(self, _token: Token) -> None:
        """End the innermost list."""
        self._lists.pop()

    def code(self, token: Token) -> None:
        """Read a block of code, or of HTML as it is written."""
        self._end_entry()
        self.builder.code(token.content, "html" if token.type == "html_block" else token.info.partition(" ")[0].strip())

    def formula(self, token: Token) -> None:
        """Read a block of mathematics."""
        self._end_entry()
        self.builder.paragraph([InlineRun(token.content.strip(), formula=True)])

    def begin_table(self, _token: Token) -> None:
        """Begin a table."""
        self._end_entry()
        self._rows = []

    def begin_row(self, _token: Token) -> None:
        """Begin a row of the table."""
        if self._rows is not None:
            self._rows.append([])

    def close_table(self, _token: Token) -> None:
        """End the table."""
        rows, self._rows = self._rows or [], None
        self.builder.table(rows)


HANDLERS: dict[str, Callable[[MarkdownReader, Token], None]] = {
    "bullet_list_open": MarkdownReader.begin_list,
    "ordered_list_open": MarkdownReader.begin_list,
    "list_item_open": MarkdownReader.begin_entry,
    "list_item_close": MarkdownReader.close_entry,
    "bullet_list_close": MarkdownReader.close_list,
    "ordered_list_close": MarkdownReader.close_list,
    "fence": MarkdownReader.code,
    "code_block": MarkdownReader.code,
    "html_block": MarkdownReader.code,
    "math_block": MarkdownReader.formula,
    "table_open": MarkdownReader.begin_table,
    "tr_open": MarkdownReader.begin_row,
    "table_close": MarkdownReader.close_table,
}


def properties(front: str) -> list[tuple[str, str]]:
    """Names and values of front matter, as they are written; what lies below a name is part of its value.

    Read line by line: YAML's own references could make a short text endless. Empty when it begins with something else.
    """
    pairs: list[tuple[str, str]] = []
    for line in front.splitlines():
        start = PROPERTY.match(line)
        if start:
            pairs.append((start[1], (start[2] or "").strip().strip("\"'")))
        elif pairs and line.strip():
            name, value = pairs[-1]
            pairs[-1] = (name, f"{value} {line.strip()}".strip())
        elif line.strip() and not line.startswith("#"):
            return []
    return pairs


def token_runs(children: list[Token]) -> tuple[list[InlineRun], list[tuple[str, str]]]:
    """The runs of a block, and the addresses and alternative texts of the pictures in it."""
    runs: list[InlineRun] = []
    images: list[tuple[str, str]] = []
    current = InlineRun("")
    for token in children:
        name, _, edge = token.type.rpartition("_")
        if token.type == "image":
            images.append((str(token.attrs.get("src", "")), alt_of(token)))
        elif token.type == "softbreak":
            runs.append(replace(current, text=" "))
        elif token.type == "hardbreak":
            runs.append(replace(current, text="\n"))
        elif token.type == "code_inline":
            runs.append(replace(current, text=token.content, code=True))
        elif name == "link":
            current = replace(current, url=str(token.attrs.get("href", "")) if edge == "open" else "")
        elif name in STYLES:
            current = replace(current, **{STYLES[name]: edge == "open"})  # type: ignore[arg-type]
        elif token.content:
            runs.append(replace(current, text=token.content))
    return runs, images


def alt_of(image: Token) -> str:
    """The alternative text of a picture, without its marks."""
    return text_of(token_runs(image.children or [])[0])
