"""Lines that are written from right to left: their words in the order in which they are read, wherever the content has them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from unicodedata import bidirectional

from engines.layout.words import FIRST_RECOGNISED, LAST_LEFT_TO_RIGHT, RIGHT_TO_LEFT, WORD_GAP, Word

LEFT, RIGHT, PLACE = attrgetter("left"), attrgetter("right"), attrgetter("place")
BRACKET_GAP = 0.22
"""Share of the size by which a bracket may be apart from what it stands beside: its box is as narrow as its ink in some fonts."""
ENDS = ",.;:!?"
"""Marks that stand at the left of the word they follow, also where it is a number or of letters that run to the right."""
MIRRORED = dict(zip("()[]{}«»", ")(][}{»«", strict=True))
MOST_BRACKETS = 40
"""Brackets of a line; more are an attack, or art."""
OPENING = frozenset("([{«")


def is_right_to_left(words: Sequence[Word]) -> bool:
    """Whether most letters of words are of a script that is written from right to left."""
    if all(max(one.text[0], one.text[-1]) <= LAST_LEFT_TO_RIGHT for one in words):
        return False
    letters = [bidirectional(letter) for word in words for letter in word.text if letter.isalpha()]
    return 2 * sum(one in RIGHT_TO_LEFT for one in letters) > len(letters)


def as_read(words: Sequence[Word]) -> list[Word]:
    """The words of such a line in reading order; what is written from left to right within it keeps its own.

    The order of the content tells nothing: some programs write what they see from left to right, and PDFium turns some of it.
    """
    if all(one.place >= FIRST_RECOGNISED for one in words):
        return sorted(words, key=PLACE)  # OCR has read them so
    found: list[Word] = []
    reached = 0.0
    for is_foreign, some in groupby(sorted(words, key=RIGHT, reverse=True), key=runs_to_the_right):
        part = list(some)
        start, end = max(map(RIGHT, part)), min(map(LEFT, part))
        is_turned = is_foreign and any(map(str.isalpha, "".join(one.text for one in part)))
        part = sorted(part, key=LEFT) if is_turned else part
        if found:
            part[0].glued = reached - start < gap_within(found[-1], part[0])
        for before, word in pairwise(part):
            gap = word.left - before.right if is_turned else before.left - word.right
            word.glued = gap < gap_within(before, word)
        found += part
        reached = end
    for word in found:
        word.text = with_ends(word.text)
    mirror_brackets(found)
    return found


def gap_within(before: Word, word: Word) -> float:
    """Points by which two words may be apart that no blank parts."""
    has_bracket = before.text in MIRRORED or word.text in MIRRORED
    return (BRACKET_GAP if has_bracket else WORD_GAP) * word.size


def runs_to_the_right(word: Word) -> bool:
    """Whether a word is a number, or of letters that are written from left to right."""
    return any(map(str.isalnum, word.text)) and not any(bidirectional(one) in RIGHT_TO_LEFT for one in word.text)


def with_ends(text: str) -> str:
    """A word that runs to the right with the marks that stand at its left, which end it here, at its end."""
    bare = text.lstrip(ENDS)
    is_foreign = bool(bare) and bare != text and bare[0].isalnum() and bidirectional(bare[0]) not in RIGHT_TO_LEFT
    return bare + text[: -len(bare)] if is_foreign else text


def mirror_brackets(words: Sequence[Word]) -> None:
    """Turn pairs of brackets that close before they open: a bracket looks otherwise here, and fonts tell how it looks."""
    places = [(word, at) for word in words for at, one in enumerate(word.text) if one in MIRRORED]
    opening = [word.text[at] in OPENING for word, at in places]
    if len(places) > MOST_BRACKETS or 2 * sum(opening) != len(opening):
        return
    depth = at = 0
    while at + 1 < len(places):
        if not depth and not opening[at] and opening[at + 1]:
            for word, place in places[at : at + 2]:
                word.text = word.text[:place] + MIRRORED[word.text[place]] + word.text[place + 1 :]
            at += 2
            continue
        depth = max(0, depth + (1 if opening[at] else -1))
        at += 1
