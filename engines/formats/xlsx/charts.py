"""Charts of Excel sheets: where they stand and the numbers they were drawn from, which openpyxl does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engines.containers.chart_xml import Lookup, chart_rows, chart_title
from engines.containers.ooxml import EMU_PER_POINT, Element, attribute, child, descendants, xml_number
from engines.containers.zip import Archive, Relation, relations
from engines.document import Box, Cell

COLUMN_WIDTH, ROW_HEIGHT = 48.0, 15.0
"""Points of a column and a row that nobody has changed: anchors are given in cells, and sizes only for those that differ."""
BOOK = "xl/workbook.xml"


@dataclass(frozen=True, slots=True)
class SheetChart:
    """A chart of a sheet, its box in points from the top left corner of the sheet."""

    title: str
    rows: list[list[Cell]]
    box: Box


def charts_of(archive: Archive, title: str, lookup: Lookup) -> list[SheetChart]:
    """The charts of the sheet with this title, in the order of the drawing. Raises DocumentError: OUTPUT_TOO_LARGE."""
    book = archive.xml(BOOK)
    if book is None:
        return []
    ids = {attribute(one, "name"): attribute(one, "id") for one in descendants(book, "sheet")}
    sheet = target(archive, BOOK, ids.get(title, ""))
    root = archive.xml(sheet)
    drawing = child(root, "drawing")
    if drawing is None:
        return []
    return list(read_drawing(archive, target(archive, sheet, attribute(drawing, "id")), lookup))


def read_drawing(archive: Archive, part: str, lookup: Lookup) -> Iterator[SheetChart]:
    """The charts of a drawing."""
    root = archive.xml(part)
    for anchor in () if root is None else descendants(root, "twoCellAnchor", "oneCellAnchor", "absoluteAnchor"):
        for reference in descendants(anchor, "chart"):
            chart = archive.xml(target(archive, part, attribute(reference, "id")))
            if chart is not None:
                yield SheetChart(chart_title(chart), chart_rows(chart, lookup), anchor_box(anchor))


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
