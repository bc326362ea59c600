"""Bounds on what a page of a PDF draws, looked at before the native reader, which nothing can interrupt, is given the page.

The reader looks for tables in time that grows with the square of the lines on a page: measured with lines at all angles,
20,000 take 3.6 s, 40,000 take 15 s and 200,000 more than 90 s; curves and rectangles are cheap. PDFium itself takes memory for
whatever a page draws, ten times the content and more, and draws a form in a form as often as it is asked to. So the content of
a page beyond a bound is replaced, where it lies in the file, by the same without what it draws: text and pictures stay.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdf

from engines.containers.flate import FlateError, zlib_ng
from engines.containers.pdf_objects import BROKEN, DATA
from engines.document import Notice
from engines.errors import SENTENCES, Code, DocumentError

MOST_LINES = 40_000
"""Straight lines of one content stream."""
MOST_CONTENT = 48 << 20
"""Bytes of one content stream, unpacked; of a longer one the beginning is read."""
KEPT_CONTENT = 16 << 20
"""Bytes of that beginning."""
MOST_FORMS = 50_000
"""How often forms may be drawn on a page, those in forms included."""
CHUNK = 1 << 16
DICTIONARY = 4096
"""Bytes before a stream in which its dictionary is looked for."""
NO_CONTENT = (*DATA, b"/ObjStm")
"""Parts of the dictionaries of streams that draw nothing."""
LINE, DO = re.compile(rb"[\d.]\s+l(?=\s)"), re.compile(rb"\sDo(?=\s|$)")
NUMBER = re.compile(rb"[-+]?\d*+\.?\d*+")
OBJECT = re.compile(rb"(?<!\d)(\d++)\s++\d++\s++obj")
DRAWING = frozenset(b"m l c v y re h S s f F f* B B* b b* n W W* sh".split())
"""Operators that make or paint paths (ISO 32000-1, tables 59 to 61, and 77)."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A content stream as it lies in the file."""

    number: int
    """Of its object."""
    start: int
    size: int
    """Bytes in the file."""
    content: bytes
    """Unpacked; the beginning of a long one."""
    is_packed: bool
    is_whole: bool
    is_form: bool


def lightened(content: bytes) -> tuple[bytes, list[Notice]]:
    """A PDF that can be read in time, and a warning for each page that was changed for it.

    Raises DocumentError: DOCUMENT_TOO_LARGE where a page draws too much and cannot be changed.
    """
    heavy: list[Stream] = []
    forms: list[Stream] = []
    nested = 1
    for stream in streams(content):
        if not stream.is_whole or is_crowded(stream.content):
            heavy.append(stream)
        if stream.is_form and (drawn := len(DO.findall(stream.content))) > 1:
            forms.append(stream)
            nested = min(nested * drawn, MOST_FORMS + 1)
    if nested > MOST_FORMS and most_forms(content) > MOST_FORMS:
        changed = replaced(content, heavy, without=DRAWING)
        return replaced(changed, forms, without=DRAWING | {b"Do"}), notes_for(
            content, {one.number for one in heavy + forms}
        )
    if not heavy:
        return content, []
    return replaced(content, heavy, without=DRAWING), notes_for(content, {one.number for one in heavy})


def streams(content: bytes) -> Iterator[Stream]:
    """The streams that may draw something; those packed in other ways than by Flate are not looked at."""
    place = content.find(b"stream")
    while place >= 0:
        start = place + len(b"stream")
        begin = (
            -1 if content.startswith(b"end", place - 3) else content.rfind(b" obj", max(0, place - DICTIONARY), place)
        )
        found = OBJECT.findall(content, max(0, begin - 24), begin + 4) if begin >= 0 else []
        if found:
            own = content[begin:place]
            start += 2 if content[start : start + 2] == b"\r\n" else 1
            is_packed = b"/Filter" in own
            if not any(one in own for one in NO_CONTENT) and (b"Flate" in own or not is_packed):
                unpacked, size, is_whole = inflated(content, start) if is_packed else plain(content, start)
                if len(unpacked) > len(b"0 0 l"):
                    yield Stream(int(found[-1]), start, size, unpacked, is_packed, is_whole, b"/Form" in own)
                start += size
        place = content.find(b"stream", start)


