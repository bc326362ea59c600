"""The order in which a page is read: columns, what spans them, sheets of two pages, text that is turned."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import Placed, Read, drawn, items, markdown

from engines.document import ItemKind

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


def columns(gutter: float = 20) -> list[Placed]:
    left = [(72.0, 200 + 13 * at, text) for at, text in enumerate(LEFT)]
    return left + [(72 + 175 + gutter, y, text) for (_, y, _), text in zip(left, RIGHT, strict=True)]


@pytest.mark.parametrize("gutter", [14, 40])
def test_a_column_is_read_to_its_end_before_the_next(read: Read, gutter: float) -> None:
    said = markdown(read(drawn(*columns(gutter)))).split()
    assert said == " ".join(LEFT + RIGHT).split()


def test_a_sentence_goes_on_in_the_next_column(read: Read) -> None:
    left = ("The harbour of the town was", "built of the stone that was", "broken on the island to the")
    right = ("north of it, where nobody lives.", "It has never been repaired.")
    placed = [(72, 100.0 + 12 * at, text) for at, text in enumerate(left)]
    placed += [(300, 100.0 + 12 * at, text) for at, text in enumerate(right)]
    first = items(read(drawn(*placed)), ItemKind.TEXT)[0].text
    assert first.startswith(f"{' '.join(left)} {right[0]}")


def test_so_it_is_when_the_page_is_written_line_by_line(read: Read) -> None:
    by_line = sorted(columns(30), key=lambda one: one[1])
    assert markdown(read(drawn(*by_line))).split() == " ".join(LEFT + RIGHT).split()


def test_what_spans_the_columns_comes_before_and_after_them(read: Read) -> None:
    wide = "A line above both of the columns, as wide as the two of them are with what is between"
    under = "Another line of the same width below both, which closes what the page has to say here"
    said = markdown(read(drawn((72, 180, wide), *columns(), (72, 270, under))))
    places = [said.index(part) for part in ("A line above", "The first column", "The second one", "Another line")]
    assert places == sorted(places)


def test_a_footer_of_two_parts_takes_no_line_of_the_text_with_it(read: Read) -> None:
    document = read(
        drawn((72, 100, "For the next year the board expects more boats, and the workshop is to be")),
        drawn((72, 114, "insulated before the winter.")),
        drawn((66, 760, "Annual report"), (500, 760, "Page 3"), size=8),
    )
    assert "is to be insulated before the winter." in markdown(document)


def test_a_running_title_and_a_page_number_are_of_no_column(read: Read) -> None:
    document = read(drawn((72, 40, "Tides"), (480, 40, "Winds"), *columns(), (120, 770, "17")))
    texts = [item.text for item in items(document, ItemKind.TEXT)]
    assert (texts[0], texts[-1]) == ("Tides Winds", "17")


def test_a_gap_in_a_line_where_a_small_picture_stands_is_none_between_columns(read: Read) -> None:
    first = "The height of the tide is plotted against"
    gap = 72 + pdfmetrics.stringWidth(first, "Helvetica", 10) + 30
    document = read(
        drawn((72, 160, "The tides of the northern harbours were measured in the first days of March")),
        drawn((72, 172, first), (gap, 172, "and the graph is straight"), (72, 184, "in the whole range.")),
    )
    assert "plotted against and the graph" in markdown(document)


def test_numbers_of_pages_stay_on_the_lines_of_a_table_of_contents(read: Read) -> None:
    entries = [("Boats and their owners", "7"), ("Ice in the harbour", "19"), ("What the nets brought in", "104")]
    placed = [
        (x, 100.0 + 15 * at, text) for at, row in enumerate(entries) for x, text in zip((72, 500), row, strict=True)
    ]
    said = markdown(read(drawn(*placed)))
    assert all(f"{name} {number}" in said for name, number in entries)
    assert "|" not in said


def test_two_pages_on_one_sheet_come_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "spread.pdf"
    canvas = Canvas(str(path), pagesize=(842, 500))
    for x, name in ((50, "left"), (480, "right")):
        for at in range(8):
            canvas.drawString(x, 400 - 20 * at, f"The {name} page has this as its line {at}")
    canvas.save()
    said = markdown(papers.read(path))
    assert said.index("left page has this as its line 7") < said.index("right page has this as its line 0")


def test_text_at_a_right_angle_is_told_as_it_is_read(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(40, 300)
        canvas.rotate(90)
        canvas.drawString(0, 0, "up the margin")
        canvas.restoreState()

    said = markdown(read(papers.chapter("Title"), draw))
    assert "up the margin" in said
