"""What looks as if it had text: pictures, and what a page shows beside its own text, seen small; nothing is read for it."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw, ImageStat

from engines.containers.pdfium import Bounds, PdfPage

SIDE = 600
"""Pixels of the longer side at which a picture is looked at."""
NEAR = 16
"""Shades of grey that count as one with the paper."""
PAPER = 0.3
"""Share of a picture that paper takes at least: photographs have no such shade."""
INK = 0.002, 0.5
"""Share of what differs from it."""
EDGES = 60
"""Edges of letters, counted along the rows, that the shortest word has at that size."""


def looks_written(image: Image.Image) -> bool:
    """Whether a picture may have text: something of many edges on paper of one shade. Raises what Pillow does for damaged ones."""
    image.draft("L", (SIDE, SIDE))  # JPEG is decoded at this size at once
    grey = image.convert("RGBA" if image.has_transparency_data else "L")
    if grey.mode == "RGBA":
        white = Image.new("RGBA", grey.size, "white")
        grey = Image.alpha_composite(white, grey).convert("L")
    grey.thumbnail((SIDE, SIDE))
    counts = grey.histogram()
    paper = max(range(256), key=counts.__getitem__)
    pixels = grey.width * grey.height
    if sum(counts[max(0, paper - NEAR) : paper + NEAR + 1]) < PAPER * pixels:
        return False
    sign = 255
    ink = ImageChops.difference(grey, Image.new("L", grey.size, paper)).point(
        lambda shade: sign if shade > 3 * NEAR else 0
    )
    share = ImageStat.Stat(ink).mean[0] / sign
    edges = ImageChops.difference(ink, ImageChops.offset(ink, 1, 0))
    return INK[0] <= share <= INK[1] and ImageStat.Stat(edges).sum[0] / sign >= EDGES


def without_text(shot: Image.Image, sheet: PdfPage, reach: float = 0.0) -> Image.Image:
    """The picture of a page, on which its own text is painted over, and so many of its heights around it."""
    x, y = shot.width / sheet.width, shot.height / sheet.height
    draw = ImageDraw.Draw(shot)
    for left, top, right, bottom in sheet.bounds:
        more = 1 + reach * (bottom - top) * y
        draw.rectangle((left * x - more, top * y - more, right * x + more, bottom * y + more), fill="white")
    return shot


def part_of(shot: Image.Image, bounds: Bounds, sheet: PdfPage) -> Image.Image:
    """What of the picture of a page lies within a rectangle of it."""
    x, y = shot.width / sheet.width, shot.height / sheet.height
    left, top, right, bottom = bounds
    box = (
        max(0, round(left * x)),
        max(0, round(top * y)),
        min(shot.width, round(right * x)),
        min(shot.height, round(bottom * y)),
    )
    return shot.crop((box[0], box[1], max(box[0] + 1, box[2]), max(box[1] + 1, box[3])))
