"""How documents are written as Markdown and text."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engines.document import Cell, Document, Item, ItemKind, Page
from engines.parameters import FailPageMode, ParseParameters
from engines.render import render


def document(*pages: Page, media_type: str = "application/pdf") -> Document:
    return Document(list(pages), media_type, len(pages))


def page(number: int, *items: Item, text: str = "", **fields: Any) -> Page:
    return Page(number, text=text, items=list(items), **fields)


def paragraph(text: str, **fields: Any) -> Item:
    return Item(ItemKind.TEXT, text=text, **fields)


def markdown(*items: Item, **parameters: Any) -> str:
    return render(document(page(1, *items)), ParseParameters(**parameters), {})["output.md"].decode()


def table(*rows: list[str], **fields: Any) -> Item:
    return Item(ItemKind.TABLE, rows=[[Cell(text) for text in row] for row in rows], **fields)


# Pages


def test_the_full_outputs_are_the_pages_joined_by_the_separator() -> None:
    three = document(*(page(n, paragraph(f"**{n}**"), text=f"plain {n}") for n in (1, 2, 4)))
    files = render(three, ParseParameters(), {})
    pages = orjson.loads(files["output.json"])["pages"]
    assert (
        files["output.md"].decode()
        == "\n\n---\n\n".join(one["md"] for one in pages)
        == "**1**\n\n---\n\n**2**\n\n---\n\n**4**"
    )
    assert files["output.txt"].decode() == "\n\n---\n\n".join(one["text"] for one in pages)


@pytest.mark.parametrize("placeholder", ["{pageNumber}", "{page_number}"])
def test_prefix_suffix_and_separator_know_page_numbers(placeholder: str) -> None:
    two = document(page(2, paragraph("b"), text="B"), page(5, paragraph("e"), text="E"))
    parameters = ParseParameters(
        page_prefix=f"<{placeholder}:",
        page_suffix=f":{placeholder}>",
        page_separator=f"|next is {placeholder}|",
    )
    files = render(two, parameters, {})
    assert files["output.md"].decode() == "<2:b:2>|next is 5|<5:e:5>"
    assert files["output.txt"].decode() == "<2:B:2>|next is 5|<5:E:5>"
    assert [one["md"] for one in orjson.loads(files["output.json"])["pages"]] == ["<2:b:2>", "<5:e:5>"]


def test_an_empty_separator_joins_pages_directly() -> None:
    two = document(page(1, paragraph("a")), page(2, paragraph("b")))
    assert render(two, ParseParameters(page_separator=""), {})["output.md"] == b"ab"


def test_other_braces_stay_as_they_are() -> None:
    assert markdown(paragraph("x"), page_prefix="{title} {} ") == "{title} {} x"


def test_the_markdown_of_an_engine_that_wrote_it_itself_is_kept() -> None:
    assert render(document(page(1, paragraph("a"), markdown="*a*")), ParseParameters(), {})["output.md"] == b"*a*"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (None, "what was there"),
        (FailPageMode.RAW_TEXT, "what was there"),
        (FailPageMode.BLANK_PAGE, ""),
        (FailPageMode.ERROR_MESSAGE, "[PDF_IS_BROKEN: no]"),
    ],
)
def test_a_failed_page_is_replaced_as_the_job_says(mode: FailPageMode | None, expected: str) -> None:
    failed = document(page(1, text="what was there", error="PDF_IS_BROKEN: no"))
    parameters = ParseParameters(
        replace_failed_page_mode=mode,
        replace_failed_page_with_error_message_prefix="[",
        replace_failed_page_with_error_message_suffix="]",
    )
    assert render(failed, parameters, {})["output.md"].decode() == expected


# Items


def test_items_are_divided_by_an_empty_line() -> None:
    heading = Item(ItemKind.HEADING, text="Two\nlines", level=2)
    assert markdown(heading, paragraph("plain"), paragraph("x", markdown="**x**")) == "## Two lines\n\nplain\n\n**x**"


def test_lists_keep_numbers_and_nesting() -> None:
    entries = [
        paragraph("one", marker="1."),
        paragraph("inside", marker="•", level=2),
        paragraph("two\nlines", marker="2."),
    ]
    listing = Item(ItemKind.LIST, entries=entries, ordered=True)
    assert markdown(listing) == "1. one\n    - inside\n2. two\n    lines"


def test_code_is_fenced_by_more_than_it_contains() -> None:
    assert markdown(Item(ItemKind.CODE, text="x = 1", language="python")) == "```python\nx = 1\n```"
    assert markdown(Item(ItemKind.CODE, text="```\nx\n```")) == "````\n```\nx\n```\n````"


def test_pictures_and_links_are_written_with_their_address() -> None:
    image = Item(ItemKind.IMAGE, url="img_p0_1.png", caption="A dog\nruns")
    link = Item(ItemKind.LINK, url="https://example.com", text="site")
    assert markdown(image, link) == "![A dog runs](img_p0_1.png)\n\n[site](https://example.com)"


# Tables


def test_columns_are_padded() -> None:
    assert markdown(table(["Fruit", "N"], ["Fig", "12"])) == "| Fruit | N   |\n| ----- | --- |\n| Fig   | 12  |"


def test_a_compact_table_has_no_padding() -> None:
    assert (
        markdown(table(["Fruit", "N"], ["Fig", "12"]), compact_markdown_table=True) == "|Fruit|N|\n|---|---|\n|Fig|12|"
    )


def test_one_long_cell_does_not_widen_all_others() -> None:
    rows = markdown(table(["a"], ["x" * 300], ["b"])).splitlines()
    assert [len(row) for row in rows] == [44, 44, 304, 44]


def test_bars_and_line_ends_do_not_break_cells() -> None:
    rows = markdown(table(["Net\nsales", "a|b"], ["two\nlines", "c"])).splitlines()
    assert rows[0] == "| Net<br/>sales | a\\|b |"
    assert rows[2] == "| two lines     | c    |"
    joined = markdown(table(["Net\nsales"], ["x"]), markdown_table_multiline_header_separator=" / ")
    assert joined.startswith("| Net / sales |")


def test_spans_leave_empty_cells_in_pipe_tables_and_stay_spans_in_html() -> None:
    rows = [
        [Cell("Year", row_span=2), Cell("Sales", column_span=2)],
        [Cell("Net"), Cell("<Gross>")],
        [Cell("2025"), Cell("1"), Cell("2")],
    ]
    spanned = Item(ItemKind.TABLE, rows=rows, header_rows=2)
    assert [[cell.strip() for cell in line.split("|")[1:-1]] for line in markdown(spanned).splitlines()] == [
        ["Year", "Sales", ""],
        ["----", "-----", "--------"],
        ["", "Net", r"\<Gross>"],
        ["2025", "1", "2"],
    ]
    html = markdown(spanned, output_tables_as_html=True)
    assert '<th rowspan="2">Year</th><th colspan="2">Sales</th>' in html
    assert "<th>&lt;Gross&gt;</th>" in html
    assert "<td>2025</td>" in html
    assert html.index("</thead>") < html.index("<td>")


def test_a_caption_stands_above_its_table() -> None:
    assert markdown(table(["a"], caption="Table 1")).startswith("Table 1\n\n| a")


def test_a_table_of_nothing_is_left_out() -> None:
    assert markdown(Item(ItemKind.TABLE), paragraph("x")) == "x"


def test_entries_with_marks_that_markdown_does_not_know_stand_on_lines_of_their_own() -> None:
    marks = ("1.", "1.1", "a.", "2.", "3.")
    entries = [Item(ItemKind.TEXT, text=f"part {mark}", marker=mark, ordered=True, level=1) for mark in marks]
    said = markdown(Item(ItemKind.LIST, entries=entries, ordered=True))
    assert said == "1. part 1.  \n1.1 part 1.1  \na. part a.  \n2. part 2.\n3. part 3."
