"""The nodes of a LaTeX document as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

from pylatexenc import latex2text, latexwalker  # type: ignore[import-untyped]

from engines.formats.markup import formula_html, heading_html, note_mark, notes_html
from engines.formats.markup.tex_names import (
    ALIGNED,
    CLAIMS,
    CODE,
    KNOWN,
    LEVELS,
    LISTS,
    MATH,
    QUOTES,
    SILENT,
    STYLES,
    SWITCHES,
    TABLES,
    UNREAD,
)
from engines.formats.markup.tex_tables import table_html

EMPTY_LINE = re.compile(r"\n[ \t]*+\n\s*+")
LABEL = re.compile(r"\\(?:label|tag)\*?\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])")
PREAMBLE = re.compile(r"\\begin\{document\}")
PARAGRAPH = "<p>"
DEEPEST = 60


TEXT = latex2text.LatexNodes2Text(strict_latex_spaces=True, keep_comments=False)


class TexWalker:
    """Makes one document into HTML."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.facts: dict[str, str] = {}
        """What the preamble says of the document: its title, its authors, its date."""
        self.depth = 0

    def document(self, text: str) -> str:
        """A document as HTML: what stands before its beginning is looked through for its title only."""
        start = PREAMBLE.search(text)
        if start:
            self.nodes(nodes_of(text[: start.start()]))
            text = text[start.end() :].partition(r"\end{document}")[0]
        return self.nodes(nodes_of(text)) + notes_html(self.notes)

    def nodes(self, nodes: Iterable[Any] | None) -> str:
        """Nodes that stand one after the other; a switch of the font holds for those behind it."""
        if self.depth > DEEPEST:
            return ""
        self.depth += 1
        parts: list[str] = []
        ends: list[str] = []
        for node in nodes or ():
            name = getattr(node, "macroname", "")
            if name in SWITCHES:
                parts.append(f"<{SWITCHES[name]}>")
                ends.append(f"</{SWITCHES[name]}>")
            else:
                parts.append(self.node(node))
        self.depth -= 1
        return "".join([*parts, *reversed(ends)])

    def node(self, node: Any) -> str:
        """One node as HTML."""
        handler = NODES.get(type(node))
        return handler(self, node) if handler else ""

    def characters(self, node: Any) -> str:
        """Characters as they are."""
        return EMPTY_LINE.sub(PARAGRAPH, escape(node.chars))

    def group(self, node: Any) -> str:
        """What stands in braces."""
        return self.nodes(node.nodelist)

    def specials(self, node: Any) -> str:
        """Characters that mean others, such as ties and quotes."""
        sign = node.specials_chars
        return PARAGRAPH if not sign.strip() else " " if sign == "~" else escape(TEXT.node_to_text(node))

    def formula(self, node: Any) -> str:
        """A formula between dollars or brackets."""
        begin, end = node.delimiters
        latex = node.latex_verbatim().removeprefix(begin).removesuffix(end).strip()
        return formula_html(one_line(LABEL.sub("", latex)), is_apart=node.displaytype == "display")

    def macro(self, node: Any) -> str:
        """A macro with its arguments."""
        name = node.macroname
        given = [one for one in (node.nodeargd.argnlist if node.nodeargd else ()) if one is not None]
        if name in SILENT or name == "end":
            return ""
        if name in LEVELS:
            return heading_html(LEVELS[name] + bool(self.facts.get("title")), self.nodes(given[-1:]))
        if name in STYLES:
            return f"<{STYLES[name]}>{self.nodes(given)}</{STYLES[name]}>"
        if handler := MACROS.get(name):
            return str(handler(self, given))
        return self.unknown(node, given)

    def unknown(self, node: Any, given: Sequence[Any]) -> str:
        """A macro of others: an accent or a sign is its character, of any other the arguments are shown."""
        told = str(TEXT.node_to_text(node)).strip("\n")
        if told.strip():
            return escape(told) + (" " if node.macro_post_space and told[-1:].isspace() else "")
        return self.nodes(given)

    def environment(self, node: Any) -> str:
        """An environment."""
        name = node.environmentname.removesuffix("*")
        if name in CODE:
            return f"<pre>{escape(verbatim(node))}</pre>"
        if node.environmentname in TABLES:
            return table_html(node.nodelist, self.nodes)
        if name in MATH:
            return formula_html(environment_latex(node, name), is_apart=name != "math")
        if name in LISTS or name == "thebibliography":
            return self.listing(node, LISTS.get(name, "ol"))
        return "" if name in UNREAD else self.passage(name, self.nodes(node.nodelist))

    def passage(self, name: str, inside: str) -> str:
        """A stretch of text: one that says what it is begins with that."""
        if name in QUOTES:
            return f"<blockquote><p>{inside}</p></blockquote>"
        lead = f"<p><b>{name.capitalize()}.</b> " if name in CLAIMS else "<p>"
        return f"<div>{lead}{inside}</div><p>"

    def listing(self, node: Any, tag: str) -> str:
        """A list: what stands before its first entry is none of it."""
        entries: list[tuple[str, list[Any]]] = []
        for one in node.nodelist:
            if getattr(one, "macroname", "") in ("item", "bibitem"):
                given = [each for each in one.nodeargd.argnlist if each is not None]
                entries.append((self.nodes(given[:1]) if one.macroname == "item" else "", []))
            elif entries:
                entries[-1][1].append(one)
        if tag == "dl":
            told = (f"<dt>{label}</dt><dd>{self.nodes(nodes)}</dd>" for label, nodes in entries)
        else:
            told = (f"<li>{label} {self.nodes(nodes)}</li>" for label, nodes in entries)
        return f"<{tag}>{''.join(told)}</{tag}><p>"

    def noted(self, given: Sequence[Any]) -> str:
        """The mark of a note."""
        self.notes.append("")
        number = len(self.notes)
        self.notes[number - 1] = self.nodes(given[-1:])
        return note_mark(number)

    def fact(self, name: str) -> Callable[[Sequence[Any]], str]:
        """Keep what the document says of itself."""

        def keep(given: Sequence[Any]) -> str:
            self.facts[name] = self.nodes(given[-1:])
            return ""

        return keep

    def title_page(self) -> str:
        """The title, the authors and the date."""
        facts = self.facts
        below = "".join(f"<p>{facts[name]}</p>" for name in ("author", "date") if facts.get(name))
        return (heading_html(1, facts["title"]) if facts.get("title") else "") + below + PARAGRAPH


