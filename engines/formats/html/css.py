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
"""Values, in lower case, of the few properties that are looked at: display, visibility, position, opacity."""


class StyleSheet:
    """The style sheets of one page."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._flags: dict[int, CssFlags] = {}
        for selector, flags in rules_of(tree):
            for node in selected_nodes(tree, selector):
                self._flags.setdefault(node.mem_id, {}).update(flags)

    def flags_of(self, node: LexborNode) -> CssFlags:
        """What holds for an element: the sheets, and above them its own style."""
        own = node.attributes.get("style")
        flags = self._flags.get(node.mem_id)
        if not own:
            return flags or {}
        return {**(flags or {}), **declared_flags(own)}


def is_hidden(flags: CssFlags) -> bool:
    """Whether an element with these is not seen."""
    return (
        flags.get("display") == "none"
        or flags.get("visibility") in ("hidden", "collapse")
        or flags.get("opacity") == "0"
    )


def is_fixed(flags: CssFlags) -> bool:
    """Whether an element with these stays where it is when the page scrolls."""
    return flags.get("position") in ("fixed", "sticky")


def declared_flags(css: str) -> CssFlags:
    """The declarations of a rule, or of a `style` attribute, that matter."""
    return {name.lower(): value.lower() for name, value in DECLARATION.findall(css)}


def rules_of(tree: LexborHTMLParser) -> Iterator[tuple[str, CssFlags]]:
    """The selectors of a page's sheets that set any of these properties, in their order, at most `MOST_RULES`."""
    text = "\n".join(node.text(deep=True) for node in tree.css("style"))[:LONGEST]
    count = 0
    for selectors, declarations in rules_in(text):
        flags = declared_flags(declarations)
        if flags:
            count += 1
            if count > MOST_RULES:
                return
            yield selectors, flags


def rules_in(text: str) -> Iterator[tuple[str, str]]:
    """The selectors and the declarations of each rule of a sheet, without those of rules inside of it.

    Left out are rules that begin with @, for some media or about fonts: what holds for a screen alone is not looked for.
    """
    text = ASIDE.sub(r"\1", text)
    depth = start = 0
    selectors = ""
    declarations: list[str] = []
    for match in MARK.finditer(text):
        mark, piece = match[0], text[start : match.start()]
        if mark == "{":
            depth += 1
            if depth == 1:
                selectors, declarations = piece.strip(), []
        elif mark == "}":
            if depth == 1 and not selectors.startswith("@"):
                yield selectors, "".join([*declarations, piece])
            depth = max(0, depth - 1)
        elif mark == ";":
            if depth == 1:
                declarations.append(piece + ";")
        else:
            continue
        start = match.end()


def selected_nodes(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    """The elements that a selector finds; none when it is one that is not understood, such as `a:hover`."""
    try:
        return tree.css(selector)
    except (SelectolaxError, ValueError):
        return []
