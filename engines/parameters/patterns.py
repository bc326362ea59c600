"""Regular expressions of users: written as JavaScript writes them, judged before a job exists, searched for in bounded time."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import regex

from engines.document import Notice
from engines.errors import SENTENCES, Code
from engines.parameters import pattern_bounds, pattern_trial

SECONDS = 2.0
"""Processor time of one search: an expression that backtracks without end must not hold a worker."""
SECONDS_OF_DOCUMENT = 20.0
"""Processor time of all searches in one document."""
LONGEST_TEXT = 1_000_000
"""Characters of a page that are searched: in longer ones the library looks at its time limit too seldom."""
SHOWN = 60
"""Characters of an expression that a warning shows."""
FLAGS: dict[str, int] = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}


@dataclass(frozen=True, slots=True)
class Pattern:
    """An expression as the `regex` library takes it. It was read, and was not compiled."""

    text: str
    flags: int


def pattern_in(text: str, letters: str = "") -> Pattern:
    """Read an expression, between slashes with flags or bare; `letters` are further flags.

    Raises ValueError when it is beyond engines.parameters.pattern_bounds. Whether it is an expression at all, `refused` tells.
    """
    between = re.fullmatch(r"/(.+)/([a-z]*)", text, re.DOTALL)
    body, own_letters = (between[1], between[2]) if between else (text, "")
    pattern_bounds.check(body)
    flags = regex.V0
    for letter in own_letters + letters:
        flags |= FLAGS.get(letter, regex.V0)
    return Pattern(body, flags)


def refused(patterns: Sequence[Pattern]) -> tuple[int, str] | None:
    """The position of the first expression that cannot be compiled, and why; None when all can. Raises UntriedError."""
    return pattern_trial.verdict(tuple((one.text, one.flags) for one in patterns))


@functools.lru_cache(maxsize=128)
def compiled_pattern(pattern: Pattern) -> Any:
    """The compiled expression, of an untyped library. Raises regex.error."""
    return regex.compile(pattern.text, pattern.flags)


class Search:
    """Searches the pages of one document for expressions. What takes too long is given up, with a warning, and decides nothing."""

    def __init__(self, seconds: float = SECONDS_OF_DOCUMENT) -> None:
        self.notes: list[Notice] = []
        """A warning for each expression that was given up."""
        self._seconds = self._left = seconds
        self._given_up: set[Pattern] = set()

    def occurs(self, pattern: Pattern, text: str, page: int) -> bool:
        """Whether an expression matches somewhere in a text, which is of this page."""
        if pattern in self._given_up:
            return False
        if self._left <= 0:
            return self._give_up(pattern, page, f"all searches together take more than {self._seconds:g} s")
        began = time.process_time()
        try:
            occurrence = compiled_pattern(pattern).search(text[:LONGEST_TEXT], timeout=min(SECONDS, self._left))
        except TimeoutError:
            return self._give_up(pattern, page, f"it takes more than {SECONDS:g} s")
        except MemoryError:
            return self._give_up(pattern, page, "it takes too much memory")
        finally:
            self._left -= time.process_time() - began
        if occurrence is None and len(text) > LONGEST_TEXT:
            return self._give_up(pattern, page, f"the page has more than {LONGEST_TEXT:,} characters")
        return occurrence is not None

    def _give_up(self, pattern: Pattern, page: int, reason: str) -> bool:
        self._given_up.add(pattern)
        shown = pattern.text if len(pattern.text) <= SHOWN else f"{pattern.text[:SHOWN]}…"
        self.notes.append(Notice(Code.REGEXP_GIVEN_UP, f"{SENTENCES[Code.REGEXP_GIVEN_UP]} ({shown}: {reason})", page))
        return False
