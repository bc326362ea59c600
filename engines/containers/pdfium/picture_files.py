"""The files of pictures: what filters have packed around a JPEG, whether one is whole, and PNG of decoded pictures."""

from __future__ import annotations

import base64
import binascii
import io
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any

from PIL import Image

from engines.containers.flate import FlateError, zlib_ng

END_OF_IMAGE, START_OF_SCAN = b"\xff\xd9", b"\xff\xda"
"""Markers of JPEG (ITU-T T.81, B.1.1.3). Neither can stand within a scan, where 0xFF is always followed by 0."""
CHUNK = 1 << 10
"""Bytes that are unpacked at once, so that what stands before a fault in them is not lost with it; few, for white paper becomes a
thousand times as many."""
PNG = b"\x89PNG\r\n\x1a\n"
KINDS = {"L": 0, "RGB": 2, "RGBA": 6}
"""Types of colour (PNG, 11.2.2) by Pillow's modes."""
QUICKLY = 2
"""Level of the compression of PNG files: two thirds of the time of the usual one, for some percent more bytes."""
MANY_ALIKE = 1 << 14
"""Bytes of equal rows from which they are packed but once."""
ZLIB, UNFILTERED, UP = b"\x78\x01", b"\0", b"\2"
"""What packed data begin with (RFC 1950), and rows of pixels by how they are filtered (PNG, 9.2)."""
ADLER = 65521
"""The largest prime below 2**16."""


def unpacked(content: bytes, filters: Sequence[str], most: int) -> tuple[bytes, bool]:
    """What filters that are not of pictures have packed, at most so many bytes of it, and whether that came to its proper end.

    Nothing where a filter is none that is known.
    """
    is_ended = True
    for name in filters:
        if name in {"FlateDecode", "Fl"}:
            content, is_ended = inflated(content, most)
        elif name in {"ASCII85Decode", "A85"}:
            try:
                content = base64.a85decode(content.strip().removeprefix(b"<~").removesuffix(b"~>"))
            except ValueError:
                return b"", False
        elif name in {"ASCIIHexDecode", "AHx"}:
            try:
                content = binascii.unhexlify(b"".join(content.partition(b">")[0].split()))
            except ValueError:
                return b"", False
        else:
            return b"", False
    return content, is_ended


def inflated(content: bytes | memoryview, most: int) -> tuple[bytes, bool]:
    """What Flate has packed, as far as it can be read and is wanted, and whether it came to its end."""
    inflate, size = zlib_ng.decompressobj(), 0
    parts: list[bytes] = []
    for start in range(0, len(content), CHUNK):
        try:
            part = inflate.decompress(content[start : start + CHUNK], most + 1 - size)
        except FlateError:
            return b"".join(parts), False
        parts.append(part)
        size += len(part)
        if size > most or inflate.eof:
            break
    return b"".join(parts), inflate.eof


def rows_of(content: bytes, stride: int) -> Iterator[bytes]:
    """Rows of so many bytes as Flate has packed them, the last one as long as it is. Raises FlateError where they are damaged.

    They are unpacked one after the other: all of a large picture would take more time to be put into memory than to be unpacked.
    """
    inflate, rest = zlib_ng.decompressobj(), b""
    for start in range(0, len(content), CHUNK):
        part = rest + inflate.decompress(content[start : start + CHUNK])
        whole = len(part) - len(part) % stride
        yield from (part[at : at + stride] for at in range(0, whole, stride))
        rest = part[whole:]
        if inflate.eof:
            break
    if rest:
        yield rest


def cut(content: bytes, stride: int) -> Iterator[bytes]:
    """Rows of so many bytes."""
    return (content[at : at + stride] for at in range(0, len(content), stride))


def is_whole_jpeg(content: bytes) -> bool:
    """Whether a JPEG goes on to its end: one that was cut off in the middle has no mark of that behind its first scan."""
    scan = content.find(START_OF_SCAN)
    return scan >= 0 and content.rfind(END_OF_IMAGE) > scan


