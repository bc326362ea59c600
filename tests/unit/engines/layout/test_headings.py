"""Headings: what is one by its size, weight and place, and of which level."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest
from pypdf.generic import NameObject, NumberObject
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from support import papers
from support.layouts import Read, drawn, items

from engines.document import Document, ItemKind


def test_headings_have_levels_by_their_size(read: Read) -> None:
    body = papers.lines(*[papers.FOX] * 5, top=200)
    document = read(
        drawn((72, 100, "A large title"), font="Helvetica-Bold", size=22),
        drawn((72, 150, "A smaller one"), font="Helvetica-Bold", size=15),
        body,
    )
    assert [(one.text, one.level) for one in items(document, ItemKind.HEADING)] == [
        ("A large title", 1),
        ("A smaller one", 2),
    ]


def test_numbers_tell_levels_where_sizes_do_not(read: Read) -> None:
    titles = ("Annual report", "1 Summary", "1.1 Sales", "2 Outlook")
    bold = [drawn((72, 100.0 + 60 * at, text), font="Helvetica-Bold", size=15) for at, text in enumerate(titles)]
    document = read(*bold, *[papers.lines(papers.FOX, top=125 + 60 * at) for at in range(4)])
    assert [one.level for one in items(document, ItemKind.HEADING)] == [1, 2, 3, 2]


def test_a_larger_kind_of_heading_elsewhere_leaves_no_level_out(read: Read) -> None:
    sizes = ((24, "Harbour book"), (18, "By Hedda Lindgren"), (20, "1 Boats"), (15, "1.1 Sails"), (20, "2 Tides"))
    titles = [
        drawn((72, 80.0 + 80 * at, text), font="Helvetica-Bold", size=size) for at, (size, text) in enumerate(sizes)
    ]
    document = read(*titles, *[papers.lines(papers.FOX, papers.FOX, top=105 + 80 * at) for at in range(5)])
    assert [one.level for one in items(document, ItemKind.HEADING)] == [1, 2, 2, 3, 2]


def test_a_small_heading_before_larger_ones_stays_below_them(read: Read) -> None:
    titles = ((13, "3.4 Sails"), (20, "4 Tides"))
    drawings = [
        drawn((72, 80.0 + 80 * at, text), font="Helvetica-Bold", size=size) for at, (size, text) in enumerate(titles)
    ]
    document = read(*drawings, *[papers.lines(papers.FOX, papers.FOX, top=105 + 80 * at) for at in range(2)])
    assert [one.level for one in items(document, ItemKind.HEADING)] == [2, 1]


def test_captions_and_sentences_are_no_headings(read: Read) -> None:
    document = read(
        drawn((72, 100, "Figure 3. Boats by year"), font="Helvetica-Bold"),
        papers.lines(*[papers.FOX] * 5, top=140),
        drawn((72, 260, "It was larger, but it was a sentence."), size=12),
    )
    assert items(document, ItemKind.HEADING) == []


def test_bold_lines_are_headings_even_where_they_have_most_of_the_letters(read: Read) -> None:
    titles = [(72, 100 + 60.0 * at, f"Harbour regulations of the year {2001 + at}, as amended") for at in range(4)]
    texts = [(72, 116 + 60.0 * at, "They were read aloud to all of the crews.") for at in range(4)]
    document = read(drawn(*titles, font="Helvetica-Bold", size=13), drawn(*texts, size=11))
    assert len(items(document, ItemKind.HEADING)) == 4


def headings(document: Document) -> list[str]:
    return [one.text for one in items(document, ItemKind.HEADING)]


def test_a_small_line_above_a_title_is_none(read: Read) -> None:
    document = read(
        drawn((72, 80, "Chapter 2"), size=13),
        drawn((72, 120, "Boats of the north"), size=18),
        papers.lines(*[papers.FOX] * 5, top=150),
    )
    assert headings(document) == ["Boats of the north"]


def test_plain_lines_of_a_title_page_head_nothing(read: Read) -> None:
    document = read(
        drawn((220, 200, "Tides of the northern harbours"), size=18),
        drawn((270, 240, "Hedda Lindgren"), (275, 265, "4 June 2031"), size=13),
        drawn((72, 320, "1 Tides"), font="Helvetica-Bold", size=15),
        papers.lines(*[papers.FOX] * 5, top=345),
    )
    assert headings(document) == ["Tides of the northern harbours", "1 Tides"]


def test_so_does_a_date_far_above_what_follows(read: Read) -> None:
    document = read(
        drawn((150, 200, "Tides of the northern harbours"), font="Helvetica-Bold", size=24),
        drawn((260, 250, "June 2031"), size=15),
        papers.lines(papers.FOX, papers.FOX, papers.FOX, top=560),
    )
    assert headings(document) == ["Tides of the northern harbours"]


def test_bold_lines_that_follow_each_other_like_those_of_a_text_are_none(read: Read) -> None:
    names = ((72, "Between"), (250, "Hedda Lindgren"), (460, "Plaintiff"), (290, "and"), (250, "Harbour of Norrvik"))
    parties = [(float(x), 100.0 + 12 * at, text) for at, (x, text) in enumerate(names)]
    document = read(drawn(*parties, font="Helvetica-Bold", size=11), papers.lines(*[papers.FOX] * 5, top=180))
    assert headings(document) == []


def test_titles_of_a_sidebar_are_headings_of_its_small_text(read: Read) -> None:
    document = read(
        papers.lines(*[papers.FOX] * 9, size=13),
        drawn((450, 100, "Tides"), (450, 300, "Winds"), font="Helvetica-Bold", size=9),
        drawn((450, 113, "They come twice"), (450, 125, "in a day."), size=9.5),
        drawn((450, 360, "From the west."), size=9.5),
    )
    assert headings(document) == ["Tides", "Winds"]


@pytest.mark.parametrize(
    "text",
    [
        "Write to harbour@example.org",
        "Moorings . . . . . . . . . . 12",
        "of the harbour.",
        "the fees (of members",
        "[ English",
        "[ English |",
    ],
)
def test_addresses_rows_of_contents_and_parts_of_texts_are_none(read: Read, text: str) -> None:
    document = read(drawn((72, 70, text), font="Helvetica-Bold", size=12), papers.lines(*[papers.FOX] * 5, top=120))
    assert headings(document) == []


def test_bold_code_is_none_where_the_text_is_in_another_font(read: Read) -> None:
    code = drawn((72, 70, "read_tides harbour"), font="Courier-Bold", size=11)
    name, type_of = drawn((72, 300, "read_winds"), font="Courier-Bold", size=12), drawn((160, 300, "harbour"), size=12)
    assert headings(read(code, name, type_of, papers.lines(*[papers.FOX] * 5, top=120))) == []


@pytest.mark.parametrize("name", ["CMBX12", "NimbusRomNo9L-Medi", "FrutigerLT-Bd"])
def test_fonts_that_are_bold_by_their_names_alone_make_headings(tmp_path: Path, name: str) -> None:
    pdfmetrics.registerFont(TTFont("Plain", papers.VERA))
    title = drawn((72, 70, "Moorings"), font="Plain", size=11)
    path = papers.pdf(tmp_path / "tex.pdf", papers.together(title, papers.lines(*[papers.FOX] * 5, top=120)))
    assert headings(papers.read(path)) == []
    writer = pypdf.PdfWriter(path)
    for font in writer.pages[0]["/Resources"]["/Font"].values():
        if "Vera" in (named := font.get_object())["/BaseFont"]:
            named[NameObject("/BaseFont")] = NameObject(f"/ABCDEF+{name}")
            named["/FontDescriptor"][NameObject("/FontName")] = NameObject(f"/ABCDEF+{name}")
    writer.write(path)
    assert headings(papers.read(path)) == ["Moorings"]


def test_a_label_above_a_number_is_none(read: Read) -> None:
    labels = drawn((72, 300, "Over 50"), (72, 316, "41-50"), font="Helvetica-Bold", size=11)
    assert headings(read(papers.lines(*[papers.FOX] * 5, top=120), labels)) == []


def test_stems_that_are_too_thick_for_any_font_make_none_bold(tmp_path: Path) -> None:
    pdfmetrics.registerFont(TTFont("Plain", papers.VERA))
    title = drawn((72, 70, "Moorings"), font="Plain", size=11)
    path = papers.pdf(tmp_path / "thick.pdf", papers.together(title, papers.lines(*[papers.FOX] * 5, top=120)))
    writer = pypdf.PdfWriter(path)
    for font in writer.pages[0]["/Resources"]["/Font"].values():
        if "Vera" in (named := font.get_object())["/BaseFont"]:
            named["/FontDescriptor"][NameObject("/StemV")] = NumberObject(500)
    writer.write(path)
    assert headings(papers.read(path)) == []
