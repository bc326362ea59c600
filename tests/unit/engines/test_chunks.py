"""Chunks of results: where they begin, what they know of their place, and that no word is lost or told twice."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.corpus import of_corpus
from support.engine_runs import work

from engines.chunks import chunks_of, has_markdown
from engines.document import Box, Cell, Document, Item, ItemKind, Page, Role
from engines.parameters import ParseParameters
from engines.render import render

SIZES = (2000, 300, 100)


def pages_of(*pages: list[Item], **parameters: Any) -> list[Any]:
    """What `output.json` has of pages with these items."""
    document = Document(
        pages=[Page(number=number, text="text", items=items) for number, items in enumerate(pages, 1)],
        media_type="application/pdf",
        total_pages=len(pages),
    )
    stored: list[Any] = json.loads(render(document, ParseParameters(**parameters), {})["output.json"])["pages"]
    return stored


def words(texts: Any) -> list[str]:
    return " ".join(texts).split()


def heading(text: str, level: int = 1) -> Item:
    return Item(ItemKind.HEADING, text, level=level)


def text(words: str, box: Box | None = None) -> Item:
    return Item(ItemKind.TEXT, words, box)


def table(rows: int, **more: Any) -> Item:
    body = [[Cell(f"row {number}"), Cell("word " * 4)] for number in range(rows)]
    return Item(ItemKind.TABLE, rows=[[Cell("Name"), Cell("Value")], *body], header_rows=1, **more)


def test_a_heading_begins_a_chunk_and_headings_tell_the_path() -> None:
    pages = pages_of(
        [text("Before."), heading("One"), heading("One A", 2), text("First."), heading("One B", 2), text("Second.")],
        [heading("Two"), text("Third.")],
    )
    found = [(one["headings"], one["text"], one["pages"]) for one in chunks_of(pages)]
    assert found == [
        ([], "Before.", [1]),
        (["One", "One A"], "# One\n\n## One A\n\nFirst.", [1]),
        (["One", "One B"], "## One B\n\nSecond.", [1]),
        (["Two"], "# Two\n\nThird.", [2]),
    ]


def test_a_paragraph_that_fits_no_more_is_not_divided_but_one_too_long_is_at_its_sentences() -> None:
    short, long = "A few words that say little. " * 2, "Dr. Who said, as others did, that it is so. " * 6
    found = [one["text"] for one in chunks_of(pages_of([text(short.strip()), text(long.strip())]), 100)]
    assert found == [
        short.strip(),
        *["Dr. Who said, as others did, that it is so. Dr. Who said, as others did, that it is so."] * 3,
    ]


def test_rows_of_a_table_stay_whole_and_their_header_is_told_as_context() -> None:
    first, *rest = chunks_of(pages_of([table(20, caption="Table 1")]), 200)
    assert first["context"] is None
    assert first["text"].startswith("Table 1\n\n| Name ")
    assert len(rest) > 2
    for one in rest:
        assert one["context"].splitlines()[0] == "Table 1"
        assert one["context"].splitlines()[2].split() == ["|", "Name", "|", "Value", "|"]
        assert all(line.startswith("| row ") and line.endswith(" |") for line in one["text"].splitlines())


def test_rows_of_a_table_in_html_have_its_head_as_context() -> None:
    _, *rest = chunks_of(pages_of([table(9)], output_tables_as_html=True), 200)
    assert {one["context"] for one in rest} == {"<table>\n<thead>\n<tr><th>Name</th><th>Value</th></tr>\n</thead>"}


def test_a_table_over_pages_is_on_all_of_them() -> None:
    whole = table(3, box=Box(50, 600, 400, 100), merged_from=[1, 2])
    rest = table(1, box=Box(50, 50, 400, 30), merged_into=1)
    [one] = chunks_of(pages_of([whole], [rest]))
    assert one["pages"] == [1, 2]
    assert [(box["page"], box["y"]) for box in one["boxes"]] == [(1, 600), (2, 50)]


def test_entries_of_a_list_stay_whole_and_have_their_own_boxes() -> None:
    entries = [text(f"entry {number}\nwith a second line", Box(50, 20 * number, 90, 20)) for number in range(10)]
    first, second, *_ = chunks_of(pages_of([Item(ItemKind.LIST, entries=entries, box=Box(50, 0, 90, 200))]), 100)
    assert first["text"] == "\n".join(f"- entry {number}\n    with a second line" for number in (0, 1, 2))
    assert [box["y"] for box in second["boxes"]] == [60, 80, 100]


def test_lines_of_code_stay_whole_with_what_opens_them_as_context() -> None:
    code = Item(ItemKind.CODE, "\n".join(f"print('this is line {number}')" for number in range(10)), language="python")
    first, *_, last = chunks_of(pages_of([code]), 120)
    assert (first["context"], first["text"].splitlines()[0]) == (None, "```python")
    assert (last["context"], last["text"].splitlines()[-1]) == ("```python", "```")


def test_boxes_end_where_their_page_does() -> None:
    [one] = chunks_of(pages_of([text("At the edge.", Box(-10, 780, 700, 30))]))
    assert one["boxes"] == [{"page": 1, "x": 0, "y": 780, "w": 612, "h": 12}]


def test_an_overlap_repeats_whole_sentences_of_the_same_section() -> None:
    long = " ".join(f"This is sentence number {number}." for number in range(12))
    first, second, *_ = chunks_of(pages_of([heading("One"), text(long), heading("Two"), text("Else.")]), 120, 40)
    assert second["text"].startswith("This is sentence number 3. This is sentence number 4.")
    assert first["text"].endswith("This is sentence number 3.")
    *_, last = chunks_of(pages_of([heading("One"), text(long), heading("Two"), text("Else.")]), 120, 40)
    assert last["text"] == "# Two\n\nElse."


def test_an_id_stays_when_other_parts_change_and_is_never_another_chunk_s() -> None:
    before = list(chunks_of(pages_of([heading("One"), text("First."), heading("Two"), text("Second.")])))
    after = list(chunks_of(pages_of([heading("One"), text("Other."), heading("Two"), text("Second.")])))
    assert [before[at]["id"] == after[at]["id"] for at in (0, 1)] == [False, True]
    same = chunks_of(pages_of([heading("One"), text("First.")], [heading("One"), text("First.")]))
    assert len({one["id"] for one in same}) == 2


def test_hidden_titles_are_in_no_chunk_and_take_no_place_of_the_text() -> None:
    title = Item(ItemKind.HEADING, "1", Box(50, 10, 10, 10), level=1, role=Role.HEADER)
    pages = pages_of([title, text("1. It began in 2011.", Box(50, 90, 90, 10))], hide_headers=True)
    [one] = chunks_of(pages)
    assert (one["text"], one["headings"], len(one["boxes"])) == ("1. It began in 2011.", [], 1)


def test_what_no_item_has_is_in_a_chunk_too() -> None:
    pages = pages_of([text("Words.")], page_prefix="<p {pageNumber}>", page_suffix="<end>")
    assert words(one["text"] for one in chunks_of(pages)) == words([pages[0]["md"]])


def test_a_result_of_fast_mode_has_no_markdown_but_an_empty_document_has_no_text_either() -> None:
    pages = pages_of([])
    assert not has_markdown(pages)
    assert has_markdown([{**page, "text": ""} for page in pages])
    assert list(chunks_of(pages)) == []


KINDS = {"docx": 3, "html": 2, "xlsx": 2, "eml": 1, "msg": 1}
"""How many documents of each format, besides PDFs: the largest, in which there is most to lose."""


def specimens() -> list[Path]:
    """Documents of the corpus: PDFs and those that offices, the web and mail make."""
    pdfs = sorted(of_corpus("pdf-bench").glob("*.pdf"))
    others = [path for path in of_corpus("office").iterdir() if not path.name.endswith(".expected.md")]
    by_size = sorted(others, key=lambda path: (path.stat().st_size, path.name), reverse=True)
    largest = [[path for path in by_size if path.suffix == f".{kind}"][:most] for kind, most in KINDS.items()]
    return pdfs[:: len(pdfs) // 12] + [path for some in largest for path in some]


@pytest.mark.timeout(600)
def test_every_word_of_real_documents_is_in_exactly_one_chunk_and_boxes_lie_on_their_pages() -> None:
    documents = specimens()
    assert len(documents) >= 20
    assert {path.suffix.removeprefix(".") for path in documents} == {"pdf", *KINDS}
    for path in documents:
        pages = json.loads(work(path).outputs["output.json"])["pages"]
        sheets = {page["page"]: page for page in pages}
        for size in SIZES:
            chunks = list(chunks_of(pages, size))
            assert words(one["text"] for one in chunks) == words(page["md"] for page in pages), path.name
            assert [one["index"] for one in chunks] == list(range(len(chunks)))
            assert all(len(one["text"]) <= size or len(one["text"].split()) == 1 for one in chunks), path.name
            assert all(a["pages"][-1] <= b["pages"][0] for a, b in pairwise(chunks)), path.name
            assert len({one["id"] for one in chunks}) == len(chunks)
            for box in (box for one in chunks for box in one["boxes"]):
                sheet = sheets[box["page"]]
                assert 0 <= box["x"] <= box["x"] + box["w"] <= sheet["width"] + 0.01, path.name
                assert 0 <= box["y"] <= box["y"] + box["h"] <= sheet["height"] + 0.01, path.name
            if path.suffix == ".pdf":
                assert all(one["boxes"] for one in chunks), path.name
