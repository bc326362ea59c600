"""`remove_hidden_text`: text of a PDF that leaves no mark on the page: white on white, covered, transparent, on a layer that is
switched off. Whatever the reason, the picture of the page shows it: nothing is to be seen where the text should stand.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

from PIL import Image

from engines.containers import pdf_native
from engines.document import Page
from engines.errors import DocumentError
from engines.formats.pdf.removal import take_out

DPI = 100.0
FOREIGN = re.compile("[\u0530-\U0010ffff]")
"""Letters that are neither Latin, Greek nor Cyrillic."""
FAINTEST, WHITE = 6, 240
"""Of 256: alpha below which a colour is as good as none, and shades above which it is as good as white."""
CONTRAST = 12
"""Shades of grey, of 256, within which a place looks empty."""


def remove(content: bytes, page: Page, text_items: Iterable[Any]) -> None:
    """Take the text that cannot be seen out of a page. A page that cannot be drawn keeps all of its text."""
    try:
        with pdf_native.drawable(content) as path:
            drawn = pdf_native.picture(path, page.number, DPI, render_form_fields=True)
    except DocumentError:
        return
    with Image.open(io.BytesIO(drawn)) as shot:
        grey = shot.convert("L")
    take_out(page, [one for one in text_items if one.text.strip() and is_hidden(one, grey)])


def is_hidden(one: Any, grey: Image.Image) -> bool:
    """Whether a piece of text cannot be seen.

    A script for which this machine has no font leaves no ink either, though others see it: then its colour decides.
    """
    return not is_seen(one, grey) and (not FOREIGN.search(one.text) or is_light(one.fill_color))


def is_light(argb: str | None) -> bool:
    """Whether a colour is white, nearly white, or transparent."""
    if not argb:
        return False
    alpha, *colours = bytes.fromhex(argb)
    return alpha < FAINTEST or min(colours) > WHITE


def is_seen(one: Any, grey: Image.Image) -> bool:
    """Whether there is any ink where a piece of text should stand."""
    scale = DPI / 72
    left, top = max(0, int(one.x * scale)), max(0, int(one.y * scale))
    right, bottom = int((one.x + one.width) * scale) + 1, int((one.y + one.height) * scale) + 1
    box = (left, top, min(right, grey.width), min(bottom, grey.height))
    if box[0] >= box[2] or box[1] >= box[3]:
        return False  # it stands beside the page
    darkest, lightest = grey.crop(box).getextrema()
    return bool(int(lightest) - int(darkest) >= CONTRAST)  # type: ignore[arg-type] # of one band, these are numbers
