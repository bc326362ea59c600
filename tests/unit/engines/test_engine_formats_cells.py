"""What cells of workbooks show, what lies upon them, and tables of text in their dialects and under names of workbooks."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from PIL import Image
from support.reading import cells, read, written

from engines.document import Document, ItemKind
from engines.formats.delimited import csv_rows
from engines.formats.xlsx.cells import shown_value, unescaped


def book(fill: Callable[[Any, Any], None]) -> bytes:
    """A workbook of another library's making: `fill` is given it and its only sheet, named Hull."""
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target, {"in_memory": True})
    fill(made, made.add_worksheet("Hull"))
    made.close()
    return target.getvalue()


def sheet(folder: Path, fill: Callable[[Any, Any], None], **parameters: Any) -> Document:
    return read(folder, "a.xlsx", book(fill), **parameters)


def picture() -> io.BytesIO:
    target = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(target, "PNG")
    return target


# What cells show


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (417, "000000", "000417"),
        (7, '"No. "0', "No. 7"),
        (987654321, "000-00-0000", "987-65-4321"),
        (2250.5, "#,##0.00 [$€-410]", "2,250.50 €"),
        (2250.5, "[$£-809]#,##0.00", "£2,250.50"),
        (2250.5, "[$CHF-807] #,##0.00", "CHF 2,250.50"),
        (-2250.5, r"_-* #,##0.00\ _€_-;\-* #,##0.00\ _€_-", "-2,250.50"),
        (-12, '"$"#,##0_);[Red]("$"#,##0)', "($12)"),
        (0, '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)', "-"),
        (31_400_000, '#,##0.0,,"M"', "31.4M"),
        (-0.125, "0.0%", "-12.5%"),
        (0.4, "0%", "40%"),
        (2.75, "# ??/??", "2 3/4"),
        (0.625, "# ?/8", "5/8"),
        (52_340, "0.00E+00", "5.23E+04"),
        (52_340, "##0.0E+0", "52.3E+3"),
        (120, '[>=100]"high "0;[<10]"low "0;0', "high 120"),
        (3, '[>=100]"high "0;[<10]"low "0;0', "low 3"),
        (5, ";;;", "5"),
        (8.5, 'General" kn"', "8.5 kn"),
        (0.1 + 0.2, "General", "0.3"),
        (99.995, "0.00", "100.00"),
        (-0.001, "0.00", "0.00"),
        ("Skarv", '"Type: "@', "Type: Skarv"),
        ("Skarv", "0.00", "Skarv"),
        (True, "0", "TRUE"),
    ],
)
def test_values_are_shown_in_the_format_of_their_cell(value: Any, number_format: str, shown: str) -> None:
    assert shown_value(value, number_format) == shown


MOMENT = dt.datetime(2027, 3, 5, 14, 7, 9)  # noqa: DTZ001 - a sheet knows no zones


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (MOMENT, "[$-407]d. mmmm yyyy;@", "2027-03-05"),
        (MOMENT, "m/d/yy h:mm", "2027-03-05 14:07"),
        (MOMENT, 'ggge"年"m"月"d"日"', "2027-03-05"),
        (MOMENT, "mmm-yy", "Mar-27"),
        (MOMENT, "yyyy", "2027"),
        (MOMENT, "dddd", "Friday"),
        (MOMENT, "h:mm AM/PM", "2:07 PM"),
        (dt.time(0, 5, 30, 500_000), "mm:ss.0", "05:30.5"),
        (dt.timedelta(hours=49, minutes=5), "[h]:mm", "49:05"),
        (dt.timedelta(hours=49, minutes=5), "[mm]:ss", "2945:00"),
        (dt.timedelta(hours=-2, minutes=-30), "[h]:mm", "-2:30"),
        (dt.timedelta(hours=49), "General", "49:00:00"),
    ],
)
def test_dates_are_in_iso_form_and_their_parts_times_and_durations_as_the_sheet_has_them(
    value: Any, number_format: str, shown: str
) -> None:
    assert shown_value(value, number_format) == shown


def test_formats_of_a_workbook_are_those_of_its_cells(tmp_path: Path) -> None:
    def fill(made: Any, page: Any) -> None:
        page.write_row(0, 0, ["Code", "Day", "Built-in"])
        page.write_number(1, 0, 83, made.add_format({"num_format": "0000"}))
        page.write_number(1, 1, 2.5, made.add_format({"num_format": "[h]:mm"}))
        page.write_number(1, 2, 46_500, made.add_format({"num_format": 31}))

    assert cells(sheet(tmp_path, fill).pages[0].items[1])[1] == ["0083", "60:00", "2027-04-23"]


