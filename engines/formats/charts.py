"""Charts of Office documents: the numbers they were drawn from, as a table."""

from __future__ import annotations

from engines.document import Cell
from engines.formats.ooxml import Element, attribute, child, descendants, name, number

MOST_POINTS = 2000
"""Points of a series that are kept."""


def chart_rows(root: Element) -> list[list[Cell]]:
    """The table behind a chart: a row for each category, a column for each series; empty when it holds no numbers."""
    series = list(descendants(root, "ser"))
    if not series:
        return []
    columns = [cached(child(one, "val") if child(one, "val") is not None else child(one, "yVal")) for one in series]
    first = child(series[0], "cat")
    categories = cached(first if first is not None else child(series[0], "xVal"))
    indices = sorted({index for column in (categories, *columns) for index in column})
    titles = [next(iter(cached(child(one, "tx")).values()), "") for one in series]
    rows = [[Cell(""), *(Cell(title) for title in titles)]]
    rows += [
        [Cell(categories.get(index, "")), *(Cell(column.get(index, "")) for column in columns)] for index in indices
    ]
    return rows if indices else []


def chart_title(root: Element) -> str:
    """The title of a chart; empty when it has none of its own."""
    title = child(root, "chart", "title")
    return "" if title is None else " ".join("".join(one.text or "" for one in descendants(title, "t")).split())


def cached(reference: Element | None) -> dict[int, str]:
    """The values that were stored with a reference, by their place."""
    found: dict[int, str] = {}
    for point in () if reference is None else descendants(reference, "pt", "v"):
        if len(found) >= MOST_POINTS:
            break
        stored = point if name(point) == "v" else child(point, "v")
        if stored is not None and stored.text:
            found[int(number(attribute(point, "idx"), len(found)))] = readable(stored.text)
    return found


def readable(text: str) -> str:
    """A stored number without the tail that binary fractions leave; other text as it is."""
    try:
        return f"{float(text):.10g}" if "." in text else text
    except ValueError:
        return text
