"""reStructuredText as HTML, by docutils: what only Sphinx knows is read as what it holds."""

from __future__ import annotations

import re
from html import escape
from typing import Any, ClassVar

import docutils.core  # type: ignore[import-untyped] # it has none
import docutils.nodes  # type: ignore[import-untyped]
import docutils.utils  # type: ignore[import-untyped]
from docutils.parsers.rst import Directive, directives, roles  # type: ignore[import-untyped]
from docutils.parsers.rst.languages import en  # type: ignore[import-untyped]
from docutils.writers import html5_polyglot  # type: ignore[import-untyped]

from engines.errors import Code, DocumentError
from engines.formats.markup import formula_html

SETTINGS: dict[str, Any] = {
    "_disable_config": True, "file_insertion_enabled": False, "raw_enabled": True, "report_level": 5, "halt_level": 5,
    "embed_stylesheet": False, "stylesheet_path": "", "doctitle_xform": False, "docinfo_xform": False, "initial_header_level": 1,
    "line_length_limit": 1_000_000, "smart_quotes": False, "sectnum_xform": False, "input_encoding": "unicode",
}  # fmt: skip
"""Docutils reads no file of this machine, says nothing of mistakes, and gives up on none."""
CALLED = re.compile(r"^[ \t]*\.\. ([A-Za-z][\w:+.-]{0,60})::", re.MULTILINE)
ROLE = re.compile(r":([A-Za-z][\w:+.-]{0,60}):`")
TITLED = {
    "seealso": "See also", "versionadded": "New in version", "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version", "todo": "To do", "rubric": "", "centered": "",
}  # fmt: skip
"""Directives of Sphinx that begin with words of their own."""
WARNINGS = frozenset(("attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning"))
SILENT = frozenset((
    "contents", "sectnum", "toctree", "index", "tabularcolumns", "highlight", "currentmodule", "default-domain", "meta", "include",
    "literalinclude", "header", "footer", "target-notes", "section-numbering", "automodule", "autoclass", "autofunction",
))  # fmt: skip
"""Directives that say nothing, or whose text lies elsewhere."""
MOST_NAMES = 500


class Held(Directive):  # type: ignore[misc] # as above
    """A directive that only Sphinx knows: what it holds is read as any text, below its argument."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[Any] = None

    def run(self) -> list[docutils.nodes.Node]:
        """The nodes of what it holds."""
        words = " ".join(filter(None, [TITLED.get(self.name, ""), *self.arguments]))
        nodes: list[docutils.nodes.Node] = []
        if words:
            inside, messages = self.state.inline_text(words, self.lineno)
            strong = docutils.nodes.strong("", "", *inside)
            nodes += [docutils.nodes.paragraph("", "", strong), *messages]
        holder = docutils.nodes.container()
        if self.content:
            self.state.nested_parse(self.content, self.content_offset, holder)
        return [*nodes, holder]


class Silent(Directive):  # type: ignore[misc] # as above
    """A directive that says nothing."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[Any] = None

    def run(self) -> list[docutils.nodes.Node]:
        """No nodes."""
        return []


def spoken_role(
    name: str, rawtext: str, text: str, *_rest: Any, **_more: Any
) -> tuple[list[docutils.nodes.Node], list[Any]]:
    """A role that only Sphinx knows: its words, without where they lead."""
    spoken = text[: text.rindex("<")].strip() if text.endswith(">") and "<" in text else ""
    words = docutils.utils.unescape(spoken or text.lstrip("!~"))
    is_code = ":" in name or name in (
        "class",
        "func",
        "meth",
        "mod",
        "attr",
        "data",
        "exc",
        "obj",
        "file",
        "envvar",
        "command",
    )
    node = docutils.nodes.literal(rawtext, words) if is_code else docutils.nodes.inline(rawtext, words)
    return [node], []


class Translator(html5_polyglot.HTMLTranslator):  # type: ignore[misc] # docutils has no types for it
    """Writes HTML as the reader of this package knows it: formulas stay LaTeX."""

    def visit_math(self, node: Any, math_env: str = "") -> None:
        """Write a formula."""
        self.body.append(formula_html(" ".join(node.astext().split()), is_apart=bool(math_env)))
        raise docutils.nodes.SkipNode

    def visit_math_block(self, node: Any) -> None:
        """Write a formula that stands apart."""
        self.visit_math(node, "equation")

    def visit_literal(self, node: Any) -> None:
        """Write code in a line."""
        self.body.append(f"<code>{escape(node.astext())}</code>")
        raise docutils.nodes.SkipNode

    def visit_label(self, node: Any) -> None:
        """Leave the number of a note out, which its mark has; the name of a citation is text."""
        if isinstance(node.parent, docutils.nodes.footnote):
            raise docutils.nodes.SkipNode
        super().visit_label(node)

    def visit_title(self, node: Any) -> None:
        """Write a title: that of a warning says what it is."""
        if isinstance(node.parent, docutils.nodes.Admonition):
            kind = next((one for one in node.parent["classes"] if one in WARNINGS), "")
            name = kind.capitalize() or node.astext()
            self.body.append(f"<p><b>{escape(name)}:</b></p>")
            raise docutils.nodes.SkipNode
        super().visit_title(node)

    def visit_literal_block(self, node: Any) -> None:
        """Write code."""
        language = next((one for one in node["classes"] if one not in ("code", "code-block", "literal-block")), "")
        named = f' class="language-{escape(language)}"' if language else ""
        self.body.append(f"<pre{named}>{escape(node.astext())}</pre>")
        raise docutils.nodes.SkipNode


class Writer(html5_polyglot.Writer):  # type: ignore[misc] # as above
    """Writes by `Translator`."""

    def __init__(self) -> None:
        super().__init__()
        self.translator_class = Translator


def html_of(text: str) -> str:
    """A document as HTML. Raises DocumentError: FILE_IS_BROKEN."""
    register(text)
    try:
        parts = docutils.core.publish_parts(text, writer=Writer(), settings_overrides=SETTINGS)
    except (docutils.utils.SystemMessage, RecursionError) as error:
        raise DocumentError(Code.FILE_IS_BROKEN, str(error)[:200]) from error
    return str(parts["body"])


def register(text: str) -> None:
    """Let docutils know the directives and roles of a document that are not its own."""
    for name in list(dict.fromkeys(CALLED.findall(text)))[:MOST_NAMES]:
        if name in SILENT:
            directives.register_directive(name, Silent)
        elif name.lower() not in en.directives:
            directives.register_directive(name, Held)
    for name in list(dict.fromkeys(ROLE.findall(text)))[:MOST_NAMES]:
        if name.lower() not in en.roles:
            roles.register_local_role(name, spoken_role)
