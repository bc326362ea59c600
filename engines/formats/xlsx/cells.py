"""What the cells of a sheet show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, time, timedelta
from typing import Any

from openpyxl.utils.datetime import from_excel  # type: ignore[import-not-found] # not in the stubs

from engines.formats.xlsx.date_formats import BUILT_IN, shown_moment
from engines.formats.xlsx.number_formats import shown_number, shown_text

ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A character that XML cannot hold, or that is part of what looks like one (ECMA-376 part 1, 22.9.2.19)."""
NO_TEXT = dict.fromkeys(range(32), " ") | {9: " ", 10: "\n", 13: ""}
"""Characters that end no line and show nothing."""


def stored_cells(sheet: Any) -> Iterable[Any]:
    """The cells of a sheet that hold anything."""
    if hasattr(sheet, "_cells"):
        # the only view that does not invent the empty cells between two far corners, of which there may be 17 billion
        return list(sheet._cells.values())  # noqa: SLF001
    return (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)


def shown_cells(sheet: Any) -> Iterator[tuple[int, int, str]]:
    """Row, column (from 1) and text of the cells that show something."""
    for cell in stored_cells(sheet):
        if cell.value is not None and (text := shown_cell(cell)):
            yield cell.row, cell.column, text


def shown_cell(cell: Any) -> str:
    """The text of a cell of openpyxl that holds something."""
    value, number_format = cell.value, cell.number_format or "General"
    if number_format == "General" and isinstance(value, int | float):
        # formats that have only a number, which openpyxl does not know
        style = cell._style if hasattr(cell, "_style") else cell.style_array  # noqa: SLF001 - of cells that are streamed
        number_format = BUILT_IN.get(style.numFmtId, number_format)
        if number_format != "General":
            with suppress(ValueError, OverflowError):  # no date that a calendar has
                value = from_excel(value, cell.parent.parent.epoch)
    return shown_value(value, number_format)


def shown_value(value: Any, number_format: str = "General") -> str:
    """A value of a cell as the sheet shows it; dates are in ISO form. `number_format` is one of Excel."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, date | time | timedelta):
        return shown_moment(value, number_format)
    if isinstance(value, int | float):
        return shown_number(value, number_format)
    return shown_text(unescaped(str(value)).strip(), number_format)


def unescaped(text: str) -> str:
    """A text of a workbook with the characters that it writes as `_x000D_`."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).translate(NO_TEXT)
