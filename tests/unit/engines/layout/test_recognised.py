"""Words of OCR as words of a page: their size and baseline, and what follows what."""

from __future__ import annotations

import pytest

from engines.layout.lines import Line
from engines.layout.recognised import RecognisedWord, words_of_recognised


def word(text: str, x: float, y: float, height: float, *, width: float = 30, line: int = -1) -> RecognisedWord:
    return RecognisedWord(text, x, y, width, height, 0.9, text, line)


def test_words_of_a_line_have_one_size_and_one_baseline_however_high_their_letters_are() -> None:
    line = [word("sea", 0, 102.0, 5.2), word("boy", 35, 100.0, 9.3), word("Till", 70, 100.0, 7.2)]
    words = words_of_recognised(line)
    assert [one.text for one in words] == ["sea", "boy", "Till"]
    assert len({one.size for one in words}) == len({one.baseline for one in words}) == 1
    assert words[0].size == pytest.approx(10, abs=0.5)
    assert words[0].baseline == pytest.approx(107.2, abs=0.3)


def test_a_heading_is_larger_than_the_text_below() -> None:
    words = words_of_recognised([word("Harbour", 0, 50, 16), word("boats", 0, 100, 7.2), word("Tides", 0, 115, 7.4)])
    assert words[0].size > 2 * words[1].size
    assert words[1].size == words[2].size, "a pixel is no other size"


def test_a_sign_alone_stands_on_the_line_beside_it() -> None:
    boat, dash = words_of_recognised([word("Boat", 0, 100, 7.2), word("–", 35, 104, 1, width=5)])
    assert (dash.size, dash.baseline) == (boat.size, boat.baseline)


def test_columns_do_not_follow_each_other_but_words_do() -> None:
    one, two, far = words_of_recognised([word("one", 0, 100, 5), word("two", 33, 100, 6), word("far", 200, 100, 7)])
    assert two.place == one.place + 1
    assert far.place > two.place + 1


def test_all_words_of_columns_at_one_height_stand_on_one_baseline() -> None:
    left = [word("Tides", 0, 100, 7.2), word("boats", 35, 100, 7.2)]
    words = words_of_recognised([*left, word("Fees", 200, 100.5, 7.2), word("rates", 235, 100.5, 7.2)])
    assert len({one.baseline for one in words}) == 1


def test_signs_of_scripts_without_blanks_touch() -> None:
    words = words_of_recognised([word("日", 0, 100, 9, width=9), word("本", 10, 100, 9, width=9)])
    assert [one.glued for one in words] == [False, True]


def test_words_written_from_right_to_left_follow_each_other_so() -> None:
    words = words_of_recognised([word("שלום", 40, 100, 7), word("עולם", 0, 100, 7)])
    assert [one.text for one in words] == ["שלום", "עולם"]


def test_words_of_one_line_of_the_engine_stay_together_however_their_boxes_lie() -> None:
    row = [word("律", 0, 100, 9, width=9, line=3), word("一", 20, 104, 1, width=9, line=3)]
    assert [one.text for one in words_of_recognised([*row, word("平", 31, 92, 19, width=3, line=3)])] == ["律一平"]


def test_words_from_right_to_left_keep_the_order_and_the_blanks_of_the_engine() -> None:
    read = [word("بشر", 60, 100, 7, line=0), word("آزاد", 61, 96, 12, line=0), word("به", 20, 101, 5, line=0)]
    assert [(one.text, one.glued) for one in Line(words_of_recognised(read)).words] == [
        ("بشر", False),
        ("آزاد", False),
        ("به", False),
    ]


@pytest.mark.parametrize(("gap", "words"), [(1, ["인간"]), (4, ["인", "간"])])
def test_syllables_of_korean_are_parted_by_gaps_as_wide_as_a_blank(gap: int, words: list[str]) -> None:
    read = [word("인", 0, 100, 10, width=10, line=0), word("간", 10 + gap, 100, 10, width=10, line=0)]
    assert [one.text for one in words_of_recognised(read)] == words


def test_two_columns_that_are_read_as_one_line_are_parted_at_their_gap() -> None:
    far = words_of_recognised([word("one", 0, 100, 7, line=0), word("two", 300, 100, 7, line=0)])
    assert far[1].place > far[0].place + 1
