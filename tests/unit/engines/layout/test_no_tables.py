"""Lines, frames and shades that make no table."""

from __future__ import annotations

from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import Read, drawn, items, markdown

from engines.document import ItemKind


def test_the_grid_of_a_chart_makes_none(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.grid([66, 176, 286, 396], [papers.HEIGHT - 186 - 18 * at for at in range(7)])

    labels = [(180.0, 250.0, "17"), (290.0, 230.0, "21")]
    assert items(read(drawn(*labels), draw), ItemKind.TABLE) == []


def test_lines_that_cut_sentences_make_none(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.grid([66, 176, 286, 396], [papers.HEIGHT - 88 - 16 * at for at in range(5)])

    document = read(draw, papers.lines(*[f"{papers.FOX} and goes on"] * 4, top=100))
    assert items(document, ItemKind.TABLE) == []


def test_a_few_words_among_the_lines_of_a_diagram_make_none(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(100, 600, 190, 40)
        canvas.line(195, 600, 195, 570)
        canvas.rect(150, 570, 80, 20)

    document = read(draw, drawn((110, papers.HEIGHT - 615, "Has the tide turned?"), (160, papers.HEIGHT - 575, "Yes")))
    assert items(document, ItemKind.TABLE) == []


def test_a_framed_list_makes_none(read: Read) -> None:
    entries = [(x, 100.0 + 14 * at, text) for at in range(4) for x, text in ((90, "•"), (112, f"Berth {at}"))]
    document = read(lambda canvas: canvas.rect(80, papers.HEIGHT - 150, 300, 64), drawn(*entries))
    assert markdown(document) == "\n".join(f"- Berth {at}" for at in range(4))


def test_a_frame_around_a_chart_makes_none(read: Read) -> None:
    labels = [(100.0, 200.0, "44%"), (200, 200, "Below a tenth"), (200, 220, "A tenth"), (90, 228, "12%")]
    labels += [(200, 240, "More"), (88, 258, "8%"), (200, 258, "None"), (90, 278, "32%"), (200, 278, "Unknown")]
    document = read(lambda canvas: canvas.rect(80, papers.HEIGHT - 290, 300, 110), drawn(*labels))
    assert items(document, ItemKind.TABLE) == []


def test_lines_around_text_that_is_no_table_make_none(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(60, papers.HEIGHT - 220, 480, 130)

    document = read(draw, papers.lines(*[papers.FOX] * 6, top=110))
    assert items(document, ItemKind.TABLE) == []


def test_lines_of_code_on_a_shade_make_none(read: Read) -> None:
    code = ("$ echo zzz1abc2efg3hij4 |", "sed -e 's/a/b/' /tmp/tides", "zzzefg3hij4", "$ cat /tmp/tides /tmp/winds")

    def shade(canvas: Canvas) -> None:
        canvas.setFillColor(colors.lightgrey)
        for at in range(len(code)):
            canvas.rect(66, papers.HEIGHT - 163 - 12 * at, 400, 12, stroke=0, fill=1)
        canvas.setFillColor(colors.black)

    lines = drawn(*((72, 160 + 12.0 * at, text) for at, text in enumerate(code)), font="Courier")
    document = read(papers.lines(papers.FOX, papers.FOX), shade, lines)
    assert items(document, ItemKind.TABLE) == []
    assert [one.text for one in items(document, ItemKind.CODE)] == ["\n".join(code)]
