"""Regular expressions of users: written as JavaScript writes them, run with a time limit."""

from __future__ import annotations

import re
from typing import Any

import regex

LONGEST = 10_000
"""Characters of the longest expression; a longer one is a mistake or an attack."""
SECONDS = 2.0
"""How long one search may take: an expression that backtracks without end must not hold a worker."""
FLAGS: dict[str, int] = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}

Pattern = Any
"""A compiled expression of the `regex` library, which is untyped."""


def pattern_in(text: str, letters: str = "") -> Pattern:
    """Compile an expression, between slashes with flags or bare; `letters` are further flags.

    Raises ValueError when it is none.
    """
    if len(text) > LONGEST:
        message = f"longer than {LONGEST} characters"
        raise ValueError(message)
    between = re.fullmatch(r"/(.+)/([a-z]*)", text, re.DOTALL)
    body, given = (between[1], between[2]) if between else (text, "")
    flags = regex.V0
    for letter in given + letters:
        flags |= FLAGS.get(letter, regex.V0)
    try:
        return regex.compile(body, flags)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error


def occurs(pattern: Pattern, text: str) -> bool:
    """Whether the expression matches somewhere; one that takes too long to tell does not."""
    try:
        return bool(pattern.search(text, timeout=SECONDS))
    except TimeoutError:
        return False
