"""The characters of a page, each with its place, and the runs of those that share a font, a size and an angle."""

from __future__ import annotations

import ctypes
import math
import re
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import compress, pairwise, repeat
from operator import ne
from struct import Struct
from typing import Any

from pypdfium2 import raw

from engines.containers.pdfium import calls
from engines.containers.pdfium.boxes import Boxes
from engines.containers.pdfium.layers import hidden_objects
from engines.containers.pdfium.page import Font, TextRun
from engines.containers.pdfium.sight import Sight
from engines.errors import Code, DocumentError

FIXED_PITCH, ITALIC, FORCE_BOLD = 1, 1 << 6, 1 << 18
"""Flags of a font's descriptor (ISO 32000-1, table 123)."""
BOLD_WEIGHT, MOST_WEIGHT = 600, 1100
"""Weights of bold fonts; what is said to be heavier, as by programs that give all fonts the same thick stems, says nothing."""
BOLD = ("bold", "black", "heavy", "demi")
SHORT_BOLD = re.compile(r"(?:cm|sf|ec|tc)(?:ss)?b(?:x|xti|xsl)?\d|.*-(?:medi(?:ital)?|bd|hv|blk)$")
"""Names of bold fonts of TeX and of abbreviated ones, whose stems are often too thin for what PDFium takes as bold."""
LIGHTER = ("medium", "regular", "light", "book")
"""Parts of names of fonts whose descriptors now and then have the weight of another one of the family."""
SLANTED = ("italic", "oblique")
FIXED = ("courier", "mono", "consol", "typewriter", "cmtt")
MOST_CHARACTERS = 1_000_000
"""Characters of a page that are read; a page of a newspaper has 50,000."""
NOT_A_CHARACTER, HYPHEN = "\ufffe", "\x02"
"""What stands for a hyphen at the end of a line in PDFium's text, and as its character."""
NOTHING = frozenset({"\0", NOT_A_CHARACTER})
"""Characters without meaning."""
OVERHANG = 0.25
"""Share of the size by which a letter may hang over before its origin."""
FOLLOWS = "\u200b"
"""Stands for the second one of a pair of surrogates: a character without width, which no word has."""

BATCH = 1024
"""Characters whose boxes are asked for at a time."""
FOUR, TWO = Struct("4f"), Struct("2d")
BOXES, MATRIX, ORIGIN = (ctypes.c_float * (4 * BATCH))(), (ctypes.c_float * 6)(), (ctypes.c_double * 2)()
"""Where PDFium writes what it is asked for; one thread at a time may call it anyway."""
BOX_ARGUMENTS = [ctypes.byref(BOXES, FOUR.size * at) for at in range(BATCH)]
MATRIX_ARGUMENT = ctypes.byref(MATRIX)
ORIGIN_ARGUMENTS = ctypes.byref(ORIGIN), ctypes.byref(ORIGIN, TWO.size // 2)

Characters = tuple[str, Boxes, list[TextRun]]


def characters_of(
    page: Any, sight: Sight, fonts: dict[int, Font], hidden: Callable[[], frozenset[str]] | None, *, colors: bool
) -> Characters:
    """The characters of a page but those on hidden layers, whose names are asked for where anything is on a layer.

    `fonts` are those of the document known so far; with `colors` runs have theirs.
    """
    text = raw.FPDFText_LoadPage(page.raw)
    try:
        count = raw.FPDFText_CountChars(text)
        if count > MOST_CHARACTERS:
            raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"{count} characters on a page")
        if count <= 0:
            return "", Boxes(), []
        return _Reading(calls.handle_of(text), count, sight, fonts, colors=colors).read(hidden)
    finally:
        raw.FPDFText_ClosePage(text)


def unmapped_share(page: Any) -> float:
    """The share of a page's characters that their fonts do not map to Unicode, whatever PDFium takes them for."""
    text = raw.FPDFText_LoadPage(page.raw)
    try:
        handle, count = calls.handle_of(text), raw.FPDFText_CountChars(text)
        unmapped = sum(calls.is_unmapped_at(handle, at) == 1 for at in range(count))
        return unmapped / count if count > 0 else 0.0
    finally:
        raw.FPDFText_ClosePage(text)


