"""The shades of a table in the picture of a page: rectangles of one colour, light or dark, with or without text on them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

from engines.containers.pdfium import DrawnPath

CELL = 2
"""Points that the cells which are looked at are wide; they are one high."""
STROKE = 2
"""Points from the middle of a thick stroke of a letter to its edge."""
SMALLEST = 8
"""Cells that a shade is wide at least."""
LOWEST = 6
"""Cells that it is high at least."""
DARKER = 9
"""Shades of grey by which it is darker than the paper at least."""
EVEN = 5
"""Shades of grey by which two of its cells may differ."""
FULL = 0.8
"""Share of the cells of one of its rows that have its colour at least; the rest are letters."""
MIDDLE = 128
"""Shade of grey below which letters on it are lighter than it."""
APART = 1
"""Cells by which its rows may begin or end differently."""
MOST_SHADES = 300
"""Of a page; more are a photograph."""
MOST_RUNS = 4000
"""Runs of a page above which it is a photograph."""
RUN = re.compile(rb"\xff(?:\x00{0,3}\xff){7,}")


def shades_in(picture: Image.Image, width: float, height: float) -> list[DrawnPath]:
    """The shades in the picture of a page of this size in points, as rectangles that are filled on it."""
    ground = ground_of(picture.convert("L"), width, height)
    x, y = width / ground.width, height / ground.height  # half a cell at each edge is covered in part, and not counted
    certain = [one for one in stacked(ground) if one.bottom - one.top >= LOWEST]
    return [
        DrawnPath(
            ((one.begin - 0.5) * x, (one.top - 0.5) * y, (one.end + 0.5) * x, (one.bottom + 0.5) * y),
            filled=True,
            stroked=False,
            color=one.shade * 0x01010100 | 0xFF,
        )
        for one in whole(certain, ground)
    ]


def ground_of(grey: Image.Image, width: float, height: float) -> Image.Image:
    """The ground of a page, a pixel a cell, without what is thin, such as the strokes of letters."""
    size = max(CELL, round(width)), max(CELL, round(height))
    points = grey.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    lighter, darker = ImageChops.lighter, ImageChops.darker
    ground = spread(spread(points, lighter), darker)
    is_dark = points.filter(ImageFilter.BoxBlur(8)).point(lambda shade: 255 if shade < MIDDLE else 0)
    ground.paste(spread(spread(points, darker), lighter), mask=is_dark)
    return ground.resize((size[0] // CELL, size[1]), Image.Resampling.BOX)


def spread(image: Image.Image, choose: Callable[[Image.Image, Image.Image], Image.Image]) -> Image.Image:
    """A picture in which each pixel is what is chosen of those that are no further from it than `STROKE`, across and down."""
    for across, down in ((1, 0), (0, 1)):
        near = [ImageChops.offset(image, across * step, down * step) for step in range(-STROKE, STROKE + 1)]
        image = functools.reduce(choose, near)
    return image


@dataclass(slots=True)
class Shade:
    """A rectangle of cells of about one shade of grey; its ends are exclusive."""

    begin: int
    end: int
    top: int
    bottom: int
    shade: int

    def takes(self, run: Shade) -> bool:
        """Whether a run of the next row is of it."""
        is_below = self.bottom == run.top and abs(self.shade - run.shade) <= EVEN
        return is_below and max(abs(self.begin - run.begin), abs(self.end - run.end)) <= APART

    def holds(self, other: Shade) -> bool:
        """Whether another one lies in it."""
        is_across = self.begin <= other.begin + APART and other.end <= self.end + APART
        return is_across and self.top <= other.top and other.bottom <= self.bottom

    def add(self, run: Shade) -> None:
        """Take in such a run."""
        self.bottom = run.bottom


def stacked(ground: Image.Image) -> list[Shade]:
    """Runs of cells of one shade, those that stand over each other as one."""
    paper = paper_of(ground)
    shaded = Image.new("L", (ground.width + 4, ground.height))  # four empty columns part the rows
    shaded.paste(ground.point(lambda shade: 255 if shade <= paper - DARKER else 0))
    columns, pixels = shaded.width, ground.tobytes()
    found: list[Shade] = []
    live: list[Shade] = []
    for count, match in enumerate(RUN.finditer(shaded.tobytes())):
        if count > MOST_RUNS:
            return []
        row, begin = divmod(match.start(), columns)
        end = begin + match.end() - match.start()
        live = [one for one in live if one.bottom >= row]
        for run in even_runs(pixels[row * ground.width + begin : row * ground.width + end], row, begin):
            above = next((one for one in live if one.takes(run)), None)
            if above:
                above.add(run)
            else:
                live.append(run)
                found.append(run)
    return found


def whole(shades: list[Shade], ground: Image.Image) -> list[Shade]:
    """Shades with the rows that letters stand in, at whose ends their colour shows; those that are one by that, once."""
    pixels, width = ground.tobytes(), ground.width
    found: list[Shade] = []
    for one in sorted(shades, key=lambda shade: shade.begin - shade.end)[:MOST_SHADES]:
        if any(other.holds(one) for other in found):
            continue
        ends = (one.begin, one.begin + 1, one.end - 2, one.end - 1)
        while one.top > 0 and all(abs(pixels[(one.top - 1) * width + at] - one.shade) <= EVEN for at in ends):
            one.top -= 1
        while one.bottom < ground.height and all(
            abs(pixels[one.bottom * width + at] - one.shade) <= EVEN for at in ends
        ):
            one.bottom += 1
        found.append(one)
    return found


def paper_of(ground: Image.Image) -> int:
    """The shade of grey of most of the paper."""
    counts = ground.histogram()
    return max(range(MIDDLE, 256), key=counts.__getitem__)


def even_runs(shades: bytes, row: int, begin: int) -> list[Shade]:
    """A run of cells parted where its shade changes for good, from its most common shade on."""
    found: list[Shade] = []
    start = 0
    while len(shades) - start >= SMALLEST:
        some = shades[start : start + 4 * SMALLEST]
        shade = max(set(some), key=lambda one: sum(abs(one - other) <= EVEN for other in some))
        alike = [at for at in range(start, len(shades)) if abs(shades[at] - shade) <= EVEN]
        last = alike[0]
        kept = []
        for at in alike:
            if at - last > 2 * SMALLEST:
                break
            kept.append(at)
            last = at
        if last + 1 - kept[0] >= SMALLEST and len(kept) > FULL * (last - kept[0]):
            found.append(Shade(begin + kept[0], begin + last + 1, row, row + 1, shade))
        start = max(last, start + SMALLEST - 1) + 1
    return found
