"""Tables that lines and shades show."""

from __future__ import annotations

from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import BOATS, Read, cells, drawn, items, markdown, placed

from engines.document import ItemKind


def test_rules_make_a_grid(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.grid([66, 176, 286, 396], [papers.HEIGHT - 186 - 18 * at for at in range(5)])

    assert cells(read(drawn(*placed()), draw)) == [list(row) for row in BOATS]


def test_a_grid_without_outer_rules_has_its_outer_rows_and_columns(read: Read) -> None:
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
    assert cells(read(drawn(*(one for one in placed(rows) if one[2])), draw)) == rows


def test_the_shade_of_a_header_parts_it_from_the_first_row(read: Read) -> None:
    """As Word's style with bands has it where a table goes on: no line is drawn below the header."""

    def draw(canvas: Canvas) -> None:
        top = papers.HEIGHT - 186
        canvas.setFillColor(colors.lightgrey)
        for x in (66, 176, 286):
            canvas.rect(x, top - 18, 110, 18, stroke=0, fill=1)
        canvas.setFillColor(colors.black)
        for y in (top, top - 36, top - 54, top - 72):
            canvas.line(66, y, 396, y)
        for x in (66, 176, 286, 396):
            canvas.line(x, top, x, top - 72)

    assert cells(read(draw, drawn(*placed()))) == [list(row) for row in BOATS]


def test_a_table_of_lines_and_shades_is_not_only_its_header_of_lines(read: Read) -> None:
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
    assert cells(read(draw, drawn(*placed(rows)))) == rows


def test_so_they_do_where_rows_are_still_to_be_filled_in(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.grid([66, 176, 286, 396], [papers.HEIGHT - 186 - 18 * at for at in range(7)])

    assert cells(read(drawn(*placed(BOATS[:1])), draw)) == [list(BOATS[0])] + [[""] * 3] * 5


def test_a_cell_that_no_rule_parts_spans(read: Read) -> None:
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


def test_a_shaded_header_shows_the_table_below_it(read: Read) -> None:
    def shade(canvas: Canvas) -> None:
        canvas.setFillColor(colors.lightgrey)
        canvas.rect(66, papers.HEIGHT - 206, 330, 18, stroke=0, fill=1)
        canvas.setFillColor(colors.black)

    after = papers.lines(f"{papers.FOX}, which is a sentence after the table and no part of it.", top=300)
    assert cells(read(shade, drawn(*placed()), after)) == [list(row) for row in BOATS]


def test_rules_above_and_below_bound_a_table(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        for y in (186, 206, 262):
            canvas.line(66, papers.HEIGHT - y, 396, papers.HEIGHT - y)

    assert cells(read(draw, drawn(*placed()))) == [list(row) for row in BOATS]


def test_the_row_above_the_first_rule_of_a_table_is_its_header(read: Read) -> None:
    def rules(canvas: Canvas) -> None:
        for number in range(4):
            canvas.line(66, papers.HEIGHT - 206 - 18 * number, 396, papers.HEIGHT - 206 - 18 * number)

    rows = (("", "Boat", "Length"), *BOATS[1:])
    header, *rest = cells(read(rules, drawn(*(one for one in placed(rows) if one[2]))))
    assert header == ["", "Boat", "Length"]
    assert rest == [list(row) for row in BOATS[1:]]


def test_marks_in_cells_are_escaped_in_markdown_alone(read: Read) -> None:
    rows = (("Name", "Mark", "Sum"), ("*star*", "a|b", "1"), ("_low_", r"c:\d", "2"), ("plain", "<td>", "3"))
    document = read(drawn(*placed(rows)))
    assert cells(document)[1] == ["*star*", "a|b", "1"]
    assert r"| \*star\* | a\|b " in markdown(document)


def test_the_first_word_of_a_line_in_a_cell_is_not_glued_to_the_last_one_above(read: Read) -> None:
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


def test_a_wide_column_whose_outer_side_is_open_is_one_where_all_rules_end_there(read: Read) -> None:
    rows = [("Boat", "Year", "What is told of it in the book of the harbour")]
    rows += [(name, "1998", "She was built of oak, and lies at the north quay") for name in ("Skarv", "Tern", "Gull")]

    def draw(canvas: Canvas) -> None:
        for x in (130, 180):
            canvas.line(x, papers.HEIGHT - 186, x, papers.HEIGHT - 258)
        for number in range(5):
            canvas.line(66, papers.HEIGHT - 186 - 18 * number, 520, papers.HEIGHT - 186 - 18 * number)

    texts = [
        (x, 200.0 + 18 * at, text) for at, row in enumerate(rows) for x, text in zip((72, 136, 186), row, strict=True)
    ]
    assert cells(read(draw, drawn(*texts))) == [list(row) for row in rows]


def test_one_rule_between_two_columns_and_several_between_rows_make_a_grid(read: Read) -> None:
    rows = [("Mark", "What it means")] + [
        (mark, f"it is the {name} buoy") for mark, name in (("A", "first"), ("B", "last"))
    ]

    def draw(canvas: Canvas) -> None:
        canvas.line(126, papers.HEIGHT - 186, 126, papers.HEIGHT - 240)
        for number in range(4):
            canvas.line(66, papers.HEIGHT - 186 - 18 * number, 400, papers.HEIGHT - 186 - 18 * number)

    texts = [(x, 200.0 + 18 * at, text) for at, row in enumerate(rows) for x, text in zip((72, 136), row, strict=True)]
    assert cells(read(draw, drawn(*texts))) == [list(row) for row in rows]


def test_one_rule_between_columns_of_text_makes_none(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.line(300, papers.HEIGHT - 90, 300, papers.HEIGHT - 300)
        canvas.line(60, papers.HEIGHT - 88, 550, papers.HEIGHT - 88)

    columns = [
        (x, 110.0 + 13 * at, "The harbour of the town lies on the island") for x in (72, 320) for at in range(12)
    ]
    assert items(read(draw, drawn(*columns)), ItemKind.TABLE) == []


def every_other(first: float, last: float) -> papers.Draw:
    """Shades 18 points high below rows from `first` to `last`, every second one."""

    def draw(canvas: Canvas) -> None:
        canvas.setFillGray(0.93)
        for top in range(int(first), int(last), 36):
            canvas.rect(68, papers.HEIGHT - top - 5, 320, 18, stroke=0, fill=1)
        canvas.setFillGray(0)

    return draw


def test_a_last_row_that_is_not_shaded_like_the_one_before_is_of_the_table(read: Read) -> None:
    rows = (*BOATS, ("Auk", "4.80", "2019"))
    document = read(every_other(218, 272), drawn(*placed(rows)))
    assert cells(document) == [list(row) for row in rows]


def test_a_line_below_the_last_shade_that_is_in_line_with_no_column_is_none_of_its_rows(read: Read) -> None:
    below = drawn((72, 276, "Lengths are"), (150, 276, "those of"), (250, 276, "the hull alone."))
    assert len(cells(read(every_other(218, 272), drawn(*placed()), below))) == len(BOATS)