class _Reading:
    """The text of one page being read."""

    def __init__(self, text: int, count: int, sight: Sight, fonts: dict[int, Font], *, colors: bool) -> None:
        self.text, self.count, self.sight, self.fonts, self.colors = text, count, sight, fonts, colors
        self.of_text = calls.argument(text)

    def read(self, hidden: Callable[[], frozenset[str]] | None) -> Characters:
        """Characters that PDFium generates, blanks and line ends where it sees gaps, belong to no object and are left out."""
        every = range(self.count)
        shown = self._characters()
        objects: list[int | None] = list(map(calls.object_at, repeat(self.of_text), every))
        if not NOTHING.isdisjoint(shown):
            objects = [None if one in NOTHING else other for one, other in zip(shown, objects, strict=True)]
        if hidden and (unseen := hidden_objects(set(objects), hidden)):
            objects = [None if one in unseen else one for one in objects]
        places, owners = list(compress(every, objects)), list(compress(objects, objects))
        bounds = self.sight.boxes(self._sides(places))
        return "".join(compress(shown, objects)), bounds, self._runs(owners, places, bounds)

    def _sides(self, places: list[int]) -> array[float]:
        """Left, top, right and bottom of characters, measured upwards."""
        sides = array("f")
        for start in range(0, len(places), BATCH):
            some = places[start : start + BATCH]
            deque(map(calls.loose_box_at, repeat(self.of_text), some, BOX_ARGUMENTS), maxlen=0)
            sides.frombytes(bytes(BOXES)[: FOUR.size * len(some)])
        return sides

    def _characters(self) -> str | list[str]:
        """Each character: all by one call where PDFium has a text of as many, which it says hyphens otherwise in."""
        text = (ctypes.c_ushort * (self.count + 1))()
        if calls.text_of(self.text, 0, self.count, ctypes.addressof(text)) != self.count + 1:
            codes = [calls.unicode_at(self.text, at) for at in range(self.count)]
            return [_character(codes, at) for at in range(self.count)]
        with suppress(UnicodeDecodeError):
            whole = bytes(text)[: 2 * self.count].decode("utf-16-le").replace(NOT_A_CHARACTER, HYPHEN)
            if len(whole) == self.count:  # no pair of surrogates
                return whole
        codes = text[: self.count]
        return [HYPHEN if chr(codes[at]) == NOT_A_CHARACTER else _character(codes, at) for at in range(self.count)]

    def _runs(self, owners: Sequence[int | None], places: list[int], bounds: Boxes) -> list[TextRun]:
        """The runs; the first box of each that stands upright begins at the character's origin, whatever hangs over before it."""
        starts = list(compress(range(len(owners)), map(ne, owners, [None, *owners])))
        runs: list[TextRun] = []
        for start, end in pairwise([*starts, len(places)]):
            run, x = self._run(places[start], start, end, owners[start])
            runs.append(run)
            if not run.angle and hangs_over(bounds, start, x, OVERHANG * run.size):
                bounds.begin(start, x)
        return runs

    def _run(self, at: int, start: int, end: int, text_object: int | None) -> tuple[TextRun, float]:
        """A run that begins with a character, and how far from the left that has its origin."""
        calls.matrix_at(self.of_text, at, MATRIX_ARGUMENT)
        calls.origin_at(self.of_text, at, *ORIGIN_ARGUMENTS)
        (a, b, c, d), origin = FOUR.unpack_from(MATRIX), TWO.unpack_from(ORIGIN)
        x, y = self.sight.point(*origin)
        is_turned = b or a < 0
        angle = round(self.sight.rotation - math.degrees(math.atan2(b, a))) % 360 if is_turned else self.sight.rotation
        size = calls.size_at(self.of_text, at) * (math.hypot(c, d) or 1.0)
        handle = calls.font_of_text(text_object)
        font = self.fonts.get(handle) or self._font(handle)
        color = calls.color_of(calls.fill_of, calls.argument(text_object)) if self.colors and text_object else None
        return TextRun(start, end, font, abs(size), angle, x if angle in {90, 270} else y, color), x

    def _font(self, handle: int | None) -> Font:
        if not handle:
            return Font("")
        return self.fonts.setdefault(handle, font_of(handle))


def font_of(handle: int) -> Font:
    """A font, by what its name and its descriptor say."""
    buffer = ctypes.create_string_buffer(256)
    calls.font_name(handle, ctypes.addressof(buffer), len(buffer))
    name = buffer.value.decode("utf-8", "replace")
    name = name.partition("+")[2] or name
    lower, flags = name.lower(), calls.font_flags(handle)
    is_heavy = BOLD_WEIGHT <= calls.font_weight(handle) <= MOST_WEIGHT
    heavy = is_heavy and not any(word in lower for word in LIGHTER)
    return Font(
        name,
        bold=heavy or bool(flags & FORCE_BOLD) or any(word in lower for word in BOLD) or bool(SHORT_BOLD.match(lower)),
        italic=bool(flags & ITALIC) or any(word in lower for word in SLANTED),
        fixed=bool(flags & FIXED_PITCH) or any(word in lower for word in FIXED),
    )


def hangs_over(bounds: Boxes, at: int, origin: float, most: float) -> bool:
    """Whether a character begins before its origin, by so much at most, and before the one that follows it."""
    left = bounds.left(at)
    if not left < origin < left + most:
        return False
    following = bounds.left(at + 1) if at + 1 < len(bounds) else origin + 1
    return origin < min(bounds[at][2], following)


def _character(codes: list[int], at: int) -> str:
    """A character; of a pair of surrogates the first one stands for both."""
    code = codes[at]
    if not 0xD800 <= code < 0xE000:
        return chr(code) if code < 0x110000 else "\ufffd"
    if code < 0xDC00 and at + 1 < len(codes) and 0xDC00 <= codes[at + 1] < 0xE000:
        return chr(0x10000 + (code - 0xD800 << 10) + codes[at + 1] - 0xDC00)
    return FOLLOWS if code >= 0xDC00 and at and 0xD800 <= codes[at - 1] < 0xDC00 else "\ufffd"
