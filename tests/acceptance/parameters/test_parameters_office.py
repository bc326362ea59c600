"""Charts, spreadsheets, presentations and web pages (docs/parameters.md: Charts to HTML)."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt
from support import papers
from support.engine_runs import drawn, work, written
from support.running import Tenant, once

from engines.errors import Code
from engines.tools import Tools


@pytest.fixture
def slides(tmp_path: Path) -> Path:
    """A slide with a chart, and a word beside it that nobody sees."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["East", "West"]
    data.add_series("2025", (19.2, 21.4))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(5), Inches(3), data)
    text = slide.shapes.add_textbox(Pt(720 * 1.2), Inches(1), Inches(1), Inches(1))
    text.text_frame.text = "offstage"
    deck.save(str(tmp_path / "slides.pptx"))
    return tmp_path / "slides.pptx"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A workbook with two blocks of cells, a chart, a stale formula and a hidden sheet."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["Region", "Net"], ["East", 1], ["West", 2], [], [], ["Name", "Age"], ["Ann", 30]):
        sheet.append(row)
    chart = BarChart()
    chart.title = "Net by region"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=3))
    sheet.add_chart(chart, "E2")
    hidden = made.create_sheet("Secret")
    hidden.append(["concealed"])
    hidden.sheet_state = "hidden"
    made.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def tables(path: Path, **parameters: Any) -> list[list[list[str]]]:
    pages = written(path, **parameters)[2]
    return [item["rows"] for page in pages for item in page["items"] if item["type"] == "table"]


# Charts


@pytest.mark.effect("extract_charts")
def test_charts_are_told_with_their_places_and_pictures(slides: Path, book: Path) -> None:
    assert written(slides)[2][0]["charts"] == []
    outcome = work(slides, extract_charts=True)
    [page] = json.loads(outcome.outputs["output.json"])["pages"]
    [chart] = page["charts"]
    assert chart == {"name": "chart_p0_0.png", "x": 72, "y": 72, "width": 360, "height": 216}
    with Image.open(io.BytesIO(outcome.outputs["images/chart_p0_0.png"])) as image:
        assert image.size == (750, 450)
        assert len(image.convert("RGB").getcolors(10**6) or ()) > 5, "it shows the chart"
    [sheet] = written(book, extract_charts=True)[2]
    assert [(one["x"], one["y"]) for one in sheet["charts"]] == [(192, 15)]


@pytest.mark.effect("extract_charts")
def test_a_chart_without_a_program_that_draws_it_has_no_picture(slides: Path) -> None:
    outcome = work(slides, Tools(), extract_charts=True)
    [page] = json.loads(outcome.outputs["output.json"])["pages"]
    assert [chart["name"] for chart in page["charts"]] == [""]
    assert Code.SCREENSHOT_UNAVAILABLE in {note["code"] for note in outcome.warnings}


@pytest.mark.effect(
    "specialized_chart_parsing_efficient", "specialized_chart_parsing_plus", "specialized_chart_parsing_agentic"
)
@pytest.mark.parametrize("way", ["efficient", "plus", "agentic"])
def test_numbers_behind_charts_become_tables(slides: Path, book: Path, tmp_path: Path, way: str) -> None:
    asked: dict[str, Any] = {f"specialized_chart_parsing_{way}": True}
    expected = [["", "2025"], ["East", "19.2"], ["West", "21.4"]]
    assert tables(slides, presentation_skip_embedded_data=True) == []
    assert tables(slides, presentation_skip_embedded_data=True, **asked) == [expected]
    assert len(tables(book)) == 1
    assert tables(book, **asked)[1] == [["", "Net"], ["East", "1"], ["West", "2"]]
    path = papers.pdf(
        tmp_path / "a.pdf", papers.chapter("Words"), papers.together(papers.chapter("More"), drawn("ZEBRA"))
    )
    assert work(path).warnings == []
    assert [(note["code"], note["page"]) for note in work(path, **asked).warnings] == [(Code.CHART_NEEDS_LLM, 2)]


# Spreadsheets


@pytest.mark.effect("spreadsheet_extract_sub_tables")
def test_blocks_of_a_sheet_can_be_tables_of_their_own(book: Path) -> None:
    assert len(tables(book)) == 1
    assert tables(book, spreadsheet_extract_sub_tables=True) == [
        [["Region", "Net"], ["East", "1"], ["West", "2"]],
        [["Name", "Age"], ["Ann", "30"]],
    ]