def nodes_of(text: str) -> list[Any]:
    """The nodes of a text; what is wrong in it is passed over."""
    walker = latexwalker.LatexWalker(text, latex_context=KNOWN, tolerant_parsing=True)
    return list(walker.get_latex_nodes()[0])


def plain(given: Sequence[Any]) -> str:
    """The source of the last argument, without its braces."""
    source = given[-1].latex_verbatim() if given else ""
    return str(source).removeprefix("{").removesuffix("}").strip()


def one_line(text: str) -> str:
    """A text with its blanks once."""
    return " ".join(text.split())


def verbatim(node: Any) -> str:
    """The lines between the ends of an environment, as they are written."""
    inside = re.sub(r"^\\begin\{[^{}]*\}(?:\[[^\]]*\])?(?:\{[^{}]*\})?[ \t]*\n?", "", node.latex_verbatim(), count=1)
    return inside.rpartition(r"\end{")[0].rstrip("\n ")


def environment_latex(node: Any, name: str) -> str:
    """A formula in an environment, as it stands between dollars."""
    inside = "".join(one.latex_verbatim() for one in node.nodelist)
    latex = one_line(LABEL.sub("", inside))
    if name in ALIGNED:
        return rf"\begin{{aligned}}{latex}\end{{aligned}}"
    return rf"\begin{{gathered}}{latex}\end{{gathered}}" if name == "gather" else latex


def link(walker: TexWalker, given: Sequence[Any]) -> str:
    """A link with its text, or the address alone."""
    url = plain(given[:1]).replace("\\", "")
    inside = walker.nodes(given[1:]) if len(given) > 1 else escape(url)
    return f'<a href="{escape(url)}">{inside}</a>'


MACROS: dict[str, Callable[[TexWalker, Sequence[Any]], str]] = {
    "title": lambda walker, given: walker.fact("title")(given),
    "author": lambda walker, given: walker.fact("author")(given),
    "date": lambda walker, given: walker.fact("date")(given),
    "maketitle": lambda walker, _given: walker.title_page(),
    "caption": lambda walker, given: f"<p>{walker.nodes(given[-1:])}</p>",
    **dict.fromkeys(("footnote", "footnotetext", "thanks"), TexWalker.noted),
    "footnotemark": lambda _walker, _given: "",
    **dict.fromkeys(("href", "url", "nolinkurl"), link),
    **dict.fromkeys(
        ("ref", "eqref", "pageref", "autoref", "cref", "Cref", "cite", "citep", "citet", "textcite", "parencite"),
        lambda _walker, given: f"[{escape(plain(given))}]",
    ),
    "includegraphics": lambda _walker, given: f'<img src="{escape(plain(given))}" alt="">',
    **dict.fromkeys(
        ("textcolor", "colorbox", "mbox", "makebox", "fbox", "parbox", "raisebox"),
        lambda walker, given: walker.nodes(given[-1:]),
    ),
    "texorpdfstring": lambda walker, given: walker.nodes(given[:1]),
    **dict.fromkeys(("\\", "newline", "linebreak"), lambda _walker, _given: "<br>"),
    "par": lambda _walker, _given: PARAGRAPH,
    "verb": lambda _walker, given: f"<code>{escape(plain(given))}</code>",
    **dict.fromkeys((" ", "\n", "quad", "qquad", ",", ";", ":", "enspace", "space"), lambda _walker, _given: " "),
    **dict.fromkeys(("/", "-", "!", "@", "unskip", "ignorespaces"), lambda _walker, _given: ""),
    "LaTeX": lambda _walker, _given: "LaTeX",
    "TeX": lambda _walker, _given: "TeX",
}  # fmt: skip
NODES: dict[type, Callable[[TexWalker, Any], str]] = {
    latexwalker.LatexCharsNode: TexWalker.characters,
    latexwalker.LatexGroupNode: TexWalker.group,
    latexwalker.LatexSpecialsNode: TexWalker.specials,
    latexwalker.LatexMathNode: TexWalker.formula,
    latexwalker.LatexMacroNode: TexWalker.macro,
    latexwalker.LatexEnvironmentNode: TexWalker.environment,
}
