"""What lies upon the cells of a sheet: charts, pictures and text boxes (DrawingML, ECMA-376 part 1, 20.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engines.build.images import ImageStore
from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.containers.chart_xml import Lookup, chart_rows, chart_title
from engines.containers.ooxml import EMU_PER_POINT, Element, attribute, child, descendants, local_name, xml_number
from engines.containers.zip import Archive, Relation, relations
from engines.document import Box
from engines.parameters import ParseParameters, notes_charts, wants_chart_data

COLUMN_WIDTH, ROW_HEIGHT = 48.0, 15.0
"""Points of a column and a row that nobody has changed: anchors are given in cells, and sizes only for those that differ."""
BOOK = "xl/workbook.xml"


@dataclass(frozen=True, slots=True)
class SheetDrawing:
    """A shape, picture or frame of a sheet, its box in points from the top left corner of the sheet."""

    element: Element
    part: str
    """The name of the part that it stands in."""
    row: int
    """Of the cell that it begins in, from 1."""
    box: Box


def in_drawing(archive: Archive, part: str) -> Iterator[SheetDrawing]:
    """What a drawing holds; groups are opened."""
    root = archive.xml(part)
    for anchor in () if root is None else descendants(root, "twoCellAnchor", "oneCellAnchor", "absoluteAnchor"):
        start = child(anchor, "from", "row")
        row = int(xml_number(start.text)) + 1 if start is not None else 1
        for element in descendants(anchor, "sp", "pic", "graphicFrame"):
            if not is_hidden(element):
                yield SheetDrawing(element, part, row, anchor_box(anchor))


def is_hidden(element: Element) -> bool:
    """Whether a shape is there and not shown."""
    return any(attribute(one, "hidden") in ("1", "true") for one in descendants(element, "cNvPr"))


class DrawingReader:
    """Reads what lies upon the sheets of a workbook; `lookup` finds the numbers of charts that are not stored with them."""

    def __init__(self, archive: Archive, parameters: ParseParameters, image_store: ImageStore, lookup: Lookup) -> None:
        self.archive = archive
        self.parameters = parameters
        self.image_store = image_store
        self.lookup = lookup
        book = archive.xml(BOOK)
        sheets = () if book is None else descendants(book, "sheet")
        self._ids = {attribute(one, "name"): attribute(one, "id") for one in sheets}
        """The relations that lead to the sheets, by their titles."""

    def upon(self, title: str) -> list[SheetDrawing]:
        """What lies upon the sheet with this title, from its top to its bottom."""
        sheet = target(self.archive, BOOK, self._ids.get(title, ""))
        part = next((one.target for one in relations(self.archive, sheet).values() if one.kind == "drawing"), "")
        return sorted(in_drawing(self.archive, part), key=lambda one: (one.row, one.box.x)) if part else []

    def add(self, drawing: SheetDrawing, builder: PageBuilder, page: int) -> None:
        """Add one of them to a page, whose number counts from 1. Raises DocumentError: OUTPUT_TOO_LARGE."""
        tag = local_name(drawing.element)
        if tag == "sp":
            for paragraph in descendants(drawing.element, "p"):
                builder.paragraph([InlineRun(paragraph_text(paragraph))], drawing.box)
        elif tag == "pic":
            self._picture(drawing, builder, page)
        else:
            for reference in descendants(drawing.element, "chart"):
                self._chart(drawing, attribute(reference, "id"), builder)

    def _picture(self, drawing: SheetDrawing, builder: PageBuilder, page: int) -> None:
        facts = next(descendants(drawing.element, "cNvPr"), None)
        alt = attribute(facts, "descr") or attribute(facts, "title")
        blip = next(descendants(drawing.element, "blip"), None)
        name = target(self.archive, drawing.part, attribute(blip, "embed"))
        content = self.archive.referred(name, page) if name else None
        picture = self.image_store.picture(content, page, drawing.box) if content else None
        if picture is not None or alt:
            builder.image(alt, picture=picture, box=drawing.box)

    def _chart(self, drawing: SheetDrawing, relation: str, builder: PageBuilder) -> None:
        """Note a chart where that is wanted, with what it was drawn from where that is; otherwise its title is text."""
        root = self.archive.xml(target(self.archive, drawing.part, relation))
        if root is None:
            return
        if not notes_charts(self.parameters):
            builder.paragraph([InlineRun(chart_title(root))], drawing.box)
        else:
            rows = chart_rows(root, self.lookup) if wants_chart_data(self.parameters) else []
            builder.chart(chart_title(root), rows, drawing.box)


def paragraph_text(paragraph: Element) -> str:
    """The text of a paragraph of a shape."""
    parts = descendants(paragraph, "t", "br")
    return "".join("\n" if local_name(one) == "br" else one.text or "" for one in parts)


def anchor_box(anchor: Element) -> Box:
    """Where an anchor puts its drawing, in points from the top left corner of the sheet; what it gives in EMU is exact."""
    left, top = corner(child(anchor, "from"))
    size = child(anchor, "ext")
    if size is not None:
        width, height = (
            xml_number(attribute(size, "cx")) / EMU_PER_POINT,
            xml_number(attribute(size, "cy")) / EMU_PER_POINT,
        )
    else:
        right, bottom = corner(child(anchor, "to"))
        width, height = right - left, bottom - top
    return Box(round(left, 2), round(top, 2), round(max(width, 0.0), 2), round(max(height, 0.0), 2))


def corner(marker: Element | None) -> tuple[float, float]:
    """The place of a cell's corner and an offset from it, in points from the left and from the top; 0 without a marker."""

    def length(tag: str) -> float:
        part = child(marker, tag)
        return xml_number(part.text) if part is not None else 0.0

    return (
        length("col") * COLUMN_WIDTH + length("colOff") / EMU_PER_POINT,
        length("row") * ROW_HEIGHT + length("rowOff") / EMU_PER_POINT,
    )


def target(archive: Archive, part: str, relation: str) -> str:
    """The name of the part that a relation, by its id, of another part leads to; empty when there is none."""
    return relations(archive, part).get(relation, Relation("", "")).target
