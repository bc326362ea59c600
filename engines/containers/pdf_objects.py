"""The objects of a PDF, read by pypdf: what a page marks as watermark (ISO 32000-2, 14.8.2.2, `/Artifact <</Subtype /Watermark>>`).

What programs that stamp documents write around it is known too: the PieceInfo of Adobe's compound types on the drawing that is
placed (`/ADBE_CompoundType`, private data `/Watermark`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdf
from pypdf.errors import PyPdfError
from pypdf.generic import ContentStream, DictionaryObject

from engines.containers.flate import FlateError, zlib_ng

BROKEN = (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, NotImplementedError)
"""What pypdf raises for damaged files: it checks little itself."""
MARK = b"/Watermark"
STREAM = re.compile(rb"stream\r?\n")
DATA = (b"/Image", b"/Length1", b"/XRef", b"/Metadata", b"/FontFile", b"/Type1C", b"/CIDFontType0C", b"/OpenType")
"""Parts of the dictionaries of streams that hold pictures, fonts and the like: neither objects nor what a page draws."""
DICTIONARY = 512
"""Bytes before a stream in which its dictionary is looked for."""
PROBED, MOST_PROBED = 1 << 20, 32 << 20
"""Bytes that are unpacked to look for a mark: of one stream, and of a document."""
LARGEST = 4 << 20
"""Bytes of the contents of a page that are taken apart; pages that draw more keep what they mark."""
PAINTING = frozenset((b"Tj", b"TJ", b"'", b'"', b"Do", b"sh", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s",
    b"INLINE IMAGE"))  # fmt: skip
"""Operators that leave ink; the others move and set up, and what follows a mark may count on that."""


def mentions_watermarks(content: bytes) -> bool:
    """Whether a PDF may mark watermarks: a look at its bytes and into its packed streams, without taking it apart."""
    return MARK in content or any(MARK in unpacked for unpacked in unpacked_streams(content))


def unpacked_streams(content: bytes) -> Iterator[bytes]:
    """The beginnings of the streams of objects and drawings that are packed by Flate, as far as MOST_PROBED allows."""
    left = MOST_PROBED
    for found in STREAM.finditer(content):
        start = found.end()
        head = content[start : start + 2]
        if left <= 0 or len(head) < 2:
            return
        before = content[max(0, found.start() - DICTIONARY) : found.start()]
        own = before[before.rfind(b" obj") :]
        if any(one in own for one in DATA):
            continue
        if head[0] & 0x0F != 8 or int.from_bytes(head, "big") % 31:  # RFC 1950: no such stream
            continue
        end = content.find(b"endstream", start, start + PROBED)
        packed = content[start : end if end > 0 else start + PROBED]
        try:
            unpacked = zlib_ng.decompressobj().decompress(packed, min(PROBED, left))
        except FlateError:
            continue
        left -= len(unpacked)
        yield unpacked


class MarkedPages:
    """The pages of a PDF whose watermarks may be marked."""

    def __init__(self, content: bytes) -> None:
        self._reader: pypdf.PdfReader | None = None
        if mentions_watermarks(content):
            try:
                reader = pypdf.PdfReader(io.BytesIO(content))
                self._reader = None if reader.is_encrypted and not reader.decrypt("") else reader
            except BROKEN:
                return

    @property
    def is_any(self) -> bool:
        """Whether the document speaks of watermarks at all."""
        return self._reader is not None

    def without_watermarks(self, number: int) -> bytes | None:
        """The page of this number, from 1, alone, as a PDF without what it marks as watermark; None where it marks nothing."""
        if self._reader is None:
            return None
        try:
            original = self._reader.pages[number - 1]
            if not may_mark(original):
                return None
            writer = pypdf.PdfWriter()
            page = writer.add_page(original)
            stream = page.get_contents()
            contents = ContentStream(stream, writer)
            resources = member(page, "/Resources")
            kept = [one for one, is_marked in marked(contents.operations, resources) if not is_marked]
            if len(kept) == len(contents.operations):
                return None
            contents.operations = kept
            page.replace_contents(contents)
            target = io.BytesIO()
            writer.write(target)
        except BROKEN:
            return None
        return target.getvalue()


def may_mark(page: Any) -> bool:
    """Whether it is worth to take the contents of a page apart: they, or what they use, say that something is a watermark."""
    stream = page.get_contents()
    content = b"" if stream is None else stream.get_data()
    if not content or len(content) > LARGEST:
        return False
    resources = member(page, "/Resources")
    stamps = (is_stamp([name], resources) for name in member(resources, "/XObject"))
    marks = (is_watermark(["/Artifact", name], resources) for name in member(resources, "/Properties"))
    return MARK in content or any(stamps) or any(marks)


def marked(operations: list[Any], resources: Any) -> Iterator[tuple[Any, bool]]:
    """The operations of a page, each with whether it paints a watermark."""
    open_marks: list[bool] = []
    for operands, operator in operations:
        if operator in (b"BMC", b"BDC"):
            open_marks.append(is_watermark(operands, resources))
        elif operator == b"EMC" and open_marks:
            open_marks.pop()
        paints = operator in PAINTING
        yield (
            (operands, operator),
            paints and (any(open_marks) or (operator == b"Do" and is_stamp(operands, resources))),
        )


def is_watermark(operands: list[Any], resources: Any) -> bool:
    """Whether a mark says that what follows is a watermark; its properties stand with it, or under a name in the resources."""
    if not operands:
        return False
    properties = operands[1] if len(operands) > 1 else None
    if isinstance(properties, str):
        properties = named(resources, "/Properties", properties)
    subtype = properties.get("/Subtype") if isinstance(properties, dict) else None
    return operands[0] == MARK.decode() or (operands[0] == "/Artifact" and subtype == MARK.decode())


def is_stamp(operands: list[Any], resources: Any) -> bool:
    """Whether the drawing that is placed here says of itself that it is a watermark."""
    drawing = named(resources, "/XObject", str(operands[0]) if operands else "")
    kind = member(member(drawing, "/PieceInfo"), "/ADBE_CompoundType")
    return bool(kind.get("/Private") == "/Watermark")


def named(resources: Any, kind: str, name: str) -> Any:
    """A resource of a page by its kind and name; an empty dictionary when there is none."""
    return member(member(resources, kind), name)


def member(dictionary: Any, key: str) -> Any:
    """A dictionary inside of another; an empty one when there is none."""
    found = dictionary.get(key)
    found = None if found is None else found.get_object()
    return found if isinstance(found, DictionaryObject) else DictionaryObject()
