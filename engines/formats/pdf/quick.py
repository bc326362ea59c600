"""`fast_mode`: pages as the native reader gives them, with its own blocks, which lose more and cost a third (decision 0050)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from engines.containers import pdf_native
from engines.document import Page
from engines.formats.pdf import blocks, lost_text, removal
from engines.parameters import ParseParameters


def page_of(content: bytes, native: Any, options: dict[str, Any], parameters: ParseParameters) -> Page:
    """A page from the native reader's blocks. These hold upright text only, so a page written sideways is turned first."""
    angle = main_angle(native.text_items)
    if angle:
        again = options | {"page_orientation_corrections": ((native.page_num, angle),)}
        native = pdf_native.read(content, str(native.page_num), **again).pages[0]
    page = blocks.page_of(native)
    page.rotation = float(angle)
    lost_text.restore(page, native.text_items)
    if not parameters.preserve_very_small_text:
        removal.take_out_small(page, native.text_items)
    return page


def main_angle(text_items: list[Any]) -> int:
    """The degrees clockwise, 90, 180 or 270, at which more than half of the letters of a page stand; 0 for any other page."""
    if not any(one.rotation for one in text_items):
        return 0
    letters: Counter[int] = Counter()
    for one in text_items:
        letters[round(one.rotation) % 360] += len(one.text)
    angle, count = letters.most_common(1)[0]
    return angle if angle in {90, 180, 270} and count > letters.total() / 2 else 0
