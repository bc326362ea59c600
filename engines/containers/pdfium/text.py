"""The characters of a page, each with its place, and the runs of those that share a font, a size and an angle."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

from pypdfium2 import raw

from engines.containers.pdfium import calls
from engines.containers.pdfium.page import Bounds, Font, TextRun
from engines.containers.pdfium.sight import Sight
from engines.errors import Code, DocumentError

FIXED_PITCH, ITALIC, FORCE_BOLD = 1, 1 << 6, 1 << 18
"""Flags of a font's descriptor (ISO 32000-1, table 123)."""
BOLD_WEIGHT = 600
BOLD = ("bold", "black", "heavy", "demi")
LIGHTER = ("medium", "regular", "light", "book")
"""Parts of names of fonts whose descriptors now and then have the weight of another one of the family."""
SLANTED = ("italic", "oblique")
FIXED = ("courier", "mono", "consol", "typewriter", "cmtt")
MOST_CHARACTERS = 1_000_000
"""Characters of a page that are read; a page of a newspaper has 50,000."""
NOT_A_CHARACTER, HYPHEN = 0xFFFE, 0x2
"""What stands for a hyphen at the end of a line in PDFium's text, and as its character."""
OVERHANG = 0.25
"""Share of the size by which a letter may hang over before its origin."""
FOLLOWS = "\u200b"
"""Stands for the second one of a pair of surrogates: a character without width, which no word has."""

Characters = tuple[list[str], list[Bounds], list[TextRun]]


def characters_of(
    page: Any, sight: Sight, fonts: dict[int, Font], hidden: Callable[[], frozenset[str]] | None
) -> Characters:
    """The characters of a page but those on hidden layers, whose names are asked for where anything is on a layer.

    `fonts` are those of the document known so far.
    """
    text = raw.FPDFText_LoadPage(page.raw)
    try:
        count = raw.FPDFText_CountChars(text)
        if count > MOST_CHARACTERS:
            raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"{count} characters on a page")
        return _Reading(calls.handle_of(text), count, sight, fonts).read(hidden) if count > 0 else ([], [], [])
    finally:
        raw.FPDFText_ClosePage(text)


class _Reading:
    """The text of one page being read."""

    def __init__(self, text: int, count: int, sight: Sight, fonts: dict[int, Font]) -> None:
        self.text, self.count, self.sight, self.fonts = text, count, sight, fonts

    def read(self, hidden: Callable[[], frozenset[str]] | None) -> Characters:
        """Characters that PDFium generates, blanks and line ends where it sees gaps, belong to no object and are left out."""
        every = range(self.count)
        codes = self._codes()
        objects = [calls.object_at(self.text, at) for at in every]
        unseen = _hidden_objects(set(objects), hidden) if hidden else frozenset()
        places = [
            at for at in every if objects[at] and codes[at] not in (0, NOT_A_CHARACTER) and objects[at] not in unseen
        ]
        boxes = (ctypes.c_float * (4 * self.count))()
        base = ctypes.addressof(boxes)
        for at in every:
            calls.loose_box_at(self.text, at, base + 16 * at)
        bounds = self.sight.all_bounds(boxes[:], places)
        return [_character(codes, at) for at in places], bounds, self._runs(objects, places, bounds)

    def _codes(self) -> list[int]:
        """The code of each character: all in one call where PDFium has a text of as many, which it says hyphens otherwise in."""
        text = (ctypes.c_ushort * (self.count + 1))()
        if calls.text_of(self.text, 0, self.count, ctypes.addressof(text)) != self.count + 1:
            return [calls.unicode_at(self.text, at) for at in range(self.count)]
        return [HYPHEN if code == NOT_A_CHARACTER else code for code in text[: self.count]]

    def _runs(self, objects: list[int], places: list[int], bounds: list[Bounds]) -> list[TextRun]:
        """The runs; the first box of each that stands upright begins at the character's origin, whatever hangs over before it."""
        runs: list[TextRun] = []
        last = 0
        for number, at in enumerate(places):
            if objects[at] != last:
                last = objects[at]
                if runs:
                    runs[-1].end = number
                run, x = self._run(at, number, last)
                runs.append(run)
                left, top, right, bottom = bounds[number]
                following = bounds[number + 1][0] if number + 1 < len(bounds) else right
                if not run.angle and left < x < min(right, following, left + OVERHANG * run.size):
                    bounds[number] = x, top, right, bottom
        if runs:
            runs[-1].end = len(places)
        return runs

    def _run(self, at: int, start: int, text_object: int) -> tuple[TextRun, float]:
        """A run that begins with a character, and how far from the left that has its origin."""
        matrix, origin = raw.FS_MATRIX(), (ctypes.c_double * 2)()
        calls.matrix_at(self.text, at, ctypes.addressof(matrix))
        calls.origin_at(self.text, at, ctypes.addressof(origin), ctypes.addressof(origin) + 8)
        x, y = self.sight.point(*origin)
        angle = round(self.sight.rotation - math.degrees(math.atan2(matrix.b, matrix.a))) % 360
        size = calls.size_at(self.text, at) * (math.hypot(matrix.c, matrix.d) or 1.0)
        font = self._font(calls.font_of_text(text_object))
        return TextRun(start, start, font, abs(size), angle, x if angle in {90, 270} else y), x

    def _font(self, handle: int | None) -> Font:
        if not handle:
            return Font("")
        if handle not in self.fonts:
            self.fonts[handle] = font_of(handle)
        return self.fonts[handle]


