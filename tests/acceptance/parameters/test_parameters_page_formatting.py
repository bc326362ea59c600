"""What stands around pages, and their running titles (docs/parameters.md: Page formatting)."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.corpus import of_corpus
from support.engine_runs import written
from support.running import Tenant, once


def bound(number: int, *, header: str = "ACME Corporation", footer: str = "Page {} of 4") -> papers.Draw:
    """A page of a report with its running titles."""
    return papers.together(
        papers.lines(header, top=30, size=9),
        papers.chapter(f"Chapter {number}", 6),
        papers.lines(footer.format(number), top=760, size=9),
    )


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return papers.pdf(tmp_path / "report.pdf", *(bound(number) for number in range(1, 5)))


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A Word document with a header and a footer."""
    document = docx.Document()
    document.add_paragraph("Dear reader,")
    document.sections[0].header.paragraphs[0].text = "ACME Corporation"
    document.sections[0].footer.paragraphs[0].text = "Confidential"
    target = io.BytesIO()
    document.save(target)
    (tmp_path / "letter.docx").write_bytes(target.getvalue())
    return tmp_path / "letter.docx"


@pytest.mark.effect("page_separator")
def test_the_separator_stands_between_pages_with_the_number_of_the_next(report: Path) -> None:
    text, markdown, pages = written(report)
    assert markdown.count("\n\n---\n\n") == 3
    text, markdown, pages = written(report, page_separator="\n== {pageNumber} / {page_number} ==\n")
    assert [f"\n== {n} / {n} ==\n" in markdown for n in range(1, 6)] == [False, True, True, True, False]
    assert "\n== 2 / 2 ==\n".join([pages[0]["text"], pages[1]["text"]]) in text


@pytest.mark.effect("page_prefix", "page_suffix")
def test_prefix_and_suffix_stand_around_each_page(report: Path) -> None:
    _, markdown, _ = written(report)
    assert "START" not in markdown
    text, markdown, _ = written(report, page_prefix="START {pageNumber}\n", page_suffix="\nEND {page_number}")
    assert markdown.startswith("START 1\nACME")
    assert "Page 1 of 4\nEND 1\n\n---\n\nSTART 2\n" in markdown
    assert text.startswith("START 1\n")
    assert text.endswith("\nEND 4")


@pytest.mark.effect("hide_headers")
def test_headers_can_be_left_out_of_the_markdown(report: Path) -> None:
    _, markdown, pages = written(report)
    assert markdown.count("ACME Corporation") == 4
    text, markdown, pages = written(report, hide_headers=True)
    assert "ACME" not in markdown
    assert [page["pageHeaderMarkdown"] for page in pages] == ["ACME Corporation"] * 4
    assert text.count("ACME Corporation") == 4, "the text keeps them"
    assert markdown.count("# Chapter") == 4, "a heading that only counts up is none"
    assert "Page 2 of 4" in markdown


@pytest.mark.effect("hide_headers")
def test_a_title_that_all_pages_begin_with_stays_a_heading(tmp_path: Path) -> None:
    pages = [papers.chapter("Quarterly overview", 4 + number) for number in range(3)]
    path = papers.pdf(tmp_path / "same.pdf", *pages)
    _, markdown, found = written(path)
    assert markdown.count("# Quarterly overview\n") == 3
    assert [page["pageHeaderMarkdown"] for page in found] == ["# Quarterly overview"] * 3
    assert "Quarterly overview" not in written(path, hide_headers=True)[1].replace("of Quarterly overview", "")


@pytest.mark.effect("hide_footers")
def test_footers_can_be_left_out_of_the_markdown(report: Path) -> None:
    text, markdown, pages = written(report, hide_footers=True)
    assert ("Page 1 of 4" in text, "of 4" in markdown, "ACME" in markdown) == (True, False, True)
    assert [page["pageFooterMarkdown"] for page in pages] == [f"Page {n} of 4" for n in range(1, 5)]
    assert "Page 1 of 4" in written(report)[1]


@pytest.mark.effect("page_header_prefix", "page_header_suffix")
def test_headers_can_be_marked(report: Path) -> None:
    marks = {"page_header_prefix": "[Header]\n", "page_header_suffix": "\n[/Header]"}
    _, markdown, _ = written(report, **marks)
    assert markdown.count("[Header]\nACME Corporation\n[/Header]\n\n# Chapter") == 4
    assert "[Header]" not in written(report)[1]
    assert "[Header]" not in written(report, hide_headers=True, **marks)[1]


