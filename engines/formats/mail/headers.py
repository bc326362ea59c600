"""Headers of mails (RFC 5322), as they are written by programs that keep no rule."""

from __future__ import annotations

import email.header
import re
from email.message import EmailMessage, Message

from engines.build.page_builder import one_line
from engines.containers.encoding import decode

SURROGATES = re.compile("[\udc80-\udcff]")
"""Bytes that the standard library could not read as text."""
ENCODED = re.compile(r"=\?[\w.*-]{1,40}\?[bBqQ]\?[^?]{0,1000}\?=")
"""Text in another encoding (RFC 2047)."""
MISWRITTEN = (ValueError, IndexError, TypeError, AttributeError, LookupError)
"""What the standard library raises for headers that keep no rule; such a header is then shown as it is written."""


def header_text(message: EmailMessage, name: str) -> str:
    """The text of a header on one line, its encoded words decoded (RFC 2047); empty when there is none.

    Bytes above 127, which it may not have, are read in the encoding of the body where they fit that, else in their likeliest.
    """
    raw = next((str(text) for key, text in message.raw_items() if key.lower() == name.lower()), "")
    if SURROGATES.search(raw):
        return one_line(words_of(readable_header(raw, charset_of(message))))
    try:
        text = str(message.get(name) or "")
    except MISWRITTEN:
        text = raw
    if "\ufffd" in text or ENCODED.search(text):
        text = words_of(raw)
    return one_line(readable_header(text, charset_of(message)))


def words_of(text: str) -> str:
    """A header with its encoded words decoded, also those that part a character, or stand where none may."""
    if not ENCODED.search(text):
        return text
    parts: list[tuple[bytes | str, str | None]] = []
    try:
        parts = list(email.header.decode_header(" ".join(text.split())))
    except MISWRITTEN:
        return text
    return "".join(decode(part, charset) if isinstance(part, bytes) else part for part, charset in parts)


def readable_header(text: str, charset: str | None = None) -> str:
    """A header whose bytes above 127 are read as UTF-8, in the encoding given, or in their most likely one."""
    if "\x1b$" in text:
        return decode(text.encode("ascii", "replace"), "iso-2022-jp")
    if text.isascii() or not SURROGATES.search(text):
        return text
    data = text.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return decode(data, charset)


def charset_of(message: Message) -> str | None:
    """The encoding that the first text of a mail declares; None when none does."""
    return next((charset for part in message.walk() if (charset := part.get_content_charset())), None)
