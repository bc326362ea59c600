"""`outlined_table_extraction`: tables by the lines drawn around their cells.

Lines and the edges of rectangles give a grid; where two neighbours are not divided by a line, they are one cell. So tables
side by side stay apart, and spans are exact, which the native reader does not know.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engines.build.rows import middle, rows_of
from engines.document import Box, Cell, Item, ItemKind, Page

SNAP = 2.0
"""Points within which lines are taken for one, and ends meet."""
THIN = 2.5
"""Points up to which a rectangle is a line."""
LEAST_SIDE = 4.0
"""Points of the smallest side of a cell."""
COVERED = 0.5
"""Share of an item that lies inside of outlined tables when these stand for it."""
LITTLE = 300
"""Letters of a table so small that one of its cells may hold nearly all of them."""
MOST_IN_ONE = 0.6
"""Share of the letters of a table that one cell may hold."""
MOST_LINES = 4000
"""A drawing with more lines on a page is no table."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A line along an axis: `at` is its place on the other one."""

    at: float
    start: float
    end: float


def apply(page: Page, native: Any) -> None:
    """Put the outlined tables of a page in the place of the items that stand where they are."""
    tables = tables_of(native)
    boxes = [table.box for table in tables if table.box]
    kept: list[Item] = []
    for item in page.items:
        shares = [item.box.share_in(box) if item.box else 0.0 for box in boxes]
        if sum(shares) <= COVERED:
            kept.append(item)
            continue
        kept += [table for table in tables if table.box and item.box and item.box.share_in(table.box)]
        tables = [table for table in tables if not any(table is one for one in kept)]
    for table in tables:  # nothing stood in their place
        top = table.box.y if table.box else 0.0
        place = sum(1 for item in kept if item.box and item.box.y + item.box.height <= top + SNAP)
        kept.insert(place, table)
    page.items = kept


def tables_of(native: Any) -> list[Item]:
    """The outlined tables of a page, from its top."""
    graphics = native.vector_graphics
    if graphics is None or len(graphics.lines) + len(graphics.shapes) > MOST_LINES:
        return []
    across, down = segments(graphics)
    words = [word for one in native.text_items if not one.rotation for word in one.words or (one,)]
    found = [table for group in groups(across, down) if (table := table_of(*group, words)) is not None]
    return sorted(found, key=lambda table: (table.box.y, table.box.x) if table.box else (0.0, 0.0))


def segments(graphics: Any) -> tuple[list[Segment], list[Segment]]:
    """The horizontal and the vertical lines of a page, each as one however many pieces it was drawn of."""
    across: list[Segment] = []
    down: list[Segment] = []
    for line in graphics.lines:
        add(across, down, line.x1, line.y1, line.x2, line.y2)
    for shape in graphics.shapes:
        if shape.has_curve:
            continue
        x, y, width, height = shape.bbox.x, shape.bbox.y, shape.bbox.width, shape.bbox.height
        if height <= THIN or width <= THIN:
            add(
                across,
                down,
                x,
                y + height / 2 if height <= THIN else y,
                x + width,
                y + height / 2 if height <= THIN else y + height,
            )
        elif shape.stroke:
            for ends in ((x, y, x + width, y), (x, y + height, x + width, y + height)):
                add(across, down, *ends)
            for ends in ((x, y, x, y + height), (x + width, y, x + width, y + height)):
                add(across, down, *ends)
    return joined(across), joined(down)


def add(across: list[Segment], down: list[Segment], x1: float, y1: float, x2: float, y2: float) -> None:
    """Note a line that runs along an axis and is long enough."""
    if abs(y2 - y1) <= THIN and abs(x2 - x1) > LEAST_SIDE:
        across.append(Segment((y1 + y2) / 2, min(x1, x2), max(x1, x2)))
    elif abs(x2 - x1) <= THIN and abs(y2 - y1) > LEAST_SIDE:
        down.append(Segment((x1 + x2) / 2, min(y1, y2), max(y1, y2)))


def joined(lines: list[Segment]) -> list[Segment]:
    """Lines on each other, or end to end, as one."""
    whole: list[Segment] = []
    for place in snapped(line.at for line in lines):
        on = sorted((line.start, line.end) for line in lines if abs(line.at - place) <= SNAP)
        start, end = on[0]
        for first, last in on[1:]:
            if first > end + SNAP:
                whole.append(Segment(place, start, end))
                start, end = first, last
            else:
                end = max(end, last)
        whole.append(Segment(place, start, end))
    return whole


def snapped(values: Iterable[float]) -> list[float]:
    """Values in order, those that are all but equal as one: their middle."""
    found: list[list[float]] = []
    for value in sorted(values):
        if found and value - found[-1][0] <= SNAP:
            found[-1].append(value)
        else:
            found.append([value])
    return [sum(group) / len(group) for group in found]


