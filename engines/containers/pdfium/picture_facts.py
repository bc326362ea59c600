"""What the dictionary of a picture says of it that PDFium does not tell: whether its bytes alone show what is seen.

A picture's dictionary is never packed, and it stands before the picture's bytes, by which it is found.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from engines.containers.flate import FlateError, zlib_ng
from engines.containers.pdfium.picture_files import inflated

DICTIONARY = 4096
"""Bytes before a picture in which its dictionary is looked for."""
MOST_ALIKE = 20
"""Pictures of the same bytes that are looked at: icons may be one black square each, with masks of all shapes."""
STREAM = (b"stream\n", b"stream\r\n")
WIDTH = re.compile(rb"/Width\s+(\d{1,9})\b")
HEIGHT = re.compile(rb"/Height\s+(\d{1,9})\b")
MASK = re.compile(rb"/SMask\s+(\d+)\s+\d+\s+R")
CHANGED = re.compile(rb"/S?Mask(?!InData\s+0)|/Decode\s*\[(?!\s*(?:0\s+1\s*)+\])|/ColorTransform")
"""Masks, and colours that are other ones than those of the bytes."""
COLORS = re.compile(rb"/ColorSpace\s*(?:/Device(Gray|RGB)\b|\[\s*/ICCBased\s+(\d+)\s+0\s+R\s*\])")
COMPONENTS = re.compile(rb"/N\s+([13])\b")
BYTES = re.compile(rb"/BitsPerComponent\s+8\b")
MOST_OF_A_MASK = 64 << 20
"""Bytes of a mask, unpacked, that are looked at."""
CHUNK = 1 << 10
"""Bytes of it that are unpacked at once: most masks that leave something out do so at their beginning."""
PREFIX = 64
"""First bytes of a picture by which its stream is found."""
MOST_BEGINNING_ALIKE = 1000
"""Streams with the same first bytes that are looked at for one picture."""
OBJECT_START = b" 0 obj"
LONGEST_NUMBER = 10
"""Digits of an object's number."""
MOST_PLACES = 500_000
"""Streams or objects of a file that are noted: one that is nothing but their beginnings would fill the memory."""


