"""Code: one block with its blanks and empty lines, whatever stands in columns within it."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import BOATS, Read, cells, drawn, items, markdown, placed

from engines.document import ItemKind

PROSE = drawn(
    (72, 80, "The command tells which boats are in the harbour, and how long they have been there."),
    (72, 94, "Whoever wants to know more may ask the master, who has an office at the long pier."),
    (72, 108, "Which will give:"),
)
LISTING = ("NAME      STATE    AGE", "skarv     moored   3d", "tern      sailed   12h", "gull      moored   7d")


def typed(*lines: str, top: float = 130) -> papers.Draw:
    return drawn(*((80, top + 12 * at, line) for at, line in enumerate(lines) if line), font="Courier")


def test_columns_within_code_are_no_table(read: Read) -> None:
    document = read(PROSE, typed("$ boats --list", *LISTING))
    assert "\n".join(["```", "$ boats --list", *LISTING, "```"]) in markdown(document)


def test_an_empty_line_within_code_is_kept(read: Read) -> None:
    lines = ("for boat in boats:", "    print(boat)", "", "close(harbour)")
    assert "\n".join(["```", *lines, "```"]) in markdown(read(PROSE, typed(*lines)))


def test_a_far_part_of_the_last_line_of_code_stays_in_it(read: Read) -> None:
    lines = (
        "warning: no berth for `tern`",
        "  |",
        "1 | moor(skarv, gull, tern)",
        "  |                    ^^^^ too long",
    )
    assert "\n".join(["```", *lines, "```"]) in markdown(read(PROSE, typed(*lines)))


def test_a_sentence_between_two_shades_and_code_on_the_second_are_no_table(read: Read) -> None:
    def shades(canvas: Canvas) -> None:
        canvas.setFillGray(0.95)
        for top, height in ((60, 34), (116, 70)):
            canvas.rect(72, papers.HEIGHT - top - height, 468, height, stroke=0, fill=1)
        canvas.setFillGray(0)

    document = read(shades, PROSE, typed("$ boats --list", *LISTING))
    assert not items(document, ItemKind.TABLE)
    assert LISTING[2] in markdown(document)


def test_a_page_that_is_typed_altogether_keeps_its_tables(read: Read) -> None:
    document = read(drawn(*placed(), font="Courier"))
    assert cells(document) == [list(row) for row in BOATS]
