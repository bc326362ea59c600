"""The JSON of a result, in the shape of the API, and the files beside it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engines.document import Box, Cell, Document, ImageKind, Item, ItemKind, Link, Page, Picture
from engines.parameters import ParseParameters, ParsingMode
from engines.render import render

PAGE_KEYS = {
    "page",
    "text",
    "md",
    "images",
    "charts",
    "tables",
    "layout",
    "items",
    "status",
    "links",
    "width",
    "height",
    "triggeredAutoMode",
    "parsingMode",
    "structuredData",
    "noStructuredContent",
    "noTextContent",
    "pageHeaderMarkdown",
    "pageFooterMarkdown",
    "originalOrientationAngle",
}
BOX = Box(1, 2, 30, 40)
BBOX = {"x": 1, "y": 2, "w": 30, "h": 40}


def rendered(page: Page, media_type: str = "application/pdf", **parameters: Any) -> dict[str, bytes]:
    return render(Document([page], media_type, 1), ParseParameters(**parameters), {"job_pages": 1})


def result(page: Page, media_type: str = "application/pdf", **parameters: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(rendered(page, media_type, **parameters)["output.json"])["pages"][0]
    return found


def item(kind: ItemKind, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = result(Page(1, items=[Item(kind, box=BOX, **fields)]))["items"][0]
    return found


def test_a_page_has_the_keys_of_the_api() -> None:
    page = result(
        Page(3, 595, 842, "text", [], links=[Link("https://example.com", "site")], header="Top", footer="End")
    )
    assert page.keys() == PAGE_KEYS
    assert (page["page"], page["width"], page["height"], page["status"]) == (3, 595, 842, "OK")
    assert (page["pageHeaderMarkdown"], page["pageFooterMarkdown"], page["noTextContent"]) == ("Top", "End", False)
    assert page["links"] == [{"url": "https://example.com", "text": "site"}]
    assert (page["parsingMode"], page["structuredData"], page["noStructuredContent"]) == (
        "parse_page_with_llm",
        None,
        True,
    )


def test_the_mode_of_a_job_is_reported() -> None:
    mode = ParsingMode.PARSE_PAGE_WITHOUT_LLM
    assert result(Page(1), parse_mode=mode)["parsingMode"] == "parse_page_without_llm"


def test_the_metadata_of_the_job_stands_beside_the_pages() -> None:
    assert orjson.loads(rendered(Page(1))["output.json"])["job_metadata"] == {"job_pages": 1}


def test_only_some_pages_have_notes_printed_numbers_and_errors() -> None:
    slide = result(
        Page(1, speaker_notes="Smile", section_name="Intro", printed_number="iv", error="OCR_FAILED: no: way")
    )
    assert slide.keys() - PAGE_KEYS == {"slideSpeakerNotes", "slideSectionName", "printedPageNumber", "error"}
    assert (slide["status"], slide["error"]) == ("ERROR", {"code": "OCR_FAILED", "message": "no: way"})


def test_a_sheet_has_the_name_it_has_in_its_book() -> None:
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert result(Page(1, section_name="Budget"), media_type)["sheetName"] == "Budget"


def test_headings_and_texts() -> None:
    assert item(ItemKind.HEADING, text="A", level=3) == {
        "type": "heading",
        "lvl": 3,
        "value": "A",
        "md": "### A",
        "bBox": BBOX,
    }
    assert item(ItemKind.TEXT, text="a", markdown="*a*") == {"type": "text", "value": "a", "md": "*a*", "bBox": BBOX}


def test_tables_come_in_all_forms() -> None:
    rows = [[Cell("N"), Cell('say "x"')], [Cell("1"), Cell("a,b")]]
    table = item(ItemKind.TABLE, rows=rows)
    assert table["rows"] == [["N", 'say "x"'], ["1", "a,b"]]
    assert table["csv"] == '"N","say ""x"""\n"1","a,b"'
    assert table["html"].startswith("<table>")
    assert table["md"].startswith("| N ")
    assert (table["isPerfectTable"], table["bBox"]) == (True, BBOX)


@pytest.mark.parametrize(
    ("rows", "is_perfect"),
    [
        ([[Cell("a"), Cell("b")], [Cell("c")]], False),
        ([[Cell("a", column_span=2)], [Cell("b"), Cell("c")]], True),
        ([[Cell("a", row_span=2), Cell("b")], [Cell("c")]], True),
        ([[Cell("a", row_span=3), Cell("b")], [Cell("c"), Cell("d")]], False),
    ],
)
def test_a_table_is_perfect_when_its_rows_are_equally_wide(rows: list[list[Cell]], *, is_perfect: bool) -> None:
    table = item(ItemKind.TABLE, rows=rows)
    assert table["isPerfectTable"] is is_perfect
    assert len({len(row) for row in table["rows"]}) == 1


def test_lists_code_pictures_and_links() -> None:
    entries = [Item(ItemKind.TEXT, text="a", marker="-"), Item(ItemKind.TEXT, text="b", marker="-", box=BOX)]
    listing = item(ItemKind.LIST, entries=entries)
    assert (listing["ordered"], listing["value"], listing["md"]) == (False, "a\nb", "- a\n- b")
    assert listing["items"] == [
        {"type": "text", "value": "a", "md": "a", "bBox": None},
        {"type": "text", "value": "b", "md": "b", "bBox": BBOX},
    ]
    assert item(ItemKind.CODE, text="x")["language"] is None
    assert item(ItemKind.IMAGE, url="img_p0_1.png")["url"] == "img_p0_1.png"
    assert item(ItemKind.LINK, url="https://example.com", text="t")["md"] == "[t](https://example.com)"


def test_pictures_are_listed_in_points_and_pixels_and_stored_beside() -> None:
    embedded = Picture("img_p0_1.png", ImageKind.EMBEDDED, BOX, 300, 400, b"png")
    shot = Picture("page_1.jpg", ImageKind.SCREENSHOT, Box(0, 0, 612, 792), 1275, 1650, b"jpeg", "image/jpeg")
    empty = Picture("gone.png", ImageKind.EMBEDDED, None, 5, 6)
    page = Page(1, images=[embedded, shot, empty])
    files = rendered(page)
    assert (files["images/img_p0_1.png"], files["images/page_1.jpg"]) == (b"png", b"jpeg")
    assert "images/gone.png" not in files
    size = {"original_width": 300, "original_height": 400}
    assert result(page)["images"] == [
        {"name": "img_p0_1.png", "x": 1, "y": 2, "width": 30, "height": 40, **size, "ocr": []},
        {
            "name": "page_1.jpg",
            "x": 0,
            "y": 0,
            "width": 612,
            "height": 792,
            "original_width": 1275,
            "original_height": 1650,
            "type": "full_page_screenshot",
        },
        {
            "name": "gone.png",
            "x": 0,
            "y": 0,
            "width": 5,
            "height": 6,
            "original_width": 5,
            "original_height": 6,
            "ocr": [],
        },
    ]
