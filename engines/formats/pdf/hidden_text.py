"""`remove_hidden_text`: text of a PDF that leaves no mark on the page: white on white, covered, transparent, on a layer that is
switched off. Whatever the reason, the picture of the page shows it: nothing is to be seen where a letter should stand.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, compress

from PIL import Image

from engines.containers import pdf_native
from engines.containers.pdfium import Bounds, Boxes, PdfPage
from engines.errors import DocumentError

DPI = 150.0
FOREIGN = re.compile("[\u0530-\u1fff\u2c00-\U0010ffff]")
"""Letters that are neither Latin, Greek nor Cyrillic, nor common signs."""
FAINTEST, WHITE = 6, 240
"""Of 256: opacity below which a colour is as good as none, and shades above which it is as good as white."""
CONTRAST = 12
"""Shades of grey, of 256, within which a place looks empty."""
ABOVE = 0.15
"""Share of the height of a letter's box, from its top, that the line above may reach into."""
FEWEST = 2
"""Letters of a run that is seen that are hidden at least, as under a bar."""
MOSTLY = 0.8
"""Share of the letters of a run that is hidden when all of it is: a rule may cross it."""


def without_hidden(content: bytes, page: PdfPage) -> PdfPage:
    """A page, read with colours, without the characters that cannot be seen. One that cannot be drawn keeps all of them."""
    try:
        with pdf_native.drawable(content) as path:
            drawn = pdf_native.picture(path, page.number, DPI, render_form_fields=True)
    except DocumentError:
        return page
    with Image.open(io.BytesIO(drawn)) as shot:
        grey = shot.convert("L")
    return kept(page, [not one for one in hidden_characters(page, grey)])


def hidden_characters(page: PdfPage, grey: Image.Image) -> list[bool]:
    """Whether each character of a page is hidden; `grey` is its picture. Single signs between others that are seen never are."""
    hidden = [one.isspace() or not is_seen(box, grey) for one, box in zip(page.characters, page.bounds, strict=True)]
    for run in page.runs:
        letters = [at for at in range(run.start, run.end) if not page.characters[at].isspace()]
        count = sum(hidden[at] for at in letters)
        text = "".join(page.characters[run.start : run.end])
        if FOREIGN.search(text) and not is_light(run.color):
            # a script for which this machine has no font leaves no ink either, though others see it
            hidden[run.start : run.end] = [False] * (run.end - run.start)
        elif letters and count >= MOSTLY * len(letters):
            hidden[run.start : run.end] = [True] * (run.end - run.start)
        elif count < FEWEST:
            hidden[run.start : run.end] = [False] * (run.end - run.start)
    return hidden


def kept(page: PdfPage, is_kept: Sequence[bool]) -> PdfPage:
    """A page with some of its characters."""
    if all(is_kept):
        return page
    places = list(accumulate(is_kept, initial=0))
    runs = [replace(run, start=places[run.start], end=places[run.end]) for run in page.runs]
    return replace(
        page,
        characters="".join(compress(page.characters, is_kept)),
        bounds=Boxes.of(compress(page.bounds, is_kept)),
        runs=[run for run in runs if run.start < run.end],
    )


def is_light(color: int | None) -> bool:
    """Whether a colour, 0xRRGGBBAA, is white, nearly white, or transparent."""
    if color is None:
        return False
    *shades, opacity = color.to_bytes(4)
    return opacity < FAINTEST or min(shades) > WHITE


def is_seen(bounds: Bounds, grey: Image.Image) -> bool:
    """Whether there is any ink where a character should stand."""
    scale = DPI / 72
    left, top, right, bottom = bounds
    box = (
        max(0, int(left * scale)),
        max(0, int((top + ABOVE * (bottom - top)) * scale)),
        min(grey.width, int(right * scale) + 1),
        min(grey.height, int(bottom * scale) + 1),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        return False  # it stands beside the page
    darkest, lightest = grey.crop(box).getextrema()
    return bool(int(lightest) - int(darkest) >= CONTRAST)  # type: ignore[arg-type] # of one band, these are numbers
