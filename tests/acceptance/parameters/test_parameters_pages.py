"""Which pages, which part of them, and which text on them (docs/parameters.md)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, RectangleObject, TextStringObject
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
from support import papers
from support.corpus import of_corpus, pdfs_of_corpus
from support.engine_runs import NOTE, failure, written
from support.papers import HEIGHT
from support.running import Tenant, once

from engines.errors import Code
from engines.parameters import ParseParameters
from engines.parameters.conditions import Conditions
from engines.parameters.validation import complaints_about


@pytest.fixture
def five(tmp_path: Path) -> Path:
    return papers.pdf(tmp_path / "five.pdf", *(papers.chapter(f"Page {number}") for number in range(1, 6)))


@pytest.fixture
def edges(tmp_path: Path) -> Path:
    """A page with a word at each edge and one in the middle."""

    def draw(canvas: Canvas) -> None:
        for word, x, y in (
            ("topmost", 280, 765),
            ("bottommost", 280, 20),
            ("leftmost", 5, 400),
            ("rightmost", 550, 400),
        ):
            canvas.drawString(x, y, word)
        canvas.drawString(250, 500, "the middle of the page")

    return papers.pdf(tmp_path / "edges.pdf", draw)


def numbers(path: Path, **parameters: Any) -> list[int]:
    return [page["page"] for page in written(path, **parameters)[2]]


@pytest.mark.effect("target_pages")
def test_pages_are_selected_from_nought_and_keep_their_numbers(five: Path) -> None:
    assert numbers(five) == [1, 2, 3, 4, 5]
    assert numbers(five, target_pages="1,3-4") == [2, 4, 5]
    assert failure(five, target_pages="9") is Code.NO_DATA_FOUND_IN_FILE
    [refused] = complaints_about(ParseParameters(target_pages="3-1"), Conditions())
    assert refused.path == ("target_pages",)


@pytest.mark.effect("max_pages")
def test_no_more_than_so_many_of_the_selected_pages(five: Path) -> None:
    assert numbers(five, max_pages=2) == [1, 2]
    assert numbers(five, max_pages=2, target_pages="2-4") == [3, 4]
    assert numbers(five, max_pages=0) == [1, 2, 3, 4, 5]


@pytest.mark.effect("max_pages_enforced")
def test_more_pages_than_enforced_fail_the_document(five: Path) -> None:
    assert failure(five, max_pages_enforced=3) is Code.TOO_MANY_PAGES
    assert numbers(five, max_pages_enforced=3, max_pages=3) == [1, 2, 3]


@pytest.mark.effect("bounding_box", "bbox_top", "bbox_right", "bbox_bottom", "bbox_left")
@pytest.mark.parametrize("side", ["top", "right", "bottom", "left"])
def test_margins_are_left_out(edges: Path, side: str) -> None:
    words = {one: f"{one}most" for one in ("top", "right", "bottom", "left")}
    text, markdown, _ = written(edges)
    assert all(word in text and word in markdown for word in words.values())
    box = ",".join("0.1" if one == side else "0" for one in words)
    for asked in ({f"bbox_{side}": 0.1}, {"bounding_box": box}):
        text, markdown, _ = written(edges, **asked)
        kept = {one for one, word in words.items() if word in text}
        assert kept == words.keys() - {side}
        assert words[side] not in markdown
        assert "the middle" in markdown
    text = written(edges, bounding_box=box, **{f"bbox_{side}": 0.0})[0]
    assert words[side] in text, "the single margin wins over its part of the box"


@pytest.mark.effect("bbox_top")
def test_margins_of_a_scan(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "scan.pdf", papers.scan(papers.writing("headline", "", "", "", "", "", "body")))
    assert "headline" in written(path)[0]
    text = written(path, bbox_top=0.2)[0]
    assert ("headline" in text, "body" in text) == (False, True)


@pytest.mark.effect("skip_diagonal_text")
def test_text_at_an_angle_can_be_skipped(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        papers.lines(NOTE)(canvas)
        for angle, word in ((45, "DRAFT"), (90, "sideways")):
            canvas.saveState()
            canvas.translate(300, 300)
            canvas.rotate(angle)
            canvas.drawString(0, 0, word)
            canvas.restoreState()

    path = papers.pdf(tmp_path / "draft.pdf", draw)
    assert "DRAFT" in written(path)[0]
    text = written(path, skip_diagonal_text=True)[0]
    assert ("DRAFT" in text, "sideways" in text, NOTE in text) == (False, True, True)


@pytest.mark.effect("preserve_very_small_text")
def test_very_small_text_can_be_kept(tmp_path: Path) -> None:
    tiny = papers.lines("a microscopic remark", top=300, size=1)
    path = papers.pdf(tmp_path / "small.pdf", papers.together(papers.lines(NOTE), tiny))
    assert "microscopic" not in "".join(written(path)[:2])
    text, markdown, _ = written(path, preserve_very_small_text=True)
    assert ("microscopic" in text, "microscopic" in markdown) == (True, True)


@pytest.mark.effect("annotate_links")
def test_links_can_be_written_with_their_address(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        papers.lines("See our site for more.")(canvas)
        canvas.linkURL("https://example.org/site", (70, 695, 200, 715))

    path = papers.pdf(tmp_path / "link.pdf", draw)
    _, markdown, [page] = written(path)
    assert "https://" not in markdown
    assert [link["url"] for link in page["links"]] == ["https://example.org/site"]
    _, markdown, [page] = written(path, annotate_links=True)
    assert "](https://example.org/site)" in markdown
    assert [link["url"] for link in page["links"]] == ["https://example.org/site"]


@pytest.mark.effect("target_pages", "bbox_top")
@once
def test_selections_through_the_api(tenant: Tenant, five: Path) -> None:
    items = tenant.run([(five.name, five.read_bytes())], {"target_pages": "1,3", "bbox_top": 0.2})
    pages = tenant.parsed(items[five.name]["job_id"], "markdown")["markdown"]["pages"]
    assert [page["page_number"] for page in pages] == [2, 4]
    assert "# Page" not in pages[0]["markdown"]


def letters(text: str) -> Counter[str]:
    return Counter(character for character in normalize("NFKC", text) if character.isalnum())


@pytest.mark.effect("bbox_top", "bbox_right", "bbox_bottom", "bbox_left")
@pytest.mark.parametrize(("one", "other"), [("bbox_left", "bbox_right"), ("bbox_top", "bbox_bottom")])
def test_of_two_halves_each_word_is_in_one(one: str, other: str) -> None:
    """The middle of a word decides: what a margin cuts through is neither lost with both halves nor told with both."""
    for path in pdfs_of_corpus("pdf-bench")[::6]:
        whole, *halves = (written(path, disable_ocr=True, **asked)[0] for asked in ({}, {one: 0.5}, {other: 0.5}))
        assert letters(whole) == letters(halves[0]) + letters(halves[1]), path.name


@pytest.mark.effect("bbox_top")
@pytest.mark.parametrize("is_fast", [False, True])
def test_a_line_that_only_touches_a_margin_stays_and_so_does_what_sticks_out_elsewhere(
    tmp_path: Path, is_fast: bool
) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, HEIGHT - 84, "cut through by the margin")
        canvas.drawString(72, 400, "beginning on the page " + "and going on " * 8 + "beyond")

    path = papers.pdf(tmp_path / "edge.pdf", draw)
    for asked in ({"bbox_top": 0.1}, {"bbox_left": 0.05}):
        text = written(path, fast_mode=is_fast, **asked)[0]
        assert ("cut through" in text, "beginning on the page" in text, text.count("going on")) == (True, True, 8)


@pytest.mark.effect("bbox_right", "annotate_links")
def test_links_beyond_the_margin_are_left_out(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for x, name in ((72, "left"), (450, "right")):
            canvas.drawString(x, 600, f"the {name} site")
            canvas.linkURL(f"https://{name}.example", (x, 598, x + 80, 612))

    path = papers.pdf(tmp_path / "links.pdf", draw)
    [page] = written(path, bbox_right=0.4)[2]
    assert page["links"] == [{"url": "https://left.example", "text": "the left site"}]


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A page with links on some words of a heading, of paragraphs, and of a cell."""
    styles = getSampleStyleSheet()

    def told(text: str, style: str = "BodyText") -> Paragraph:
        return Paragraph(text, styles[style])

    rows = [
        ["Name", "Where"],
        ["Crane", told('see <a href="https://map.example/a|x">the map</a> first')],
        ["Barge", ""],
    ]
    path = tmp_path / "linked.pdf"
    SimpleDocTemplate(str(path)).build(
        [
            told('About <a href="https://harbour.example">the harbour</a>', "Heading1"),
            told('Write to <a href="mailto:office@harbour.example">the office</a>, or see (<a href="https://a.example">here</a>).'),
            told("As others say[<a href='https://cite.example'>12</a>], " + "and so on " * 8 + "<a href='https://long.example'>"
                 "to the end of this line, where the same link goes on</a>."),
            Table(rows, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")]),
        ]
    )  # fmt: skip
    return path


@pytest.mark.effect("annotate_links")
def test_links_lie_on_their_words_alone(linked: Path) -> None:
    _, markdown, [page] = written(linked, annotate_links=True)
    assert "# About [the harbour](https://harbour.example)\n" in markdown
    assert "Write to [the office](mailto:office@harbour.example), or see ([here](https://a.example))." in markdown
    assert "say[[12](https://cite.example)], and" in markdown
    assert "[to the end of this line, where the same link goes on](https://long.example)." in markdown
    assert "| see [the map](https://map.example/a%7Cx) first |" in markdown
    assert [link["text"] for link in page["links"]] == [
        *("the harbour", "the office", "here", "12", "to the end of this line, where the same link goes on", "the map")
    ]
    html = written(linked, annotate_links=True, output_tables_as_html=True)[1]
    assert '<td>see <a href="https://map.example/a|x">the map</a> first</td>' in html
    plain = written(linked)
    assert ("](" in plain[1], "<a " in plain[1], plain[2][0]["links"] == page["links"]) == (False, False, True)


@pytest.mark.effect("annotate_links")
def test_a_link_over_two_lines_lies_on_its_quadrilaterals(tmp_path: Path) -> None:
    plain = papers.pdf(
        tmp_path / "plain.pdf", papers.lines("The link begins here", "and ends in the next line", top=90)
    )
    corners = [(140, 712, 190), (70, 698, 118)]
    quads = [
        FloatObject(one)
        for left, top, right in corners
        for one in (left, top, right, top, left, top - 12, right, top - 12)
    ]
    annotation = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/Rect"): RectangleObject((70, 686, 190, 712)),
            NameObject("/QuadPoints"): ArrayObject(quads),
            NameObject("/A"): DictionaryObject(
                {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject("https://quad.example")}
            ),
        }
    )
    writer = PdfWriter(clone_from=str(plain))
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])
    writer.write(tmp_path / "quads.pdf")
    [page] = written(tmp_path / "quads.pdf", annotate_links=True)[2]
    assert page["links"] == [{"url": "https://quad.example", "text": "here and ends"}]


