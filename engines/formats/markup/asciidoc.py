"""AsciiDoc (the language of Asciidoctor): blocks line by line, made into HTML. Nothing is included from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from engines.context import Context, Source
from engines.document import Document
from engines.formats.markup import document_of_html, heading_html, notes_html, written_text
from engines.formats.markup.asciidoc_inline import Inline
from engines.formats.markup.asciidoc_tables import table_html
from engines.parameters import ParseParameters

MEDIA_TYPE = "text/asciidoc"
HEADING = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)")
ATTRIBUTE = re.compile(r":(!?[\w-]+!?):(?:[ \t]+(.*))?")
BLOCK_ATTRIBUTES = re.compile(r"\[([^\[\]]*)\]")
PART = re.compile(r'(?:"[^"]*"|[^",])+')
"""One of several attributes, which may be in quotes."""
DELIMITER = re.compile(r"(-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|```+.*|[|,:!]={3,})")
ENTRY = re.compile(r"[ \t]*(\*{1,6}|-|\.{1,6}|\d{1,9}\.|[a-zA-Z]\.|<\d*\.?>)[ \t]+(\S.*)")
TERM = re.compile(r"[ \t]*(\S.*?)(:{2,4}|;;)(?:[ \t]+(.*))?")
TITLE = re.compile(r"\.([^\s.].*)")
ADMONITION = re.compile(r"(NOTE|TIP|IMPORTANT|WARNING|CAUTION):[ \t]+(.*)")
KINDS = frozenset(("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"))
IMAGE = re.compile(r"image::([^\s\[\]]*+)\[([^\]]*+)\]")
SKIPPED = re.compile(r"//(?!/)|(?:include|ifdef|ifndef|ifeval|endif|toc|video|audio)::")
"""Lines that say nothing: comments, and directives, whose text, if any, lies elsewhere or follows."""
CHECKED = re.compile(r"\[([ xX*])\][ \t]+")
RULES = frozenset(("'''", "---", "***", "<<<", "- - -", "* * *"))
DEEPEST = 20


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a document.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    return document_of_html(html_of(written_text(source, parameters, context)), MEDIA_TYPE, parameters)


def html_of(text: str) -> str:
    """A document as HTML."""
    inline = Inline()
    lines = [line.rstrip() for line in text.split("\n")]
    body = Blocks(lines, inline).read(header=True)
    return body + notes_html(inline.notes)


@dataclass(slots=True)
class OpenList:
    """A list being read: the mark of its entries, and the tag it has in HTML."""

    mark: str
    tag: str


@dataclass(slots=True)
class Blocks:
    """Reads lines as blocks; those of a block inside of another have a reader of their own."""

    lines: list[str]
    inline: Inline
    depth: int = 0
    place: int = 0
    parts: list[str] = field(default_factory=list)
    lists: list[OpenList] = field(default_factory=list)
    style: list[str] = field(default_factory=list)
    """The attributes in brackets of the block that follows."""
    title: str = ""
    """That of the block that follows."""

    def read(self, *, header: bool = False) -> str:
        """The HTML of all lines."""
        if header:
            self._header()
        while self.place < len(self.lines):
            self._line(self.lines[self.place])
        self._end_lists()
        return "".join(self.parts)

    def _header(self) -> None:
        """Read the title of a document, and what stands below it: its authors and its revision."""
        while self.place < len(self.lines) and (not self.lines[self.place] or self._is_aside(self.lines[self.place])):
            self.place += 1
        if self.place < len(self.lines) and (found := HEADING.fullmatch(self.lines[self.place])) and len(found[1]) == 1:
            self.parts.append(heading_html(1, self.inline.html(found[2])))
            self.place += 1
            while self.place < len(self.lines) and self.lines[self.place]:
                line = self.lines[self.place]
                if not self._is_aside(line):
                    self.parts.append(f"<p>{self.inline.html(line)}</p>")
                self.place += 1

    def _is_aside(self, line: str) -> bool:
        """Whether a line is a comment, a directive or an attribute, which is noted."""
        found = ATTRIBUTE.fullmatch(line)
        if found and not found[1].startswith("!"):
            self.inline.attributes[found[1].lower()] = found[2] or ""
        return found is not None or SKIPPED.match(line) is not None

    def _line(self, line: str) -> None:
        """Read the block that begins with a line."""
        if not line.strip() or self._is_aside(line):
            self.place += 1
        elif DELIMITER.fullmatch(line):
            self._delimited(line)
        elif line in RULES:
            self._end_lists()
            self.place += 1
        elif line == "+" and self.lists:
            self.place += 1
            self._continued()
        else:
            self._started(line)

    def _started(self, line: str) -> None:
        """Read what is told by how its first line begins."""
        heading, image = HEADING.fullmatch(line), IMAGE.fullmatch(line)
        if heading and not self.depth:
            self._end_lists()
            self.parts.append(heading_html(len(heading[1]), self.inline.html(heading[2])))
            self._done()
        elif (named := BLOCK_ATTRIBUTES.fullmatch(line)) or line.startswith("[["):
            self.style = [one.strip() for one in PART.findall(named[1])] if named else self.style
            self.place += 1
        elif (titled := TITLE.fullmatch(line)) and not ENTRY.fullmatch(line):
            self._end_lists()
            self.title = titled[1]
            self.place += 1
        elif image:
            alt = image[2].partition(",")[0].strip('"')
            self._add(f'<img src="{escape(image[1])}" alt="{escape(alt or self.title)}">')
            self._done()
        elif entry := ENTRY.fullmatch(line):
            self._entry(entry[1], entry[2])
        elif (term := TERM.fullmatch(line)) and not self.lines[self.place].startswith("http"):
            self._term(term[1], term[2], term[3] or "")
        else:
            self._paragraph()

    def _done(self) -> None:
        self.place += 1
        self.style, self.title = [], ""

    def _add(self, markup: str) -> None:
        """Add a block that stands apart from lists."""
        self._end_lists()
        title = f"<p><b>{self.inline.html(self.title)}</b></p>" if self.title else ""
        self.parts.append(title + markup)
        self.title = ""

    def _taken(self) -> str:
        """The lines up to the next empty one, or to what begins another block."""
        start = self.place
        self.place += 1
        while self.place < len(self.lines) and not self._ends(self.lines[self.place]):
            self.place += 1
        lines = [line for line in self.lines[start : self.place] if not SKIPPED.match(line)]
        return self.inline.html("\n".join(lines))

    def _ends(self, line: str) -> bool:
        """Whether a line is no more of the paragraph before it."""
        if not line.strip() or DELIMITER.fullmatch(line) or line == "+" or BLOCK_ATTRIBUTES.fullmatch(line):
            return True
        return bool(self.lists) and (ENTRY.fullmatch(line) is not None or TERM.fullmatch(line) is not None)

    def _paragraph(self) -> None:
        """Read a paragraph, a warning in one, or one that is a block of another kind by its style."""
        line = self.lines[self.place]
        style = self.style[0] if self.style else ""
        is_literal = line[:1] in (" ", "\t") and not self.lists
        self.style = []
        found = ADMONITION.fullmatch(line)
        if line.startswith("|") and line.count("|") > 1:
            start = self.place
            self._taken()
            self._add(bare_table(self.lines[start : self.place], self.inline))
        elif found:
            self.lines[self.place] = found[2]
            self._add(f"<p><b>{found[1].capitalize()}:</b> {self._taken()}</p>")
        elif style in KINDS:
            self._add(f"<p><b>{style.capitalize()}:</b> {self._taken()}</p>")
        elif is_literal or style in ("source", "listing", "literal", "verse"):
            start = self.place
            self._taken()
            self._add(f"<pre>{escape(chr(10).join(self.lines[start : self.place]))}</pre>")
        elif style in ("quote", "blockquote"):
            self._add(f"<blockquote><p>{self._taken()}</p></blockquote>")
        else:
            self._add(f"<p>{self._taken()}</p>")

    def _delimited(self, line: str) -> None:
        """Read a block between two equal lines."""
        is_fenced = line.startswith("`")
        closing = line[: len(line) - len(line.lstrip("`"))] if is_fenced else line
        end = next((n for n in range(self.place + 1, len(self.lines)) if self.lines[n] == closing), len(self.lines))
        inside, self.place = self.lines[self.place + 1 : end], end + 1
        style, self.style = self.style, []
        if not line.startswith("/"):
            self._add(self._block(line, style, inside))
        self.title = ""

    def _block(self, line: str, style: list[str], inside: list[str]) -> str:
        """What stands between two equal lines, as HTML."""
        kind = style[0].partition("%")[0].partition(".")[0].partition("#")[0] if style else ""
        if line[0] in "|,:!":
            return table_html(inside, line[0], style, self._nested)
        if line[0] in "-.`" and line != "--":
            language = (
                style[1] if kind == "source" and len(style) > 1 else line.lstrip("`").strip() if line[0] == "`" else ""
            )
            named = f' class="language-{escape(language)}"' if language else ""
            return f"<pre{named}>{escape(chr(10).join(inside))}</pre>"
        if line[0] == "+":
            return "\n".join(inside)
        if kind == "verse":
            return f"<blockquote><p>{'<br>'.join(map(self.inline.html, inside))}</p></blockquote>"
        told = self._nested(inside)
        if line[0] == "_" or kind == "quote":
            by = f"<p>{self.inline.html(', '.join(style[1:]))}</p>" if len(style) > 1 else ""
            return f"<blockquote>{told}{by}</blockquote>"
        return f"<div><p><b>{kind.capitalize()}:</b></p>{told}</div>" if kind in KINDS else f"<div>{told}</div>"

    def _nested(self, lines: list[str]) -> str:
        """The HTML of lines that stand inside of a block."""
        if self.depth >= DEEPEST:
            return f"<p>{escape(' '.join(lines))}</p>"
        return Blocks(lines, self.inline, self.depth + 1).read()

    def _entry(self, mark: str, text: str) -> None:
        """Read an entry of a list; marks say how deep it stands: equal ones stand alike."""
        kind = "1." if mark[0].isdigit() or mark[0] == "<" else "a." if mark[0].isalpha() else mark
        self._open(kind, "ol" if mark[0] in ".<" or mark[0].isalnum() else "ul")
        checked = CHECKED.match(text)
        box = ("[ ] " if checked[1] == " " else "[x] ") if checked else ""
        self.lines[self.place] = text[checked.end() :] if checked else text
        self.parts.append(f"<li>{box}{self._taken()}")
        self.style = []

    def _term(self, term: str, mark: str, meaning: str) -> None:
        """Read a term, and what it means, on its line or below it."""
        self._open(mark, "dl")
        self.parts.append(f"<dt>{self.inline.html(term)}</dt>")
        self.lines[self.place] = meaning
        while self.place < len(self.lines) - 1 and not self.lines[self.place].strip():
            self.place += 1
        line = self.lines[self.place]
        if line.strip() and not (DELIMITER.fullmatch(line) or TERM.fullmatch(line) or HEADING.fullmatch(line)):
            if ENTRY.fullmatch(line):
                self.parts.append("<dd>")
            else:
                self.parts.append(f"<dd>{self._taken()}")
        elif not line.strip():
            self.place += 1

    def _open(self, mark: str, tag: str) -> None:
        """Go on with the list of a mark, or begin it inside of the one that is open."""
        marks = [one.mark for one in self.lists]
        if self.title:
            self._add("")
        if mark in marks:
            while self.lists[-1].mark != mark:
                self.parts.append(f"</{self.lists.pop().tag}>")
        else:
            self.lists.append(OpenList(mark, tag))
            self.parts.append(f"<{tag}>")

    def _continued(self) -> None:
        """Read a block that belongs to the entry before it."""
        start, lists = len(self.parts), self.lists
        self.lists = []
        while self.place < len(self.lines) and len(self.parts) == start:
            self._line(self.lines[self.place])
        self._end_lists()
        self.lists = lists

    def _end_lists(self) -> None:
        while self.lists:
            self.parts.append(f"</{self.lists.pop().tag}>")


def bare_table(lines: list[str], inline: Inline) -> str:
    """Rows that stand without the lines around a table."""
    rows = (line.strip().strip("|").split("|") for line in lines)
    cells = ("".join(f"<td>{inline.html(cell.strip())}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
