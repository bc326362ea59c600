"""What the style sheets inside a web page say of visibility and position; no other rule matters to a reader of the text.

Of several rules the last one that applies counts, whatever their specificity; sheets that lie elsewhere are not fetched. A sheet is
read once from its beginning to its end: a parser of all of CSS (tinycss2) takes twenty times as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

STRING = r"""("(?:[^"\\\n]+|\\.)*"?|'(?:[^'\\\n]+|\\.)*'?)"""
ASIDE = re.compile(STRING + r"|/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
"""A string, which is kept, or a comment, which is not; an open one goes on to the end, as CSS has it."""
MARK = re.compile(STRING + r"|[{};]", re.DOTALL)
"""What a sheet is divided by, outside of strings."""
DECLARATION = re.compile(r"(?<![\w-])(display|visibility|position|opacity)\s*+:\s*+([\w.%-]++)", re.IGNORECASE)
MOST_RULES = 2000
LONGEST = 1 << 20
"""Characters of style sheets that are read."""

CssFlags = dict[str, str]
"""Values of the few properties that are looked at."""


class StyleSheet:
    """The style sheets of one page."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._looks: dict[int, CssFlags] = {}
        for selector, look in rules_of(tree):
            for node in selected(tree, selector):
                self._looks.setdefault(node.mem_id, {}).update(look)

    def look_of(self, node: LexborNode) -> CssFlags:
        """What holds for an element: the sheets, and above them its own style."""
        own = node.attributes.get("style")
        look = self._looks.get(node.mem_id)
        if not own:
            return look or {}
        return {**(look or {}), **declared(own)}


def is_hidden(look: CssFlags) -> bool:
    """Whether an element of this look is not seen."""
    return (
        look.get("display") == "none" or look.get("visibility") in ("hidden", "collapse") or look.get("opacity") == "0"
    )


def is_fixed(look: CssFlags) -> bool:
    """Whether an element stays where it is when the page scrolls."""
    return look.get("position") in ("fixed", "sticky")


def declared(css: str) -> CssFlags:
    """The declarations that matter."""
    return {name.lower(): value.lower() for name, value in DECLARATION.findall(css)}


def rules_of(tree: LexborHTMLParser) -> Iterator[tuple[str, CssFlags]]:
    """The selectors of a page's sheets that change a look, in their order."""
    text = "\n".join(node.text(deep=True) for node in tree.css("style"))[:LONGEST]
    count = 0
    for selectors, declarations in rules_in(text):
        look = declared(declarations)
        if look:
            count += 1
            if count > MOST_RULES:
                return
            yield selectors, look


def rules_in(text: str) -> Iterator[tuple[str, str]]:
    """The selectors and the declarations of each rule of a sheet, without those of rules inside of it.

    Left out are rules that begin with @, for some media or about fonts: what holds for a screen alone is not looked for.
    """
    text = ASIDE.sub(r"\1", text)
    depth = start = 0
    selectors = ""
    said: list[str] = []
    for found in MARK.finditer(text):
        mark, piece = found[0], text[start : found.start()]
        if mark == "{":
            depth += 1
            if depth == 1:
                selectors, said = piece.strip(), []
        elif mark == "}":
            if depth == 1 and not selectors.startswith("@"):
                yield selectors, "".join([*said, piece])
            depth = max(0, depth - 1)
        elif mark == ";":
            if depth == 1:
                said.append(piece + ";")
        else:
            continue
        start = found.end()


def selected(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    """The elements that a selector finds; none when it is one that is not understood, such as `a:hover`."""
    try:
        return tree.css(selector)
    except (SelectolaxError, ValueError):
        return []
