"""What a regular expression of a user may consist of, told by its text alone: nothing is compiled here.

The compiler of the `regex` library writes out repetitions, those inside of others too, so that a line of text may take all the
memory there is. So each part is given the size that it has written out, and only constructs whose size can be told are let in.
What this reading misses is caught by the trial (engines/parameters/pattern_trial.py).
"""

from __future__ import annotations

import re

LONGEST = 10_000
"""Characters of the longest expression; a longer one is a mistake or an attack."""
LARGEST = 10_000
"""Parts of the largest expression, with its repetitions written out: it compiles in 40 ms, into 30 MB."""
DEEPEST = 50
"""Groups inside of each other; the compiler calls itself some five times for each."""
DIGITS = 5
"""Digits of the longest number of repetitions: what has more is above LARGEST, whatever it is."""

TOKEN = re.compile(
    r"""
    (?P<escape>\\(?:[pPN]\{[^{}]*+\}|g<\w*+>|.))
    |(?P<set>\[\^?+\]?+(?:\\.|\[:\^?\w++:\]|[^\]\\])*\])
    |(?P<group>\((?:\?(?:[=!>]|<[=!]|P?<\w++>|[aimsu]*+(?:-[ims]++)?:))?(?![?*]))
    |(?P<aside>\(\?(?:\#[^)]*+|P=\w++|[aimsu]*+(?:-[ims]++)?)\))
    |(?P<end>\))
    |(?P<quantifier>[*+?]|\{(?:(?P<least>\d++)(?P<open>,(?P<most>\d*+))?|,(?P<upto>\d*+))\})[?+]?+
    |(?P<branch>\|)
    |(?P<part>[^(\[\\{]|\{(?![\ddeis]))
    """,
    re.VERBOSE | re.DOTALL,
)
"""One piece of an expression, as JavaScript and Python write it. Recursion, conditions, verbs, fuzzy matching and verbose
writing fit nowhere: nobody could tell how much there is to them."""


def check(text: str) -> None:
    """Raise ValueError, with a sentence, for an expression that is too long, too deep, too large, or not to be judged."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST:,} characters")
    size = Size()
    place = 0
    while place < len(text):
        piece = TOKEN.match(text, place)
        if piece is None:
            raise ValueError(f"{text[place : place + 12]!r}, at {place}, cannot be read, or is not supported here")
        size.add(piece)
        place = piece.end()


class Size:
    """The size of what was read of an expression so far, a sum for each group that is open."""

    def __init__(self) -> None:
        self._sums = [0]
        self._last = 0
        """Size of the part that a quantifier would be about."""

    def add(self, piece: re.Match[str]) -> None:
        """Count one piece. Raises ValueError."""
        kind = piece.lastgroup
        if kind == "group":
            self._sums.append(0)
            if len(self._sums) > DEEPEST + 1:
                raise ValueError(f"its groups are nested deeper than {DEEPEST}")
            self._last = 0
        elif kind == "end":
            self._end()
        elif kind == "quantifier":
            self._repeat(copies(piece))
        else:
            self._grow(0 if kind == "aside" else 1)

    def _end(self) -> None:
        if len(self._sums) == 1:
            raise ValueError("a parenthesis is closed that was not opened")
        self._grow(self._sums.pop() + 1)

    def _repeat(self, times: int) -> None:
        last = self._last
        self._grow(last * (times - 1))
        self._last = last * times

    def _grow(self, by: int) -> None:
        self._last = by
        self._sums[-1] += by
        if self._sums[-1] > LARGEST:
            raise ValueError(f"with its repetitions written out it has more than {LARGEST:,} parts")


def copies(quantifier: re.Match[str]) -> int:
    """How often a quantifier has its part written out: `x+` is `xx*`."""
    sign = quantifier["quantifier"]
    if sign[0] != "{":
        return 2 if sign[0] == "+" else 1
    numbers = [quantifier["least"] or "0", quantifier["most"] or quantifier["upto"] or "0"]
    if any(len(one) > DIGITS for one in numbers):
        return LARGEST + 1
    least, most = map(int, numbers)
    return max(least + (1 if quantifier["open"] else 0), most, 1)
