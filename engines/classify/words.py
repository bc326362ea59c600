"""Texts as stems: what rules, examples and documents are compared by."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

WORD = re.compile(r"[^\W_]+")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""Scripts written without spaces between words."""
SUFFIXES = ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ed", "es", "s", "y", "e")
"""Endings of English inflection, stripped down to a stem of at least four letters."""
COMMON_WORDS = """
a about above after again all also am an and any are as at be been before being below between both but by can could
did do does down during each either etc few for from further had has have having her here hers him his how i if in
into is it its itself just like me more most must my no nor not of off on once one only or other our out over own per
same she should so some such than that the their them then there these they this those through to too under until up
upon us very was we were what when where which while who whom why will with within without would you your yours he two
der die das den dem des ein eine einer eines einem einen und oder von zu zum zur mit für auf im ist sind wird werden
nicht als auch le la les un une des du de et ou est pour dans sur par avec pas que qui au aux el los las una y o del
es con por para en se que no al su
"""
FILLER_WORDS = """
document documents file files page pages paper papers text content contents contain contains containing include
includes including included typically usually often may generally used use using describe describes describing
description related various type types kind list lists show shows tell tells ask asks give gives given someone something
person people other another which whose
"""
STOP_WORDS = frozenset(COMMON_WORDS.split())
"""Words of every text."""
FILLERS = frozenset(FILLER_WORDS.split())
"""Words of rules that speak about documents rather than stand in them; they count for little."""


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, in their order; pairs of characters where no spaces divide words."""
    found = WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return [piece for word in found for piece in pieces(word)] if UNSPACED.search(text) else found


def pieces(word: str) -> Iterator[str]:
    """The word itself; of a word of a script without spaces, its pairs of characters."""
    if UNSPACED.search(word):
        yield from (word[at : at + 2] for at in range(len(word) - 1))
    else:
        yield word


def is_telling(word: str) -> bool:
    """Whether a word says anything about its text: not a single letter, not a word of every text."""
    return len(word) > 1 and word not in STOP_WORDS


@functools.lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The word without its ending, so that `payments` and `payment` count as one."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word[: -len(suffix)]
    return word[:-1] if len(word) >= 4 and word.endswith("s") and not word.endswith("ss") else word


def stems(text: str) -> tuple[str, ...]:
    """All words of a text as stems, in their order."""
    return tuple(stem(word) for word in tokens(text))
