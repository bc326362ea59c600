"""Text that is written from right to left, whichever way the program that made the document put it down."""

from __future__ import annotations

import pytest
from support.layouts import typed

from engines.layout.lines import lines_of
from engines.layout.markers import marker_of
from engines.layout.words import words_of

HEBREW_IN_LATIN_LETTERS = str.maketrans("abgdhvzijklmnsopcqrwt", "אבגדהוזחיכלמנסעפצקרשת")
"""Letters of the tests, which editors show in the order in which they stand here."""


def hebrew(text: str) -> str:
    return text.translate(HEBREW_IN_LATIN_LETTERS)


def line_of(text: str, *, leftwards: bool = False) -> str:
    (line,) = lines_of(words_of(typed(text, leftwards=leftwards)))
    return line.text


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        (hebrew("mvlw"), hebrew("wlvm")),
        (hebrew(".opmab") + " ENGLISH " + hebrew("hlim"), hebrew("milh") + " ENGLISH " + hebrew("bampo.")),
        (hebrew("mgv ,") + "42" + hebrew(" rpsm"), hebrew("mspr ") + "42" + hebrew(", vgm")),
        ("WIN 11" + hebrew(" lw hdihi"), hebrew("ihidh wl ") + "WIN 11"),
        ("2025 2024" + hebrew(" tnw"), hebrew("wnt ") + "2024 2025"),
    ],
    ids=["letters", "foreign-word", "number", "foreign-words", "numbers"],
)
def test_text_put_down_as_it_is_seen_is_told_as_it_is_read(seen: str, read: str) -> None:
    assert line_of(seen) == read


def test_brackets_that_fonts_name_by_their_look_embrace_their_words() -> None:
    assert line_of(hebrew("gm )om bla( kan"), leftwards=True) == hebrew("gm (om bla) kan")


def test_brackets_that_are_right_stay() -> None:
    assert line_of(hebrew("gm (om bla) kan"), leftwards=True) == hebrew("gm (om bla) kan")


def test_a_bracket_alone_stays() -> None:
    assert line_of(hebrew("a) rawvn (gm)"), leftwards=True) == hebrew("a) rawvn (gm)")


def test_a_bullet_at_the_right_begins_an_entry() -> None:
    (line,) = lines_of(words_of(typed(hebrew("nvwar tirp •"))))
    assert marker_of(line) == "•"


def test_a_word_of_a_hundred_thousand_letters_is_read_in_time() -> None:
    page = typed(hebrew("a") * 100_000 + ")" * 1000 + "(" * 1000)
    page.width = 1e6
    (line,) = lines_of(words_of(page))
    assert len(line.text.replace(" ", "")) == 102_000
