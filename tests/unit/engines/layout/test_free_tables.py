"""Tables that nothing shows but their rows."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import BOATS, Read, cells, drawn, items, placed

from engines.document import ItemKind


def test_rows_of_short_cells_with_figures_are_a_table_without_any_rule(read: Read) -> None:
    before = papers.lines(f"{papers.FOX}, which is a sentence before the table and no part of it.", top=100)
    assert cells(read(before, drawn(*placed()))) == [list(row) for row in BOATS]


def test_a_header_of_two_rows_spans_its_columns(read: Read) -> None:
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


def test_wide_headers_over_figures_at_the_right_stand_in_their_own_columns(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        rows = (
            ("Year", "Recovery rate", "Accumulated loss"),
            *((str(year), ".16", "$9") for year in range(2001, 2007)),
        )
        for number, row in enumerate(rows):
            for right, text in zip((95, 185, 300), row, strict=True):
                canvas.drawRightString(right, 600 - 16 * number, text)

    assert cells(read(draw))[0] == ["Year", "Recovery rate", "Accumulated loss"]


def test_headers_at_the_left_take_turns_with_figures_at_the_right(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        for at, text in enumerate(("first", "second", "third")):
            canvas.drawString(52 + 80 * at, 616, text)
            for row in range(6):
                canvas.drawRightString(130 + 80 * at, 600 - 16 * row, str(at + row))

    assert cells(read(draw))[:2] == [["first", "second", "third"], ["0", "1", "2"]]


def test_a_blank_between_words_of_a_typewriter_parts_no_cells(read: Read) -> None:
    rows = [
        (name, str(year), "lies in the harbour") for name, year in (("Skarv", 1998), ("Tern", 2011), ("Gull", 2003))
    ]
    texts = [
        (x, 200.0 + 14 * at, text) for at, row in enumerate(rows) for x, text in zip((72, 160, 240), row, strict=True)
    ]
    assert cells(read(papers.lines(papers.FOX, papers.FOX), drawn(*texts, font="Courier"))) == [
        list(row) for row in rows
    ]


def test_chapters_in_a_table_of_contents_are_none(read: Read) -> None:
    dots = [
        (90, 186.0 + 15 * at, f"1.{1 + at} Berths of the harbour . . . . . . . . . . . . . . . {4 + at}")
        for at in range(3)
    ]
    chapters = [("2", "Tides", "7"), ("3", "Winds and weather", "9"), ("4", "The ice of the north", "9")]
    placed = [
        (x, 250.0 + 15 * at, text)
        for at, row in enumerate(chapters)
        for x, text in zip((72, 90, 420), row, strict=True)
    ]
    assert items(read(drawn(*dots), drawn(*placed, font="Helvetica-Bold")), ItemKind.TABLE) == []