@pytest.mark.effect("page_footer_prefix", "page_footer_suffix")
def test_footers_can_be_marked(report: Path) -> None:
    _, markdown, _ = written(report, page_footer_prefix="[Footer]\n", page_footer_suffix="\n[/Footer]")
    assert markdown.endswith("[Footer]\nPage 4 of 4\n[/Footer]")
    assert "[Footer]" not in written(report)[1]


@pytest.mark.effect("page_header_prefix", "page_footer_prefix")
def test_titles_that_a_word_document_declares_are_written_where_they_are_marked(letter: Path) -> None:
    _, markdown, [page] = written(letter)
    assert "ACME" not in markdown
    assert (page["pageHeaderMarkdown"], page["pageFooterMarkdown"]) == ("ACME Corporation", "Confidential")
    _, markdown, _ = written(letter, page_header_prefix="<h>", page_footer_prefix="<f>", page_footer_suffix="</f>")
    assert markdown == "<h>ACME Corporation\n\nDear reader,\n\n<f>Confidential</f>"
    assert "ACME" not in written(letter, page_header_prefix="<h>", hide_headers=True)[1]


def test_titles_of_books_alternate(tmp_path: Path) -> None:
    sides = ("The author", "The title of the book")
    path = papers.pdf(tmp_path / "book.pdf", *(bound(number, header=sides[number % 2]) for number in range(1, 8)))
    _, markdown, pages = written(path, hide_headers=True)
    assert [page["pageHeaderMarkdown"] for page in pages] == [sides[number % 2] for number in range(1, 8)]
    assert "The author" not in markdown


def test_what_is_all_that_a_page_says_is_no_header(tmp_path: Path) -> None:
    line = papers.lines("Left blank on purpose", top=30, size=9)
    path = papers.pdf(tmp_path / "blank.pdf", *([papers.together(line, papers.chapter("Words"))] * 2), line)
    _, _, pages = written(path, hide_headers=True)
    assert ["blank" in page["md"] for page in pages] == [False, False, True]


def test_what_stands_once_near_an_edge_is_content(tmp_path: Path) -> None:
    tops = ("Dear Mr Smith,", "as we agreed", "the goods", "yours truly")
    path = papers.pdf(tmp_path / "letter.pdf", *(bound(n, header=top) for n, top in enumerate(tops, 1)))
    _, markdown, _ = written(path, hide_headers=True)
    assert all(top in markdown for top in tops)


def test_a_single_page_has_a_header_only_where_it_stands_apart(tmp_path: Path) -> None:
    apart = papers.pdf(tmp_path / "a.pdf", papers.together(papers.lines("ACME", top=30, size=9), papers.chapter("One")))
    _, markdown, [page] = written(apart, hide_headers=True)
    assert (page["pageHeaderMarkdown"], "ACME" in markdown) == ("ACME", False)
    near = papers.pdf(tmp_path / "b.pdf", papers.lines("Dear reader,", "how are you?", top=30))
    _, markdown, [page] = written(near, hide_headers=True)
    assert (page["pageHeaderMarkdown"], "Dear reader," in markdown) == ("", True)


@pytest.mark.effect("extract_printed_page_number")
def test_the_number_printed_on_a_page_is_told_as_it_stands(tmp_path: Path) -> None:
    footers = ("iii", "iv", "1", "2", "A-3")
    path = papers.pdf(tmp_path / "a.pdf", *(bound(n, footer=footer) for n, footer in enumerate(footers, 1)))
    pages = written(path)[2]
    assert not any("printedPageNumber" in page for page in pages)
    pages = written(path, extract_printed_page_number=True)[2]
    assert [page["printedPageNumber"] for page in pages] == list(footers)


PLACES = {
    "centred": ("{}", 306, 36),
    "between dashes": ("- {} -", 306, 36),
    "with its name": ("Page {} of 9", 500, 36),
    "with a bar": ("{} | Annual report", 120, 36),
    "behind a bar": ("Annual report | {}", 480, 36),
    "at the top": ("{}", 530, 756),
    "far from the edge": ("{}", 306, 130),
    "in brackets": ("[{}]", 306, 36),
    "as Word has it": ("{} | P a g e", 120, 36),
    "out of so many": ("{}/9", 530, 36),
    "after a word": ("Confidential - Seite {}", 306, 756),
}
"""How a page number is written, and where its middle stands."""


