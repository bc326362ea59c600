"""Marks at the beginning of a line: bullets, numbers, letters, boxes and ticks."""

from __future__ import annotations

import re

from engines.layout.lines import Line
from engines.layout.words import SURE_BULLETS

BULLETS = SURE_BULLETS | frozenset("∙·○◆◇♦◊❍▸–—-*o")
UNSURE = frozenset("–—-*o·")
"""Bullets only where a blank follows."""
LETTER_GAP = 0.45
"""Gap, in sizes, after a letter that is a bullet before a small letter: wider than a blank, since the letter is a word as well."""
STATES = frozenset("✓✔✗✘❏❑❒❐☐☑☒")
"""Boxes and ticks, which say something: they begin an entry and stay in its text."""
NUMBER = re.compile(r"(?:\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]|\d{1,2}(?:\.\d{1,2}){1,3}\.?|[A-Z][.)])")
PAGE_NUMBER = re.compile(r"[-–—(\[|]?\s*\d{1,4}\s*[-–—)\]|]?")
"""All that a line says which is the number of a page, and no entry of a list."""


def marker_of(line: Line) -> str:
    """The mark of a list's entry that a line begins with; empty when it is none."""
    if len(line.words) < 2 or PAGE_NUMBER.fullmatch(line.text):
        return ""
    first, second = line.words[:2]
    if second.glued:
        return first.text if first.text in SURE_BULLETS and second.text[0] not in BULLETS else ""
    if first.text in BULLETS:
        is_word = first.text == "o" and second.text[0].islower()
        least = LETTER_GAP if is_word else 0.15 if first.text in UNSURE else 0.0
        gap = max(second.left - first.right, first.left - second.right)
        return "" if gap < least * line.size else first.text
    is_number = NUMBER.fullmatch(first.text) and not first.raised
    return first.text if first.text in STATES or is_number else ""
