"""What the dictionary of a picture says of it that PDFium does not tell: whether its bytes alone show what is seen.

A picture's dictionary is never packed, and it stands before the picture's bytes, by which it is found.
"""

from __future__ import annotations

import re
import zlib

DICTIONARY = 4096
"""Bytes before a picture in which its dictionary is looked for."""
MOST_ALIKE = 20
"""Pictures of the same bytes that are looked at: icons may be one black square each, with masks of all shapes."""
STREAM = (b"stream\n", b"stream\r\n")
MASK = re.compile(rb"/SMask\s+(\d+)\s+\d+\s+R")
CHANGED = re.compile(rb"/S?Mask(?!InData\s+0)|/Decode\s*\[(?!\s*(?:0\s+1\s*)+\])|/ColorTransform")
"""Masks, and colours that are other ones than those of the bytes."""
MOST_OF_A_MASK = 64 << 20
"""Bytes of a mask, unpacked, that are looked at."""
CHUNK = 1 << 10
"""Bytes of it that are unpacked at once: most masks that leave something out do so at their beginning."""
PREFIX = 64
"""Bytes of a picture that are looked for: it takes longer to look for all of them at once."""


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

    def _dictionaries(self, data: bytes) -> list[bytes]:
        found: list[bytes] = []
        prefix = data[:PREFIX]
        at = self._content.find(prefix) if data else -1
        while at >= 0:
            if not self._content.startswith(data, at):
                at = self._content.find(prefix, at + 1)
                continue
            before = self._content[max(0, at - DICTIONARY) : at]
            start = before.rfind(b" obj")
            if start < 0 or not before.endswith(STREAM) or len(found) == MOST_ALIKE:
                return []
            found.append(before[start:])
            at = self._content.find(prefix, at + len(data))
        return found

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
        name = b"%b 0 obj" % number
        at = self._content.rfind(name)  # what was appended to a file stands for what it had
        while at > 0 and self._content[at - 1 : at].isdigit():  # the end of a longer number
            at = self._content.rfind(name, 0, at)
        start = self._content.find(b"stream", at, at + DICTIONARY) if at >= 0 else -1
        own = self._content[at:start]
        if start < 0 or b"/FlateDecode" not in own or b"/Decode " in own or b"/Predictor" in own:
            return False
        start += len(b"stream\r\n" if self._content[start + 6 : start + 7] == b"\r" else b"stream\n")
        return is_opaque(memoryview(self._content)[start:])


def is_opaque(packed: memoryview) -> bool:
    """Whether a mask leaves nothing out; what follows it in the file may follow it here."""
    inflate, size = zlib.decompressobj(), 0
    for start in range(0, len(packed), CHUNK):
        try:
            part = inflate.decompress(packed[start : start + CHUNK])
        except zlib.error:
            return False
        size += len(part)
        if part != b"\xff" * len(part) or size >= MOST_OF_A_MASK:
            return False
        if inflate.eof:
            break
    return size > 0
