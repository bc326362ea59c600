"""Tables: how they are found, joined over pages and written (docs/parameters.md: Tables)."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle
from support import papers
from support.engine_runs import work, written
from support.running import Tenant, once

from engines.parameters import ParseParameters
from engines.parameters.effective import effective_parameters
from engines.render.workbook import workbook

GRID = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)
HEAD = ["Region", "Quarter", "Net", "Gross"]


def ruled(
    rows: list[list[str]], *styles: Any, x: float = 72, y: float = 500, widths: list[int] | None = None
) -> papers.Draw:
    """A table with lines; `y` is its lower edge."""

    def draw(canvas: Canvas) -> None:
        made = Table(rows, colWidths=widths)
        made.setStyle(TableStyle([GRID, *styles]))
        made.wrapOn(canvas, 500, 600)
        made.drawOn(canvas, x, y)

    return draw


def tables(path: Path, **parameters: Any) -> list[dict[str, Any]]:
    """All table items, in their order."""
    return [item for page in written(path, **parameters)[2] for item in page["items"] if item["type"] == "table"]


@pytest.fixture
def spanned(tmp_path: Path) -> Path:
    """A ruled table with two joined cells."""
    rows = [["Sales", "", "Costs"], ["2024", "2025", "2025"], ["1", "2", "3"], ["4", "5", ""]]
    joined = ("SPAN", (0, 0), (1, 0)), ("SPAN", (2, 2), (2, 3))
    return papers.pdf(tmp_path / "spans.pdf", papers.together(papers.chapter("Figures", 3), ruled(rows, *joined)))


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A table over three pages, its header on the first one only, with running titles."""

    def part(number: int) -> papers.Draw:
        rows = [[f"Region {number}{row}", f"Q{row}", str(row), str(2 * row)] for row in range(1, 13)]
        title = papers.lines("Annual report", top=30, size=9)
        table = ruled([HEAD, *rows] if number == 1 else rows, widths=[120, 100, 100, 100])
        return papers.together(title, table)

    return papers.pdf(tmp_path / "long.pdf", *map(part, (1, 2, 3)))


@pytest.mark.effect("outlined_table_extraction")
def test_lines_tell_the_cells_and_which_are_joined(spanned: Path) -> None:
    def spans(**parameters: Any) -> str:
        [table] = tables(spanned, **parameters)
        return str(table["html"])

    for html in (spans(), spans(outlined_table_extraction=True)):
        assert '<th colspan="2">Sales</th><th>Costs</th>' in html
        assert '<td rowspan="2">3</td>' in html
    [table] = tables(spanned, outlined_table_extraction=True)
    assert table["rows"] == [["Sales", "", "Costs"], ["2024", "2025", "2025"], ["1", "2", "3"], ["4", "5", ""]]
    assert "# Figures" in written(spanned, outlined_table_extraction=True)[1]


@pytest.mark.effect("outlined_table_extraction")
def test_tables_side_by_side_stay_apart(tmp_path: Path) -> None:
    left = ruled([["A", "B"], ["1", "2"], ["3", "4"]], x=72, widths=[60, 60])
    right = ruled([["C", "D"], ["5", "6"], ["7", "8"]], x=320, widths=[60, 60])
    path = papers.pdf(tmp_path / "two.pdf", papers.together(papers.lines("Two tables."), left, right))
    assert [table["rows"] for table in tables(path, outlined_table_extraction=True)] == [
        [["A", "B"], ["1", "2"], ["3", "4"]],
        [["C", "D"], ["5", "6"], ["7", "8"]],
    ]


@pytest.mark.effect("outlined_table_extraction")
def test_a_frame_is_no_table(tmp_path: Path) -> None:
    def frame(canvas: Canvas) -> None:
        papers.chapter("Framed", 4)(canvas)
        canvas.rect(50, 400, 500, 360)
        canvas.line(50, 700, 550, 700)

    path = papers.pdf(tmp_path / "frame.pdf", frame)
    assert tables(path, outlined_table_extraction=True) == []
    assert written(path, outlined_table_extraction=True)[1] == written(path)[1]


