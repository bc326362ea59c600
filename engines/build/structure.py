"""The structure xberg finds in a document as pages of items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypedDict

import orjson

from engines.build.images import ImageStore
from engines.build.inline import InlineRun, heading_runs
from engines.build.page_builder import PageBuilder, one_line
from engines.document import Cell, Page

if TYPE_CHECKING:
    import xberg


class InlineStyle(TypedDict, total=False):
    """Fields of an InlineRun that an annotation sets."""

    bold: bool
    italic: bool
    strike: bool
    code: bool


STYLES: dict[str, InlineStyle] = {
    "bold": {"bold": True},
    "italic": {"italic": True},
    "strikethrough": {"strike": True},
    "code": {"code": True},
}


class StructureReader:
    """Walks the nodes of one document in their order; `pages` is the result."""

    def __init__(
        self, document: xberg.ExtractedDocument, image_store: ImageStore, *, is_workbook: bool = False
    ) -> None:
        self.is_workbook = is_workbook
        """Its headings are the names of sheets, each a page."""
        self.images = document.images or []
        self.nodes = list(document.document.nodes) if document.document is not None else []
        self.image_store = image_store
        self.builder = PageBuilder()
        self.pages: list[Page] = []
        self._depths: list[tuple[int, bool]] = []
        """Of each node: how many lists it stands in, and whether the innermost is numbered."""
        self._counts: dict[int, int] = {}
        """Of each list, by its node: entries read."""

    def read(self) -> list[Page]:
        """Read all nodes."""
        for index, node in enumerate(self.nodes):
            content = orjson.loads(str(node.content))
            kind = content["node_type"]
            depth, ordered = self._depths[node.parent] if node.parent is not None else (0, False)
            self._depths.append((depth + 1, bool(content.get("ordered"))) if kind == "list" else (depth, ordered))
            if kind == "list" and depth == 0:
                self.builder.end_list()
            handler = HANDLERS.get(kind)
            if handler is not None:
                handler(self, content, node, index)
        self.end_page()
        return self.pages

    def end_page(self) -> None:
        """Close the page being read, unless nothing is on it."""
        if not self.builder.is_empty:
            self.pages.append(self.builder.page(len(self.pages) + 1))
            self.builder = PageBuilder()

    def heading(self, content: dict[str, Any], node: Any, _index: int) -> None:
        """Read a heading."""
        runs = annotated_runs(content["text"], node.annotations)
        if self.is_workbook:
            self.end_page()
        self.builder.heading(1 if self.is_workbook else int(content.get("level", 1)), heading_runs("", runs))

    def text(self, content: dict[str, Any], node: Any, _index: int) -> None:
        """Read a paragraph."""
        self.builder.paragraph(annotated_runs(content["text"], node.annotations))

    def entry(self, content: dict[str, Any], node: Any, index: int) -> None:
        """Read an entry of a list."""
        depth, ordered = self._depths[index]
        count = self._counts[node.parent] = self._counts.get(node.parent, 0) + 1
        mark = f"{count}." if ordered else "-"
        self.builder.entry(annotated_runs(content["text"], node.annotations), max(1, depth), mark, ordered=ordered)

    def table(self, content: dict[str, Any], _node: Any, _index: int) -> None:
        """Read a table."""
        grid = content["grid"]
        rows: list[list[Cell]] = [[] for _ in range(grid["rows"])]
        for cell in grid["cells"]:
            rows[cell["row"]].append(Cell(cell["content"].strip(), cell["col_span"], cell["row_span"]))
        self.builder.table(rows)

    def code(self, content: dict[str, Any], _node: Any, _index: int) -> None:
        """Read a block of code."""
        self.builder.code(content["text"], content.get("language") or "")

    def formula(self, content: dict[str, Any], _node: Any, _index: int) -> None:
        """Read an equation."""
        self.builder.paragraph([InlineRun(content["text"], formula=True)])

    def image(self, content: dict[str, Any], _node: Any, _index: int) -> None:
        """Read a picture."""
        place = content.get("image_index")
        data = bytes(self.images[place].data) if place is not None and place < len(self.images) else b""
        picture = self.image_store.picture(data, len(self.pages) + 1) if data else None
        alt = one_line(content.get("description") or "")
        if picture is not None or alt:
            self.builder.image(alt, picture=picture)

    def definition(self, content: dict[str, Any], _node: Any, _index: int) -> None:
        """Read a term and what it means."""
        self.builder.paragraph([InlineRun(content["term"], bold=True)])
        self.builder.paragraph([InlineRun(content["definition"])])

    def raw(self, content: dict[str, Any], _node: Any, _index: int) -> None:
        """Read a block of another language, such as HTML in Markdown."""
        self.builder.code(content["content"], content.get("format") or "")

    def facts(self, content: dict[str, Any], _node: Any, _index: int) -> None:
        """Read a block of names and values."""
        self.builder.facts([(one["key"], one["value"]) for one in content.get("entries") or []])

    def turn(self, content: dict[str, Any], _node: Any, _index: int) -> None:
        """Begin a new page or slide."""
        self.end_page()
        if content.get("title"):
            self.builder.heading(1, [InlineRun(content["title"])])


HANDLERS: dict[str, Callable[[StructureReader, dict[str, Any], Any, int], None]] = {
    "title": StructureReader.heading,
    "heading": StructureReader.heading,
    "paragraph": StructureReader.text,
    "footnote": StructureReader.text,
    "citation": StructureReader.text,
    "list_item": StructureReader.entry,
    "table": StructureReader.table,
    "code": StructureReader.code,
    "formula": StructureReader.formula,
    "image": StructureReader.image,
    "definition_item": StructureReader.definition,
    "raw_block": StructureReader.raw,
    "metadata_block": StructureReader.facts,
    "page_break": StructureReader.turn,
    "slide": StructureReader.turn,
}


def annotated_runs(text: str, annotations: list[Any]) -> list[InlineRun]:
    """Text with its annotations as runs. xberg counts their places in bytes of UTF-8."""
    if not annotations:
        return [InlineRun(text)]
    data = text.encode()
    marks = [(one.start, one.end, orjson.loads(str(one.kind))) for one in annotations]
    edges = sorted({0, len(data), *(min(edge, len(data)) for start, end, _ in marks for edge in (start, end))})
    runs: list[InlineRun] = []
    for start, end in pairwise(edges):
        run = InlineRun(data[start:end].decode("utf-8", "ignore"))
        for first, last, kind in marks:
            if first <= start and end <= last:
                run = replace(run, **STYLES.get(kind["annotation_type"], {}))
                run = replace(run, url=kind["url"]) if kind["annotation_type"] == "link" else run
        runs.append(run)
    return runs
