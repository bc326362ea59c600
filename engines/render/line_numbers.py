"""Printed line numbers in the shape of the API's JSON, with the places of the lines that they count in the Markdown of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engines.document import LineNumber
from engines.render.alignment import code_units
from engines.results import LineNumberResult

NO_TEXT = re.compile(r"<[^<>]*>|\]\((?:<[^<>]*>|[^()\s]*)\)|&[a-z]+;|!?\[\]")
"""What Markdown and HTML write between the words: tags, addresses, entities."""
UNMISTAKABLE, NEAR = 12, 200
"""Letters of a line that occur by chance hardly anywhere else; a shorter one is no further behind the last than so many."""


def line_number_results(numbers: Iterable[LineNumber], markdown: str) -> list[LineNumberResult]:
    """The line numbers of a page that became this Markdown; those whose lines are not in it are left out.

    Lines are looked for by their letters and digits alone, one behind the other, since Markdown joins and marks them.
    """
    places = letters_of(markdown)
    letters = "".join(markdown[place] for place in places)
    units = code_units(markdown)
    results: list[LineNumberResult] = []
    reached = 0
    for one in numbers:
        words = "".join(letter for letter in one.text if letter.isalnum())
        start = place_of(words, letters, reached)
        if start is None:
            continue
        reached = start + len(words)
        begin, end = with_edges(one.text, markdown, places[start], places[reached - 1] + 1)
        results.append({"lineNumber": one.number, "startIndex": units(begin), "endIndex": units(end)})
    return results


def place_of(words: str, letters: str, reached: int) -> int | None:
    """Where a line begins among the letters of a page, best behind the line before it; None when it is not there."""
    if not words:
        return None
    start = letters.find(words, reached)
    if len(words) < UNMISTAKABLE:
        return start if 0 <= start <= reached + NEAR else None
    start = start if start >= 0 else letters.find(words)
    return start if start >= 0 else None


def with_edges(text: str, markdown: str, begin: int, end: int) -> tuple[int, int]:
    """From where to where a line goes, with what stands before its first and behind its last letter; given are those of these."""
    letters = [place for place, letter in enumerate(text) if letter.isalnum()]
    before, behind = (text[: letters[0]], text[letters[-1] + 1 :]) if letters else ("", "")
    for letter in reversed(before):
        if markdown[begin - 1 : begin] != letter:
            break
        begin -= 1
    for letter in behind:
        if markdown[end : end + 1] != letter:
            break
        end += 1
    return begin, end


def letters_of(markdown: str) -> list[int]:
    """The places of the letters and digits that are text, not markup."""
    hidden = bytearray(len(markdown))
    for found in NO_TEXT.finditer(markdown):
        hidden[found.start() : found.end()] = b"\x01" * (found.end() - found.start())
    return [place for place, letter in enumerate(markdown) if letter.isalnum() and not hidden[place]]
