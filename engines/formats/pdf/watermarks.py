"""Watermarks of a PDF: text stamped across a page, such as DRAFT, that is no part of what the page says.

It is known by the mark that the document puts on it (engines/containers/pdf_objects.py), else by its looks: at a slant, large and
light, or large, light and with other text printed over it; small ones only where they are repeated all over the page. Two-sided
errors are not alike: a title taken for a watermark moves to the end of its page, a watermark that is missed stays where it was.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from engines.containers import pdf_native
from engines.containers.pdf_native import box_of
from engines.containers.pdf_objects import MarkedPages
from engines.document import Item, ItemKind, Page, around
from engines.errors import DocumentError
from engines.formats.pdf.native_pages import NativePages, key_of
from engines.formats.pdf.removal import forget, says

SLANT = 5.0
"""Degrees from upright, or from a right angle, at which text stands at a slant."""
SPAN = 0.3
"""Share of the page's shorter side that a stamp is long."""
LARGE, HUGE = 18.0, 36.0
"""Points of a font from which slanted light text is large, and from which any other is."""
LARGER, FAR_LARGER = 1.5, 2.5
"""How many times as large as the other text of the page a stamp is, light or not."""
REPEATED = 3
"""So many times on one page the same slanted light text is a pattern, however small."""
COVERED = 2
"""Pieces of other text that stand inside of an upright stamp."""
LIGHT = 0.55
"""Luminance, from 0 to 1, of what is light; on white paper, opacity counted in."""
FEWEST = 2
"""Letters of a stamp."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """The watermark of one page, as an item, and the pieces of the page's text that it is."""

    item: Item
    pieces: tuple[Any, ...]

    def others(self, native: Any) -> list[Any]:
        """The pieces of a page's text that do not belong to it."""
        own = {key_of(one) for one in self.pieces}
        return [one for one in native.text_items if key_of(one) not in own]

    def is_left_out(self, native: Any) -> bool:
        """Whether a page has slanted text, and all of it is this."""
        return any(map(is_slanted, native.text_items)) and not any(map(is_slanted, self.others(native)))


Patterns = frozenset[tuple[str, float]]
"""Texts and the slants, in degrees, at which they are repeated on one page."""
FONTS: dict[str, Any] = {"extract_text_metadata": True}
"""The option to have size and colour of each piece of text."""
UNSLANTED: dict[str, Any] = {"skip_diagonal_text": True}
"""The option to have no slanted text."""


def told_apart(pages: NativePages, marked: MarkedPages) -> dict[int, Watermark]:
    """The watermarks of some pages, by number; pages of which one can be left out are read anew without it.

    Of slanted text the reader can leave out all or nothing; with it there, it loses lines that the watermark crosses.
    """
    natives = pages.by_number
    unmarked = {number: content for number in natives if (content := marked.without_watermarks(number)) is not None}
    suspects = [number for number, native in natives.items() if number in unmarked or any(may_be_stamps(native))]
    if not suspects:
        return {}
    found: dict[int, Watermark] = {}
    for number, native in pages.seen_with(suspects, FONTS).items():
        pieces = stamps_of(native)
        pieces += [one for one in marked_pieces(native, unmarked.get(number)) if one not in pieces]
        if pieces:
            found[number] = Watermark(item_of(pieces), tuple(pieces))
    pages.read_anew([number for number, mark in found.items() if mark.is_left_out(natives[number])], UNSLANTED)
    return found


def take_out(page: Page, mark: Watermark) -> None:
    """Take a watermark out of what a page says, as far as it is still there, and note it apart."""
    for one in mark.pieces:
        text, box = one.text.strip(), box_of(one)
        lines = page.text.split("\n")
        own = next((index for index, line in enumerate(lines) if line.strip() == text), None)
        if own is not None:
            page.text = "\n".join(lines[:own] + lines[own + 1 :])
        exact = [item for item in page.items if item.text == text and item.box and box and box.share_in(item.box)]
        crossed = [item for item in page.items if item.box and box and item.box.contains(*box.middle)]
        for item in exact or crossed:
            forget(item, text)
    page.items = [item for item in page.items if says(item)]
    page.watermark = mark.item


def is_slanted(piece: Any) -> bool:
    """Whether a piece of text stands neither upright nor at a right angle."""
    return bool(SLANT < piece.rotation % 90 < 90 - SLANT)


def may_be_stamps(native: Any) -> Iterator[bool]:
    """For each piece of a page's text whether it is worth to look at its font and its colour."""
    patterns = patterns_of(native)
    return (may_be_stamp(one, native, patterns) for one in native.text_items)


