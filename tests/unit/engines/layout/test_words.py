"""Words of a page: their letters, their order, marks raised beside them, hyphens at the end of a line."""

from __future__ import annotations

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from support.layouts import Read, drawn, markdown, typed

from engines.containers.pdfium.text import _character
from engines.layout.joining import is_hyphenated, keeps_hyphen
from engines.layout.lines import lines_of
from engines.layout.words import words_of


def test_a_pair_of_surrogates_is_one_character() -> None:
    codes = [0x41, 0xD835, 0xDF0B, 0xD835, 0x42]
    assert [_character(codes, at) for at in range(5)] == ["A", "𝜋", "\u200b", "\ufffd", "B"]


def test_what_a_font_does_not_identify_is_marked_and_never_a_control_character() -> None:
    page = typed("a\x03b\x02")
    assert [word.text for word in words_of(page)] == ["a\ufffdb-"]


def test_letters_set_apart_are_a_word(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "QUIET MORNING", charSpace=5)

    assert read(draw).pages[0].text.strip() == "QUIET MORNING"


def test_words_of_scripts_from_the_right_come_in_their_order_with_their_quotes() -> None:
    page = typed('של"ם ערב', leftwards=True)
    (line,) = lines_of(words_of(page))
    assert line.text == 'של"ם ערב'


def test_raised_and_lowered_digits_are_told_from_those_before_them(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        for rise, size, part in (
            (0, 11, "Area 40 m"),
            (5, 7, "2"),
            (0, 11, " of CO"),
            (-3, 7, "2"),
            (0, 11, " in 2019"),
        ):
            text.setRise(rise)
            text.setFont("Helvetica", size)
            text.textOut(part)
        canvas.drawText(text)

    assert markdown(read(draw)) == "Area 40 m² of CO₂ in 2019"


def test_so_are_digits_that_are_lowered_by_little_within_a_word(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        for rise, size, part in ((0, 12, "Dry H"), (-0.96, 7.7, "2"), (0, 12, "O is ice")):
            text.setRise(rise)
            text.setFont("Helvetica", size)
            text.textOut(part)
        canvas.drawText(text)

    assert markdown(read(draw)) == "Dry H₂O is ice"


@pytest.mark.parametrize(
    ("initial", "rest", "whole"), [("B", "oats lie here", "Boats lie"), ("A ", "boat lies", "A boat")]
)
def test_an_initial_over_several_lines_begins_the_first_of_them(
    read: Read, initial: str, rest: str, whole: str
) -> None:
    texts = (rest, "and there", "in the", "inner part of the harbour")
    placed = [(72 + 30 * (at < 3), 100.0 + 12 * at, text) for at, text in enumerate(texts)]
    said = markdown(read(drawn((72, 124, initial), size=36), drawn(*placed)))
    assert said.startswith(whole)
    assert " ".join(texts[1:3]) in said.replace("\n\n", " ")


def test_marks_alone_are_emphasised_only_where_the_words_before_them_are(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        for font, part in (
            ("Helvetica-Bold", "Note"),
            ("Helvetica-BoldOblique", ": "),
            ("Helvetica", "see "),
            ("Helvetica-Oblique", "Tides, Winds"),
            ("Helvetica", " 4"),
            ("Helvetica-Oblique", "."),
        ):
            text.setFont(font, 11)
            text.textOut(part)
        canvas.drawText(text)

    assert markdown(read(draw)) == "**Note**: see *Tides, Winds* 4."


def test_a_word_begins_at_its_origin_whatever_hangs_over_before_it(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 20)
        canvas.drawString(72, 700, "The")
        canvas.setFont("Times-Italic", 20)
        canvas.drawString(72 + canvas.stringWidth("The", "Times-Roman", 20) + 4.2, 700, "foal")

    assert markdown(read(draw)) == "The *foal*"


@pytest.mark.parametrize(
    ("before", "after", "keeps"),
    [
        ("con-", "cerned", False),
        ("well-", "known", True),
        ("son-in-", "law", True),
        ("a/b-", "c", True),
        ("In-", "terest", False),
        ("ex-", "ample", False),
        ("mass-pro-", "duced", False),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_stays_where_it_is_part_of_the_word(before: str, after: str, keeps: bool) -> None:
    assert is_hyphenated(before, after)
    assert keeps_hyphen(before) is keeps


def test_marks_of_markdown_that_stand_on_the_page_are_text(read: Read) -> None:
    document = read(drawn((72, 100, "# of *stars* in [a](b) and <script>")))
    assert document.pages[0].items[0].text == "# of *stars* in [a](b) and <script>"
    assert markdown(document).startswith(r"\# of \*stars\* in ")
    assert r"\<script>" in markdown(document)


def test_text_outside_of_the_page_is_none_of_it(read: Read) -> None:
    assert markdown(read(drawn((72, 100, "seen"), (700, 100, "beyond"), (72, 900, "below")))) == "seen"


def test_a_mark_nearly_as_large_as_its_line_is_raised(read: Read) -> None:
    end = 72 + stringWidth("It holds 15 m", "Helvetica", 10.5)
    document = read(
        drawn((72, 100, "It holds 15 m"), size=10.5),
        drawn((end, 95.5, "3"), size=9),
        drawn((end + 8, 100, "of air."), size=10.5),
    )
    assert markdown(document) == "It holds 15 m³ of air."
