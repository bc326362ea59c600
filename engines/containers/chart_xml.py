"""Charts of Office documents: the numbers they were drawn from, as a table."""

from __future__ import annotations

from collections.abc import Callable

from engines.amplification import PLACE, afford
from engines.containers.ooxml import Element, attribute, child, descendants, local_name, xml_number
from engines.document import Cell

MOST_POINTS = 2000
"""Points of a series that are kept."""


Lookup = Callable[[str], list[str]]
"""The texts of the cells that a reference such as `'Sheet 1'!$B$2:$B$9` names."""


def no_cells(_reference: str) -> list[str]:
    """Know no cells: a chart of a document that is no workbook has its numbers stored with it."""
    return []


def chart_rows(root: Element, lookup: Lookup = no_cells) -> list[list[Cell]]:
    """The table behind a chart (DrawingML, ECMA-376 part 1, 21.2); empty when it holds no numbers.

    The first row has the titles of the series, each other one a category and the values of all series there. `lookup` is asked
    for values that are not stored with the chart. Raises DocumentError: OUTPUT_TOO_LARGE.
    """
    series = list(descendants(root, "ser"))
    if not series:
        return []
    values = [child(one, "val") if child(one, "val") is not None else child(one, "yVal") for one in series]
    columns = [stored_values(one, lookup) for one in values]
    first = child(series[0], "cat")
    categories = stored_values(first if first is not None else child(series[0], "xVal"), lookup)
    indices = sorted({index for column in (categories, *columns) for index in column})
    afford(PLACE * len(indices) * len(columns))
    titles = [next(iter(stored_values(child(one, "tx"), lookup).values()), "") for one in series]
    rows = [[Cell(""), *(Cell(title) for title in titles)]]
    rows += [
        [Cell(categories.get(index, "")), *(Cell(column.get(index, "")) for column in columns)] for index in indices
    ]
    return rows if indices else []


def chart_title(root: Element) -> str:
    """The title of a chart on one line; empty when it has none of its own."""
    title = child(root, "chart", "title")
    return "" if title is None else " ".join("".join(one.text or "" for one in descendants(title, "t")).split())


def stored_values(reference: Element | None, lookup: Lookup = no_cells) -> dict[int, str]:
    """The values stored with a reference, by their place in the series from 0, at most `MOST_POINTS` of them.

    Where none are stored, they are those of the cells it names.
    """
    values: dict[int, str] = {}
    for point in () if reference is None else descendants(reference, "pt", "v"):
        if len(values) >= MOST_POINTS:
            break
        stored = point if local_name(point) == "v" else child(point, "v")
        if stored is not None and stored.text:
            values[int(xml_number(attribute(point, "idx"), len(values)))] = readable_number(stored.text)
    if not values and reference is not None:
        formula = next((one.text for one in descendants(reference, "f") if one.text), "")
        values = {place: text for place, text in enumerate(lookup(formula)[:MOST_POINTS]) if text}
    return values


def readable_number(text: str) -> str:
    """A stored number without the tail that binary fractions leave; other text as it is."""
    try:
        return f"{float(text):.10g}" if "." in text else text
    except ValueError:
        return text