def font_of(handle: int) -> Font:
    """A font, by what its name and its descriptor say."""
    buffer = ctypes.create_string_buffer(256)
    calls.font_name(handle, ctypes.addressof(buffer), len(buffer))
    name = buffer.value.decode("utf-8", "replace")
    name = name.partition("+")[2] or name
    lower, flags = name.lower(), calls.font_flags(handle)
    heavy = calls.font_weight(handle) >= BOLD_WEIGHT and not any(word in lower for word in LIGHTER)
    return Font(
        name,
        bold=heavy or bool(flags & FORCE_BOLD) or any(word in lower for word in BOLD),
        italic=bool(flags & ITALIC) or any(word in lower for word in SLANTED),
        fixed=bool(flags & FIXED_PITCH) or any(word in lower for word in FIXED),
    )


def _character(codes: list[int], at: int) -> str:
    """A character; of a pair of surrogates the first one stands for both."""
    code = codes[at]
    if not 0xD800 <= code < 0xE000:
        return chr(code) if code < 0x110000 else "\ufffd"
    if code < 0xDC00 and at + 1 < len(codes) and 0xDC00 <= codes[at + 1] < 0xE000:
        return chr(0x10000 + (code - 0xD800 << 10) + codes[at + 1] - 0xDC00)
    return FOLLOWS if code >= 0xDC00 and at and 0xD800 <= codes[at - 1] < 0xDC00 else "\ufffd"


def _hidden_objects(objects: set[int], hidden: Callable[[], frozenset[str]]) -> frozenset[int]:
    layers = {one: layer for one in objects if one and (layer := _layer_of(one)) is not None}
    return frozenset(one for one, layer in layers.items() if layer in hidden())


def _layer_of(page_object: int) -> str | None:
    """The name of the layer that an object is on; None when it is on none."""
    for at in range(calls.count_of_marks(page_object)):
        mark = calls.mark_of(page_object, at)
        if _mark_text(calls.name_of_mark, mark) == "OC":
            return _mark_text(calls.string_of_mark, mark, b"Name")
    return None


def _mark_text(read: Any, mark: int, *key: bytes) -> str:
    size = ctypes.c_ulong()
    buffer = ctypes.create_string_buffer(512)
    if not read(mark, *key, ctypes.addressof(buffer), len(buffer), ctypes.addressof(size)):
        return ""
    return buffer.raw[: max(0, min(size.value, len(buffer)) - 2)].decode("utf-16-le", "replace")
