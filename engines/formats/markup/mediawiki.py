"""The markup of MediaWiki, made into HTML: templates, whose text lies elsewhere, are left out but for what they are given."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from engines.context import Context, Source
from engines.document import Document
from engines.formats.markup import document_of_html, formula_html, heading_html, note_mark, notes_html, written_text
from engines.parameters import ParseParameters

COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
HEADING = re.compile(r"(={1,6})([^\n]++)")
LISTED = re.compile(r"([*#:;]+)[ \t]*(.*)")
TABLE_ATTRIBUTES = re.compile(r"[\w-]+[ \t]*=[^|\[\]{}]*\|(?!\|)")
LINK = re.compile(r"\[\[([^\[\]|]+)(?:\|([^\[\]]*))?\]\]([a-z]*)")
EXTERNAL = re.compile(r"\[((?:https?:|ftp:|mailto:)?//?[^\s\[\]]++|mailto:[^\s\[\]]++)(?:[ \t]++([^\[\]]*+))?\]")
BOLD_LEAN, BOLD, LEAN = (
    re.compile(r"'{5}([^'\n]+)'{5}"),
    re.compile(r"'''((?:[^'\n]|'(?!''))+)'''"),
    re.compile(r"''((?:[^'\n]|'(?!'))+)''"),
)
TEMPLATE = re.compile(r"\{\{([^{}]*)\}\}")
REFERENCE = re.compile(r"<(ref)((?:[^<>/]|/(?!>))*+)>", re.IGNORECASE)
NAMED_ONLY = re.compile(r"<ref[^<>]*/>", re.IGNORECASE)
MATH = re.compile(r"<math[^<>]*>([^<]*)</math>", re.IGNORECASE)
VERBATIM = re.compile(r"<(nowiki|pre|syntaxhighlight|source)([^<>]*)>", re.IGNORECASE)
LANGUAGE = re.compile(r"lang[ \t]*=[ \t]*[\"']?([\w+#-]+)", re.IGNORECASE)
SPAN = re.compile(r"(?:col|row)span[ \t]*+=[ \t]*+[\"']?\d++[\"']?")
SWITCH = re.compile(r"__[A-Z]+__")
ELSEWHERE = ("category:", "kategorie:", "catégorie:", "categoría:", "категория:")
FILES = ("file:", "image:", "datei:", "bild:", "fichier:", "archivo:", "файл:")
KEPT = re.compile("\ue000(\\d+)\ue001")
TAGS = {"*": "ul", "#": "ol", ":": "dl", ";": "dl"}
ENTRIES = {"*": "li", "#": "li", ":": "dd", ";": "dt"}
ROUNDS = 12
"""Templates inside of templates that are looked at."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a page.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    return document_of_html(WikiReader().read(written_text(source, parameters, context)), "text/x-wiki", parameters)


