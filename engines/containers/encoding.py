"""Text from bytes: what the document declares, then what its bytes can be, then the most likely legacy encoding."""

from __future__ import annotations

import codecs
import re

from engines.containers.extraction import extract_text
from engines.errors import DocumentError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; UTF-32 stands before UTF-16, whose mark it begins with."""
DECLARED = re.compile(rb"""(?:charset|encoding)\s*+=\s*+["']?+\s*+([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
WIDE = {"utf-16": "utf-8", "utf-16le": "utf-8", "utf-16be": "utf-8", "iso-8859-1": "cp1252", "latin-1": "cp1252"}
"""What a declaration means that cannot be, or seldom is, what it says: the rule of the WHATWG encoding standard."""


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of a document, without its byte order mark.

    A mark wins over the encoding that is `declared` (a name of the IANA's; None when there is none). Next come UTF-16, told by its
    zeros, UTF-8, and the most likely legacy encoding. Characters that fit none become U+FFFD.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    names = (declared, unmarked_utf16(data), "utf-8")
    for name in names:
        if name and (text := strictly(data, name)) is not None:
            return text
    return guessed(data)


def decode_markup(data: bytes, declared: str | None = None) -> str:
    """The text of an HTML or XML document, which may declare its encoding in its first bytes."""
    declaration = DECLARED.search(data[:2048])
    name = declared or (declaration[1].decode("ascii").lower() if declaration else None)
    return decode(data, WIDE.get(name, name) if name else None)


def strictly(data: bytes, name: str) -> str | None:
    """The text when all bytes fit the encoding, else None."""
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark, told by its zero bytes: Latin letters have one in each pair."""
    head = data[:2000]
    if len(head) < 8 or head.count(0) < len(head) * 0.3:
        return None
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def guessed(data: bytes) -> str:
    """The text in the legacy encoding its bytes look most like."""
    try:
        return extract_text(data)
    except DocumentError:
        return data.decode("cp1252", "replace")