@pytest.mark.effect("outlined_table_extraction")
def test_a_form_that_is_all_but_empty_is_a_table_where_its_lines_count(tmp_path: Path) -> None:
    rows = [["Name", "", "", ""], ["Street", "", "", ""], ["Town", "", "", ""]]
    path = papers.pdf(
        tmp_path / "form.pdf", papers.together(papers.lines("To be filled in."), ruled(rows, widths=[90] * 4))
    )
    assert tables(path) == []
    assert [table["rows"] for table in tables(path, outlined_table_extraction=True)] == [rows]


@pytest.mark.effect("aggressive_table_extraction")
def test_a_list_of_prices_without_lines_can_be_a_table(tmp_path: Path) -> None:
    def prices(canvas: Canvas) -> None:
        papers.lines("These are our prices of today.")(canvas)
        for row, (fruit, price) in enumerate((("Apple", "1.50"), ("Pear", "2.25"), ("Fig", "12.00"))):
            canvas.drawString(72, 600 - 15 * row, fruit)
            canvas.drawRightString(200, 600 - 15 * row, price)

    path = papers.pdf(tmp_path / "prices.pdf", prices)
    assert tables(path, aggressive_table_extraction=True)[0]["rows"] == [
        ["Apple", "1.50"],
        ["Pear", "2.25"],
        ["Fig", "12.00"],
    ]


@pytest.mark.effect("aggressive_table_extraction")
def test_columns_of_text_are_no_table_however_much_is_wanted(tmp_path: Path) -> None:
    def columns(canvas: Canvas) -> None:
        for x in (72, 320):
            for row in range(12):
                canvas.drawString(x, 600 - 15 * row, "a line of a column of running text")

    for name, draw in (("plain", papers.chapter("Words", 6)), ("columns", columns)):
        path = papers.pdf(tmp_path / f"{name}.pdf", draw)
        assert tables(path, aggressive_table_extraction=True) == []


@pytest.mark.effect("aggressive_table_extraction")
def test_rows_of_a_table_without_lines_may_leave_cells_empty(tmp_path: Path) -> None:
    rows = [["", "2024", "2025"], ["Apples", "12", "14"], ["Pears", "", "9"]]

    def figures(canvas: Canvas) -> None:
        for y, row in enumerate(rows):
            for x, text in enumerate(row):
                (canvas.drawRightString if x else canvas.drawString)(72 + 120 * x, 600 - 15 * y, text)

    path = papers.pdf(tmp_path / "gaps.pdf", figures)
    assert [table["rows"] for table in tables(path, aggressive_table_extraction=True)] == [rows]


@pytest.mark.effect("aggressive_table_extraction")
def test_a_small_one_is_text_by_default(tmp_path: Path) -> None:
    def pair(canvas: Canvas) -> None:
        papers.lines("These are our prices of today, and nothing else is to be said of them.")(canvas)
        for row, (fruit, price) in enumerate((("Apple", "1.50"), ("Pear", "2.25"))):
            canvas.drawString(72, 600 - 15 * row, fruit)
            canvas.drawString(200, 600 - 15 * row, price)

    path = papers.pdf(tmp_path / "pair.pdf", pair)
    assert tables(path) == []
    assert [table["rows"] for table in tables(path, aggressive_table_extraction=True)] == [
        [["Apple", "1.50"], ["Pear", "2.25"]]
    ]


@pytest.mark.effect("adaptive_long_table")
def test_the_header_of_a_long_table_is_repeated_on_its_further_pages(long: Path) -> None:
    assert [table["rows"][0] == HEAD for table in tables(long)] == [True, False, False]
    found = tables(long, adaptive_long_table=True)
    assert [table["rows"][0] for table in found] == [HEAD] * 3
    assert [len(table["rows"]) for table in found] == [13] * 3, "what was taken for a header is a row again"
    assert written(long, adaptive_long_table=True)[1].count("| Region ") == 3 + 36