class WikiReader:
    """Makes one page into HTML."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.notes: list[str] = []
        self.lists = ""
        """The marks of the lists that are open."""
        self.parts: list[str] = []

    def read(self, text: str) -> str:
        """A page as HTML."""
        text = COMMENT.sub("", text.replace("\ue000", "").replace("\ue001", ""))
        text = between_tags(text, VERBATIM, self._verbatim)
        text = MATH.sub(lambda found: self._keep(formula_html(found[1].strip())), text)
        for _ in range(ROUNDS):
            text, count = TEMPLATE.subn(lambda found: template_text(found[1]), text)
            if not count:
                break
        text = between_tags(NAMED_ONLY.sub("", SWITCH.sub("", text)), REFERENCE, self._note)
        lines = text.split("\n")
        place = 0
        while place < len(lines):
            place = self._line(lines, place)
        self._lists("")
        return KEPT.sub(lambda found: self.kept[int(found[1])], "".join(self.parts) + notes_html(self.notes))

    def _keep(self, markup: str) -> str:
        self.kept.append(markup)
        return f"\ue000{len(self.kept) - 1}\ue001"

    def _verbatim(self, tag: str, attributes: str, inside: str) -> str:
        """Keep what no mark is looked for in."""
        if tag == "nowiki":
            return self._keep(escape(inside))
        language = LANGUAGE.search(attributes)
        named = f' class="language-{language[1]}"' if language else ""
        return self._keep(f"<pre{named}>{escape(inside.strip(chr(10)))}</pre>")

    def _note(self, _tag: str, _attributes: str, inside: str) -> str:
        """The mark of a note."""
        self.notes.append(self.inline(inside))
        return self._keep(note_mark(len(self.notes)))

    def _line(self, lines: list[str], place: int) -> int:
        """Read the block that begins with a line; the place behind it is the result."""
        line = lines[place].rstrip()
        heading, listed = HEADING.fullmatch(line), LISTED.fullmatch(line)
        if line.lstrip(": ").startswith("{|"):
            self._lists("")
            return self._table(lines, place)
        if heading and line.endswith(heading[1]) and heading[2].strip("= "):
            self._lists("")
            self.parts.append(heading_html(len(heading[1]), self.inline(heading[2].rstrip("=").strip())))
        elif listed:
            self._entry(listed[1], listed[2])
        else:
            self._lists("")
            if line.startswith(" ") and line.strip():
                self.parts.append(f"<pre>{escape(line[1:])}</pre>")
            else:
                self.parts.append(f"\n{self.inline(line)}" if line.strip() else "<p>")
        return place + 1

    def _entry(self, marks: str, text: str) -> None:
        """Read an entry of a list: each of its marks is a list that it stands in."""
        self._lists(marks)
        term, sign, meaning = text.partition(" : ") if marks[-1] == ";" else (text, "", "")
        told = f"<{ENTRIES[marks[-1]]}>{self.inline(term)}"
        self.parts.append(told + (f"<dd>{self.inline(meaning)}" if sign else ""))

    def _lists(self, marks: str) -> None:
        """Open and end lists until these are open."""
        shared = 0
        while shared < min(len(marks), len(self.lists)) and TAGS[marks[shared]] == TAGS[self.lists[shared]]:
            shared += 1
        self.parts += [f"</{TAGS[mark]}>" for mark in reversed(self.lists[shared:])]
        self.parts += [f"<{TAGS[mark]}>" for mark in marks[shared:]]
        if self.lists and not marks:
            self.parts.append("<p>")
        self.lists = marks

    def _table(self, lines: list[str], place: int) -> int:
        """Read a table."""
        self.parts.append("<table>")
        place += 1
        while place < len(lines) and not (line := lines[place].strip()).startswith("|}"):
            if line.startswith("{|"):
                place = self._table(lines, place)
                continue
            if line.startswith("|-"):
                self.parts.append("<tr>")
            elif line.startswith("|+"):
                self.parts.append(f"<caption>{self.inline(line[2:].strip())}</caption>")
            elif line[:1] in ("|", "!") and line:
                self._cells(line)
            else:
                self.parts.append(f"<br>{self.inline(line)}" if line else "")
            place += 1
        self.parts.append("</table><p>")
        return place + 1

    def _cells(self, line: str) -> None:
        """Read the cells of a line."""
        tag = "th" if line[0] == "!" else "td"
        for cell in line[1:].replace("!!", "||" if tag == "th" else "!!").split("||"):
            attributes = TABLE_ATTRIBUTES.match(cell.strip())
            spans = " ".join(SPAN.findall(attributes[0])) if attributes else ""
            text = cell.strip()[attributes.end() :] if attributes else cell
            self.parts.append(f"<{tag} {spans}>{self.inline(text.strip())}")

    def inline(self, text: str) -> str:
        """What stands in a line, as HTML: the tags of HTML that it has stay."""
        text = LINK.sub(self._link, text)
        text = EXTERNAL.sub(
            lambda found: self._keep(f'<a href="{escape(found[1])}">') + (found[2] or found[1]) + self._keep("</a>"),
            text,
        )
        text = BOLD_LEAN.sub(r"<b><i>\1</i></b>", text)
        return LEAN.sub(r"<i>\1</i>", BOLD.sub(r"<b>\1</b>", text))

    def _link(self, found: re.Match[str]) -> str:
        """A link to another page is its words; a picture is one, and a category nothing."""
        target, text = found[1].strip(), (found[2] or "").strip()
        if target.lower().startswith(ELSEWHERE):
            return ""
        if target.lower().startswith(FILES):
            caption = text.rpartition("|")[2]
            return self._keep(f'<img src="{escape(target.partition(":")[2])}" alt="{escape(caption)}">')
        return (text or target.lstrip(":")) + found[3]


def between_tags(text: str, opening: re.Pattern[str], told: Callable[[str, str, str], str]) -> str:
    """A text with each element that a tag opens told otherwise, by its name, its attributes and what is in it."""
    lower = text.lower()
    parts: list[str] = []
    unclosed: set[str] = set()
    end = 0
    for found in opening.finditer(text):
        tag = found[1].lower()
        if found.start() < end or tag in unclosed:
            continue
        after = lower.find(f"</{tag}>", found.end())
        if after < 0:
            unclosed.add(tag)
            continue
        parts += [text[end : found.start()], told(tag, found[2], text[found.end() : after])]
        end = after + len(tag) + 3
    return "".join([*parts, text[end:]])


def template_text(inside: str) -> str:
    """What a template is given that is text: of `{{lang|de|Boot}}` the last part; names and settings are none."""
    parts = inside.split("|")[1:]
    plain = [part.strip() for part in parts if "=" not in part]
    return plain[-1] if plain else ""
