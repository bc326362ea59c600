"""LaTeX: read by pylatexenc, which knows its macros and accents, and made into HTML. Nothing is included from elsewhere."""

from __future__ import annotations

import re

from engines.amplification import afford
from engines.context import Context, Source
from engines.document import Document
from engines.formats.markup import document_of_html, written_text
from engines.parameters import ParseParameters

MEDIA_TYPE = "application/x-latex"
DEFINITION = re.compile(
    r"\\(?:re|provide)?(?:newcommand|DeclareMathOperator|def)\*?\s{0,20}\{?\\([A-Za-z]{1,60})\}?\s{0,20}(?:\[(\d)\])?(?:#\d)*\s{0,20}(?=\{)"
)
CALL = re.compile(r"\\([A-Za-z]++)[ \t]?")
ARGUMENT = re.compile(r"#([1-9])")
MOST_DEFINITIONS = 300
ROUNDS = 3
"""How often macros inside of macros are written out."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a document.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    return document_of_html(html_of(written_text(source, parameters, context)), MEDIA_TYPE, parameters)


def html_of(text: str) -> str:
    """A document as HTML. Raises DocumentError: OUTPUT_TOO_LARGE."""
    from engines.formats.markup.tex_walker import TexWalker  # noqa: PLC0415 - what it needs is loaded for few documents

    return TexWalker().document(expanded(text))


def expanded(text: str) -> str:
    """A document with the macros that it defines written out. Raises DocumentError: OUTPUT_TOO_LARGE."""
    macros: dict[str, tuple[int, str]] = {}
    parts: list[str] = []
    end = 0
    for match in DEFINITION.finditer(text):
        if match.start() < end or len(macros) >= MOST_DEFINITIONS:
            continue
        body_end = closing(text, match.end())
        macros[match[1]] = (int(match[2] or 0), text[match.end() + 1 : body_end - 1])
        parts.append(text[end : match.start()])
        end = body_end
    text = "".join([*parts, text[end:]])
    if not macros:
        return text
    for _ in range(ROUNDS):
        text = written_out(text, macros)
    return text


def written_out(text: str, macros: dict[str, tuple[int, str]]) -> str:
    """A text with each call of a macro as what it stands for. Raises DocumentError: OUTPUT_TOO_LARGE."""
    parts: list[str] = []
    end = size = 0
    for match in CALL.finditer(text):
        if match.start() < end or match[1] not in macros:
            continue
        count, body = macros[match[1]]
        arguments: list[str] = []
        place = match.end()
        for _ in range(count):
            if text[place : place + 1] != "{":
                break
            after = closing(text, place)
            arguments.append(text[place + 1 : after - 1])
            place = after
        told = ARGUMENT.sub(lambda found, given=arguments: "".join(given[int(found[1]) - 1 : int(found[1])]), body)  # type: ignore[misc]
        blank = " " if count == 0 and text[match.end() - 1 : match.end()] in " \t" and not told[-1:].isalpha() else ""
        size += len(told)
        afford(size)
        parts += [text[end : match.start()], told, blank]
        end = place
    return "".join([*parts, text[end:]])


def closing(text: str, start: int) -> int:
    """The place behind the brace that closes the one at a place; the end of the text when none does."""
    depth, place = 0, start
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if not depth:
                return place + 1
        place += 1
    return len(text)
