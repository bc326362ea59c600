"""Bullets that no font has: small shapes beside the entries of a list."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import Read, drawn, markdown

ENTRIES = (
    (90.0, 100.0, "Ropes and sails are kept in the shed."),
    (110.0, 114.0, "The shed is locked."),
    (90.0, 128.0, "Oars are not."),
)


def dots(*places: tuple[float, float], radius: float = 1.6, fill: int = 1) -> papers.Draw:
    def draw(canvas: Canvas) -> None:
        for x, y in places:
            canvas.circle(x, papers.HEIGHT - y, radius, stroke=1 - fill, fill=fill)

    return draw


def before(entries: Sequence[tuple[float, float, str]], by: float = 8) -> list[tuple[float, float]]:
    return [(x - by, y - 3.2) for x, y, _ in entries]


def test_entries_beside_drawn_dots_are_a_list(read: Read) -> None:
    document = read(drawn(*ENTRIES), dots(*before(ENTRIES)))
    assert markdown(document).splitlines() == [
        "- Ropes and sails are kept in the shed.",
        "    - The shed is locked.",
        "- Oars are not.",
    ]


def test_circles_and_squares_are_bullets_too(read: Read) -> None:
    def square(canvas: Canvas) -> None:
        canvas.rect(80, papers.HEIGHT - 126.5, 3.5, 3.5, stroke=0, fill=1)

    document = read(drawn(*ENTRIES), dots(*before(ENTRIES[:2]), fill=0), square)
    assert markdown(document).count("- ") == 3


def test_a_dot_within_a_line_is_no_bullet(read: Read) -> None:
    words = ((72.0, 100.0, "Harbour"), (125.0, 100.0, "Pier"))
    document = read(drawn(*words), dots((116, 96.8)))
    assert markdown(document) == "Harbour Pier"


def test_a_large_shape_is_no_bullet(read: Read) -> None:
    document = read(drawn((90, 100, "Harbour tours")), dots((80, 96.8), radius=5))
    assert markdown(document) == "Harbour tours"


def test_dots_before_the_words_of_a_row_are_a_legend(read: Read) -> None:
    words = ((90.0, 100.0, "Ropes"), (150.0, 100.0, "Sails"), (210.0, 100.0, "Oars"))
    assert "•" not in read(drawn(*words), dots(*before(words))).pages[0].text
