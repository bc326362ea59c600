"""Lists: marks that begin an entry, and depths."""

from __future__ import annotations

import pytest
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import Placed, Read, drawn, items, markdown, typed

from engines.document import ItemKind
from engines.layout.words import words_of


def test_entries_of_a_list_have_depths_and_bullets_of_any_kind(read: Read) -> None:
    document = read(
        drawn((72, 100, "• Boats"), (90, 115, "o Sailing boats"), (90, 130, "o Rowing boats"), (72, 145, "• Piers"))
    )
    assert markdown(document).splitlines() == ["- Boats", "    - Sailing boats", "    - Rowing boats", "- Piers"]


def test_a_wrapped_entry_among_short_ones_is_one(read: Read) -> None:
    texts = (
        "1. Row the boat out of the old harbour, and then set the",
        "sails.",
        "2. Tack.",
        "3. Fish.",
        "4. Row home.",
    )
    placed = [(72 + 12 * (text == "sails."), 100.0 + 13 * at, text) for at, text in enumerate(texts)]
    assert markdown(read(drawn(*placed))).splitlines() == [f"{texts[0]} {texts[1]}", *texts[2:]]


def test_entries_whose_marks_are_set_to_the_right_are_of_one_depth(read: Read) -> None:
    marks = [(89.0, "a."), (91.5, "b."), (89.0, "c.")]
    placed = [
        (x, 100.0 + 13 * at, text) for at, (left, mark) in enumerate(marks) for x, text in ((left, mark), (110, "Boat"))
    ]
    assert markdown(read(drawn(*placed))) == "a. Boat  \nb. Boat  \nc. Boat"


def test_a_letter_that_is_a_word_is_no_bullet(read: Read) -> None:
    texts = ("El armador del barco firma con el número de su documento", "o pasaporte en la oficina del puerto.")
    document = read(drawn(*((72, 100.0 + 13 * at, text) for at, text in enumerate(texts))))
    assert markdown(document) == " ".join(texts)


def test_bullets_that_touch_their_entries_and_those_of_symbol_fonts_are_bullets(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        for number, text in enumerate(("Nets", "Oars")):
            canvas.drawString(80, 650 - 16 * number, f"•{text}")

    assert markdown(read(papers.lines(papers.FOX), draw)).endswith("- Nets\n- Oars")
    assert [word.text for word in words_of(typed("\uf0b7 \uf0fc"))] == ["•", "✓"]


def test_numbered_lines_that_follow_each_other_in_a_larger_font_are_a_list(read: Read) -> None:
    entries = [(90, 200 + 22.0 * at, f"{1 + at}. Boat") for at in range(3)]
    document = read(papers.lines(*[papers.FOX] * 4, top=100), drawn(*entries, size=12))
    assert markdown(document).endswith("1. Boat\n2. Boat\n3. Boat")


def test_a_number_that_a_full_line_goes_on_with_is_no_mark_of_an_entry(read: Read) -> None:
    texts = (
        "The harbour of the town took in 9.1 million in 2024 (2023:",
        "8.8 million), which is more than was expected.",
    )
    (text,) = items(read(drawn(*((72, 100 + 12.0 * at, text) for at, text in enumerate(texts)))), ItemKind.TEXT)
    assert text.text == " ".join(texts)


def test_lettered_clauses_hang_on_their_letters(read: Read) -> None:
    placed: list[Placed] = []
    for at, letter in enumerate("abc"):
        top = 200.0 + 45 * at
        placed += [
            (80, top, f"{letter}."),
            (107, top, f"Berth {letter} is let to members of the club by the"),
            (107, top + 13, "year."),
        ]
    document = read(papers.lines(*[papers.FOX] * 4, top=100), drawn(*placed))
    entries = [line.strip() for line in markdown(document).splitlines()[-3:]]
    assert entries == [f"{letter}. Berth {letter} is let to members of the club by the year." for letter in "abc"]


def test_the_number_of_a_page_is_no_list(read: Read) -> None:
    document = read(papers.lines(papers.FOX), drawn((300, 760, "- 4 -")))
    assert items(document, ItemKind.LIST) == []


@pytest.mark.parametrize("mark", ["◆", "❍", "➤", "✓"])
def test_ornaments_begin_entries_and_ticks_stay_in_them(read: Read, mark: str) -> None:
    marks = [(80.0, 140.0 + 16 * at, mark) for at in range(2)]
    texts = [(96.0, 140.0 + 16 * at, text) for at, text in enumerate(("Nets", "Oars"))]
    document = read(papers.lines(papers.FOX), drawn(*marks, font="ZapfDingbats"), drawn(*texts))
    shown = f"{mark} " if mark == "✓" else ""
    assert markdown(document).endswith(f"- {shown}Nets\n- {shown}Oars")


def test_a_list_has_a_box_around_all_of_its_entries(read: Read) -> None:
    (found,) = items(
        read(drawn((72, 100, "• Boats"), (90, 115, "• Sailing boats"), (72, 130, "• Piers"))), ItemKind.LIST
    )
    assert found.box is not None
    assert (found.box.x, found.box.y) == (pytest.approx(72, abs=1), pytest.approx(92, abs=2))
    assert found.box.y + found.box.height == pytest.approx(132, abs=2)
    assert found.box.x + found.box.width > 140