def test_characters_that_a_workbook_writes_by_number_are_characters() -> None:
    assert unescaped("one_x000D_\ntwo_x0009_three _x0041_") == "one\ntwo three A"
    assert unescaped("_x005F_x000D_ stays") == "_x000D_ stays"
    assert unescaped("max_xabc_") == "max_xabc_"


# What lies upon a sheet


def test_pictures_text_boxes_and_titles_of_charts_stand_where_they_lie(tmp_path: Path) -> None:
    def fill(made: Any, page: Any) -> None:
        page.write_column(3, 0, ["Tern", 4, 6])
        page.insert_image("B8", "hull.png", {"image_data": picture(), "description": "The hull"})
        page.insert_textbox("D1", "Fill in the grey cells only.\nThen send it.")
        chart = made.add_chart({"type": "line"})
        chart.set_title({"name": "Boats a year"})
        chart.add_series({"values": "=Hull!$A$5:$A$6"})
        page.insert_chart("B12", chart)

    page = sheet(tmp_path, fill).pages[0]
    texts = [item.text for item in page.items if item.kind is not ItemKind.TABLE]
    assert texts == ["Hull", "Fill in the grey cells only.", "Then send it.", "The hull", "Boats a year"]
    assert page.items[3].kind is ItemKind.TABLE
    assert [(one.name, one.width, one.box is not None) for one in page.images] == [("img_p0_1.png", 40, True)]


def test_a_workbook_that_holds_only_a_picture_is_not_empty(tmp_path: Path) -> None:
    def fill(_made: Any, page: Any) -> None:
        page.insert_image("A1", "hull.png", {"image_data": picture()})

    document = sheet(tmp_path, fill)
    assert [item.kind for item in document.pages[0].items] == [ItemKind.HEADING, ItemKind.IMAGE]
    assert sheet(tmp_path, fill, disable_image_extraction=True).pages[0].items[0].text == "Hull"


# Tables of text


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("2,5;3,75\n4,5;0,25\n", [["2,5", "3,75"], ["4,5", "0,25"]]),
        ("Boot;Preis\nTern;1.250,00\n", [["Boot", "Preis"], ["Tern", "1.250,00"]]),
        ("12,5;1.234,00;x,y\n1,0;2,00;u,v\n", [["12,5", "1.234,00", "x,y"], ["1,0", "2,00", "u,v"]]),
        ("Berg, Eva;3\nDahl, Jon;4\n", [["Berg, Eva", "3"], ["Dahl, Jon", "4"]]),
        ("2,5\t3\n4,5\t6\n", [["2,5", "3"], ["4,5", "6"]]),
        ("1,2\n3,4\n", [["1", "2"], ["3", "4"]]),
        ("'a;b';'c'\n'd';'e'\n", [["a;b", "c"], ["d", "e"]]),
        ('x,"say \\"hi\\""\ny,z\n', [["x", 'say "hi"'], ["y", "z"]]),
        ('x,"5"" pipe"\ny,\n', [["x", '5" pipe'], ["y", ""]]),
        ("sep=|\na|b,c\n", [["a", "b,c"]]),
    ],
)
def test_tables_of_text_are_read_in_their_dialect(text: str, rows: list[list[str]]) -> None:
    assert csv_rows(text) == rows


@pytest.mark.parametrize("name", ["boats.xls", "boats.xlsx"])
@pytest.mark.parametrize(
    "content",
    [
        "Boat\tLength\nTern\t470\n",
        "Boat;Length\nTern;470\n",
        "\ufeffBoat\tLength\nTern\t470\n".encode("utf-16-le"),
        "<html><body><table><tr><td>Boat<td>Length<tr><td>Tern<td>470</table></body></html>",
        "<meta charset=utf-8><table><tr><td>Boat<td>Length<tr><td>Tern<td>470</table>",
    ],
)
def test_a_table_of_text_under_the_name_of_a_workbook_is_read_as_what_it_is(
    content: str | bytes, name: str, tmp_path: Path
) -> None:
    document = read(tmp_path, name, content)
    assert cells(document.pages[0].items[-1]) == [["Boat", "Length"], ["Tern", "470"]]


def test_a_web_page_under_the_name_of_a_letter_is_read_as_one(tmp_path: Path) -> None:
    assert written(tmp_path, "letter.doc", "<html><body><h1>Notice</h1><p>Closed.</p></body></html>") == (
        "# Notice\n\nClosed."
    )