class PictureFacts:
    """The pictures of a file as it describes them."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._masks: dict[bytes, bool] = {}

    def is_plain(self, data: bytes) -> bool:
        """Whether a picture with these packed bytes is seen as they say; False where it is not known, as in an encrypted file."""
        found = self._dictionaries(data)
        return bool(found) and all(map(self._is_plain, found))

    def is_predicted(self, data: bytes) -> bool:
        """Whether these packed bytes are no pixels, but what each differs by from others."""
        return any(b"/Predictor" in one for one in self._dictionaries(data))

    def mask_of(self, data: bytes, size: tuple[int, int]) -> bytes:
        """The opacity of each pixel of a picture with these packed bytes that is plain but for it; nothing of another one."""
        found = self._dictionaries(data)
        mask = MASK.search(found[0]) if len(found) == 1 else None
        if not mask or CHANGED.search(found[0].replace(mask[0], b"")):
            return b""
        own, start = self._object(mask[1])
        sides = [side.search(own) for side in (WIDTH, HEIGHT)]
        if (
            [int(side[1]) if side else 0 for side in sides] != list(size)
            or not is_simple(own)
            or b"/Matte" in own
            or not BYTES.search(own)
        ):
            return b""
        opacity, _ = inflated(memoryview(self._content)[start:], size[0] * size[1])
        return opacity if len(opacity) == size[0] * size[1] else b""

    def depth(self, data: bytes) -> int:
        """Bits of a pixel of a picture with these packed bytes, 8 of grey and 24 of RGB; 0 where its dictionary does not tell."""
        found = self._dictionaries(data)
        depths = {self._depth(one) for one in found}
        return depths.pop() if len(depths) == 1 else 0

    def _depth(self, dictionary: bytes) -> int:
        colors = COLORS.search(dictionary)
        if not colors or not BYTES.search(dictionary):
            return 0
        if colors[1]:
            return 8 if colors[1] == b"Gray" else 24
        components = COMPONENTS.search(self._object(colors[2])[0])
        return 8 * int(components[1]) if components else 0

    def _dictionaries(self, data: bytes) -> list[bytes]:
        found: list[bytes] = []
        alike = self._streams.get(data[:PREFIX], ())
        for at in alike if len(alike) <= MOST_BEGINNING_ALIKE else ():
            if not self._content.startswith(data, at):
                continue
            before = self._content[max(0, at - DICTIONARY) : at]
            start = before.rfind(b" obj")
            if start < 0 or not before.endswith(STREAM) or len(found) == MOST_ALIKE:
                return []
            found.append(before[start:])
        return found

    @functools.cached_property
    def _streams(self) -> dict[bytes, list[int]]:
        """Where streams begin, by their first bytes: looking for each picture anew would take pictures times the file."""
        starts: dict[bytes, list[int]] = {}
        for word in STREAM:
            for place in places(self._content, word):
                start = place + len(word)
                starts.setdefault(self._content[start : start + PREFIX], []).append(start)
        return starts

    @functools.cached_property
    def _objects(self) -> dict[bytes, int]:
        """Where objects begin, by their numbers; what was appended to a file stands for what it had."""
        starts: dict[bytes, int] = {}
        for place in places(self._content, OBJECT_START):
            before = self._content[max(0, place - LONGEST_NUMBER) : place]
            number = before[len(before.rstrip(b"0123456789")) :]
            if number:
                starts[number] = place - len(number)
        return starts

    def _is_plain(self, dictionary: bytes) -> bool:
        mask = MASK.search(dictionary)
        if mask and self._is_opaque(mask[1]):
            dictionary = dictionary.replace(mask[0], b"")
        return not CHANGED.search(dictionary)

    def _is_opaque(self, number: bytes) -> bool:
        """Whether the object of this number is a mask that leaves nothing out: many programs write one with each picture."""
        if number not in self._masks:
            self._masks[number] = self._leaves_nothing_out(number)
        return self._masks[number]

    def _leaves_nothing_out(self, number: bytes) -> bool:
        own, start = self._object(number)
        return is_simple(own) and is_opaque(memoryview(self._content)[start:])

    def _object(self, number: bytes) -> tuple[bytes, int]:
        """The dictionary of an object that is a stream, and where in the file its bytes begin; 0 where there is none."""
        at = self._objects.get(number, -1)
        start = self._content.find(b"stream", at, at + DICTIONARY) if at >= 0 else -1
        if start < 0:
            return b"", 0
        end = start + len(b"stream\r\n" if self._content[start + 6 : start + 7] == b"\r" else b"stream\n")
        return self._content[at:start], end


def places(content: bytes, word: bytes) -> Iterator[int]:
    """Where a word stands in a file, the first MOST_PLACES of them."""
    at = content.find(word)
    for _ in range(MOST_PLACES):
        if at < 0:
            return
        yield at
        at = content.find(word, at + len(word))


def is_simple(mask: bytes) -> bool:
    """Whether a mask with this dictionary is packed by Flate, and means what is packed."""
    return b"/FlateDecode" in mask and b"/Decode " not in mask and b"/Predictor" not in mask


def is_opaque(packed: memoryview) -> bool:
    """Whether a mask leaves nothing out; what follows it in the file may follow it here."""
    inflate, size = zlib_ng.decompressobj(), 0
    for start in range(0, len(packed), CHUNK):
        try:
            part = inflate.decompress(packed[start : start + CHUNK])
        except FlateError:
            return False
        size += len(part)
        if part != b"\xff" * len(part) or size >= MOST_OF_A_MASK:
            return False
        if inflate.eof:
            break
    return size > 0
