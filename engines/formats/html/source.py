"""The source of a web page as a tree, in time that grows with its length only."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

DEEPEST_SOURCE = 4000
"""Elements nested deeper than this are taken out first, because parsing takes time with the square of the depth."""
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)[^>]*+(?:>|\Z)")
"""One that is never closed goes on to the end of the page, as browsers have it: else each would be looked for to there."""
UNCLOSED = frozenset((
    "p", "li", "td", "tr", "th", "dd", "dt", "option", "br", "img", "hr", "input", "meta", "link", "col", "wbr", "area",
))  # fmt: skip
"""Elements that are never, or need not be, closed."""


def tree_of(markup: str) -> LexborHTMLParser:
    """The tree of a page or a fragment; of one nested beyond all reason only the text."""
    return LexborHTMLParser(TAG.sub(" ", markup) if nesting(markup) > DEEPEST_SOURCE else markup)


def nesting(markup: str) -> int:
    """How deep the elements of a page are nested at most, guessed from its tags; small pages are not looked at."""
    if markup.count("<") < DEEPEST_SOURCE:
        return 0
    depth = deepest = 0
    for tag in TAG.finditer(markup):
        if tag[2].lower() not in UNCLOSED:
            depth = max(0, depth - 1) if tag[1] else depth + (0 if tag[0].endswith("/>") else 1)
            deepest = max(deepest, depth)
    return deepest