def inflated(content: bytes, start: int) -> tuple[bytes, int, bool]:
    """What a Flate stream holds, how many bytes it takes, and whether that is all; of too long a one, the beginning."""
    packed = memoryview(content)[start:]
    unpacker, parts, held, used = zlib_ng.decompressobj(), [], 0, 0
    try:
        while not unpacker.eof and used < len(packed):
            parts.append(unpacker.decompress(packed[used : used + CHUNK]))
            used += CHUNK
            held += len(parts[-1])
            if held > MOST_CONTENT:
                return b"".join(parts)[:KEPT_CONTENT], end_of(content, start), False
    except FlateError:
        return b"".join(parts), min(used, len(packed)), True
    return b"".join(parts), min(used, len(packed)) - len(unpacker.unused_data), True


def plain(content: bytes, start: int) -> tuple[bytes, int, bool]:
    """The same of a stream that is not packed."""
    size = end_of(content, start)
    return content[start : start + min(size, MOST_CONTENT)], size, size <= MOST_CONTENT


def end_of(content: bytes, start: int) -> int:
    """How many bytes there are from here to the end of a stream."""
    end = content.find(b"endstream", start)
    return (len(content) if end < 0 else end) - start


def is_crowded(content: bytes) -> bool:
    """Whether more lines are drawn than can be read in time."""
    return content.count(b"l") > MOST_LINES and len(LINE.findall(content)) > MOST_LINES


def replaced(content: bytes, found: list[Stream], *, without: frozenset[bytes]) -> bytes:
    """The file with these streams in the same places, without some operators."""
    changed = bytearray(content)
    for one in found:
        written = stripped(one.content, without)
        if one.is_packed:
            written = zlib.compress(written, 9)
        if len(written) > one.size:
            raise DocumentError(Code.DOCUMENT_TOO_LARGE, "a page draws too much")
        changed[one.start : one.start + one.size] = written.ljust(one.size)
    return bytes(changed)


def stripped(content: bytes, without: frozenset[bytes]) -> bytes:
    """Content without some operators and their operands."""
    kept: list[bytes] = []
    operands = 0
    for token in content.split():
        if token in without:
            del kept[len(kept) - operands :]
            operands = 0
            continue
        kept.append(token)
        operands = operands + 1 if NUMBER.fullmatch(token) or token[:1] == b"/" else 0
    return b" ".join(kept)


def most_forms(content: bytes) -> int:
    """How often forms are drawn on the page that draws them most; a file that cannot be looked at counts as one that does."""
    known: dict[int, int] = {}

    def drawn(holder: Any, data: bytes, depth: int) -> int:
        inside = (holder.get("/Resources") or {}).get("/XObject") or {}
        count = 0
        for name in re.findall(rb"/([^\s/]++)\s++Do(?=\s|$)", data):
            form = inside.get(f"/{name.decode('latin-1')}")
            form = form.get_object() if form is not None else None
            if form is None or form.get("/Subtype") != "/Form":
                continue
            if id(form) not in known:
                known[id(form)] = MOST_FORMS if depth > 40 else 0  # one that draws itself ends here
                known[id(form)] = 1 + drawn(form, form.get_data(), depth + 1)
            count = min(count + known[id(form)], MOST_FORMS + 1)
        return count

    try:
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        found = ((page, page.get_contents()) for page in pages)
        return max((drawn(page, data.get_data(), 0) for page, data in found if data is not None), default=0)
    except BROKEN:
        return MOST_FORMS + 1


def notes_for(content: bytes, numbers: set[int]) -> list[Notice]:
    """A warning for each page that one of these objects is on; one for all where that cannot be told."""
    sentence, found = SENTENCES[Code.DRAWING_LEFT_OUT], []
    try:
        for place, page in enumerate(pypdf.PdfReader(io.BytesIO(content)).pages, 1):
            own = page.get("/Contents")
            parts = own if isinstance(own, list) else [page.raw_get("/Contents")] if own is not None else []
            if numbers & {getattr(part, "idnum", 0) for part in parts}:
                found.append(Notice(Code.DRAWING_LEFT_OUT, sentence, place))
    except BROKEN:
        found = []
    return found or [Notice(Code.DRAWING_LEFT_OUT, sentence)]
