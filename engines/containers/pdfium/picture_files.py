"""The files of pictures: what filters have packed around a JPEG, whether one is whole, and PNG of decoded pictures."""

from __future__ import annotations

import base64
import binascii
import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image

END_OF_IMAGE, START_OF_SCAN = b"\xff\xd9", b"\xff\xda"
"""Markers of JPEG (ITU-T T.81, B.1.1.3). Neither can stand within a scan, where 0xFF is always followed by 0."""
CHUNK = 1 << 16
"""Bytes that are unpacked at once, so that what stands before a fault in them is not lost with it."""
PNG = b"\x89PNG\r\n\x1a\n"
KINDS = {"L": 0, "RGB": 2, "RGBA": 6}
"""Types of colour (PNG, 11.2.2) by Pillow's modes."""
QUICKLY = 3
"""Level of the compression of PNG files: a third of the time of the usual one, for some percent more bytes."""


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


def inflated(content: bytes, most: int) -> tuple[bytes, bool]:
    """What Flate has packed, as far as it can be read and is wanted, and whether it came to its end."""
    inflate, size = zlib.decompressobj(), 0
    parts: list[bytes] = []
    for start in range(0, len(content), CHUNK):
        try:
            part = inflate.decompress(content[start : start + CHUNK], most + 1 - size)
        except zlib.error:
            return b"".join(parts), False
        parts.append(part)
        size += len(part)
        if size > most or inflate.eof:
            break
    return b"".join(parts), inflate.eof


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
    return png_of_rows(image.tobytes(), image.mode, image.size) if image.mode in KINDS else _saved(image)


def _saved(image: Image.Image, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG", **options)
    return target.getvalue()


def png_of_rows(content: bytes, mode: str, size: tuple[int, int]) -> bytes:
    """A PNG of pixels row by row, of one of the modes in KINDS.

    Rows are not filtered: that takes a third of the time, and figures and screen shots have hardly more bytes.
    """
    view, stride = memoryview(content), len(content) // size[1]
    rows = b"".join(part for at in range(0, len(view), stride) for part in (b"\0", view[at : at + stride]))
    header = struct.pack(">IIBBBBB", *size, 8, KINDS[mode], 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, QUICKLY)), (b"IEND", b""))
    return PNG + b"".join(_chunk(name, part) for name, part in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


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
