"""What a reader gets of a PDF's own text: words, lines, columns, paragraphs, headings, lists, tables, in reading order."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pypdf
import pytest
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from reportlab.lib import colors
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from support import papers

from engines.containers.pdfium import Font, PdfPage, TextRun
from engines.containers.pdfium import text as pdfium_text
from engines.containers.pdfium.text import _character
from engines.document import Document, Item, ItemKind
from engines.errors import Code, DocumentError
from engines.layout.joining import is_hyphenated, keeps_hyphen
from engines.layout.lines import lines_of
from engines.layout.words import words_of
from engines.parameters import ParseParameters
from engines.render import render

Placed = tuple[float, float, str]
"""Left and top in points from the upper left corner, and the text there."""


def drawn(*texts: Placed, font: str = "Helvetica", size: float = 10) -> papers.Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for x, y, text in texts:
            canvas.drawString(x, papers.HEIGHT - y, text)

    return draw


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(*drawings: papers.Draw, **parameters: Any) -> Document:
        return papers.read(papers.pdf(tmp_path / "paper.pdf", papers.together(*drawings)), **parameters)

    return read


def markdown(document: Document, **parameters: Any) -> str:
    return render(document, ParseParameters(**parameters), {})["output.md"].decode()


def items(document: Document, kind: ItemKind) -> list[Item]:
    return [item for page in document.pages for item in page.items if item.kind is kind]


def cells(document: Document) -> list[list[str]]:
    (table,) = items(document, ItemKind.TABLE)
    return [[cell.text for cell in row] for row in table.rows]


class TestWords:
    def test_a_pair_of_surrogates_is_one_character(self) -> None:
        codes = [0x41, 0xD835, 0xDF0B, 0xD835, 0x42]
        assert [_character(codes, at) for at in range(5)] == ["A", "𝜋", "\u200b", "\ufffd", "B"]

    def test_what_a_font_does_not_identify_is_marked_and_never_a_control_character(self) -> None:
        page = typed("a\x03b\x02")
        assert [word.text for word in words_of(page)] == ["a\ufffdb-"]

    def test_letters_set_apart_are_a_word(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.drawString(72, 700, "QUIET MORNING", charSpace=5)

        assert read(draw).pages[0].text.strip() == "QUIET MORNING"

    def test_words_of_scripts_from_the_right_come_in_their_order_with_their_quotes(self) -> None:
        page = typed('של"ם ערב', leftwards=True)
        (line,) = lines_of(words_of(page))
        assert line.text == 'של"ם ערב'

    def test_raised_and_lowered_digits_are_told_from_those_before_them(self, read: Any) -> None:
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

    def test_so_are_digits_that_are_lowered_by_little_within_a_word(self, read: Any) -> None:
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
        self, read: Any, initial: str, rest: str, whole: str
    ) -> None:
        texts = (rest, "and there", "in the", "inner part of the harbour")
        placed = [(72 + 30 * (at < 3), 100.0 + 12 * at, text) for at, text in enumerate(texts)]
        said = markdown(read(drawn((72, 124, initial), size=36), drawn(*placed)))
        assert said.startswith(whole)
        assert " ".join(texts[1:3]) in said.replace("\n\n", " ")

    def test_marks_alone_are_emphasised_only_where_the_words_before_them_are(self, read: Any) -> None:
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

    def test_a_word_begins_at_its_origin_whatever_hangs_over_before_it(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.setFont("Times-Roman", 20)
            canvas.drawString(72, 700, "The")
            canvas.setFont("Times-Italic", 20)
            canvas.drawString(72 + canvas.stringWidth("The", "Times-Roman", 20) + 4.2, 700, "foal")

        assert markdown(read(draw)) == "The *foal*"

    @pytest.mark.parametrize(
        ("before", "after", "keeps"),
        [("con-", "cerned", False), ("well-", "known", True), ("son-in-", "law", True), ("a/b-", "c", True)],
    )
    def test_a_hyphen_at_the_end_of_a_line_stays_where_it_is_part_of_the_word(
        self, before: str, after: str, keeps: bool
    ) -> None:
        assert is_hyphenated(before, after)
        assert keeps_hyphen(before) is keeps

    def test_lines_of_japanese_are_joined_without_a_blank(self, read: Any) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
        text = "静かな港の朝に小さな船が三艘ゆっくりと"
        document = read(drawn((72, 100, text), (72, 114, "沖へ出ていった。"), font="HeiseiMin-W3"))
        assert markdown(document) == f"{text}沖へ出ていった。"

    def test_a_line_of_japanese_that_ends_early_is_a_paragraph_of_its_own(self, read: Any) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
        texts = ("静かな港の朝", "小さな船が三艘ゆっくりと沖へ出ていった。")
        document = read(drawn(*((72, 100.0 + 14 * at, text) for at, text in enumerate(texts)), font="HeiseiMin-W3"))
        assert markdown(document) == "\n\n".join(texts)

    def test_marks_of_markdown_that_stand_on_the_page_are_text(self, read: Any) -> None:
        document = read(drawn((72, 100, "# of *stars* in [a](b) and <script>")))
        assert document.pages[0].items[0].text == "# of *stars* in [a](b) and <script>"
        assert markdown(document).startswith(r"\# of \*stars\* in ")
        assert r"\<script>" in markdown(document)

    def test_text_outside_of_the_page_is_none_of_it(self, read: Any) -> None:
        assert markdown(read(drawn((72, 100, "seen"), (700, 100, "beyond"), (72, 900, "below")))) == "seen"


class TestOrder:
    LEFT = (
        "The first column tells of the harbour",
        "and of the boats that lay there in",
        "winter, one beside the other, all",
    )
    RIGHT = (
        "grey. The second one has the rest of",
        "the tale, in which the ice breaks up",
        "and everybody goes out to fish.",
    )

    def columns(self, gutter: float = 20) -> list[Placed]:
        left = [(72.0, 200 + 13 * at, text) for at, text in enumerate(self.LEFT)]
        return left + [(72 + 175 + gutter, y, text) for (_, y, _), text in zip(left, self.RIGHT, strict=True)]

    @pytest.mark.parametrize("gutter", [14, 40])
    def test_a_column_is_read_to_its_end_before_the_next(self, read: Any, gutter: float) -> None:
        said = markdown(read(drawn(*self.columns(gutter)))).split()
        assert said == " ".join(self.LEFT + self.RIGHT).split()

    def test_a_sentence_goes_on_in_the_next_column(self, read: Any) -> None:
        left = ("The harbour of the town was", "built of the stone that was", "broken on the island to the")
        right = ("north of it, where nobody lives.", "It has never been repaired.")
        placed = [(72, 100.0 + 12 * at, text) for at, text in enumerate(left)]
        placed += [(300, 100.0 + 12 * at, text) for at, text in enumerate(right)]
        first = items(read(drawn(*placed)), ItemKind.TEXT)[0].text
        assert first.startswith(f"{' '.join(left)} {right[0]}")

    def test_so_it_is_when_the_page_is_written_line_by_line(self, read: Any) -> None:
        by_line = sorted(self.columns(30), key=lambda one: one[1])
        assert markdown(read(drawn(*by_line))).split() == " ".join(self.LEFT + self.RIGHT).split()

    def test_what_spans_the_columns_comes_before_and_after_them(self, read: Any) -> None:
        wide = "A line above both of the columns, as wide as the two of them are with what is between"
        under = "Another line of the same width below both, which closes what the page has to say here"
        said = markdown(read(drawn((72, 180, wide), *self.columns(), (72, 270, under))))
        places = [said.index(part) for part in ("A line above", "The first column", "The second one", "Another line")]
        assert places == sorted(places)

    def test_a_footer_of_two_parts_takes_no_line_of_the_text_with_it(self, read: Any) -> None:
        document = read(
            drawn((72, 100, "For the next year the board expects more boats, and the workshop is to be")),
            drawn((72, 114, "insulated before the winter.")),
            drawn((66, 760, "Annual report"), (500, 760, "Page 3"), size=8),
        )
        assert "is to be insulated before the winter." in markdown(document)

    def test_a_running_title_and_a_page_number_are_of_no_column(self, read: Any) -> None:
        document = read(drawn((72, 40, "Tides"), (480, 40, "Winds"), *self.columns(), (120, 770, "17")))
        texts = [item.text for item in items(document, ItemKind.TEXT)]
        assert (texts[0], texts[-1]) == ("Tides Winds", "17")

    def test_a_gap_in_a_line_where_a_small_picture_stands_is_none_between_columns(self, read: Any) -> None:
        first = "The height of the tide is plotted against"
        gap = 72 + pdfmetrics.stringWidth(first, "Helvetica", 10) + 30
        document = read(
            drawn((72, 160, "The tides of the northern harbours were measured in the first days of March")),
            drawn((72, 172, first), (gap, 172, "and the graph is straight"), (72, 184, "in the whole range.")),
        )
        assert "plotted against and the graph" in markdown(document)

    def test_numbers_of_pages_stay_on_the_lines_of_a_table_of_contents(self, read: Any) -> None:
        entries = [("Boats and their owners", "7"), ("Ice in the harbour", "19"), ("What the nets brought in", "104")]
        placed = [
            (x, 100.0 + 15 * at, text) for at, row in enumerate(entries) for x, text in zip((72, 500), row, strict=True)
        ]
        said = markdown(read(drawn(*placed)))
        assert all(f"{name} {number}" in said for name, number in entries)
        assert "|" not in said

    def test_two_pages_on_one_sheet_come_one_after_the_other(self, tmp_path: Path) -> None:
        path = tmp_path / "spread.pdf"
        canvas = Canvas(str(path), pagesize=(842, 500))
        for x, name in ((50, "left"), (480, "right")):
            for at in range(8):
                canvas.drawString(x, 400 - 20 * at, f"The {name} page has this as its line {at}")
        canvas.save()
        said = markdown(papers.read(path))
        assert said.index("left page has this as its line 7") < said.index("right page has this as its line 0")

    def test_text_at_a_right_angle_is_told_as_it_is_read(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.saveState()
            canvas.translate(40, 300)
            canvas.rotate(90)
            canvas.drawString(0, 0, "up the margin")
            canvas.restoreState()

        said = markdown(read(papers.chapter("Title"), draw))
        assert "up the margin" in said


class TestBlocks:
    def test_lines_that_were_ended_early_stay_lines(self, read: Any) -> None:
        address = ("Lindgren & Daughters Boatbuilders", "Quay Street 4", "571 00 Norrvik")
        said = markdown(read(drawn(*((72, 100.0 + 14 * at, text) for at, text in enumerate(address)))))
        assert said.split("\n\n") == list(address)

    @pytest.mark.parametrize(
        ("texts", "font"),
        [
            (
                (
                    "To dry a sail in the sun - 20 minutes",
                    "To mend a sail by hand - 90 minutes",
                    "To hoist it in the wind - 5 m",
                ),
                "Helvetica",
            ),
            (("Lindgren and Berg J.", "Ek J.", "Holm J.", "Strand J.", "Sund J."), "Helvetica-Bold"),
        ],
    )
    def test_so_do_those_that_begin_alike_and_lists_of_names(
        self, read: Any, texts: tuple[str, ...], font: str
    ) -> None:
        document = read(drawn(*((72, 100.0 + 13 * at, text) for at, text in enumerate(texts)), font=font))
        assert [item.text for page in document.pages for item in page.items] == list(texts)

    def test_a_wrapped_paragraph_is_one(self, read: Any) -> None:
        document = read(papers.lines(*[f"{papers.FOX} and goes on to the line that follows"] * 4))
        assert len(document.pages[0].items) == 1

    def test_headings_have_levels_by_their_size(self, read: Any) -> None:
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

    def test_numbers_tell_levels_where_sizes_do_not(self, read: Any) -> None:
        titles = ("Annual report", "1 Summary", "1.1 Sales", "2 Outlook")
        bold = [drawn((72, 100.0 + 60 * at, text), font="Helvetica-Bold", size=15) for at, text in enumerate(titles)]
        document = read(*bold, *[papers.lines(papers.FOX, top=125 + 60 * at) for at in range(4)])
        assert [one.level for one in items(document, ItemKind.HEADING)] == [1, 2, 3, 2]

    def test_captions_and_sentences_are_no_headings(self, read: Any) -> None:
        document = read(
            drawn((72, 100, "Figure 3. Boats by year"), font="Helvetica-Bold"),
            papers.lines(*[papers.FOX] * 5, top=140),
            drawn((72, 260, "It was larger, but it was a sentence."), size=12),
        )
        assert items(document, ItemKind.HEADING) == []

    def test_entries_of_a_list_have_depths_and_bullets_of_any_kind(self, read: Any) -> None:
        document = read(
            drawn((72, 100, "• Boats"), (90, 115, "o Sailing boats"), (90, 130, "o Rowing boats"), (72, 145, "• Piers"))
        )
        assert markdown(document).splitlines() == ["- Boats", "    - Sailing boats", "    - Rowing boats", "- Piers"]

    def test_a_wrapped_entry_among_short_ones_is_one(self, read: Any) -> None:
        texts = (
            "1. Row the boat out of the old harbour, and then set the",
            "sails.",
            "2. Tack.",
            "3. Fish.",
            "4. Row home.",
        )
        placed = [(72 + 12 * (text == "sails."), 100.0 + 13 * at, text) for at, text in enumerate(texts)]
        assert markdown(read(drawn(*placed))).splitlines() == [f"{texts[0]} {texts[1]}", *texts[2:]]

    def test_entries_whose_marks_are_set_to_the_right_are_of_one_depth(self, read: Any) -> None:
        marks = [(89.0, "a."), (91.5, "b."), (89.0, "c.")]
        placed = [
            (x, 100.0 + 13 * at, text)
            for at, (left, mark) in enumerate(marks)
            for x, text in ((left, mark), (110, "Boat"))
        ]
        assert markdown(read(drawn(*placed))).splitlines() == ["a. Boat", "b. Boat", "c. Boat"]

    def test_a_column_beside_a_picture_is_as_wide_as_its_own_lines(self, read: Any) -> None:
        wide = "The harbour of the town lies on the northern side of the island, and the whole of it is of stone."
        narrow = (
            "It was built in the spring of 1801",
            "of granite that was broken here",
            "by men of the town itself who",
            "came home from the sea in the",
            "autumn of that year.",
        )
        narrow = (*narrow[:4], *narrow[:4], narrow[4])
        placed = [(72, 100.0 + 12 * at, wide) for at in range(3)] + [
            (72, 154.0 + 12 * at, text) for at, text in enumerate(narrow)
        ]
        assert items(read(drawn(*placed)), ItemKind.TEXT)[-1].text == " ".join(narrow)

    def test_a_letter_that_is_a_word_is_no_bullet(self, read: Any) -> None:
        texts = ("El armador del barco firma con el número de su documento", "o pasaporte en la oficina del puerto.")
        document = read(drawn(*((72, 100.0 + 13 * at, text) for at, text in enumerate(texts))))
        assert markdown(document) == " ".join(texts)

    def test_bullets_that_touch_their_entries_and_those_of_symbol_fonts_are_bullets(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.setFont("Helvetica", 12)
            for number, text in enumerate(("Nets", "Oars")):
                canvas.drawString(80, 650 - 16 * number, f"•{text}")

        assert markdown(read(papers.lines(papers.FOX), draw)).endswith("- Nets\n- Oars")
        assert [word.text for word in words_of(typed("\uf0b7 \uf0fc"))] == ["•", "✓"]

    def test_a_wrapped_line_among_single_ones_goes_on(self, read: Any) -> None:
        texts = (
            "Sand",
            "Tidal flats are wide",
            "The harbour at the northern end of the island was",
            "closed.",
            "Rocks",
        )
        tops = (100.0, 124.0, 148.0, 162.0, 186.0)
        document = read(drawn(*((72, top, text) for top, text in zip(tops, texts, strict=True)), size=12))
        assert [item.text for item in items(document, ItemKind.TEXT)] == [*texts[:2], " ".join(texts[2:4]), texts[4]]

    def test_the_first_word_of_a_line_in_a_cell_is_not_glued_to_the_last_one_above(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.grid([66, 176, 286], [500, 540, 580])
            end = 80 + canvas.stringWidth("dues")
            for x, y, text in (
                (80, 565, "Berth"),
                (190, 565, "Boat"),
                (80, 525, "dues"),
                (end, 510, "paid"),
                (190, 525, "Tern"),
            ):
                canvas.drawString(x, y, text)

        assert cells(read(draw))[1] == ["dues paid", "Tern"]

    def test_bold_lines_are_headings_even_where_they_have_most_of_the_letters(self, read: Any) -> None:
        titles = [(72, 100 + 60.0 * at, f"Harbour regulations of the year {2001 + at}, as amended") for at in range(4)]
        texts = [(72, 116 + 60.0 * at, "They were read aloud to all of the crews.") for at in range(4)]
        document = read(drawn(*titles, font="Helvetica-Bold", size=13), drawn(*texts, size=11))
        assert len(items(document, ItemKind.HEADING)) == 4

    def test_numbered_lines_that_follow_each_other_in_a_larger_font_are_a_list(self, read: Any) -> None:
        entries = [(90, 200 + 22.0 * at, f"{1 + at}. Boat") for at in range(3)]
        document = read(papers.lines(*[papers.FOX] * 4, top=100), drawn(*entries, size=12))
        assert markdown(document).endswith("1. Boat\n2. Boat\n3. Boat")

    def test_a_number_that_a_full_line_goes_on_with_is_no_mark_of_an_entry(self, read: Any) -> None:
        texts = (
            "The harbour of the town took in 9.1 million in 2024 (2023:",
            "8.8 million), which is more than was expected.",
        )
        (text,) = items(read(drawn(*((72, 100 + 12.0 * at, text) for at, text in enumerate(texts)))), ItemKind.TEXT)
        assert text.text == " ".join(texts)

    def test_lettered_clauses_hang_on_their_letters(self, read: Any) -> None:
        placed: list[Placed] = []
        for at, letter in enumerate("abc"):
            top = 200.0 + 45 * at
            placed += [
                (80, top, f"{letter}."),
                (107, top, f"Berth {letter} is let to members of the club by the"),
                (107, top + 13, "year."),
            ]
        document = read(papers.lines(*[papers.FOX] * 4, top=100), drawn(*placed))
        assert markdown(document).splitlines()[-3:] == [
            f"{letter}. Berth {letter} is let to members of the club by the year." for letter in "abc"
        ]

    def test_the_last_line_of_a_title_above_labels_side_by_side_is_of_the_title(self, read: Any) -> None:
        title = [
            (72, 100.0, "Figure 7: What members of all clubs of the county said in March of the new"),
            (72, 112.0, "harbour master’s office"),
        ]
        labels = [
            (x, 126.0 + 12 * at, text)
            for x in (72, 300)
            for at, text in enumerate(("It is far better than before", "It is as good as it was", "It is worse"))
        ]
        document = read(drawn(*title, font="Helvetica-Bold"), drawn(*labels))
        assert items(document, ItemKind.TEXT)[0].text == " ".join(text for *_, text in title)

    def test_a_line_that_a_formula_makes_high_goes_on_with_its_sentence(self, read: Any) -> None:
        texts = (
            "The speed of the boat is nine knots when",
            "it goes before the wind, and it is seven",
            "or less when it goes against it.",
        )
        placed = [(72, top, text) for top, text in zip((100, 119, 131), texts, strict=True)]
        (text,) = items(read(drawn(*placed)), ItemKind.TEXT)
        assert text.text == " ".join(texts)

    def test_code_keeps_its_indentation(self, read: Any) -> None:
        code = ("def tide(hour):", "    if hour > 6:", "        return 'out'", "    return 'in'")
        document = read(
            papers.lines(papers.FOX, top=80),
            drawn(*((72, 110.0 + 12 * at, text) for at, text in enumerate(code)), font="Courier"),
        )
        (block,) = items(document, ItemKind.CODE)
        assert block.text.splitlines() == list(code)

    def test_the_number_of_a_page_is_no_list(self, read: Any) -> None:
        document = read(papers.lines(papers.FOX), drawn((300, 760, "- 4 -")))
        assert items(document, ItemKind.LIST) == []


class TestTables:
    ROWS = (("Boat", "Length", "Year"), ("Skarv", "5.20", "1998"), ("Tern", "7.40", "2011"), ("Gull", "6.10", "2003"))

    def placed(self, top: float = 200, rows: Any = ROWS) -> list[Placed]:
        return [
            (72 + 110.0 * at, top + 18 * number, text) for number, row in enumerate(rows) for at, text in enumerate(row)
        ]

    def test_rules_make_a_grid(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.grid([66, 176, 286, 396], [papers.HEIGHT - 186 - 18 * at for at in range(5)])

        assert cells(read(drawn(*self.placed()), draw)) == [list(row) for row in self.ROWS]

    def test_a_grid_without_outer_rules_has_its_outer_rows_and_columns(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            bottom = papers.HEIGHT - 186 - 18 * 4
            for x in (176, 286):
                canvas.line(x, papers.HEIGHT - 186, x, bottom)
            for number in range(1, 4):
                canvas.line(66, papers.HEIGHT - 186 - 18 * number, 396, papers.HEIGHT - 186 - 18 * number)

        rows = [
            ["Sort", "Length of it in all", "Sails"],
            ["Skarv", "five metres twenty", ""],
            ["Tern", "", "two"],
            ["Gull", "six", ""],
        ]
        assert cells(read(drawn(*(one for one in self.placed(rows=rows) if one[2])), draw)) == rows

    def test_a_table_of_lines_and_shades_is_not_only_its_header_of_lines(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            top = papers.HEIGHT - 186
            for x in (66, 176, 286, 396):
                canvas.line(x, top, x, top - 18 * 9)
            for y in (top, top - 18, top - 36):
                canvas.line(66, y, 396, y)
            canvas.setFillColor(colors.lightblue)
            for number in range(3, 10, 2):
                for x in (66, 176, 286):
                    canvas.rect(x, top - 18 * number, 110, 18, stroke=0, fill=1)
            canvas.setFillColor(colors.black)

        rows = [
            ["Boat", "Length", "Year"],
            ["name", "metres", "built"],
            *(["Skarv", f"{at}.2", f"{1990 + at}"] for at in range(7)),
        ]
        assert cells(read(draw, drawn(*self.placed(rows=rows)))) == rows

    def test_so_they_do_where_rows_are_still_to_be_filled_in(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.grid([66, 176, 286, 396], [papers.HEIGHT - 186 - 18 * at for at in range(7)])

        assert cells(read(drawn(*self.placed(rows=self.ROWS[:1])), draw)) == [list(self.ROWS[0])] + [[""] * 3] * 5

    def test_the_grid_of_a_chart_makes_none(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.grid([66, 176, 286, 396], [papers.HEIGHT - 186 - 18 * at for at in range(7)])

        labels = [(180.0, 250.0, "17"), (290.0, 230.0, "21")]
        assert items(read(drawn(*labels), draw), ItemKind.TABLE) == []

    def test_lines_that_cut_sentences_make_none(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.grid([66, 176, 286, 396], [papers.HEIGHT - 88 - 16 * at for at in range(5)])

        document = read(draw, papers.lines(*[f"{papers.FOX} and goes on"] * 4, top=100))
        assert items(document, ItemKind.TABLE) == []

    def test_a_few_words_among_the_lines_of_a_diagram_make_none(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.rect(100, 600, 190, 40)
            canvas.line(195, 600, 195, 570)
            canvas.rect(150, 570, 80, 20)

        document = read(
            draw, drawn((110, papers.HEIGHT - 615, "Has the tide turned?"), (160, papers.HEIGHT - 575, "Yes"))
        )
        assert items(document, ItemKind.TABLE) == []

    def test_a_framed_list_makes_none(self, read: Any) -> None:
        entries = [(x, 100.0 + 14 * at, text) for at in range(4) for x, text in ((90, "•"), (112, f"Berth {at}"))]
        document = read(lambda canvas: canvas.rect(80, papers.HEIGHT - 150, 300, 64), drawn(*entries))
        assert markdown(document) == "\n".join(f"- Berth {at}" for at in range(4))

    def test_a_frame_around_a_chart_makes_none(self, read: Any) -> None:
        labels = [(100.0, 200.0, "44%"), (200, 200, "Below a tenth"), (200, 220, "A tenth"), (90, 228, "12%")]
        labels += [(200, 240, "More"), (88, 258, "8%"), (200, 258, "None"), (90, 278, "32%"), (200, 278, "Unknown")]
        document = read(lambda canvas: canvas.rect(80, papers.HEIGHT - 290, 300, 110), drawn(*labels))
        assert items(document, ItemKind.TABLE) == []

    def test_a_cell_that_no_rule_parts_spans(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            for y in (600, 580, 560):
                canvas.line(60, y, 360, y)
            for x, top in ((60, 600), (360, 600), (160, 580), (260, 580)):
                canvas.line(x, 560, x, top)
            canvas.drawString(170, 585, "All the boats")
            for x, text in ((70, "Skarv"), (170, "Tern"), (270, "Gull")):
                canvas.drawString(x, 565, text)

        (table,) = items(read(draw), ItemKind.TABLE)
        assert [[(cell.text, cell.column_span) for cell in row] for row in table.rows] == [
            [("All the boats", 3)],
            [("Skarv", 1), ("Tern", 1), ("Gull", 1)],
        ]

    def test_a_shaded_header_shows_the_table_below_it(self, read: Any) -> None:
        def shade(canvas: Canvas) -> None:
            canvas.setFillColor(colors.lightgrey)
            canvas.rect(66, papers.HEIGHT - 206, 330, 18, stroke=0, fill=1)
            canvas.setFillColor(colors.black)

        after = papers.lines(f"{papers.FOX}, which is a sentence after the table and no part of it.", top=300)
        assert cells(read(shade, drawn(*self.placed()), after)) == [list(row) for row in self.ROWS]

    def test_rules_above_and_below_bound_a_table(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            for y in (186, 206, 262):
                canvas.line(66, papers.HEIGHT - y, 396, papers.HEIGHT - y)

        assert cells(read(draw, drawn(*self.placed()))) == [list(row) for row in self.ROWS]

    def test_rows_of_short_cells_with_figures_are_a_table_without_any_rule(self, read: Any) -> None:
        before = papers.lines(f"{papers.FOX}, which is a sentence before the table and no part of it.", top=100)
        assert cells(read(before, drawn(*self.placed()))) == [list(row) for row in self.ROWS]

    def test_a_header_of_two_rows_spans_its_columns(self, read: Any) -> None:
        rows = (
            ("", "2025", "2024", "2025", "2024"),
            ("Fees", "10", "11", "21", "22"),
            ("Rent", "30", "31", "41", "42"),
        )
        placed = [
            (72 + 80.0 * at, 200.0 + 16 * number, text)
            for number, row in enumerate(rows)
            for at, text in enumerate(row)
            if text
        ]
        document = read(drawn((150, 184, "Three months ended"), (312, 184, "Six months ended"), *placed))
        (table,) = items(document, ItemKind.TABLE)
        assert [(cell.text, cell.column_span) for cell in table.rows[0]] == [
            ("", 1),
            ("Three months ended", 2),
            ("Six months ended", 2),
        ]

    def test_lines_around_text_that_is_no_table_make_none(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.rect(60, papers.HEIGHT - 220, 480, 130)

        document = read(draw, papers.lines(*[papers.FOX] * 6, top=110))
        assert items(document, ItemKind.TABLE) == []

    def test_wide_headers_over_figures_at_the_right_stand_in_their_own_columns(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            rows = (
                ("Year", "Recovery rate", "Accumulated loss"),
                *((str(year), ".16", "$9") for year in range(2001, 2007)),
            )
            for number, row in enumerate(rows):
                for right, text in zip((95, 185, 300), row, strict=True):
                    canvas.drawRightString(right, 600 - 16 * number, text)

        assert cells(read(draw))[0] == ["Year", "Recovery rate", "Accumulated loss"]

    def test_headers_at_the_left_take_turns_with_figures_at_the_right(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            for at, text in enumerate(("first", "second", "third")):
                canvas.drawString(52 + 80 * at, 616, text)
                for row in range(6):
                    canvas.drawRightString(130 + 80 * at, 600 - 16 * row, str(at + row))

        assert cells(read(draw))[:2] == [["first", "second", "third"], ["0", "1", "2"]]

    def test_the_row_above_the_first_rule_of_a_table_is_its_header(self, read: Any) -> None:
        def rules(canvas: Canvas) -> None:
            for number in range(4):
                canvas.line(66, papers.HEIGHT - 206 - 18 * number, 396, papers.HEIGHT - 206 - 18 * number)

        rows = (("", "Boat", "Length"), *self.ROWS[1:])
        header, *rest = cells(read(rules, drawn(*(one for one in self.placed(rows=rows) if one[2]))))
        assert header == ["", "Boat", "Length"]
        assert rest == [list(row) for row in self.ROWS[1:]]

    def test_marks_in_cells_are_escaped_in_markdown_alone(self, read: Any) -> None:
        rows = (("Name", "Mark", "Sum"), ("*star*", "a|b", "1"), ("_low_", r"c:\d", "2"), ("plain", "<td>", "3"))
        document = read(drawn(*self.placed(rows=rows)))
        assert cells(document)[1] == ["*star*", "a|b", "1"]
        assert r"| \*star\* | a\|b " in markdown(document)


class TestWhatNoStreamDraws:
    def test_values_and_states_of_a_form_stand_where_their_fields_are(self, read: Any) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.drawString(72, 700, "Surname")
            canvas.acroForm.textfield(
                name="surname", value="Lindqvist", x=140, y=694, width=200, height=20, forceBorder=True
            )
            canvas.drawString(72, 660, "Electricity")
            canvas.acroForm.checkbox(name="power", checked=True, x=140, y=656, size=14)

        said = read(draw).pages[0].text
        assert [part in said for part in ("Surname", "Lindqvist", "Electricity", "[x]")] == [True] * 4

    def test_long_values_of_a_form_are_read_with_their_labels(self, read: Any) -> None:
        labels = ("Name of the owner of the boat", "Harbour in which she lies")
        values = ("Hedda Lindgren of Norrvik", "The old harbour at Norrvik")

        def draw(canvas: Canvas) -> None:
            for at, (label, value) in enumerate(zip(labels, values, strict=True)):
                canvas.drawString(72, 600 - 40 * at, label)
                canvas.acroForm.textfield(name=f"field{at}", value=value, x=300, y=590 - 40 * at, width=200, height=24)

        said = markdown(read(draw))
        assert said == "\n\n".join(f"{label} {value}" for label, value in zip(labels, values, strict=True))

    def test_a_layer_that_is_switched_off_is_not_told(self, tmp_path: Path) -> None:
        path = papers.pdf(
            tmp_path / "layers.pdf", drawn((72, 100, "the price is 120 crowns"), (72, 130, "DRAFT 100 crowns"))
        )
        assert "DRAFT" in markdown(papers.read(path))
        path.write_bytes(with_hidden_layer(path.read_bytes(), b"(DRAFT 100 crowns) Tj"))
        said = markdown(papers.read(path))
        assert "120 crowns" in said
        assert "DRAFT" not in said

    def test_files_packed_into_a_document_are_named(self, tmp_path: Path) -> None:
        writer = pypdf.PdfWriter(io.BytesIO(papers.pdf(tmp_path / "cover.pdf", papers.chapter("Cover")).read_bytes()))
        writer.add_attachment("ledger.csv", b"a,b")
        path = tmp_path / "packed.pdf"
        writer.write(path)
        (warning,) = papers.read(path).warnings
        assert warning.code == "ATTACHMENT_LEFT_OUT"
        assert "ledger.csv" in warning.message


class TestBounds:
    def test_a_page_of_more_characters_than_a_page_can_have_fails_and_the_others_do_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pdfium_text, "MOST_CHARACTERS", 100)
        path = papers.pdf(tmp_path / "long.pdf", papers.lines("short"), papers.lines("x" * 101))
        short, long = papers.read(path, disable_ocr=True).pages
        assert (short.error, short.text) == (None, "short")
        assert long.error is not None
        assert long.error.startswith("DOCUMENT_TOO_LARGE: ")

    def test_a_document_of_such_a_page_alone_is_too_large(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pdfium_text, "MOST_CHARACTERS", 100)
        with pytest.raises(DocumentError) as caught:
            papers.read(papers.pdf(tmp_path / "long.pdf", papers.lines("x" * 101)), disable_ocr=True)
        assert caught.value.code is Code.DOCUMENT_TOO_LARGE


def typed(said: str, *, leftwards: bool = False) -> PdfPage:
    """A page on which these characters stand one after the other, each 6 points wide."""
    place = [(300 - 6 * at if leftwards else 100 + 6 * at) for at in range(len(said))]
    bounds = [(float(x), 90.0, x + 6.0, 102.0) for x in place]
    run = TextRun(0, len(said), Font("Any"), 10.0, 0, 100.0)
    return PdfPage(1, 600.0, 800.0, list(said), bounds, [run])


def with_hidden_layer(content: bytes, shown: bytes) -> bytes:
    """The document with what shows this text on a layer of its own that is switched off."""
    writer = pypdf.PdfWriter(io.BytesIO(content))
    group = writer._add_object(
        DictionaryObject({NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject("Draft")})
    )
    page = writer.pages[0]
    stream = page.get_contents()
    assert stream is not None
    assert shown in stream.get_data()
    replaced = pypdf.generic.DecodedStreamObject()
    replaced.set_data(stream.get_data().replace(shown, b"/OC /Layer BDC " + shown + b" EMC"))
    page[NameObject("/Contents")] = writer._add_object(replaced)
    page["/Resources"].get_object()[NameObject("/Properties")] = DictionaryObject({NameObject("/Layer"): group})
    writer.root_object[NameObject("/OCProperties")] = DictionaryObject(
        {
            NameObject("/OCGs"): ArrayObject([group]),
            NameObject("/D"): DictionaryObject({NameObject("/OFF"): ArrayObject([group])}),
        }
    )
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
