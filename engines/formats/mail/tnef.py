"""What Outlook packs into `winmail.dat` (MS-OXTNEF): the text of the mail in its richest form, and what is attached."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import PurePath

from engines.containers.encoding import decode, decode_markup
from engines.errors import Code, DocumentError
from engines.formats.mail import MailText
from engines.formats.mail.rtf import text_of_packed

SIGNATURE = 0x223E9F78
ATTRIBUTE = struct.Struct("<BII")
"""The head of an attribute: its level, its identity, its length in bytes; a checksum of two follows it."""
BODY, PROPERTIES, TITLE, RENDERING, ATTACHMENT = 0x0002800C, 0x00069003, 0x00018010, 0x00069002, 0x00069005
PLAIN, HTML, RTF, LONG_NAME = 0x1000, 0x1013, 0x1009, 0x3707
"""Properties (MS-OXPROPS) that hold a text or the name of what is attached."""
SIZES = {0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of values of fixed length, by their type; they are padded to four."""
STRING, WIDE, OBJECT, BINARY, MANY = 0x1E, 0x1F, 0x0D, 0x0102, 0x1000
NAMED = 0x8000
MOST = 100_000
"""Attributes and properties that are looked at."""

Properties = dict[int, tuple[int, bytes]]
"""The type and the bytes of each property that has text or bytes."""


def is_tnef(media_type: str, name: str) -> bool:
    """Whether a part of a mail is such a package."""
    return media_type in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat"


class Tnef:
    """A package."""

    def __init__(self, data: bytes) -> None:
        """Raise DocumentError: FILE_IS_BROKEN for what is no such package."""
        if len(data) < 6 or int.from_bytes(data[:4], "little") != SIGNATURE:
            raise DocumentError(Code.FILE_IS_BROKEN, "no package of Outlook")
        self.attachments: list[str] = []
        """The names of what is attached, without folders."""
        self._body = ""
        self._properties: Properties = {}
        for identity, value in attributes(data):
            if identity == BODY:
                self._body = decode(value.rstrip(b"\0"))
            elif identity == PROPERTIES:
                self._properties = properties_of(value)
            elif identity == RENDERING:
                self.attachments.append("")
            elif self.attachments and identity == TITLE:
                self.attachments[-1] = self.attachments[-1] or base_name(decode(value.rstrip(b"\0")))
            elif self.attachments and identity == ATTACHMENT:
                name = base_name(text_of(properties_of(value), LONG_NAME))
                self.attachments[-1] = name or self.attachments[-1]
        self.attachments = [one for one in self.attachments if one]

    def text(self) -> MailText | None:
        """The text of the mail; None where the package has none. Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE."""
        plain = text_of(self._properties, PLAIN) or self._body
        kind, html = self._properties.get(HTML, (0, b""))
        if html:
            return MailText(html=decode_markup(html) if kind == BINARY else decoded(kind, html), plain=plain)
        _, packed = self._properties.get(RTF, (0, b""))
        if packed and ((text := text_of_packed(packed)).html or not plain.strip()):
            return MailText(html=text.html, plain=plain or text.plain)
        return MailText(plain=plain) if plain.strip() else None


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The identity and the value of each attribute; what is cut off is left out."""
    place = 6
    for _ in range(MOST):
        if place + ATTRIBUTE.size > len(data):
            return
        _, identity, length = ATTRIBUTE.unpack_from(data, place)
        place += ATTRIBUTE.size
        if place + length > len(data):
            return
        yield identity, data[place : place + length]
        place += length + 2


def properties_of(data: bytes) -> Properties:
    """The properties of a mail or of what is attached that are text or bytes; those behind a damaged one are left out."""
    found: Properties = {}
    place = 4
    try:
        for _ in range(min(MOST, int.from_bytes(data[:4], "little"))):
            kind, number = struct.unpack_from("<HH", data, place)
            place = after_name(data, place + 4) if number & NAMED else place + 4
            values, place = values_at(data, place, kind)
            if values:
                found.setdefault(number, (kind & ~MANY, values[0]))
    except (struct.error, IndexError):
        pass
    return found


def after_name(data: bytes, place: int) -> int:
    """Where the value of a property with a name begins: the name is a number or a text."""
    kind, length = struct.unpack_from("<II", data, place + 16)
    return place + 24 if kind == 0 else place + 24 + padded(length)


def values_at(data: bytes, place: int, kind: int) -> tuple[list[bytes], int]:
    """The values of a property, and where the next one begins. Raises struct.error where they are cut off."""
    plain = kind & ~MANY
    count = 1
    has_length = plain in (STRING, WIDE, OBJECT, BINARY)
    if kind & MANY or has_length:
        (count,) = struct.unpack_from("<I", data, place)
        place += 4
    values: list[bytes] = []
    for _ in range(min(count, MOST)):
        length = SIZES.get(plain, 4)
        if has_length:
            (length,) = struct.unpack_from("<I", data, place)
            place += 4
        if place + length > len(data):
            raise struct.error("cut off")
        values.append(data[place : place + length])
        place += padded(length)
    return values if has_length else [], place


def padded(length: int) -> int:
    """A length up to the next multiple of four."""
    return (length + 3) // 4 * 4


def text_of(properties: Properties, number: int) -> str:
    """A property as text; empty when there is none."""
    return decoded(*properties.get(number, (STRING, b"")))


def decoded(kind: int, value: bytes) -> str:
    """A text by its type: one of two bytes a character, or one in an encoding to be guessed."""
    return value.decode("utf-16-le", "replace").rstrip("\0") if kind == WIDE else decode(value.rstrip(b"\0"))


def base_name(name: str) -> str:
    """A name without folders."""
    return PurePath(name.replace("\\", "/")).name