@pytest.mark.effect("spreadsheet_force_formula_computation")
def test_formulas_can_be_computed_again(tmp_path: Path) -> None:
    made = Workbook()
    assert made.active is not None
    made.active.append([21, "=A1*2"])
    made.save(tmp_path / "stale.xlsx")
    path = papers.stale(tmp_path / "stale.xlsx", "999")
    assert "999" in written(path)[1]
    markdown = written(path, spreadsheet_force_formula_computation=True)[1]
    assert ("42" in markdown, "999" in markdown) == (True, False)
    blind = work(path, Tools(), spreadsheet_force_formula_computation=True)
    assert [note["code"] for note in blind.warnings] == [Code.LIBREOFFICE_UNAVAILABLE]
    assert blind.degraded


@pytest.mark.effect("spreadsheet_include_hidden_sheets")
def test_hidden_sheets_are_read_when_asked_for(book: Path) -> None:
    assert [page["sheetName"] for page in written(book)[2]] == ["Sheet"]
    pages = written(book, spreadsheet_include_hidden_sheets=True)[2]
    assert [page["sheetName"] for page in pages] == ["Sheet", "Secret"]
    assert "concealed" in pages[1]["md"]


# Presentations


@pytest.mark.effect("presentation_out_of_bounds_content")
def test_what_lies_off_the_slide_is_read_when_asked_for(slides: Path) -> None:
    assert "offstage" not in "".join(written(slides)[:2])
    text, markdown, _ = written(slides, presentation_out_of_bounds_content=True)
    assert ("offstage" in text, "offstage" in markdown) == (True, True)


@pytest.mark.effect("presentation_skip_embedded_data")
def test_the_data_behind_charts_can_be_left_out(slides: Path) -> None:
    assert "19.2" in written(slides)[1]
    assert "19.2" not in written(slides, presentation_skip_embedded_data=True)[1]


# Web pages

PAGE = """<html><head><style>.gone {display: none} .bar {position: fixed; bottom: 0}</style></head><body>
<nav>Home About</nav><main><h1>The article</h1><p>Its text.</p><p class="gone">unseen words</p></main>
<div class="bar">We use cookies</div><footer>All rights reserved</footer></body></html>"""


@pytest.fixture
def web(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text(PAGE)
    return tmp_path / "page.html"


@pytest.mark.effect("html_make_all_elements_visible")
def test_what_a_page_hides_is_read_when_asked_for(web: Path) -> None:
    assert "unseen words" not in written(web)[1]
    assert "unseen words" in written(web, html_make_all_elements_visible=True)[1]


@pytest.mark.effect("html_remove_fixed_elements")
def test_what_is_fixed_to_the_window_can_be_left_out(web: Path) -> None:
    assert "cookies" in written(web)[1]
    markdown = written(web, html_remove_fixed_elements=True)[1]
    assert ("cookies" in markdown, "Its text." in markdown) == (False, True)


@pytest.mark.effect("html_remove_navigation_elements")
def test_menus_can_be_left_out(web: Path) -> None:
    assert "Home About" in written(web)[1]
    markdown = written(web, html_remove_navigation_elements=True)[1]
    assert ("Home" in markdown, "rights" in markdown, "Its text." in markdown) == (False, False, True)


# All


@pytest.mark.effect("extract_charts", "spreadsheet_include_hidden_sheets", "html_remove_navigation_elements")
@once
def test_each_kind_of_document_says_what_cannot_change_it(tenant: Tenant, slides: Path, book: Path, web: Path) -> None:
    parameters = {
        "extract_charts": True,
        "spreadsheet_include_hidden_sheets": True,
        "html_remove_navigation_elements": True,
    }
    items = tenant.run([(path.name, path.read_bytes()) for path in (slides, book, web)], parameters)
    said = {}
    for name, item in items.items():
        warnings = tenant.parsed(item["job_id"], "job_metadata")["job_metadata"]["warnings"]
        said[name] = sorted(note["message"].rpartition("(")[2] for note in warnings)
    assert said == {
        "slides.pptx": [
            "html_remove_navigation_elements: presentations)",
            "spreadsheet_include_hidden_sheets: presentations)",
        ],
        "book.xlsx": ["html_remove_navigation_elements: spreadsheets)"],
        "page.html": ["extract_charts: web pages)", "spreadsheet_include_hidden_sheets: web pages)"],
    }
