"""Objects inside of OpenDocument files: formulas (MathML) and charts, in parts of their own or in the text of a flat document."""

from __future__ import annotations

from collections.abc import Callable

from engines.amplification import PLACE, afford
from engines.build.page_builder import PageBuilder
from engines.containers.chart_xml import MOST_POINTS, readable_number
from engines.containers.math.mathml import latex
from engines.containers.ooxml import Element, attribute, child, descendants, local_name, xml_number
from engines.document import Cell

Objects = Callable[[Element], Element | None]
"""The root of an object (`draw:object`); None when it is not in the document."""


def no_objects(_element: Element) -> Element | None:
    """Know none."""
    return None


def object_in(frame: Element, objects: Objects) -> Element | None:
    """The root of the object that a frame shows; None when it shows none."""
    found = child(frame, "object")
    return None if found is None else objects(found)


def formula_of(root: Element | None) -> str:
    """The LaTeX of an object that is a formula; empty of others."""
    if root is None:
        return ""
    math = root if local_name(root) == "math" else child(root, "math")
    return "" if math is None else latex(math)


def add_chart(root: Element, builder: PageBuilder) -> bool:
    """Add the table behind an object that is a chart; False when it is none."""
    chart = next(descendants(root, "chart"), None)
    inner = None if chart is None else (chart if attribute(chart, "class") else next(descendants(chart, "chart"), None))
    if inner is None:
        return False
    title = child(inner, "title")
    words = "" if title is None else " ".join(" ".join(map(str, title.itertext())).split())
    builder.chart(words, chart_rows(inner))
    return True


def chart_rows(chart: Element) -> list[list[Cell]]:
    """The numbers of a chart (`local-table`, OpenDocument 1.3 part 3, 11.14): the first row has the titles of the series."""
    table = next((one for one in chart if local_name(one) == "table"), None)
    rows: list[list[Cell]] = []
    for line in () if table is None else descendants(table, "table-row"):
        if len(rows) > MOST_POINTS:
            break
        row = [Cell(text) for one in line for text in cell_texts(one)]
        afford(PLACE * (len(rows) + 1) * len(row))
        rows.append(row)
    return rows if any(cell.text for row in rows[1:] for cell in row) else []


def cell_texts(cell: Element) -> list[str]:
    """The text of a cell, as often as it is repeated."""
    words = " ".join(" ".join("".join(map(str, one.itertext())).split()) for one in cell if local_name(one) == "p")
    value = attribute(cell, "value")
    text = words or (readable_number(value) if value and value.lower() != "nan" else "")
    return [text] * min(MOST_POINTS, int(xml_number(attribute(cell, "number-columns-repeated"), 1)))
