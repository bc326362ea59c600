"""Blocks of a page by nothing but its picture: ink that stands close together."""

from __future__ import annotations

from PIL import Image, ImageFilter

from engines.document import Box

CELL = 4.0
"""Points of a side of the cells that the picture is looked at in."""
INK = 200
"""Shade of grey below which a cell has ink."""
REACH = 3
"""Ink up to so many cells apart, less one, belongs together: more than the space between two lines."""
LEAST = 2
"""Cells of the smallest block."""
DENSE = 0.75
"""Share of the cells with ink from which on a block of some height is a picture."""
TALL = 40.0
"""That height in points."""

Cells = list[tuple[int, int]]


def segments(shot: Image.Image, width: float, height: float) -> list[tuple[str, Box]]:
    """The blocks of a page, from the top, each with the label `figure` or `text` and its box in points.

    `shot` is a picture of the whole page, `width` and `height` are the page's in points.
    """
    size = max(1, round(width / CELL)), max(1, round(height / CELL))
    darkest = shot.convert("L").filter(ImageFilter.MinFilter(5)).resize(size, Image.Resampling.BOX)
    ink = darkest.point(lambda shade: 255 if shade < INK else 0)
    near = ink.filter(ImageFilter.MaxFilter(REACH))
    blocks = []
    for cells in connected(near):
        marked = [cell for cell in cells if ink.getpixel(cell)]
        if len(marked) < LEAST:
            continue
        left, right = min(x for x, _ in marked), max(x for x, _ in marked) + 1
        top, bottom = min(y for _, y in marked), max(y for _, y in marked) + 1
        box = Box(
            left * width / size[0],
            top * height / size[1],
            (right - left) * width / size[0],
            (bottom - top) * height / size[1],
        )
        share = len(marked) / ((right - left) * (bottom - top))
        label = "figure" if share > DENSE and box.height > TALL else "text"
        blocks.append((label, box))
    return sorted(blocks, key=lambda block: (block[1].y, block[1].x))


def connected(image: Image.Image) -> list[Cells]:
    """The cells that hang together, for each group of them."""
    width, height = image.size
    open_cells = {(x, y) for y in range(height) for x in range(width) if image.getpixel((x, y))}
    groups: list[Cells] = []
    while open_cells:
        group = [open_cells.pop()]
        for x, y in group:  # it grows while it is walked
            for cell in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if cell in open_cells:
                    open_cells.remove(cell)
                    group.append(cell)
        groups.append(group)
    return groups
