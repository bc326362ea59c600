"""Tar archives read as they arrive: ustar, pax and GNU, plain or compressed by gzip; nothing is unpacked, nothing kept.

The standard library's reader holds a member's extended headers in memory whatever their size, and follows sparse maps, whose
few bytes stand for any number; so only its reading of a single header is used here. Every length is bounded before it is read.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

BLOCK = 512
LONGEST_HEADER = 1 << 16
"""Bytes of an extended header: a name of thousands of characters fits."""
MOST_HEADERS, MOST_EXTENDED = 100_000, 64 << 20
"""Headers of an archive, directories included, and the bytes of the extended ones: those bring nothing, and take time to read."""
GZIP = b"\x1f\x8b"
FILES = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE})
WITHOUT_BODY = frozenset(
    {tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE}
)
"""Kinds of members behind whose header the next one follows, whatever size they name."""
PAX, GNU_NAME, GNU_LINK, GLOBAL, LABEL = b"xX", b"L", b"K", b"g", b"V"


class TarError(Exception):
    """An archive is damaged, ends too early, or is none; the message says which, in a sentence."""


class TarTooLargeError(Exception):
    """An archive holds more than is accepted, once it is unpacked."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive, or what is in the place of one."""

    name: str
    """As the archive spells it; bytes that are no UTF-8 are halves of surrogate pairs."""
    size: int
    """In bytes."""
    is_file: bool
    """Whether it is an ordinary file: no link, no device, nothing with holes."""
    body: Body
    """Its content, to be read before the next member is asked for."""


class Body:
    """The next `size` bytes of an archive."""

    def __init__(self, archive: _Archive, size: int) -> None:
        self._archive, self.left = archive, size

    def read(self, size: int = -1) -> bytes:
        """The next bytes, `size` of them at most; fewer only at the end. Raises TarError, TarTooLargeError."""
        wanted = self.left if size < 0 else min(size, self.left)
        self.left -= wanted
        return self._archive.take(wanted)


def read_members(stream: IO[bytes], most_bytes: int) -> Iterator[Member]:
    """The members of an archive but for its directories, in their order.

    No more than `most_bytes` are unpacked. Raises TarError, TarTooLargeError and what reading the stream raises.
    """
    archive = _Archive(stream, most_bytes)
    extended: dict[str, str] = {}
    while (header := archive.take_header()) is not None:
        if header.type in GNU_NAME + GNU_LINK:
            content = archive.take_extended(header.size)
            if header.type == GNU_NAME:
                extended["path"] = content.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
            continue
        if header.type in PAX:
            extended |= _records(archive.take_extended(header.size))
            continue
        if header.type == GLOBAL:
            archive.skip(header.size)
            continue
        size = _size(extended.get("size"), header.size)
        body = Body(archive, 0 if header.type in WITHOUT_BODY else size)
        padding = -body.left % BLOCK
        archive.foresee(body.left + padding)
        if header.type not in {tarfile.DIRTYPE, LABEL}:
            is_sparse = any(name.startswith("GNU.sparse") for name in extended)
            yield Member(extended.get("path", header.name), size, header.type in FILES and not is_sparse, body)
        archive.skip(body.left + padding)
        extended = {}


class _Archive:
    """The unpacked bytes of an archive, counted."""

    def __init__(self, stream: IO[bytes], most_bytes: int) -> None:
        raw: Any = stream  # as far as BufferedReader is concerned
        sent = io.BufferedReader(raw, 1 << 18)
        self._stream: io.BufferedIOBase = gzip.GzipFile(fileobj=sent) if sent.peek(2)[:2] == GZIP else sent
        self._left = most_bytes
        self._headers, self._extended = 0, 0

    def foresee(self, size: int) -> None:
        """Let nothing be begun that cannot be ended."""
        if size > self._left:
            raise TarTooLargeError

    def take(self, size: int) -> bytes:
        """Exactly so many bytes."""
        self.foresee(size)
        self._left -= size
        try:
            content = self._stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            message = f"its compression is damaged: {error}"
            raise TarError(message) from error
        if len(content) < size:
            message = "it ends in the middle"
            raise TarError(message)
        return content

    def skip(self, size: int) -> None:
        while size > 0:
            size -= len(self.take(min(size, 1 << 18)))

    def take_header(self) -> tarfile.TarInfo | None:
        """The next header; None at the end of the archive."""
        block = self.take(BLOCK)
        if not any(block):
            return None
        self._headers += 1
        if self._headers > MOST_HEADERS:
            message = f"it has more than {MOST_HEADERS:,} headers"
            raise TarError(message)
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            message = f"it is no tar archive, or damaged: {error}"
            raise TarError(message) from error
        _size(None, header.size)
        return header

    def take_extended(self, size: int) -> bytes:
        if size > LONGEST_HEADER:
            message = f"the header of a member has {size} bytes"
            raise TarError(message)
        self._extended += size
        if self._extended > MOST_EXTENDED:
            message = f"the extended headers of its members have more than {MOST_EXTENDED >> 20} MB"
            raise TarError(message)
        return self.take(size + -size % BLOCK)[:size]


def _size(told: str | None, otherwise: int) -> int:
    """A member's size, by its extended header if that names one."""
    if told is not None and not (told.isascii() and told.isdigit() and len(told) < 20):
        message = f"the size of a member is no number: {told[:40]}"
        raise TarError(message)
    size = otherwise if told is None else int(told)
    if size < 0:
        message = "the size of a member is negative"
        raise TarError(message)
    return size


def _records(content: bytes) -> dict[str, str]:
    """What a pax header says: `LENGTH KEY=VALUE` in lines whose length counts all of it."""
    records: dict[str, str] = {}
    content = content.rstrip(b"\0")
    start = 0
    while start < len(content):
        blank = content.find(b" ", start, start + 7)
        length = content[start:blank] if blank > 0 else b""
        end = start + int(length) if length.isdigit() else 0
        key, equals, value = content[blank + 1 : end].partition(b"=")
        if not equals or not value.endswith(b"\n") or end > len(content):
            message = "the extended header of a member is damaged"
            raise TarError(message)
        records[key.decode("utf-8", "surrogateescape")] = value[:-1].decode("utf-8", "surrogateescape")
        start = end
    return records