@pytest.mark.effect("extract_printed_page_number")
@pytest.mark.parametrize("place", PLACES)
def test_the_number_is_found_wherever_it_stands_and_stays_in_the_markdown(tmp_path: Path, place: str) -> None:
    form, x, y = PLACES[place]

    def page(number: int) -> papers.Draw:
        def draw(canvas: Canvas) -> None:
            papers.lines(*[papers.FOX] * (30 + number % 3), top=100)(canvas)
            canvas.drawCentredString(x, y, form.format(number))

        return draw

    path = papers.pdf(tmp_path / "a.pdf", *map(page, range(1, 8)))
    pages = written(path, extract_printed_page_number=True)[2]
    assert [page["printedPageNumber"] for page in pages] == [str(number) for number in range(1, 8)]
    for number, one in enumerate(pages, 1):
        title = one["pageHeaderMarkdown"] or one["pageFooterMarkdown"]
        assert (str(number) in title, title in one["md"]) == (True, True)
    hidden = written(path, hide_headers=True, hide_footers=True)[2]
    assert not any(character.isdigit() for one in hidden for character in one["md"])


@pytest.mark.effect("extract_printed_page_number")
def test_numbers_that_others_printed() -> None:
    pages = written(of_corpus("hostile", "pdfjs", "issue3214.pdf"), extract_printed_page_number=True)[2]
    assert [page["printedPageNumber"] for page in pages] == [str(number) for number in range(1, 15)]


@pytest.mark.effect("extract_printed_page_number")
@pytest.mark.parametrize(
    ("said", "number"),
    [("Page 7", "7"), ("Annual report, page 7", "7"), ("For more see page 7", None), ("Made in the U.S. 1999", None)],
)
def test_a_page_that_is_referred_to_is_not_this_one(tmp_path: Path, said: str, number: str | None) -> None:
    path = papers.pdf(tmp_path / "a.pdf", papers.together(papers.chapter("Words", 6), papers.lines(said, top=760)))
    [page] = written(path, extract_printed_page_number=True)[2]
    assert page.get("printedPageNumber") == number


@pytest.mark.effect("extract_printed_page_number")
@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("01030000000001", "314"),
        ("01030000000019", "ix"),
        ("01030000000127", "42"),
        ("01030000000133", "155"),
        ("01030000000040", None),
    ],
)
def test_single_pages_of_books(name: str, number: str | None) -> None:
    path = of_corpus("pdf-bench", f"{name}.pdf")
    [page] = written(path, disable_ocr=True, extract_printed_page_number=True)[2]
    assert page.get("printedPageNumber") == number


@pytest.mark.effect("extract_printed_page_number")
def test_small_roman_numbers_before_others_that_begin_anew(tmp_path: Path) -> None:
    footers = ("iii", "iv", "1", "2")
    path = papers.pdf(tmp_path / "a.pdf", *(bound(n, header=" ", footer=footer) for n, footer in enumerate(footers, 1)))
    assert [page["printedPageNumber"] for page in written(path, extract_printed_page_number=True)[2]] == list(footers)


@pytest.mark.effect("extract_printed_page_number")
def test_a_number_inside_of_a_title_counts_when_it_goes_on(tmp_path: Path) -> None:
    titles = [f"Circulating things {n}" for n in (83, 84, 85)]
    path = papers.pdf(tmp_path / "a.pdf", *(bound(n, header=title, footer=" ") for n, title in enumerate(titles, 1)))
    pages = written(path, extract_printed_page_number=True)[2]
    assert [page.get("printedPageNumber") for page in pages] == ["83", "84", "85"]
    years = papers.pdf(tmp_path / "b.pdf", *(bound(n, header="Report of 2024", footer=" ") for n in (1, 2, 3)))
    pages = written(years, extract_printed_page_number=True)[2]
    assert [page.get("printedPageNumber") for page in pages] == [None] * 3, "a year is no page number"


@pytest.mark.effect("hide_headers", "extract_printed_page_number")
@once
def test_titles_through_the_api(tenant: Tenant, report: Path) -> None:
    parameters = {"hide_headers": True, "extract_printed_page_number": True}
    items = tenant.run([(report.name, report.read_bytes())], parameters)
    found = tenant.parsed(items[report.name]["job_id"], "markdown", "metadata", "items")
    assert "ACME" not in found["markdown"]["pages"][0]["markdown"]
    assert [page["printed_page_number"] for page in found["metadata"]["pages"]] == ["1", "2", "3", "4"]
    first, *_, last = found["items"]["pages"][1]["items"]
    assert [(one["type"], one["md"], len(one["bbox"])) for one in (first, last)] == [
        ("header", "ACME Corporation", 1),
        ("footer", "Page 2 of 4", 1),
    ]
    assert json.dumps(found["items"]["pages"][1]).count('"value": "ACME Corporation"') == 1, "it is not told twice"
