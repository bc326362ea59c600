"""Tables of AsciiDoc."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from html import escape

CELL = re.compile(
    r"(?:(?P<repeat>\d{1,3})\*|(?P<columns>\d{1,3})?(?:\.(?P<rows>\d{1,3}))?\+)?(?P<place>[<^>.]{0,4})(?P<style>[adehlmsv])?$"
)
"""What may stand before the mark of a cell: how often or how far it goes, where its text stands, and what that is."""
COLUMNS = re.compile(r"(\d{1,3})\*")
BAR, EXCLAMATION = re.compile(r"(?<!\\)\|"), re.compile(r"(?<!\\)!")
"""What begins a cell, of a table and of one inside of a cell."""
MOST_COLUMNS = 1000


def table_html(lines: list[str], sign: str, style: list[str], blocks: Callable[[list[str]], str]) -> str:
    """A table; `sign` is the first one of its border, `blocks` reads what stands in a cell."""
    named = {name: value.strip('"') for name, _, value in (part.partition("=") for part in style if "=" in part)}
    options = f"{named.get('options', '')},{named.get('opts', '')},{'%'.join(part for part in style if '%' in part)}"
    form = {",": "csv", ":": "dsv"}.get(sign, named.get("format", ""))
    if form in ("csv", "dsv", "tsv"):
        rows = [[("td", "", blocks([cell.strip()])) for cell in row] for row in delimited(lines, form)]
    else:
        rows = piped(lines, named.get("cols", ""), sign if sign == "!" else "|", blocks)
    filled = [number for number, line in enumerate(lines) if line.strip()]
    is_first_alone = len(filled) > 1 and filled[1] > filled[0] + 1 and filled[0] == 0
    has_header = "header" in options or (is_first_alone and "noheader" not in options)
    told = [
        "<tr>"
        + "".join(f"<{'th' if has_header and not number else tag}{spans}>{text}</td>" for tag, spans, text in row)
        for number, row in enumerate(rows)
    ]
    return f"<table>{''.join(told)}</table>"


def delimited(lines: list[str], form: str) -> list[list[str]]:
    """The rows of a table of delimited text."""
    sign = {"csv": ",", "tsv": "\t", "dsv": ":"}[form]
    return [row for row in csv.reader(lines, delimiter=sign) if row]


def piped(
    lines: list[str], columns: str, sign: str, blocks: Callable[[list[str]], str]
) -> list[list[tuple[str, str, str]]]:
    """The rows of a table whose cells begin with a mark: the tag, the spans and the HTML of each cell."""
    cells, first_line = cells_of(lines, sign)
    width = column_count(columns) or max(1, first_line)
    rows: list[list[tuple[str, str, str]]] = [[]]
    covered = [0]
    for spec, text in cells:
        for _ in range(min(int(spec["repeat"] or 1), MOST_COLUMNS)):
            if covered[0] >= width:
                covered = covered[1:] or [0]
                rows.append([])
            across, down = int(spec["columns"] or 1), int(spec["rows"] or 1)
            covered += [0] * (down - len(covered))
            covered = [taken + (across if number < down else 0) for number, taken in enumerate(covered)]
            spans = f' colspan="{across}" rowspan="{down}"' if across > 1 or down > 1 else ""
            is_code = spec["style"] == "l"
            told = f"<pre>{escape(text)}</pre>" if is_code else blocks(text.strip().split("\n"))
            rows[-1].append(("th" if spec["style"] == "h" else "td", spans, told))
    return [row for row in rows if row]


def cells_of(lines: list[str], sign: str) -> tuple[list[tuple[re.Match[str], str]], int]:
    """What stands before the mark of each cell, with its text; and how many cells begin on the first line that has any."""
    cells: list[tuple[re.Match[str], str]] = []
    first_line = 0
    for line in lines:
        parts = (EXCLAMATION if sign == "!" else BAR).split(line)
        before = parts[0]
        for part in parts[1:]:
            head, _, tail = before.rpartition(" ")
            spec = CELL.match(tail)
            if cells and spec:
                cells[-1] = (cells[-1][0], cells[-1][1] + head)
            found = spec or CELL.match("")
            if found:
                cells.append((found, ""))
            before = part
        if cells:
            cells[-1] = (cells[-1][0], cells[-1][1] + before.replace(f"\\{sign}", sign) + "\n")
        first_line = first_line or (len(cells) if cells else 0)
    return cells, first_line


def column_count(columns: str) -> int:
    """How many columns the attribute `cols` gives; 0 when it gives none."""
    plain = columns.strip('"')
    if not plain:
        return 0
    counted = COLUMNS.match(plain)
    return min(int(counted[1]) if counted else plain.count(",") + plain.count(";") + 1, MOST_COLUMNS)
