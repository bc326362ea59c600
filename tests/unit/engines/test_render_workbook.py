"""The workbook that is made of a result's tables."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import orjson

from engines.document import Cell, Document, Item, ItemKind, Page
from engines.parameters import ParseParameters
from engines.render import render, workbook
from engines.render.workbook import guessed_title

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table(*rows: list[str]) -> Item:
    return Item(ItemKind.TABLE, rows=[[Cell(text) for text in row] for row in rows])


def sheets(*pages: Page, media_type: str = "application/pdf") -> dict[str, list[tuple[Any, ...]]]:
    files = render(Document(list(pages), media_type, len(pages)), ParseParameters(), {})
    book = openpyxl.load_workbook(io.BytesIO(workbook(orjson.loads(files["output.json"]))))
    return {sheet.title: list(sheet.values) for sheet in book}


def test_each_table_has_a_sheet() -> None:
    first, second = table(["Fruit", "N"], ["Fig", "12"]), table(["a"])
    found = sheets(Page(1, items=[first, Item(ItemKind.TEXT, text="x"), second]), Page(2, items=[table(["b"])]))
    assert found == {"Table_1": [("Fruit", "N"), ("Fig", 12)], "Table_2": [("a",)], "Table_3": [("b",)]}


def test_each_page_of_a_spreadsheet_has_a_sheet_of_its_name() -> None:
    pages = [
        Page(1, items=[table(["a"]), table(["b"])], section_name="Costs: Q1/Q2"),
        Page(2, items=[table(["c"])], section_name="costs  Q1 Q2"),
        Page(3, section_name="Costs  Q1 Q2"),
    ]
    found = sheets(*pages, media_type=SHEET)
    assert found == {"Costs  Q1 Q2": [("a",), (None,), ("b",)], "costs  Q1 Q2 2": [("c",)], "Costs  Q1 Q2 3": []}


def test_numbers_become_numbers_and_names_stay_names() -> None:
    found = sheets(Page(1, items=[table(["12", "-3.50", "007", "1e5", "1,000"])]))
    assert found["Table_1"] == [(12, -3.5, "007", "1e5", "1,000")]


def test_a_formula_in_a_document_is_only_text() -> None:
    files = render(Document([Page(1, items=[table(["=1+1"])])], "application/pdf", 1), ParseParameters(), {})
    book = openpyxl.load_workbook(io.BytesIO(workbook(orjson.loads(files["output.json"]))))
    cell = book["Table_1"]["A1"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_characters_and_lengths_that_excel_refuses_are_left_out() -> None:
    rows = sheets(Page(1, items=[table(["a\x0bb", "x" * 40_000])]))["Table_1"]
    assert (rows[0][0], len(rows[0][1])) == ("ab", 32_767)


def test_without_tables_there_is_an_empty_sheet() -> None:
    assert sheets(Page(1)) == {"Tables": []}


def test_a_heading_names_a_table_rather_than_a_line_between_them() -> None:
    table = {"type": "table", "rows": [["a"]]}
    above = [{"type": "heading", "value": "Boats"}, {"type": "text", "value": "in thousands"}]
    assert guessed_title(table, above) == "Boats"
    assert guessed_title(table, above[1:]) == "in thousands"
    assert guessed_title(table, [*above, table]) == "a"
