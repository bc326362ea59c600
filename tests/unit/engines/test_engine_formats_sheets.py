"""Spreadsheets of Excel."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from support.places import DOCUMENTS
from support.specimens import saved

from engines import parse
from engines.context import Context, Source
from engines.document import Document, ItemKind
from engines.errors import Code
from engines.formats import xlsx
from engines.parameters import ParseParameters
from engines.tools import Tools, find_tools

TOOLS = find_tools()


def read(folder: Path, book: openpyxl.Workbook, tools: Tools = TOOLS, **parameters: Any) -> Document:
    path = folder / "content"
    path.write_bytes(saved(book))
    return parse(Source(path=path, name="book.xlsx"), ParseParameters(**parameters), Context(tools=tools))


def tables(document: Document, page: int = 0) -> list[list[list[str]]]:
    items = document.pages[page].items
    return [[[cell.text for cell in row] for row in item.rows] for item in items if item.kind is ItemKind.TABLE]


def filled(*rows: list[Any]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book


def test_each_sheet_is_a_page_with_its_name_its_table_and_merged_cells() -> None:
    source = Source(path=DOCUMENTS / "budget.xlsx", name="budget.xlsx")
    document = parse(source, ParseParameters(), Context())
    assert [page.section_name for page in document.pages] == ["Budget 2026", "Staff"]
    heading, table = document.pages[0].items
    assert heading.text == "Budget 2026"
    assert [(cell.text, cell.column_span) for cell in table.rows[0]] == [("Budget 2026 (kSEK)", 4)]
    assert [cell.text for cell in table.rows[2]] == ["Materials", "2140", "488", "22.8%"]
    assert tables(document, 1)[0][1] == ["Head of the workshop", "2014-03-01", "40"]
    assert [page.number for page in parse(source, ParseParameters(target_pages="1"), Context()).pages] == [2]
    assert [page.number for page in parse(source, ParseParameters(max_pages=1), Context()).pages] == [1]


def test_values_are_written_as_people_read_them(tmp_path: Path) -> None:
    moment = dt.datetime(2026, 4, 14, 9, 30)  # noqa: DTZ001 - a sheet knows no zones
    values = [1.0, 0.1 + 0.2, 12, True, dt.date(2026, 4, 14), moment, dt.time(8, 15), " text ", None, "end"]
    assert tables(read(tmp_path, filled(values)))[0] == [
        ["1", "0.3", "12", "TRUE", "2026-04-14", "2026-04-14 09:30:00", "8:15:00", "text", "", "end"]
    ]


def test_hidden_sheets_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    book = filled(["seen"])
    book.create_sheet("Secret").append(["hidden"])
    book["Secret"].sheet_state = "hidden"
    assert len(read(tmp_path, book).pages) == 1
    assert len(read(tmp_path, book, spreadsheet_include_hidden_sheets=True).pages) == 2


def test_blocks_of_a_sheet_are_one_table_or_on_request_several(tmp_path: Path) -> None:
    book = filled(["Title"], [], ["a", "b", None, "x", "y"], [1, 2, None, 3, 4])
    assert len(tables(read(tmp_path, book))) == 1
    document = read(tmp_path, book, spreadsheet_extract_sub_tables=True)
    assert tables(document) == [[["a", "b"], ["1", "2"]], [["x", "y"], ["3", "4"]]]
    assert document.pages[0].items[1].text == "Title"


def test_tables_beside_a_longer_one_are_told_apart(tmp_path: Path) -> None:
    book = filled(["a", "b", None, "x", "y"], [1, 2, None, 3, 4], [5, 6], [7, 8, None, "v", "w"], [9, 0, None, 1, 2])
    document = read(tmp_path, book, spreadsheet_extract_sub_tables=True)
    assert [table[0] for table in tables(document)] == [["a", "b"], ["x", "y"], ["v", "w"]]


def test_two_far_corners_make_a_small_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "near", "far"
    assert tables(read(tmp_path, book)) == [[["near", ""], ["", "far"]]]


def test_notes_on_cells_follow_the_table(tmp_path: Path) -> None:
    book = filled(["Price"])
    book.active["A1"].comment = Comment("Without tax", "Accounts")
    assert read(tmp_path, book).pages[0].items[-1].text == "A1 (Accounts): Without tax"


def test_formulas_without_stored_values_are_computed_by_libreoffice(tmp_path: Path) -> None:
    book = filled([2, 3, "=A1*B1"])
    assert tables(read(tmp_path, book)) == [[["2", "3", "6"]]]
    without = read(tmp_path, book, Tools())
    assert tables(without) == [[["2", "3", "=A1*B1"]]]
    assert without.degraded
    assert [one.code for one in without.warnings] == [Code.LIBREOFFICE_UNAVAILABLE]


def test_sheets_too_large_to_hold_are_streamed(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(xlsx, "STREAMED", 10)
    assert tables(read(tmp_path, filled(["a", "b"], [1, None], [None, 2]))) == [[["a", "b"], ["1", ""], ["", "2"]]]
