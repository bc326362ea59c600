"""What stands in a line of AsciiDoc: marks, links, notes, attributes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

from engines.formats.markup import formula_html, note_mark

MACRO = re.compile(
    r"(?P<kind>footnote|footnoteref|image|icon|stem|latexmath|asciimath|kbd|btn|menu|pass|xref|link|mailto|anchor|indexterm2?)"
    r":(?P<target>[^\s\[\]:]{0,500})\[(?P<text>[^\]]{0,2000})\]"
)
ADDRESS = re.compile(r"(?P<url>(?:https?|ftp|irc)://[^\s\[\]<>]{1,2000})(?:\[(?P<text>[^\]]{0,2000})\])?")
REFERENCE = re.compile(r"<<([^<>,]{1,200})(?:,([^<>]{1,500}))?>>")
ATTRIBUTE = re.compile(r"\{([\w-]{1,100})\}")
SINGLE_PLUS = re.compile(r"(?<!\w)\+(?!\s)([^+\n]+)(?<!\s)\+(?!\w)")
TRIPLE_PLUS = re.compile(r"\+\+\+([^+]*)\+\+\+")
LINE_BREAK = re.compile(r" \+\n| \+$")
ANCHOR = re.compile(r"\[\[[^\[\]]*\]\]")
ROLE = re.compile(r"\[[.#%][^\[\]]*\](?=[#*_`])")
BOLD_IN = re.compile(r"\*\*([^*\n]+)\*\*")
LEAN_IN = re.compile(r"__([^_\n]+)__")
CODE_IN = re.compile(r"``([^`\n]+)``")
MARKED_IN = re.compile(r"##([^#\n]+)##")
"""Marks that may stand inside of words."""
BOLD = re.compile(r"(?<![\w*\\:;}])\*(?![\s*])([^*]+)(?<!\s)\*(?![\w*])")
LEAN = re.compile(r"(?<![\w\\:;}])_(?![\s_])([^_]+)(?<!\s)_(?!\w)")
CODE = re.compile(r"(?<![\w`\\:;}])`(?![\s`])([^`]+)(?<!\s)`(?![\w`])")
MARKED = re.compile(r"(?<![\w#&\\:;}])#(?![\s#])([^#]+)(?<!\s)#(?![\w#])")
"""Marks that stand around words."""
TAGS = (
    (BOLD_IN, "b"), (LEAN_IN, "em"), (CODE_IN, "code"), (MARKED_IN, ""), (BOLD, "b"), (LEAN, "em"), (CODE, "code"), (MARKED, ""),
)  # fmt: skip
"""The tags of marks, in the order in which these are looked for."""
RAISED, LOWERED = re.compile(r"\^([^\s^]{1,200})\^"), re.compile(r"~([^\s~]{1,200})~")
ESCAPED = re.compile(r"\\(?=[*_`#^~{<\[]|https?:|footnote:)")
SIGNS = {
    "(C)": "©", "(R)": "®", "(TM)": "™", "...": "…", "-&gt;": "→", "=&gt;": "⇒", "&lt;-": "←", "&lt;=": "⇐",
    " -- ": " — ", "``": "“", "''": "”",
}  # fmt: skip
BUILT_IN = {
    "nbsp": "\u00a0", "sp": " ", "empty": "", "blank": "", "amp": "&", "lt": "<", "gt": ">", "plus": "+", "zwsp": "",
    "startsb": "[", "endsb": "]", "vbar": "|", "caret": "^", "asterisk": "*", "tilde": "~", "backslash": "\\", "backtick": "`",
    "two-colons": "::", "two-semicolons": ";;", "apos": "'", "quot": '"', "lsquo": "‘", "rsquo": "’", "ldquo": "“",
    "rdquo": "”", "deg": "°", "cpp": "C++",
}  # fmt: skip
KEPT = re.compile("\ue000(\\d+)\ue001")


@dataclass(slots=True)
class Inline:
    """Reads lines of one document."""

    attributes: dict[str, str] = field(default_factory=lambda: dict(BUILT_IN))
    notes: list[str] = field(default_factory=list)
    """The notes so far, as HTML."""
    _kept: list[str] = field(default_factory=list)

    def html(self, text: str) -> str:
        """A line or several as HTML."""
        outer, self._kept = self._kept, []
        text = text.replace("\ue000", "").replace("\ue001", "")
        text = ESCAPED.sub(lambda match: self._keep(escape(text[match.end()])) + "\ue002", text)
        text = re.sub("\ue002.", "", text)
        text = TRIPLE_PLUS.sub(lambda match: self._keep(match[1]), text)
        text = SINGLE_PLUS.sub(lambda match: self._keep(escape(match[1])), text)
        text = LINE_BREAK.sub(lambda _: self._keep("<br>"), text)
        text = ATTRIBUTE.sub(lambda match: self.attributes.get(match[1].lower(), match[0]), text)
        text = MACRO.sub(self._macro, text)
        text = ADDRESS.sub(self._address, text)
        text = REFERENCE.sub(lambda match: self._keep(escape((match[2] or match[1]).strip())), text)
        told = self._marked(ROLE.sub("", ANCHOR.sub("", text)))
        self._kept, kept = outer, self._kept
        return restored(told, kept)

    def _keep(self, markup: str) -> str:
        """Put HTML aside, so that no mark is looked for in it."""
        self._kept.append(markup)
        return f"\ue000{len(self._kept) - 1}\ue001"

    def _macro(self, match: re.Match[str]) -> str:
        kind, target, text = match["kind"], match["target"], match["text"]
        handler = MACROS.get(kind)
        return self._keep(handler(self, target, text) if handler else escape(text or target))

    def _address(self, match: re.Match[str]) -> str:
        url = match["url"]
        if match["text"] is None:
            bare = url.rstrip(".,;:!?)'\"")
            return self._keep(anchor(bare, escape(bare))) + url[len(bare) :]
        text = match["text"].split(",window=")[0].removesuffix("^")
        return self._keep(anchor(url, self.html(text) if text else escape(url)))

    def _marked(self, text: str) -> str:
        """Text with its marks as tags."""
        told = escape(text, quote=False)
        for sign, character in SIGNS.items():
            told = told.replace(sign, character) if sign not in ("``", "''") else told
        for pattern, tag in TAGS:
            told = pattern.sub(lambda match, tag=tag: wrapped(match[1], tag), told)  # type: ignore[misc]
        told = RAISED.sub(r"<sup>\1</sup>", told)
        return LOWERED.sub(r"<sub>\1</sub>", told)


def restored(text: str, kept: list[str]) -> str:
    """Text with what was put aside; that may hold other pieces in its turn."""
    return KEPT.sub(lambda match: restored(kept[int(match[1])], kept[: int(match[1])]), text)


def wrapped(inside: str, tag: str) -> str:
    """Text in a tag, or as it is."""
    return f"<{tag}>{inside}</{tag}>" if tag else inside


def anchor(url: str, inside: str) -> str:
    """A link."""
    return f'<a href="{escape(url)}">{inside}</a>'


def footnote(inline: Inline, _target: str, text: str) -> str:
    """The mark of a note."""
    inline.notes.append("")
    number = len(inline.notes)
    inline.notes[number - 1] = inline.html(text)
    return note_mark(number)


MACROS: dict[str, Callable[[Inline, str, str], str]] = {
    "footnote": footnote,
    "image": lambda _inline, target, text: f'<img src="{escape(target)}" alt="{escape(text.partition(",")[0])}">',
    "icon": lambda _inline, _target, _text: "",
    "stem": lambda _inline, _target, text: formula_html(text),
    "latexmath": lambda _inline, _target, text: formula_html(text),
    "link": lambda inline, target, text: anchor(
        target, inline.html(text.removesuffix("^")) if text else escape(target)
    ),
    "mailto": lambda inline, target, text: anchor(
        f"mailto:{target}", inline.html(text.partition(",")[0]) or escape(target)
    ),
    "xref": lambda inline, target, text: inline.html(text) if text else escape(target),
    "anchor": lambda _inline, _target, _text: "",
    "indexterm": lambda _inline, _target, _text: "",
    "kbd": lambda _inline, _target, text: f"<kbd>{escape(text)}</kbd>",
}
"""What a macro of a name becomes, given its target and its text."""