@pytest.mark.effect("merge_tables_across_pages_in_markdown", "keep_page_separator_when_merging_tables")
def test_a_table_over_pages_becomes_one(long: Path) -> None:
    _, markdown, pages = written(long)
    assert (markdown.count("---\n\n"), markdown.count("Annual report")) == (2, 3)
    _, markdown, pages = written(long, merge_tables_across_pages_in_markdown=True)
    assert ("\n\n---\n\n" in markdown, "Annual report" in markdown) == (False, False)
    assert markdown.count("| Region 3") == 12
    assert markdown.count("\n\n") == 0, "nothing but one table"
    whole, *parts = [item for page in pages for item in page["items"] if item["type"] == "table"]
    assert (len(whole["rows"]), whole["mergedFromPages"]) == (37, [1, 2, 3])
    assert [(part["mergedIntoPage"], part["md"]) for part in parts] == [(1, ""), (1, "")]
    asked = {"merge_tables_across_pages_in_markdown": True, "keep_page_separator_when_merging_tables": True}
    _, markdown, _ = written(long, **asked)
    assert (markdown.count("\n\n---\n\n"), markdown.count("| Region 3")) == (2, 12)


@pytest.mark.effect("merge_tables_across_pages_in_markdown", "adaptive_long_table")
def test_a_header_of_two_rows_below_a_word_that_the_table_goes_on_is_repeated_as_a_whole(tmp_path: Path) -> None:
    head = [["Region", "Net", "", "Gross"], ["", "first half", "second half", "all"]]

    def part(number: int) -> papers.Draw:
        rows = [[f"Region {number}{row}", str(row), str(2 * row), str(3 * row)] for row in range(1, 13)]
        said = papers.lines("Table 4 (continued)" if number > 1 else "Table 4. What was sold", top=130)
        return papers.together(
            said, ruled([*head, *rows], ("SPAN", (1, 0), (2, 0)), y=350, widths=[120, 100, 100, 100])
        )

    path = papers.pdf(tmp_path / "long.pdf", *map(part, (1, 2)))
    whole, _ = tables(path, merge_tables_across_pages_in_markdown=True)
    assert (whole["rows"][:2], len(whole["rows"])) == (head, 26)
    assert [(table["rows"][:2], len(table["rows"])) for table in tables(path, adaptive_long_table=True)] == [
        (head, 14)
    ] * 2


@pytest.mark.effect("merge_tables_across_pages_in_markdown")
def test_the_last_row_of_a_table_may_stand_alone_on_the_next_page(tmp_path: Path) -> None:
    rows = [[f"Region {row}", f"Q{row}", str(row), str(2 * row)] for row in range(1, 14)]
    title, widths = papers.lines("Annual report", top=30, size=9), [120, 100, 100, 100]
    first = papers.together(title, ruled([HEAD, *rows[:-1]], widths=widths))
    last = papers.together(title, ruled(rows[-1:], y=650, widths=widths), papers.lines("That was the list.", top=170))
    path = papers.pdf(tmp_path / "last.pdf", first, last)
    whole, part = tables(path, merge_tables_across_pages_in_markdown=True)
    assert (whole["rows"], part["mergedIntoPage"]) == ([HEAD, *rows], 1)
    assert "That was the list." in written(path, merge_tables_across_pages_in_markdown=True)[1]


@pytest.mark.effect("keep_page_separator_when_merging_tables")
def test_separators_alone_are_no_wish(long: Path) -> None:
    [note] = work(long, keep_page_separator_when_merging_tables=True).warnings
    assert "needs merge_tables_across_pages_in_markdown" in note["message"]