def png_of(image: Image.Image, bits: int) -> bytes:
    """A PNG of a picture of which each pixel had so many bits, as small as its colours allow."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    if bits in {1, 8} and image.mode == "RGB" and _is_grey(image):
        image = image.convert("L")
    if bits == 1 and image.mode == "L" and sum(image.histogram()[1:255]) == 0:
        image = image.convert("1")
    elif bits == 1 and image.mode == "RGBA" and (stencil := _stencil(image)):
        return _saved(stencil[0], bits=1, transparency=stencil[1])
    if image.mode not in KINDS:
        return _saved(image)
    return png_of_rows(cut(image.tobytes(), image.width * len(image.mode)), image.mode, image.size)


def _saved(image: Image.Image, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG", **options)
    return target.getvalue()


def png_of_rows(rows: Iterable[bytes], mode: str, size: tuple[int, int]) -> bytes:
    """A PNG of rows of pixels, of one of the modes in KINDS. Raises ValueError where they are not of this size.

    Rows are not filtered: that takes a third of the time, and figures and screen shots have hardly more bytes.
    """
    header = struct.pack(">IIBBBBB", *size, 8, KINDS[mode], 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", _packed(rows, size[0] * len(mode), size[1])), (b"IEND", b""))
    return PNG + b"".join(_chunk(name, part) for name, part in parts)


def _packed(rows: Iterable[bytes], stride: int, count: int) -> bytes:
    """The data of a PNG of so many rows of so many bytes, of which many that are alike are packed but once, as charts have them.

    The rows below the first of these are all zeros when they are filtered by Up (PNG, 9.2), so the same packed bytes tell each;
    the others are not packed with reference to what is before such a stretch.
    """
    deflate = zlib_ng.compressobj(QUICKLY, wbits=-zlib_ng.MAX_WBITS)
    packed_again = _by_itself(UP + bytes(stride))
    packed, checksum = [ZLIB], zlib_ng.adler32(b"")
    for row, alike in groupby(islice(rows, count + 1)):
        repeats = sum(1 for _ in alike) - 1
        count -= 1 + repeats
        if count < 0 or len(row) != stride:
            raise ValueError("other rows than the size says")
        are_many = repeats * stride >= MANY_ALIKE
        plain = (UNFILTERED + row) * (1 if are_many else 1 + repeats)
        packed.append(deflate.compress(plain))
        checksum = zlib_ng.adler32(plain, checksum)
        if are_many:
            packed += (deflate.flush(zlib_ng.Z_FULL_FLUSH), packed_again * repeats)
            checksum = _checksum_after(checksum, stride, repeats)
    if count:
        raise ValueError("fewer rows than the size says")
    return b"".join((*packed, deflate.flush(), struct.pack(">I", checksum)))


def _checksum_after(checksum: int, stride: int, repeats: int) -> int:
    """The Adler-32 (RFC 1950, 8.2) after rows of zeros that are filtered by Up: a sum of bytes, and a sum of such sums."""
    low, high = checksum & 0xFFFF, checksum >> 16
    high += (1 + stride) * repeats * (low + ord(UP) * (1 + repeats) // 2)
    return (high % ADLER) << 16 | (low + ord(UP) * repeats) % ADLER


def _by_itself(row: bytes) -> bytes:
    """A row packed so that it may stand anywhere, any number of times."""
    deflate = zlib_ng.compressobj(wbits=-zlib_ng.MAX_WBITS)
    return deflate.compress(row) + deflate.flush(zlib_ng.Z_FULL_FLUSH)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib_ng.crc32(name + content))


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return red.tobytes() == green.tobytes() == blue.tobytes()


def _stencil(image: Image.Image) -> tuple[Image.Image, bytes] | None:
    """A picture of one colour and what is transparent, with the opacities of these two; None of one with more colours."""
    colors: Any = image.getcolors(2) or ()
    painted = [color for _, color in colors if color[3]]
    if len(painted) != 1 or len(colors) != 2:
        return None
    two = image.getchannel("A").point(lambda alpha: alpha > 0).convert("P")
    two.putpalette([255, 255, 255, *painted[0][:3]])
    return two, bytes([0, painted[0][3]])
