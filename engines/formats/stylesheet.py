"""What the style sheets inside a web page say of visibility and position; no other rule matters to a reader of the text.

Of several rules the last one that applies counts, whatever their specificity; sheets that lie elsewhere are not fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{}@]+)\{([^{}]*)\}")
AT_RULE = re.compile(
    r"@(?:media|supports)\b[^{}]*\{((?:[^{}]*\{[^{}]*\})*[^{}]*)\}|@[a-z-]+[^{};]*(?:;|\{[^{}]*\})", re.IGNORECASE
)
"""Rules for some media, or about fonts and the like: what holds for a screen alone is not looked for inside of them."""
DECLARATION = re.compile(r"(display|visibility|position|opacity)\s*:\s*([\w.%-]+)", re.IGNORECASE)
MOST_RULES = 2000
LONGEST = 1 << 20
"""Characters of style sheets that are read."""

Look = dict[str, str]
"""Values of the few properties that are looked at."""


class StyleSheet:
    """The style sheets of one page."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._looks: dict[int, Look] = {}
        for selector, look in rules_of(tree):
            for node in selected(tree, selector):
                self._looks.setdefault(node.mem_id, {}).update(look)

    def look_of(self, node: LexborNode) -> Look:
        """What holds for an element: the sheets, and above them its own style."""
        own = node.attributes.get("style")
        look = self._looks.get(node.mem_id)
        if not own:
            return look or {}
        return {**(look or {}), **declared(own)}


def is_hidden(look: Look) -> bool:
    """Whether an element of this look is not seen."""
    return (
        look.get("display") == "none" or look.get("visibility") in ("hidden", "collapse") or look.get("opacity") == "0"
    )


def is_fixed(look: Look) -> bool:
    """Whether an element stays where it is when the page scrolls."""
    return look.get("position") in ("fixed", "sticky")


def declared(css: str) -> Look:
    """The declarations that matter."""
    return {name.lower(): value.lower() for name, value in DECLARATION.findall(css)}


def rules_of(tree: LexborHTMLParser) -> Iterator[tuple[str, Look]]:
    """The selectors of a page's sheets that change a look, in their order."""
    text = "\n".join(node.text(deep=True) for node in tree.css("style"))[:LONGEST]
    count = 0
    for selectors, declarations in RULE.findall(AT_RULE.sub("", COMMENT.sub("", text))):
        look = declared(declarations)
        if look:
            count += 1
            if count > MOST_RULES:
                return
            yield selectors.strip(), look


def selected(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    """The elements that a selector finds; none when it is one that is not understood, such as `a:hover`."""
    try:
        return tree.css(selector)
    except (SelectolaxError, ValueError):
        return []
