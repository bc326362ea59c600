"""Lines joined to running text: words that a line's end parts are made whole, scripts without blanks get none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engines.layout.lines import Line
from engines.layout.words import Word

HYPHENS = "-\u2010"
FIRST_PARTS = frozenset(
    {
        "all",
        "brother",
        "cross",
        "decision",
        "east",
        "father",
        "first",
        "five",
        "four",
        "full",
        "half",
        "high",
        "left",
        "long",
        "low",
        "mother",
        "non",
        "north",
        "off",
        "on",
        "one",
        "open",
        "problem",
        "real",
        "right",
        "second",
        "self",
        "short",
        "sister",
        "six",
        "south",
        "third",
        "three",
        "time",
        "two",
        "up",
        "user",
        "well",
        "west",
        "year",
    }
)
"""Parts of English compounds that keep their hyphen when a line ends at it, and hardly begin another word that is cut there."""
INNER_PARTS = FIRST_PARTS | {"a", "and", "at", "by", "de", "in", "la", "le", "of", "or", "out", "the", "to"}
"""The same of parts after another hyphen."""


def joined_words(lines: Sequence[Line]) -> list[Word]:
    """The words of all lines."""
    words: list[Word] = []
    for line in lines:
        rest = list(line.words)
        if words:
            last, first = words[-1], rest[0]
            if is_hyphenated(last.text, first.text):
                keeps = keeps_hyphen(last.text) or not first.text[0].islower()
                words[-1] = replace(last, text=(last.text if keeps else last.text[:-1]) + first.text)
                rest = rest[1:]
            elif is_solid(last.text[-1]) and is_solid(first.text[0]):
                rest[0] = replace(first, glued=True)
        words += rest
    return words


def is_hyphenated(before: str, after: str) -> bool:
    """Whether a word at the end of a line goes on in the next one."""
    return len(before) > 1 and before[-1] in HYPHENS and before[-2].isalnum() and after[:1].isalnum()


def keeps_hyphen(before: str) -> bool:
    """Whether the hyphen at the end of a word belongs to it: that of a compound, or of an address."""
    stem = before[:-1].lower()
    if stem[-1].isdigit() or any(mark in stem for mark in "/.@"):
        return True
    first, _, inner = stem.rpartition("-")
    return inner in (INNER_PARTS if first else FIRST_PARTS)


def is_solid(letter: str) -> bool:
    """Whether a letter is of a script that puts no blanks between words: Chinese, Japanese and their marks."""
    return "\u3000" <= letter <= "\u9fff" or "\uff00" <= letter <= "\uffef" or "\U00020000" <= letter <= "\U0003ffff"
