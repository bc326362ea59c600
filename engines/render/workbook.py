"""The tables of a result as an Excel workbook."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from engines.results import ItemResult, PageResult, TableResult

LONGEST_CELL = 32_767
LONGEST_TITLE = 31
"""Bounds of the file format."""
LONGEST_CAPTION = 60
"""Letters of a line that may be the caption of the table below it."""
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?")
"""What becomes a number; not `007`, which is a name, nor more digits than a number keeps."""

Rows = list[list[str]]


def workbook(result: Mapping[str, Any]) -> bytes:
    """The workbook of a result (the parsed `output.json`): a sheet for each table, of a spreadsheet one for each page.

    Without any table it has one empty sheet, for a workbook must have one.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - a fifth of what every process loads, and few of them write workbooks

    book = Workbook(write_only=True)
    taken: set[str] = set()
    parameters = result.get("job_metadata", {}).get("effective_parameters") or {}
    is_guessed = bool(parameters.get("guess_xlsx_sheet_name"))
    for title, rows in sheets(result["pages"], is_guessed=is_guessed) or [("Tables", [])]:
        sheet = book.create_sheet(unique(title, taken))
        for row in rows:
            sheet.append([workbook_cell(sheet, text) for text in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sheets(pages: list[PageResult], *, is_guessed: bool = False) -> list[tuple[str, Rows]]:
    """Titles and rows of all sheets; titles are guessed from what stands around the tables where that is wanted."""
    titled: list[tuple[str, Rows]] = []
    for page in pages:
        if "sheetName" in page:
            titled.append((page["sheetName"], list(stacked_tables(page))))
            continue
        for index, item in enumerate(page["items"]):
            if item["type"] == "table" and "mergedIntoPage" not in item:
                guessed = guessed_title(item, page["items"][:index]) if is_guessed else ""
                titled.append((guessed or f"Table_{len(titled) + 1}", item["rows"]))
    return titled


def guessed_title(table: TableResult, above: list[ItemResult]) -> str:
    """What a table is about: its caption, the heading above it, else a short line there, else the cells of its header."""
    if caption := table.get("caption"):
        return caption
    nearest = list(takewhile(lambda item: item["type"] != "table", reversed(above)))
    headings = (item["value"] for item in nearest if item["type"] == "heading")
    lines = (item["value"] for item in nearest if item["type"] == "text" and len(item["value"]) <= LONGEST_CAPTION)
    header = " ".join(cell for cell in (table["rows"][0] if table["rows"] else []) if cell)
    return next(headings, "") or next(lines, "") or header


def page_tables(page: PageResult) -> Iterator[Rows]:
    """The rows of each table of a page."""
    return (item["rows"] for item in page["items"] if item["type"] == "table")


def stacked_tables(page: PageResult) -> Iterator[list[str]]:
    """The tables of a page below each other, an empty row between two."""
    for number, rows in enumerate(page_tables(page)):
        if number:
            yield []
        yield from rows


def unique(title: str, taken: set[str]) -> str:
    """A title that Excel accepts and that no other sheet has (it does not tell capitals from small letters)."""
    base = NOT_IN_TITLES.sub(" ", title).strip(" '")[:LONGEST_TITLE] or "Sheet"
    candidate, number = base, 2
    while candidate.lower() in taken:
        ending = f" {number}"
        candidate, number = base[: LONGEST_TITLE - len(ending)] + ending, number + 1
    taken.add(candidate.lower())
    return candidate


def workbook_cell(sheet: Any, text: str) -> Any:
    """A cell: numbers as numbers, everything else as text, so that `=1+1` from a document is never a formula."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell  # noqa: PLC0415 - as above

    if NUMBER.fullmatch(text):
        number: Any = float(text) if "." in text else int(text)
        return WriteOnlyCell(sheet, value=number)
    written = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST_CELL])
    written.data_type = "s"
    return written