def groups(across: list[Segment], down: list[Segment]) -> list[tuple[list[Segment], list[Segment]]]:
    """The lines that hang together because they cross or touch."""
    parent = list(range(len(across) + len(down)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for number, flat in enumerate(across):
        for other, steep in enumerate(down, len(across)):
            if meets(flat, steep):
                parent[root(number)] = root(other)
    gathered: dict[int, tuple[list[Segment], list[Segment]]] = {}
    for number, line in enumerate([*across, *down]):
        gathered.setdefault(root(number), ([], []))[number >= len(across)].append(line)
    return list(gathered.values())


def meets(flat: Segment, steep: Segment) -> bool:
    """Whether a horizontal and a vertical line touch."""
    return flat.start - SNAP <= steep.at <= flat.end + SNAP and steep.start - SNAP <= flat.at <= steep.end + SNAP


def table_of(across: list[Segment], down: list[Segment], words: list[Any]) -> Item | None:
    """The table of a group of lines; None when it is a mere frame, or holds next to nothing."""
    ys, xs = snapped(line.at for line in across), snapped(line.at for line in down)
    if len(xs) < 2 or len(ys) < 2 or (len(xs) - 1) * (len(ys) - 1) < 4 or len(xs) < 3 or len(ys) < 3:
        return None
    rows = cells_of(xs, ys, across, down)
    fill(rows, xs, ys, words)
    if not is_table(rows):
        return None
    box = Box(round(xs[0], 2), round(ys[0], 2), round(xs[-1] - xs[0], 2), round(ys[-1] - ys[0], 2))
    return Item(ItemKind.TABLE, box=box, rows=[row for row in rows if row], header_rows=1)


def is_table(rows: list[list[Cell]]) -> bool:
    """Whether cells hold a table, and not a drawing, or the frames around the parts of a page."""
    flat = [cell for row in rows for cell in row]
    filled = [len(cell.text) for cell in flat if cell.text]
    beside = sum(sum(bool(cell.text) for cell in row) > 1 for row in rows)
    if len(filled) < len(flat) / 4 or not beside:
        return False
    return sum(filled) < LITTLE or max(filled) < MOST_IN_ONE * sum(filled)


def cells_of(xs: list[float], ys: list[float], across: list[Segment], down: list[Segment]) -> list[list[Cell]]:
    """The cells between the lines of a grid; what no line divides is one, as far as that makes a rectangle."""
    width, height = len(xs) - 1, len(ys) - 1
    taken: set[tuple[int, int]] = set()
    rows: list[list[Cell]] = []
    for top in range(height):
        row: list[Cell] = []
        for left in range(width):
            if (top, left) in taken:
                continue
            right = left + 1
            while right < width and (top, right) not in taken and not divides(down, xs[right], ys[top], ys[top + 1]):
                right += 1
            bottom = top + 1
            while bottom < height and not divides(across, ys[bottom], xs[left], xs[right]):
                bottom += 1
            taken |= {(y, x) for y in range(top, bottom) for x in range(left, right)}
            box = Box(xs[left], ys[top], xs[right] - xs[left], ys[bottom] - ys[top])
            row.append(Cell("", right - left, bottom - top, box))
        rows.append(row)
    return rows


def divides(lines: list[Segment], at: float, start: float, end: float) -> bool:
    """Whether a line runs along the whole edge between two cells."""
    middle = (start + end) / 2
    return any(abs(line.at - at) <= SNAP and line.start - SNAP <= middle <= line.end + SNAP for line in lines)


def fill(rows: list[list[Cell]], xs: list[float], ys: list[float], words: list[Any]) -> None:
    """Write the words into the cells that they stand in, line by line."""
    places: dict[tuple[int, int], Cell] = {}
    for row in rows:
        for cell in row:
            box = cell.box
            if box is not None:
                first, top = bisect_right(xs, box.x + SNAP) - 1, bisect_right(ys, box.y + SNAP) - 1
                for y in range(top, top + cell.row_span):
                    places |= {(y, x): cell for x in range(first, first + cell.column_span)}
    inside: dict[int, list[Any]] = {}
    for word in words:
        x, y = word.x + word.width / 2, word.y + word.height / 2
        cell_at = places.get((bisect_right(ys, y) - 1, bisect_right(xs, x) - 1))
        if cell_at is not None and word.text.strip():
            inside.setdefault(id(cell_at), []).append(word)
    for cell in places.values():
        cell.text = text_of(inside.get(id(cell), []))


def text_of(words: list[Any]) -> str:
    """Words as lines."""
    ordered = sorted(words, key=lambda word: (middle(word), word.x))
    return "\n".join(" ".join(word.text.strip() for word in line) for line in rows_of(ordered, lambda word: word))
