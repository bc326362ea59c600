"""Links of a page: which words they lie on, and which letters of these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from engines.containers.pdfium import Bounds
from engines.layout.words import Word

OVERHANG = 0.18
"""Share of the size by which a word reaches out of a link that lies on a part of it."""
LEADING = 2.5
"""Distance of two lines of one link at most, in heights."""
NEAR = 2
"""Letters by which the edge of such a part is guessed wrong at most, as the width of each is not known."""

ADDRESS = re.compile(
    r"(?:https?://|www\.(?=\w))[^\s<>\"]*[\w/]|(?<![\w.+-])[\w.+-]++@\w[\w-]*(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE
)
"""Addresses in the text itself; what follows their last letter is no part of them."""
BROKEN = ("-", "_", "=", "&", "?", "%", "/")
"""What an address ends with where it goes on in the next line: then it leads nowhere."""

PageLink = tuple[Bounds, str]
"""The place of a link, and its address."""


def linked(words: Sequence[Word], links: Sequence[PageLink], *, written: bool) -> list[tuple[str, str]]:
    """The addresses that words lead to, by the links of a page and where they are addresses, each with its words.

    With `written` the words are given them.
    """
    found = dict.fromkeys(linked_words(words, links))
    covered = {id(word) for bounds, _ in links for word in words_on(bounds, words)}
    if written:
        link_words(words, links)
    for word in words:
        if ("@" in word.text or "://" in word.text or "www." in word.text) and id(word) not in covered:
            found |= dict.fromkeys(link_address(word, written=written))
    return list(found)


def link_address(word: Word, *, written: bool) -> Iterator[tuple[str, str]]:
    """The address that a word is, but for signs around it, and its text; with `written` the word is given it."""
    address = ADDRESS.search(word.text)
    if address is None or word.text.endswith(BROKEN):
        return
    text = address[0]
    kind = "mailto:" if "@" in text and "/" not in text else "" if "://" in text else "http://"
    if written:
        word.url, word.unlinked = kind + text, (address.start(), len(word.text) - address.end())
    yield kind + text, text


def link_words(words: Sequence[Word], links: Sequence[PageLink]) -> None:
    """Give words the addresses of the links that they lie on."""
    for bounds, url in links:
        for word in words_on(bounds, words):
            word.url = url
            word.unlinked = unlinked_letters(word, bounds)


def linked_words(words: Sequence[Word], links: Sequence[PageLink]) -> list[tuple[str, str]]:
    """The addresses of links, each with the words it lies on; those of one address and the same words once.

    What leads to one address from successive lines is one link.
    """
    found: dict[tuple[str, str], None] = {}
    last: tuple[Bounds, str, str] = ((0.0, 0.0, 0.0, 0.0), "", "")
    for bounds, url in links:
        text = " ".join(linked_text(one, bounds) for one in words_on(bounds, words))
        place, same, before = last
        if text and before and url == same and follows(bounds, place):
            found.pop((url, before), None)
            text = f"{before} {text}"
        found[url, text] = None
        last = bounds, url, text
    return list(found)


def follows(bounds: Bounds, before: Bounds) -> bool:
    """Whether a link goes on where another one ends: to its right, or in the next line."""
    step, height = bounds[3] - before[3], bounds[3] - bounds[1]
    return height / 2 < step < LEADING * height or (abs(step) <= height / 2 and bounds[0] >= before[2] - 2)


def words_on(bounds: Bounds, words: Sequence[Word]) -> list[Word]:
    """The words that a link lies on: by their middles, or a part of them by its own."""
    left, top, right, bottom = bounds
    middle = (left + right) / 2
    return [
        one
        for one in words
        if top <= one.middle[1] <= bottom and (left <= one.middle[0] <= right or one.left <= middle <= one.right)
    ]


def linked_text(word: Word, bounds: Bounds) -> str:
    """The letters of a word that a link lies on."""
    before, after = unlinked_letters(word, bounds)
    return word.text[before : len(word.text) - after]


def unlinked_letters(word: Word, bounds: Bounds) -> tuple[int, int]:
    """How many letters at the beginning and at the end of a word a link does not lie on, such as brackets or a full stop.

    A part ends where letters or digits meet other signs; a word without such a place is linked as a whole.
    """
    left, _, right, _ = bounds
    letter = word.width / max(len(word.text), 1)
    if letter <= 0:
        return 0, 0
    before = edge_in(word.text, (left - word.left) / letter) if left - word.left > OVERHANG * word.size else 0
    after = len(word.text)
    if word.right - right > OVERHANG * word.size:
        after = edge_in(word.text, (right - word.left) / letter) or after
    return (before, len(word.text) - after) if before < after else (0, 0)


def edge_in(text: str, guess: float) -> int:
    """The place in a word next to a guess where letters or digits meet other signs; 0 without one near."""
    edges = [
        at for at in range(1, len(text)) if text[at - 1].isalnum() != text[at].isalnum() and abs(at - guess) <= NEAR
    ]
    return min(edges, key=lambda at: abs(at - guess), default=0)


def parted_at_link(word: Word) -> Iterator[Word]:
    """A word, parted where a link begins or ends within it."""
    before, after = word.unlinked
    if not word.url or before + after in {0, len(word.text)} or before + after > len(word.text):
        yield word
        return
    end = len(word.text) - after
    if before:
        yield replace(word, text=word.text[:before], url="")
    yield replace(word, text=word.text[before:end], glued=word.glued or before > 0)
    if after:
        yield replace(word, text=word.text[end:], url="", glued=True)
