"""What of the words that OCR reads is kept: by how sure it is of them, and by what stands around them."""

from __future__ import annotations

import pytest

from engines.layout.recognised import RecognisedWord
from engines.ocr.words import legible, meaningful


def word(text: str, confidence: float, x: float = 0, height: float = 10) -> RecognisedWord:
    return RecognisedWord(text, x, 100, 8 * len(text), height, confidence, text)


def texts(words: list[RecognisedWord]) -> list[str]:
    return [one.text for one in words]


def test_doubtful_words_among_sure_ones_are_left_out() -> None:
    assert texts(meaningful([word("Harbours", 0.95), word("open", 0.7, 80), word("oO", 0.4, 150)])) == [
        "Harbours",
        "open",
    ]


@pytest.mark.parametrize(
    "found", [[("Bm", 0.5), ("oO", 0.44), ("22", 0.36)], [("ab", 0.95)], [("sure", 0.9), ("handwritten", 0.5)]]
)
def test_nothing_is_kept_where_little_is_sure(found: list[tuple[str, float]]) -> None:
    assert meaningful([word(text, sure, 60.0 * at) for at, (text, sure) in enumerate(found)]) == []


def test_ticks_of_an_axis_are_no_digits() -> None:
    assert texts(meaningful([word("Apartment", 0.96), word("4", 0.86, 100, height=2)])) == ["Apartment"]


def test_signs_are_kept_between_words_only() -> None:
    words = [word("Boats", 0.95), word("–", 0.93, 44, height=10), word("Fees", 0.95, 58), word(">", 0.95, 300)]
    assert texts(meaningful(words)) == ["Boats", "–", "Fees"]


def test_a_line_that_was_found_twice_is_kept_once() -> None:
    sure = [
        RecognisedWord("Harbour", 0, 100, 56, 10, 0.9, "Harbour", 0),
        RecognisedWord("dues", 60, 100, 32, 10, 0.9, "dues", 0),
    ]
    again = RecognisedWord("Harbor", 1, 101, 55, 9, 0.7, "Harbor", 1)
    assert texts(legible([again, *sure])) == ["Harbour", "dues"]
