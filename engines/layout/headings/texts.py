"""What a heading may say: no caption, no sentence cut off, no address, no code."""

from __future__ import annotations

import re

from engines.layout.blocks import Block
from engines.layout.markers import BULLETS

LONGEST = 200
"""Letters of a heading at most."""
MOST_LINES = 4
CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|table|tab\.|chart|graph|map|box|plate|source|note|exhibit|diagram|image|photo)s?\.?\s*(?:[\dIVX]|:)",
    re.IGNORECASE,
)
LEADERS = re.compile(r"(?:\.\s*){4}\d*\s*$|(?:\.\s?){5}")
"""Dots that lead to the number of a page."""
ADDRESS = re.compile(r"\w@\w[\w-]*\.\w|https?://|\bwww\.\w")


def may_be_heading(block: Block) -> bool:
    """Whether nothing that a block says speaks against a heading."""
    text = block.text
    letters = sum(map(str.isalpha, text))
    if (
        letters < 2
        or letters < 0.4 * len(text.replace(" ", ""))
        or len(text) > LONGEST
        or len(block.lines) > MOST_LINES
    ):
        return False
    if any(one.spread for one in block.lines) or block.lines[0].words[0].text in BULLETS:
        return False
    return not text.endswith((",", ";")) and not CAPTION.match(text) and not is_part(text)


def is_part(text: str) -> bool:
    """Whether a text is cut out of a longer one, an address, or of a table of contents."""
    if any(text.count(one) != text.count(other) for one, other in ("()", "[]")):
        return True
    if text[0].islower() and text.endswith("."):
        return True
    return bool(ADDRESS.search(text) or LEADERS.search(text))