def may_be_stamp(piece: Any, native: Any, patterns: Patterns) -> bool:
    """Whether it is worth to look at the font and the colour of a piece of text."""
    if len(piece.text.strip()) < FEWEST:
        return False
    if is_slanted(piece):
        return is_long(piece, native) or look_of(piece) in patterns
    return bool(min(piece.width, piece.height) >= HUGE and count_inside(piece, native) >= COVERED)


def stamps_of(native: Any) -> list[Any]:
    """The pieces of text that look like a watermark; the page was read with fonts and colours."""
    others = [
        one.font_height for one in native.text_items if not is_slanted(one) and one.text.strip() and one.font_height
    ]
    body = median(others) if others else 0.0
    patterns = patterns_of(native)
    return [
        one
        for one in native.text_items
        if may_be_stamp(one, native, patterns) and is_stamp(one, native, body, patterns)
    ]


def is_stamp(piece: Any, native: Any, body: float, patterns: Patterns) -> bool:
    """Whether a piece of text is a watermark by its looks; `body` is the usual size of the page's text in points, 0 without any."""
    size, light = piece.font_height or 0.0, is_light(piece.fill_color)
    if not is_slanted(piece):
        return bool(light and size >= max(HUGE, FAR_LARGER * body))
    if light:
        is_large = size >= max(LARGE, LARGER * body) and is_long(piece, native)
        return is_large or look_of(piece) in patterns
    return bool(body and size >= max(HUGE, FAR_LARGER * body) and is_long(piece, native))


def is_long(piece: Any, native: Any) -> bool:
    """Whether a piece of text goes across a good part of its page."""
    return bool(math.hypot(piece.width, piece.height) >= SPAN * min(native.width, native.height))


def patterns_of(native: Any) -> Patterns:
    """What stands at the same slant, within a degree, all over a page."""
    slants: dict[str, list[float]] = {}
    for one in native.text_items:
        if is_slanted(one):
            slants.setdefault(one.text, []).append(one.rotation)
    return frozenset(
        (text, slant)
        for text, unsorted in slants.items()
        if len(unsorted) >= REPEATED and (angles := sorted(unsorted))
        for slant in set(angles)
        if bisect_left(angles, slant + 1) - bisect_right(angles, slant - 1) >= REPEATED
    )


def look_of(piece: Any) -> tuple[str, float]:
    """The text of a piece and its slant."""
    return piece.text, piece.rotation


def count_inside(piece: Any, native: Any) -> int:
    """How many other pieces of text have their middle inside of the box of this one."""
    box = box_of(piece)
    if box is None:
        return 0
    others = (one for one in native.text_items if one is not piece and one.text.strip())
    return sum(box.contains(one.x + one.width / 2, one.y + one.height / 2) for one in others)


def is_light(argb: str | None) -> bool:
    """Whether a colour is light on white paper, its opacity counted in."""
    if not argb:
        return False
    alpha, *colours = (one / 255 for one in bytes.fromhex(argb))
    red, green, blue = (1 - alpha + alpha * one for one in colours)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue >= LIGHT


def marked_pieces(native: Any, unmarked: bytes | None) -> list[Any]:
    """The pieces of a page's text that it marks as watermark: those that are not there when the page is read without these."""
    if unmarked is None:
        return []
    try:
        rest = pdf_native.read(unmarked, ocr_enabled=False, **FONTS).pages[0].text_items
    except (DocumentError, IndexError):  # pypdf wrote what the reader does not take
        return []
    kept, was = {key_of(one) for one in rest}, {key_of(one) for one in native.text_items}
    moved = words_of(
        one for one in rest if key_of(one) not in was
    )  # such as a line that the watermark was taken to be part of
    gone = []
    for one in native.text_items:
        words = words_of([one])
        if not words or key_of(one) in kept:
            continue
        if words <= moved:
            moved -= words
        else:
            gone.append(one)
    return gone


def words_of(pieces: Iterable[Any]) -> Counter[str]:
    """The words of some pieces of text."""
    return Counter(word for one in pieces for word in one.text.split())


def item_of(pieces: list[Any]) -> Item:
    """A watermark as an item: its texts, each once, and the box around all of them."""
    texts = list(dict.fromkeys(" ".join(one.text.split()) for one in pieces))
    joint = "" if all(len(text) == 1 for text in texts) else " "
    boxes = [box for one in pieces if (box := box_of(one)) is not None]
    return Item(ItemKind.TEXT, joint.join(texts), around(boxes) if boxes else None)