@pytest.mark.effect("merge_tables_across_pages_in_markdown")
def test_other_tables_are_left_alone(tmp_path: Path) -> None:
    two = ruled([["A", "B"], ["1", "2"], ["3", "4"]], widths=[60, 60])
    three = ruled([["A", "B", "C"], ["1", "2", "3"], ["4", "5", "6"]], widths=[60, 60, 60])
    apart = papers.together(two, papers.lines("Something else follows the table.", top=500))
    path = papers.pdf(tmp_path / "others.pdf", two, three, apart, two)
    assert not any("mergedIntoPage" in table for table in tables(path, merge_tables_across_pages_in_markdown=True))


@pytest.mark.effect("output_tables_as_HTML")
def test_tables_can_be_html(spanned: Path) -> None:
    _, markdown, [page] = written(spanned)
    assert ("<table>" in markdown, "| Sales" in markdown) == (False, True)
    assert page["items"][-1]["html"].startswith("<table>"), "the JSON has it either way"
    markdown = written(spanned, output_tables_as_html=True, outlined_table_extraction=True)[1]
    assert ('<th colspan="2">' in markdown, "| Sales" in markdown) == (True, False)


@pytest.mark.effect("compact_markdown_table")
def test_tables_can_be_compact(spanned: Path) -> None:
    assert "|2024|2025|2025|" not in written(spanned)[1]
    assert "|2024|2025|2025|" in written(spanned, compact_markdown_table=True)[1]


@pytest.mark.effect("markdown_table_multiline_header_separator")
def test_lines_of_a_header_cell_are_joined_as_told(tmp_path: Path) -> None:
    rows = [["Fruit", "Net\nsales"], ["Apple", "1\n2"], ["Pear", "3"]]
    path = papers.pdf(tmp_path / "lines.pdf", ruled(rows))
    assert "Net<br/>sales" in written(path)[1]
    markdown = written(path, markdown_table_multiline_header_separator=" / ")[1]
    assert ("Net / sales" in markdown, "| 1 2 " in markdown) == (True, True)


@pytest.mark.effect("guess_xlsx_sheet_name")
def test_sheets_of_the_workbook_are_named_after_what_is_in_them(tmp_path: Path) -> None:
    def titled(title: str) -> papers.Draw:
        return papers.together(papers.chapter(title, 0), ruled([["A", "B"], ["1", "2"], ["3", "4"]], y=550))

    path = papers.pdf(tmp_path / "a.pdf", titled("Revenue by region"), titled("Costs: all [of them]"), titled("Costs"))

    def names(**parameters: Any) -> list[str]:
        result = json.loads(work(path, **parameters).outputs["output.json"])
        result["job_metadata"]["effective_parameters"] = effective_parameters(ParseParameters(**parameters))
        return load_workbook(io.BytesIO(workbook(result))).sheetnames

    assert names() == ["Table_1", "Table_2", "Table_3"]
    assert names(guess_xlsx_sheet_name=True) == ["Revenue by region", "Costs  all  of them", "Costs"]


@pytest.mark.effect("merge_tables_across_pages_in_markdown", "guess_xlsx_sheet_name")
@once
def test_tables_through_the_api(tenant: Tenant, long: Path) -> None:
    parameters = {"merge_tables_across_pages_in_markdown": True, "guess_xlsx_sheet_name": True}
    work_id = tenant.run([(long.name, long.read_bytes())], parameters)[long.name]["job_id"]
    found = tenant.parsed(work_id, "items")
    [first], [second], _ = (
        [item for item in page["items"] if item["type"] == "table"] for page in found["items"]["pages"]
    )
    assert (first["merged_from_pages"], second["merged_into_page"]) == ([1, 2, 3], 1)
    book = tenant.client.get(f"/api/v1/parsing/job/{work_id}/result/xlsx").content
    assert load_workbook(io.BytesIO(book)).sheetnames == ["Annual report"]
