"""Org (the notes of Emacs), made into HTML line by line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

from engines.context import Context, Source
from engines.document import Document
from engines.formats.markup import document_of_html, formula_html, heading_html, note_mark, written_text
from engines.parameters import ParseParameters

MEDIA_TYPE = "text/org"
HEADING = re.compile(r"(\*+)[ \t]+(?:(TODO|DONE|NEXT|WAITING)[ \t]+)?(?:\[#[A-Z]\][ \t]+)?(.*)")
TAGS = re.compile(r"(?<![ \t])[ \t]++:(?:[\w@#%]++:)++[ \t]*+$")
KEYWORD = re.compile(r"#\+([\w-]+):[ \t]*(.*)", re.IGNORECASE)
BEGIN = re.compile(r"[ \t]*#\+begin_(\w+)[ \t]*(\S*).*", re.IGNORECASE)
DRAWER = re.compile(r"[ \t]*:(PROPERTIES|LOGBOOK|[A-Z]+):[ \t]*")
PLANNED = re.compile(r"[ \t]*(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):.*")
ENTRY = re.compile(r"([ \t]*)([-+]|\d+[.)]|[a-zA-Z][.)])[ \t]+(.*)")
STARRED = re.compile(r"([ \t]+)(\*)[ \t]+(.*)")
CHECKED = re.compile(r"\[([ xX-])\][ \t]+")
NOTE = re.compile(r"\[fn:([\w-]+)\][ \t]+(.*)")
RULER = re.compile(r"\|[-+]+\|?")
LINK = re.compile(r"\[\[([^\[\]]+)\](?:\[([^\[\]]+)\])?\]")
ADDRESS = re.compile(r"(?<![\w\"'>=])https?://[^\s<>\[\]]+")
MARK = re.compile(r"\[fn:([\w-]*)(?::([^\[\]]+))?\]")
FORMULA = re.compile(r"(?<![\w$])\$([^\s$](?:[^$\n]*[^\s$])?)\$(?!\w)")
DISPLAYED = re.compile(r"\$\$([^$]+)\$\$")
VERBATIM = re.compile(r"(?<![\w=~])([=~])(\S(?:[^=~\n]*\S)?)\1(?![\w=~])")
STYLES = {"*": "b", "/": "em", "_": "u", "+": "s"}
STYLED = re.compile(r"(?<![\w*/_+<&])([*/_+])(?=\S)([^\n*/_+](?:[^\n]*?[^\s])??)\1(?![\w*/_+])")
SCRIPT = re.compile(r"(?<=\w)([_^])\{([^{}]+)\}|(?<=\w)([_^])(-?\d+)(?!\w)")
STAMP = re.compile(r"[<\[](\d{4}-\d\d-\d\d)[^<>\[\]]*[>\]]")
KEPT = re.compile("\ue000(\\d+)\ue001")
TITLES = ("title", "author", "date", "subtitle")


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a document.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    return document_of_html(OrgReader().read(written_text(source, parameters, context)), MEDIA_TYPE, parameters)


@dataclass(slots=True)
class OrgReader:
    """Reads the lines of one document."""

    lines: list[str] = field(default_factory=list)
    place: int = 0
    parts: list[str] = field(default_factory=list)
    lists: list[tuple[int, str]] = field(default_factory=list)
    """Of the lists that are open: how far their entries stand in, and their tags."""
    labels: list[str] = field(default_factory=list)
    """Of notes, in the order of their marks."""
    notes: dict[str, str] = field(default_factory=dict)
    """Their texts, as HTML."""
    title: bool = False

    def read(self, text: str) -> str:
        """A document as HTML."""
        self.lines = [line.rstrip() for line in text.split("\n")]
        while self.place < len(self.lines):
            self._line(self.lines[self.place])
        self._end_lists(-1)
        notes = (f'<aside id="note-{n}">{self.notes.get(label, "")}</aside>' for n, label in enumerate(self.labels, 1))
        return "".join([*self.parts, *notes])

    def _line(self, line: str) -> None:
        """Read the block that begins with a line."""
        heading, block = HEADING.fullmatch(line), BEGIN.fullmatch(line)
        if not line:
            self.place += 1
        elif heading:
            self._end_lists(-1)
            level = len(heading[1]) + self.title
            self.parts.append(heading_html(level, self.html(TAGS.sub("", heading[3]))))
            self.place += 1
        elif block:
            self._block(block[1].lower(), block[2])
        elif DRAWER.fullmatch(line):
            self.place = self._after(":END:")
        elif found := KEYWORD.fullmatch(line):
            self._keyword(found[1].lower(), found[2])
        elif line.startswith("#") or PLANNED.fullmatch(line) or set(line) == {"-"}:
            self.place += 1
        elif note := NOTE.fullmatch(line):
            self.notes[note[1]] = self.html(note[2])
            self.place += 1
        elif line.lstrip().startswith("|"):
            self._table()
        else:
            self._entry_or_text(line)

    def _keyword(self, name: str, text: str) -> None:
        """Read a line that says something of the document or of what follows."""
        if name == "title":
            self.title = True
            self.parts.append(heading_html(1, self.html(text)))
        elif name in TITLES:
            self.parts.append(f"<p>{self.html(text)}</p>")
        elif name == "caption":
            self.parts.append(f"<p><b>{self.html(text)}</b></p>")
        self.place += 1

    def _after(self, last: str) -> int:
        """The place behind the line that ends a block."""
        ends = (n + 1 for n in range(self.place, len(self.lines)) if self.lines[n].strip().lower() == last.lower())
        return next(ends, len(self.lines))

    def _block(self, kind: str, language: str) -> None:
        """Read a block between `#+begin_` and `#+end_`."""
        end = self._after(f"#+end_{kind}")
        inside = self.lines[self.place + 1 : max(self.place + 1, end - 1)]
        self.place = end
        if kind in ("src", "example", "verse"):
            named = f' class="language-{escape(language)}"' if kind == "src" and language else ""
            told = f"<pre{named}>{escape(chr(10).join(inside))}</pre>"
        elif kind == "quote":
            told = f"<blockquote><p>{self.html(' '.join(inside))}</p></blockquote>"
        elif kind in ("comment", "export"):
            told = ""
        else:
            told = f"<p>{self.html(' '.join(inside))}</p>"
        if not self.lists:
            self.parts.append(told)
        else:
            self._end_lists(-1)
            self.parts.append(told)

    def _table(self) -> None:
        """Read a table; the rows above its first line are its header."""
        self._end_lists(-1)
        rows: list[str] = []
        is_header = any(RULER.fullmatch(line.strip()) for line in self.lines[self.place + 1 : self.place + 4])
        while self.place < len(self.lines) and (line := self.lines[self.place].strip()).startswith("|"):
            if RULER.fullmatch(line):
                is_header = is_header and not rows
            else:
                tag = "th" if is_header else "td"
                cells = (f"<{tag}>{self.html(cell.strip())}</{tag}>" for cell in line.strip("|").split("|"))
                rows.append(f"<tr>{''.join(cells)}</tr>")
            self.place += 1
        self.parts.append(f"<table>{''.join(rows)}</table>")

    def _entry_or_text(self, line: str) -> None:
        """Read an entry of a list, or a paragraph."""
        entry = ENTRY.fullmatch(line) or STARRED.fullmatch(line)
        if not entry:
            if line[:1] not in (" ", "\t"):
                self._end_lists(-1)
            self.parts.append(f"<p>{self._taken()}</p>")
            return
        depth, mark, text = len(entry[1].expandtabs()), entry[2], entry[3]
        term, meaning = term_of(text) if mark in "-+*" else ("", "")
        self._open(depth, "dl" if term else "ul" if mark in "-+*" else "ol")
        checked = CHECKED.match(text)
        box = ("[x] " if checked[1] in "xX" else "[ ] ") if checked else ""
        if term:
            self.parts.append(f"<dt>{self.html(term)}</dt>")
        self.lines[self.place] = meaning if term else text[checked.end() :] if checked else text
        self.parts.append(f"<{'dd' if term else 'li'}>{box}{self._taken()}")

    def _open(self, depth: int, tag: str) -> None:
        """Go on with the list whose entries stand so far in, or begin one."""
        self._end_lists(depth)
        if self.lists and self.lists[-1][0] == depth and self.lists[-1][1] != tag:
            self.parts.append(f"</{self.lists.pop()[1]}>")
        if not self.lists or self.lists[-1][0] < depth:
            self.lists.append((depth, tag))
            self.parts.append(f"<{tag}>")

    def _end_lists(self, depth: int) -> None:
        """End the lists whose entries stand further in."""
        while self.lists and self.lists[-1][0] > depth:
            self.parts.append(f"</{self.lists.pop()[1]}>")

    def _taken(self) -> str:
        """The lines up to the next empty one, or to what begins another block, as HTML."""
        start = self.place
        self.place += 1
        while self.place < len(self.lines) and not self._ends(self.lines[self.place]):
            self.place += 1
        return self.html(" ".join(line.strip() for line in self.lines[start : self.place]))

    def _ends(self, line: str) -> bool:
        patterns = (HEADING, BEGIN, DRAWER, KEYWORD, ENTRY, STARRED, NOTE)
        return (
            not line
            or line.startswith("# ")
            or line.lstrip().startswith("|")
            or any(one.fullmatch(line) for one in patterns)
        )

    def html(self, text: str) -> str:
        """What stands in a line, as HTML."""
        kept: list[str] = []

        def keep(markup: str) -> str:
            kept.append(markup)
            return f"\ue000{len(kept) - 1}\ue001"

        text = text.replace("\ue000", "").replace("\ue001", "")
        text = between(text, "\\[", "\\]", lambda latex: keep(formula_html(latex.strip(), is_apart=True)))
        text = between(text, "\\(", "\\)", lambda latex: keep(formula_html(latex.strip())))
        text = DISPLAYED.sub(lambda found: keep(formula_html(found[1].strip(), is_apart=True)), text)
        text = FORMULA.sub(lambda found: keep(formula_html(found[1])), text)
        text = VERBATIM.sub(lambda found: keep(f"<code>{escape(found[2])}</code>"), text)
        text = MARK.sub(lambda found: keep(self._mark(found[1], found[2])), text)
        text = LINK.sub(lambda found: keep(self._link(found[1], found[2] or "")), text)
        text = ADDRESS.sub(lambda found: keep(f'<a href="{escape(found[0])}">{escape(found[0])}</a>'), text)
        told = escape(STAMP.sub(r"\1", text.replace("\\\\", "")), quote=False)
        told = SCRIPT.sub(script, told)
        for _ in range(3):  # one inside of another
            told = STYLED.sub(lambda found: f"<{STYLES[found[1]]}>{found[2]}</{STYLES[found[1]]}>", told)
        return KEPT.sub(lambda found: kept[int(found[1])], told)

    def _link(self, target: str, text: str) -> str:
        """A link, or a picture."""
        address = target.removeprefix("file:")
        if not text and address.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")):
            return f'<img src="{escape(address)}" alt="{escape(address.rpartition("/")[2])}">'
        return f'<a href="{escape(address)}">{self.html(text) if text else escape(address)}</a>'

    def _mark(self, label: str, text: str | None) -> str:
        """The mark of a note, which may bring its text along."""
        label = label or f"\0{len(self.labels)}"
        if label not in self.labels:
            self.labels.append(label)
        if text:
            self.notes[label] = self.html(text)
        return note_mark(self.labels.index(label) + 1)


def between(text: str, begin: str, end: str, told: Callable[[str], str]) -> str:
    """A text with what stands between two signs told otherwise."""
    first, *others = text.split(begin)
    parts = [first]
    for part in others:
        inside, sign, rest = part.partition(end)
        parts.append(told(inside) + rest if sign else begin + part)
    return "".join(parts)


def term_of(text: str) -> tuple[str, str]:
    """The term that an entry explains, and what it means; empty for an entry that explains none."""
    term, sign, meaning = text.partition(" ::")
    return (term.strip(), meaning.strip()) if sign and meaning[:1] in ("", " ", "\t") else ("", "")


def script(found: re.Match[str]) -> str:
    """Raised or lowered text."""
    tag = "sup" if (found[1] or found[3]) == "^" else "sub"
    return f"<{tag}>{found[2] or found[4]}</{tag}>"
