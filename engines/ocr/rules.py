"""The rules of a table in the picture of a page: long straight runs of ink, thin, with nothing hanging on them as letters do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from engines.containers.pdfium import Bounds, DrawnPath

SCALE = 2.0
"""Pixels a point of what is looked at."""
LARGEST = 2600
"""Pixels of its longer side at most."""
GROUND = 12
"""Pixels around one that it is compared with."""
DARKER = 22
"""Shades of grey by which ink is darker than what is around it."""
CELL = 12
"""Pixels of a run that are looked at as one."""
SOLID = 204
"""Of 255, how much ink makes such a cell part of a rule."""
THIN, THICKEST = 7, 22
"""Pixels across a usual rule, and across any at most; what is thicker is a bar or the edge of a picture."""
SLENDER = 12
"""Ratio of the length of a thick rule to its thickness at least."""
LONG = 72.0
"""Points of a rule that OCR is spared; shorter ones may be strokes of large letters."""
MARGIN = 1
"""Pixels around it that are spared as well."""
BESIDE = 3
"""Pixels beside a rule that are looked at, whether letters hang on it."""
CLEAR, MOST_BESIDE = 0.14, 0.4
"""Shares of these that may hold ink: at most places, and on average, as where other rules cross."""
MOST_RUNS = 8000
"""Runs of a page above which it is a drawing or a pattern."""
GAP = 1
"""Cells that may be missing in a rule."""

RUN_ACROSS, RUN_DOWN = re.compile(rb"\xff{3,}"), re.compile(rb"\xff{2,}")
BLACK = 0x000000FF
PAPER: dict[str, int | tuple[int, int, int]] = {"L": 255, "RGB": (255, 255, 255)}


def rules_in(picture: Image.Image, width: float, height: float) -> list[Bounds]:
    """The rules in the picture of a page of this size in points, where they lie on it.

    They lie within a degree of straight. The time it takes grows with the pixels alone, of which there are few millions.
    """
    ink = ink_of(picture, width)
    across = Sweep(ink, RUN_ACROSS).rules()
    down = Sweep(ink.transpose(Image.Transpose.TRANSPOSE), RUN_DOWN).rules()
    x, y = width / ink.width, height / ink.height
    found = [(one.begin * x, one.top * y, one.end * x, one.bottom * y) for one in across]
    return found + [(one.top * x, one.begin * y, one.bottom * x, one.end * y) for one in down]


def lines_of(rules: Sequence[Bounds]) -> list[DrawnPath]:
    """Rules as lines that are drawn on their page, thick ones as thin ones along their middle."""
    return [DrawnPath(thinned(one), filled=True, stroked=False, color=BLACK) for one in rules]


def thinned(rule: Bounds) -> Bounds:
    """The middle of a rule."""
    left, top, right, bottom = rule
    x, y = (left + right) / 2, (top + bottom) / 2
    if right - left > bottom - top:
        return left, y - 0.5, right, y + 0.5
    return x - 0.5, top, x + 0.5, bottom


def without_rules(picture: Image.Image, rules: Sequence[Bounds], width: float, height: float) -> Image.Image:
    """The picture of a page of this size without its long rules: OCR takes what stands between them for a drawing."""
    clean = picture.copy()
    draw = ImageDraw.Draw(clean)
    x, y = picture.width / width, picture.height / height
    for left, top, right, bottom in rules:
        if max(right - left, bottom - top) < LONG:
            continue
        draw.rectangle(
            (left * x - MARGIN, top * y - MARGIN, right * x + MARGIN, bottom * y + MARGIN), fill=PAPER[clean.mode]
        )
    return clean


def ink_of(picture: Image.Image, width: float) -> Image.Image:
    """White where a picture is darker than around, black elsewhere, with `SCALE` pixels a point of its width or fewer."""
    grey = picture.convert("L")
    scale = min(1.0, SCALE * width / grey.width, LARGEST / max(grey.size))
    if scale < 1:
        grey = grey.resize((max(1, round(grey.width * scale)), max(1, round(grey.height * scale))), reducing_gap=2.0)
    darker = ImageChops.subtract(grey.filter(ImageFilter.BoxBlur(GROUND)), grey)
    return darker.point(lambda shade: 255 if shade > DARKER else 0)


@dataclass(slots=True)
class Straight:
    """A line along the rows of a picture, in its pixels; it reaches from `begin` to `end`, and across from `top` to `bottom`."""

    begin: float
    end: float
    top: float
    bottom: float


@dataclass(slots=True)
class Strand:
    """Runs in rows that follow each other, one beside the other: the first and the last row of each cell."""

    last: int
    first: dict[int, int] = field(default_factory=dict)
    final: dict[int, int] = field(default_factory=dict)
    count: int = 0

    def add(self, row: int, begin: int, end: int) -> None:
        """Take in a run of cells, `end` exclusive."""
        self.last = row
        self.count += end - begin
        for cell in range(begin, end):
            self.first.setdefault(cell, row)
            self.final[cell] = row

    def take(self, other: Strand) -> None:
        """Take in another one that meets it."""
        self.last, self.count = max(self.last, other.last), self.count + other.count
        for cell, row in other.first.items():
            self.first[cell] = min(row, self.first.get(cell, row))
            self.final[cell] = max(other.final[cell], self.final.get(cell, row))


class Sweep:
    """Looks through the rows of a picture of ink for lines along them."""

    def __init__(self, ink: Image.Image, run: re.Pattern[bytes]) -> None:
        """`run` is what solid cells of a line are, three at least where it lies, and two where it stands."""
        self.width, self.height = ink.size
        above, below = ImageChops.offset(ink, 0, -1), ImageChops.offset(ink, 0, 1)
        thick = ImageChops.lighter(ink, ImageChops.lighter(above, below))  # a line that leans steps from row to row
        self.columns = self.width // CELL + 1  # the last one is empty, and parts the rows
        used = (self.columns - 1) * CELL
        size = max(1, self.columns - 1), self.height
        self.run = run
        self.pixels = thick.tobytes()
        self.means = widened(ink.crop((0, 0, used, self.height)).resize(size, Image.Resampling.BOX)).tobytes()
        solid = thick.crop((0, 0, used, self.height)).resize(size, Image.Resampling.BOX)
        self.cells = widened(solid.point(lambda share: 255 if share >= SOLID else 0)).tobytes()

    def rules(self) -> list[Straight]:
        """The lines."""
        return [self.line(one) for one in self.strands() if self.is_rule(one)]

    def strands(self) -> list[Strand]:
        """Runs of solid cells, those that touch as one; none of a page that is full of them."""
        found: list[Strand] = []
        live: list[Strand] = []
        runs = list(self.runs())
        for row, begin, end in runs if len(runs) <= MOST_RUNS else ():
            live = [one for one in live if one.last >= row - 1 - GAP]
            meets = [one for one in live if touches(one, begin, end)]
            if meets:
                strand = meets[0]
                for other in meets[1:]:
                    strand.take(other)
                gone = set(map(id, meets[1:]))
                live = [one for one in live if id(one) not in gone]
                found = [one for one in found if id(one) not in gone] if gone else found
            else:
                strand = Strand(row)
                live.append(strand)
                found.append(strand)
            strand.add(row, begin, end)
        return found

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """The row, the first cell and the one after the last of each run of solid cells."""
        for run in self.run.finditer(self.cells):
            row, begin = divmod(run.start(), self.columns)
            yield row, begin, begin + run.end() - run.start()

    def is_rule(self, strand: Strand) -> bool:
        """Whether a strand is thin, and no letters hang on it."""
        cells = sorted(strand.first)
        thickness = strand.count / len(cells)
        if thickness > THICKEST or (thickness > THIN and CELL * len(cells) < SLENDER * thickness):
            return False
        before = [self.mean(strand.first[cell] - BESIDE + 1, cell) for cell in cells]
        after = [self.mean(strand.final[cell] + BESIDE - 1, cell) for cell in cells]
        return max(map(median, (before, after))) <= CLEAR and max(map(fmean, (before, after))) <= MOST_BESIDE

    def mean(self, row: int, cell: int) -> float:
        """How much ink is in a cell of a row; none is outside of the picture."""
        return self.means[row * self.columns + cell] / 255 if 0 <= row < self.height else 0.0

    def line(self, strand: Strand) -> Straight:
        """The line that a strand is, its ends to the pixel."""
        begin, end = min(strand.first), max(strand.first)
        left, right = begin * CELL, (end + 1) * CELL
        row = (strand.first[begin] + strand.final[begin]) // 2
        while left > begin * CELL - CELL and left > 0 and self.has_ink(row, left - 1):
            left -= 1
        row = (strand.first[end] + strand.final[end]) // 2
        while right < end * CELL + 2 * CELL and right < self.width and self.has_ink(row, right):
            right += 1
        top = fmean(strand.first.values()) + 1
        bottom = fmean(strand.final.values())
        return Straight(left, right, min(top, bottom), max(top, bottom))

    def has_ink(self, row: int, column: int) -> bool:
        """Whether there is ink at a place, or right above or below it."""
        return bool(self.pixels[row * self.width + column])


def touches(strand: Strand, begin: int, end: int) -> bool:
    """Whether a run lies at or beside the last runs of a strand."""
    return any(strand.final.get(cell, -9) >= strand.last - 1 - GAP for cell in range(begin - 1 - GAP, end + 1 + GAP))


def widened(image: Image.Image) -> Image.Image:
    """A picture with a black column more at its right."""
    canvas = Image.new("L", (image.width + 1, image.height))
    canvas.paste(image)
    return canvas
