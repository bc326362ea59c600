"""`extract_printed_page_number`: the number that stands on a page itself, such as `iv`, `12` or `A-3`.

Of all that looks like a number near the edges, the one counts that goes up with the pages; a number that stands alone counts also
where no other page confirms it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from engines.context import Context
from engines.document import Document, ItemKind, Page
from engines.parameters import ParseParameters
from engines.passes.running import BAND, LONGEST

WORDS = r"page|p\.|pg\.|seite|s\.|página|pagina|страница|стр\.|第"
NUMBER = r"(?P<number>[A-Z]{1,3}[-.]\d{1,4}|\d{1,4}|[ivxlc]{1,7}|[IVXLC]{1,7})"
ALONE = re.compile(
    rf"\W*+(?:(?:{WORDS})\s*+)?{NUMBER}(?:\s*+(?:of|/|von|de|из|sur)\s*+\d{{1,4}})?(?:\s*+[页頁])?\W*+", re.IGNORECASE
)
"""A line that is a page number and nothing else."""
AT_END = re.compile(rf"^{NUMBER}\s+\D.*|.*\D\s(?P<last>[A-Z]{{1,3}}[-.]\d{{1,4}}|\d{{1,4}}|[ivxlc]{{1,7}})$")
"""A running title that begins or ends with one."""
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True, slots=True)
class NumberCandidate:
    """What may be the number of a page."""

    text: str
    series: str
    """What numbers that go on from each other share: the kind of digits, and the prefix."""
    offset: int
    """How far the number is from that of the page in the file."""
    is_alone: bool


def extract_numbers(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Give each page its printed number."""
    if not parameters.extract_printed_page_number:
        return
    numbers = {page.number: list(number_candidates(page)) for page in document.pages}
    votes = Counter((one.series, one.offset) for some in numbers.values() for one in set(some))
    for page in document.pages:
        best = max(numbers[page.number], key=lambda one: (votes[one.series, one.offset], one.is_alone), default=None)
        if best and (best.is_alone or votes[best.series, best.offset] > 1):
            page.printed_number = best.text


def number_candidates(page: Page) -> list[NumberCandidate]:
    """All that may be the number of a page, in the order of its items; titles that formats declare count too."""
    near = [
        line
        for item in page.items
        if item.box
        and item.kind is not ItemKind.HEADING  # chapters are counted too
        and len(item.text) <= LONGEST
        and (item.box.y + item.box.height <= BAND * page.height or item.box.y >= (1 - BAND) * page.height)
        for line in item.text.splitlines()
    ]
    numbers = []
    for line in [*near, *page.header.splitlines(), *page.footer.splitlines()]:
        if alone := ALONE.fullmatch(line.strip()):
            numbers.append(number_candidate(alone["number"], page, is_alone=True))
        elif part := AT_END.fullmatch(line.strip()):
            numbers.append(number_candidate(part["number"] or part["last"], page, is_alone=False))
    return [one for one in numbers if one]


def number_candidate(text: str, page: Page, *, is_alone: bool) -> NumberCandidate | None:
    """A number with what it shares with others of its kind; None when it is no number after all."""
    prefix, _, digits = text.rpartition("-") if "-" in text else text.rpartition(".")
    if digits.isdecimal():
        return NumberCandidate(text, f"digits {prefix}", int(digits) - page.number, is_alone)
    value = roman_value(text.lower())
    return NumberCandidate(text, "roman", value - page.number, is_alone) if value else None


def roman_value(text: str) -> int:
    """The value of a Roman numeral; 0 for what is none."""
    total = 0
    for letter, following in zip(text, [*text[1:], ""], strict=True):
        value = ROMAN.get(letter, 0)
        if not value:
            return 0
        total += -value if ROMAN.get(following, 0) > value else value
    return total
