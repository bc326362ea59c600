"""Where the characters of a text stand in what was written of it: the same ones in the same order, with marks between them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

FENCE = re.compile(r"`+")
MARKS = frozenset("*~[")
"""Characters that Markdown adds to a text, beside backslashes, fences of code and addresses."""
ADDRESS = re.compile(r"\]\((?:<[^>]*>|[^()\s]*)\)")
"""The end of a link."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each character of a text where it begins and ends in the written form."""

    starts: list[int]
    ends: list[int]
    length: int
    """Of the written form."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the text stands, the ends exclusive; marks around it are left out."""
        if start < end:
            return self.starts[start], self.ends[end - 1]
        place = self.starts[start] if start < len(self.starts) else self.ends[-1] if self.ends else self.length
        return place, place


def code_units(text: str) -> Callable[[int], int]:
    """What counts the code units of UTF-16 before a place in a text: in these the API counts, as JavaScript does."""
    astral = [] if text.isascii() else [place for place, one in enumerate(text) if ord(one) > 0xFFFF]
    return lambda place: place + bisect_left(astral, place)


def verbatim(text: str, shift: int = 0) -> Alignment:
    """The alignment of a text that is written as it is, after `shift` other characters."""
    return Alignment(
        list(range(shift, shift + len(text))), list(range(shift + 1, shift + len(text) + 1)), shift + len(text)
    )


def aligned(text: str, written: str, between: Sequence[str] = (), *, is_markdown: bool = True) -> Alignment | None:
    """Find each character of a text in what was written of it; None where something else is written.

    Blanks may be missing or more, backslashes may stand before characters, and the texts of `between` anywhere; with
    `is_markdown` also what formats words.
    """
    cursor = Cursor(written, tuple(filter(None, between)), is_markdown)
    starts: list[int] = []
    ends: list[int] = []
    for letter in text:
        start = cursor.to(letter)
        if start is None:
            return None
        starts.append(start)
        ends.append(cursor.place)
    return Alignment(starts, ends, len(written))


class Cursor:
    """A place in something written, which moves over the characters of a text one by one."""

    def __init__(self, written: str, between: tuple[str, ...], is_markdown: bool) -> None:
        self.written = written
        self.place = 0
        self._between = between
        self._is_markdown = is_markdown
        self._fence = ""
        """That of the code around, which is written as it is."""

    def to(self, letter: str) -> int | None:
        """Move behind the next character of the text: where that begins; None when it is not there."""
        if letter.isspace():
            return self._to_blank()
        while self.place < len(self.written):
            start = self.place
            if self._is_here(letter):
                return start
            if not self._skip():
                return None
        return None

    def _to_blank(self) -> int:
        """Move behind a blank, if one is here: at the ends of lines they may be missing, around marks on the other side."""
        start, fence = self.place, self._fence
        ahead = start
        while ahead < len(self.written) and not self.written[ahead].isspace():
            if self.written[ahead] == "\\" and not self._fence:
                break  # what follows is a character of the text
            self.place = ahead
            if not self._skip():
                break
            ahead = self.place
        if ahead < len(self.written) and self.written[ahead].isspace():
            self.place = ahead + 1
            return ahead
        self.place, self._fence = start, fence
        return start

    def _is_here(self, letter: str) -> bool:
        """Whether the character is the next one; then move behind it."""
        here = self.written[self.place]
        if self._fence or not self._is_markdown:
            is_mark = bool(self._fence) and self.written.startswith(self._fence, self.place)
            found = here == letter and not is_mark
            self.place += found
            return found
        if here == "\\" and self.written[self.place + 1 : self.place + 2] == letter and not letter.isalnum():
            self.place += 2
            return True
        found = (
            here == letter and letter not in "*`" and not (letter == "]" and ADDRESS.match(self.written, self.place))
        )
        self.place += found
        return found

    def _skip(self) -> bool:
        """Move over one mark; False when none is here."""
        here = self.written[self.place]
        stop = next((one for one in self._between if self.written.startswith(one, self.place)), None)
        if stop is not None:
            self.place += len(stop)
        elif here.isspace():
            self.place += 1
        elif self._fence:
            if not self.written.startswith(self._fence, self.place):
                return False
            self.place += len(self._fence)
            self._fence = ""
        elif here == "\\":
            self.place += 1
        elif not self._is_markdown:
            return False
        elif here in MARKS:
            self.place += 1
        elif here == "`":
            fence = FENCE.match(self.written, self.place)
            self._fence = fence[0] if fence else here
            self.place += len(self._fence)
        elif address := ADDRESS.match(self.written, self.place):
            self.place = address.end()
        else:
            return False
        return True
