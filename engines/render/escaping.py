"""Text as Markdown has to write it, so that nothing in it is taken for a mark."""

from __future__ import annotations

import re

SPECIAL = re.compile(r"[\\`]|(?<!\[\^)(?<!\[\^\*)\*|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!])|&(?=#?\w{1,31};)|~(?=~)|(?<=~)~")
"""Characters that Markdown would read as marks where they stand; others stay, so that the text stays readable, and so do stars
that are the label of a note (`[^*]`)."""


def escape(text: str) -> str:
    """The text with a backslash before what Markdown would take for a mark."""
    escaped = SPECIAL.sub(lambda mark: "\\" + mark[0], text)
    if "](" not in escaped:
        return escaped
    *before, last = escaped.split("](")
    return "](".join([*map(unlinked, before), last])


def unlinked(text: str) -> str:
    """A text that `](` follows, so that no bracket in it opens a link there."""
    closed = text.rfind("]") + 1
    return text[:closed] + text[closed:].replace("[", r"\[")
