"""`annotate_links`: false leaves addresses out of the Markdown of every kind of document; `links[]` keeps them."""

from __future__ import annotations

import re

from engines.build.revisions import texts_of
from engines.context import Context
from engines.document import Document, Item, ItemKind
from engines.parameters import ParseParameters

PIECE = re.compile(
    r"(?P<code>(?<!`)`[^`\n]++`(?!`)|(?<!`)``(?:[^`\n]|`(?!`))++``(?!`))"
    r"|(?P<kept>\\.|!\[[^\[\]\n]*+\]\([^()\n]*+\))"
    r"|\[(?P<text>(?:\\.|[^\[\]\\\n])*+)\]\((?:<[^<>\n]*+>|[^()\s]*+(?:\([^()\s]*+\)[^()\s]*+)*+)\)"
)
"""Code, escaped characters and pictures, which stay; and links, of which the text stays."""

FENCES = frozenset(("```", "~~~"))


def leave_out_addresses(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Leave the text of links only, where the job says `annotate_links: false`."""
    if parameters.annotate_links is not False:
        return
    for page in document.pages:
        if page.markdown is not None:
            page.markdown = without_addresses(page.markdown)
        for item in page.items:
            unlink(item)


def unlink(item: Item) -> None:
    """Leave the text of the links in an item only."""
    for one in texts_of(item):
        if one.markdown is not None and not (isinstance(one, Item) and one.kind in (ItemKind.IMAGE, ItemKind.CODE)):
            one.markdown = without_addresses(one.markdown)
        if not isinstance(one, Item):
            one.links = None


def without_addresses(markdown: str) -> str:
    """Markdown with the text of its links in their place."""
    if "](" not in markdown:
        return markdown
    lines: list[str] = []
    fence = ""
    for line in markdown.split("\n"):
        mark = line.lstrip()[:3]
        is_edge = mark in FENCES and fence in ("", mark)
        lines.append(line if fence or is_edge else PIECE.sub(words_of, line))
        fence = ("" if fence else mark) if is_edge else fence
    return "\n".join(lines)


def words_of(found: re.Match[str]) -> str:
    """The text of a link; anything else as it is."""
    return found[0] if found["text"] is None else found["text"]
