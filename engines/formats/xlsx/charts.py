"""Charts of Excel sheets: where they stand and the numbers they were drawn from, which openpyxl does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engines.containers.chart_xml import Lookup, chart_rows, chart_title
from engines.containers.ooxml import EMU_PER_POINT, Element, attribute, child, descendants, number_in
from engines.containers.zip import Archive, relations
from engines.document import Box, Cell

COLUMN_WIDTH, ROW_HEIGHT = 48.0, 15.0
"""Points of a column and a row that nobody has changed: anchors are given in cells, and sizes only for those that differ."""
BOOK = "xl/workbook.xml"


@dataclass(frozen=True, slots=True)
class SheetChart:
    """A chart of a sheet."""

    title: str
    rows: list[list[Cell]]
    box: Box


def charts_of(archive: Archive, title: str, lookup: Lookup) -> list[SheetChart]:
    """The charts of the sheet with this title, in the order of the drawing."""
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
                yield SheetChart(chart_title(chart), chart_rows(chart, lookup), box_of(anchor))


def box_of(anchor: Element) -> Box:
    """Where an anchor puts its drawing, in points from the corner of the sheet."""
    left, top = corner(child(anchor, "from"))
    size = child(anchor, "ext")
    if size is not None:
        width, height = (
            number_in(attribute(size, "cx")) / EMU_PER_POINT,
            number_in(attribute(size, "cy")) / EMU_PER_POINT,
        )
    else:
        right, bottom = corner(child(anchor, "to"))
        width, height = right - left, bottom - top
    return Box(round(left, 2), round(top, 2), round(max(width, 0.0), 2), round(max(height, 0.0), 2))


def corner(marker: Element | None) -> tuple[float, float]:
    """The place of a cell's corner and an offset from it."""

    def said(wanted: str) -> float:
        found = child(marker, wanted)
        return number_in(found.text) if found is not None else 0.0

    return (
        said("col") * COLUMN_WIDTH + said("colOff") / EMU_PER_POINT,
        said("row") * ROW_HEIGHT + said("rowOff") / EMU_PER_POINT,
    )


def target(archive: Archive, part: str, relation: str) -> str:
    """The part that a relation of another one leads to; empty when there is none."""
    return relations(archive, part).get(relation, ("", ""))[0]
