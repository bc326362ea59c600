"""Formulas: fractions are read in their line."""

from __future__ import annotations

import io

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import Read, drawn, items, markdown

from engines.document import ItemKind

FORMULA = ((72, 200, "v ="), (92, 193, "s + 2"), (102, 207, "t"), (122, 200, "m, where s is the way"))


def test_a_fraction_stands_in_its_line_with_its_sums_in_brackets(read: Read) -> None:
    said = markdown(
        read(drawn(*FORMULA), lambda canvas: canvas.line(90, papers.HEIGHT - 197, 119, papers.HEIGHT - 197))
    )
    assert said == "v = (s + 2)/t m, where s is the way"


def test_so_does_one_whose_bar_is_a_picture(read: Read) -> None:
    dot = io.BytesIO()
    Image.new("1", (8, 1), 0).save(dot, "PNG")

    def bar(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(dot), 90, papers.HEIGHT - 197, 29, 0.5)

    assert "v = (s + 2)/t m" in markdown(read(drawn(*FORMULA), bar))


def test_a_fraction_within_a_fraction_is_read_first(read: Read) -> None:
    def bars(canvas: Canvas) -> None:
        canvas.line(96, papers.HEIGHT - 187, 104, papers.HEIGHT - 187)
        canvas.line(90, papers.HEIGHT - 200, 130, papers.HEIGHT - 200)

    parts = ((72, 203, "v ="), (97, 184, "a"), (97, 198, "b"), (107, 190, "+ c"), (107, 213, "t"))
    assert markdown(read(drawn(*parts), bars)) == "v = (a/b + c)/t"


def test_lowered_letters_below_a_bar_are_of_the_fraction(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        for x, y, size, part in (
            (72, 200, 10, "v ="),
            (94, 193, 10, "P"),
            (100.7, 194.5, 5.5, "LL"),
            (92, 208, 10, "P"),
            (98.7, 210, 5.5, "LH"),
            (110, 208, 10, "+ P"),
            (125.3, 210, 5.5, "HL"),
        ):
            canvas.setFont("Helvetica", size)
            canvas.drawString(x, papers.HEIGHT - y, part)
        canvas.line(90, papers.HEIGHT - 197, 134, papers.HEIGHT - 197)

    said = markdown(read(draw))
    assert said == "v = PLL/(PLH + PHL)"


def test_underlined_words_and_cells_above_rules_make_none(read: Read) -> None:
    def rules(canvas: Canvas) -> None:
        canvas.line(92, papers.HEIGHT - 101, 120, papers.HEIGHT - 101)
        canvas.line(250, papers.HEIGHT - 203, 300, papers.HEIGHT - 203)

    text = drawn((72, 100, "the tides of the harbour"), (72, 112, "are the highest of all."))
    cells = drawn((72, 200, "Harbour dues"), (260, 200, "2031"), (260, 214, "120"))
    document = read(text, cells, rules)
    assert not any("/" in one.text for one in items(document, ItemKind.TEXT))
