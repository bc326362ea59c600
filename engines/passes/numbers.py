"""`extract_printed_page_number`: the number that stands on a page itself, such as `iv`, `12` or `A-3`.

Of all that looks like a number near the edges, or above or below all else, the one counts that goes up with the pages. One that
stands alone counts also where no other page confirms it, unless the numbers of other pages stand elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from engines.context import Context
from engines.document import Document, Item, ItemKind, Page
from engines.parameters import ParseParameters
from engines.passes.running import BAND, HEIGHT, LONGEST, outermost

WORDS = r"page|p\.|pg\.?|seite|s\.|blatt|sheet|folio|página|pagina|pág\.|strona|страница|стр\.|第"
NUMBER = r"(?P<number>[A-Z]{1,3}[-.]\d{1,4}|\d{1,3}[-.–]\d{1,4}|\d{1,4}|[ivxlc]{1,7})"
TOTAL = r"(?:\s*+(?:of|/|von|de|di|из|z|sur)\s*+\d{1,4})?+"
END = r"(?:\s*+[页頁])?(?:\s*+\|\s*+p\s?a\s?g\s?e)?"
ALONE = re.compile(rf"\W*+(?:(?:{WORDS})[\s:|]*+)?{NUMBER}{TOTAL}{END}\W*+", re.IGNORECASE)
"""A line that is a page number and nothing else."""
REFERRED = "".join(rf"(?<!\b{word} )" for word in ("see", "on", "to", "from", "siehe", "auf", "voir", "cf."))
NAMED = re.compile(rf"(?<![\w.]){REFERRED}(?:{WORDS})[\s:|]*+{NUMBER}(?![\w.])", re.IGNORECASE)
"""A number that a title says to be that of the page, and not that of another one."""
FIRST = re.compile(rf"\W*+{NUMBER}{TOTAL}(?=[\s|·•])", re.IGNORECASE)
LAST = re.compile(rf"(?<=[\s|·•]){NUMBER}{TOTAL}\W*+$", re.IGNORECASE)
"""What a running title may begin or end with."""
BARRED = re.compile(r"\W*+(?:\d{1,3}|[ivxlc]{1,7})\s*+[|•·]|.*[|•·]\s*+(?:\d{1,3}|[ivxlc]{1,7})\W*+$")
"""A title that a bar parts from the number that it begins or ends with."""
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
ROMAN_FORM = re.compile(r"c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
COMPOUND = re.compile(r"\d+\D\d+")
"""Numbers that may be those of sections, or dates."""
CONFIRMED = 2
"""Pages at least whose numbers go on from each other."""


@dataclass(frozen=True, slots=True)
class NumberCandidate:
    """What may be the number of a page."""

    text: str
    series: str
    """What numbers that go on from each other share: the kind of digits, and the prefix."""
    offset: int
    """How far the number is from that of the page in the file."""
    is_alone: bool
    place: tuple[bool, int] | None = None
    """Whether it stands in the upper half of the page, and how far from the edge; None of what a format declares."""


def extract_numbers(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Give each page its printed number."""
    if not parameters.extract_printed_page_number:
        return
    numbers = {page.number: list(number_candidates(page)) for page in document.pages}
    votes = Counter(key for some in numbers.values() for key in {(one.series, one.offset) for one in some})
    texts = Counter(text for some in numbers.values() for text in {one.text for one in some})
    places = {one.place for some in numbers.values() for one in some if votes[one.series, one.offset] >= CONFIRMED}
    for page in document.pages:
        best = max(numbers[page.number], key=lambda one: (votes[one.series, one.offset], one.is_alone), default=None)
        if best is None:
            continue
        is_likely = best.is_alone and texts[best.text] == 1 and (not places or best.place in places)
        if votes[best.series, best.offset] >= CONFIRMED or is_likely:
            page.printed_number = best.text


def number_candidates(page: Page) -> Iterator[NumberCandidate]:
    """All that may be the number of a page, in the order of its items; titles that formats declare count too."""
    ends = outermost(page)
    for item in page.items:
        box = item.box
        if box is None or item.kind is ItemKind.HEADING or len(item.text) > LONGEST:  # chapters are counted too
            continue
        is_near = box.y + box.height <= BAND * page.height or box.y >= (1 - BAND) * page.height
        if is_near or any(item is one for one in ends):
            for line in item.text.splitlines():
                yield from numbers_in(line.strip(), page, place_of(item, page), is_near=is_near)
    for line in (*page.header.splitlines(), *page.footer.splitlines()):
        yield from numbers_in(line.strip(), page, None, is_near=True)


def place_of(item: Item, page: Page) -> tuple[bool, int] | None:
    """Where an item with a box stands, to compare with other pages: whether in the upper half, and how far from the edge."""
    if item.box is None:
        return None
    middle = item.box.middle[1]
    is_upper = middle < page.height / 2
    return is_upper, round((middle if is_upper else page.height - middle) / HEIGHT)


def numbers_in(line: str, page: Page, place: tuple[bool, int] | None, *, is_near: bool) -> Iterator[NumberCandidate]:
    """What may be the number of a page in a line; far from the edges only a line that is nothing else."""
    if alone := ALONE.fullmatch(line):
        yield from number_candidate(alone["number"], page, place, is_alone=is_near)
    elif is_near:
        is_barred = bool(BARRED.match(line))
        for pattern in (NAMED, FIRST, LAST):
            if part := pattern.search(line) if pattern is not FIRST else pattern.match(line):
                yield from number_candidate(part["number"], page, place, is_alone=pattern is NAMED or is_barred)


def number_candidate(
    text: str, page: Page, place: tuple[bool, int] | None, *, is_alone: bool
) -> Iterator[NumberCandidate]:
    """A number with what it shares with others of its kind; nothing when it is no number after all."""
    prefix, _, digits = re.sub("[.–]", "-", text).rpartition("-")
    if digits.isdecimal():
        sure = is_alone and not COMPOUND.fullmatch(text)
        yield NumberCandidate(text, f"digits {prefix}", int(digits) - page.number, sure, place)
    elif value := roman_value(text.lower()):
        yield NumberCandidate(text, "roman", value - page.number, is_alone, place)


def roman_value(text: str) -> int:
    """The value of a Roman numeral in small letters; 0 for what is none."""
    total = 0
    if not ROMAN_FORM.fullmatch(text):
        return 0
    for letter, following in zip(text, [*text[1:], ""], strict=True):
        value = ROMAN[letter]
        total += -value if ROMAN.get(following, 0) > value else value
    return total