@pytest.mark.effect("annotate_links")
def test_addresses_in_the_text_are_links_of_themselves(tmp_path: Path) -> None:
    said = (
        "Look at https://harbour.example/sheds, or (www.cranes.example).",
        "Write to office@harbour.example; not @all.",
    )
    path = papers.pdf(
        tmp_path / "plain.pdf", papers.lines(*said, "It is at https://broken.example/in-two-", "parts, alas.")
    )
    text, markdown, [page] = written(path, annotate_links=True)
    assert [link["url"] for link in page["links"]] == [
        *("https://harbour.example/sheds", "http://www.cranes.example", "mailto:office@harbour.example")
    ]
    assert "[https://harbour.example/sheds](https://harbour.example/sheds), or (" in markdown
    assert "[office@harbour.example](mailto:office@harbour.example); not @all." in markdown
    assert "](" not in text + written(path)[1]


@pytest.mark.effect("annotate_links")
def test_links_of_documents_that_others_made() -> None:
    markdown = written(of_corpus("pdf-bench", "01030000000094.pdf"), annotate_links=True)[1]
    assert markdown.count("[this](https://www.") == 3
    markdown = written(of_corpus("pdf-bench", "01030000000100.pdf"), disable_ocr=True, annotate_links=True)[1]
    assert "([*Yoeli et al. 2013*](https://www.jstor.org/" in markdown
