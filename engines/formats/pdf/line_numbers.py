"""`annotate_line_numbers`: numbers printed in a margin to count the lines of a page, as on pleadings, transcripts and manuscripts.

They are a column of whole numbers that go up evenly down the page, with all text that they count on one side of them. Where
nothing else stands in that margin the page is read anew without it, so that the numbers do not run into the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from statistics import median
from typing import Any

from engines.build.rows import middle, rows_of
from engines.document import LineNumber
from engines.formats.pdf.native_pages import NativePages, key_of
from engines.parameters.crop import Margins

NUMBER = re.compile(r"[0-9]{1,5}")
FEWEST = 5
"""Numbers of a column that is known by itself; fewer do beside another page's column in the same place."""
ALIGNED = 2.5
"""Points within which the edges of a column's numbers lie."""
EVEN = 0.7
"""Share of the numbers that follow the last one by the same step."""
UNEVEN, EVENLY = 0.35, 0.5
"""Share by which the distance of two numbers may differ from the usual one, and of the numbers for which it does not."""
BESIDE = 0.9
"""Share of the text at the height of the column that stands on one side of it."""
COVERED = 0.6
"""Share of the lines of a page that stand at the height of the column: beside a table's there are more."""
SAME_LINE = 0.6
"""Share of the height of a line by which the middles of text and number may differ where not every line has one."""
GAP = 1.0
"""Points between the numbers and where the page is cut."""


@dataclass(frozen=True, slots=True)
class Gutter:
    """A column of line numbers: pieces of the page's text, from top to bottom."""

    pieces: tuple[Any, ...]
    is_left: bool
    """Whether it stands to the left of what it counts."""

    @property
    def left(self) -> float:
        """Its left edge, in points."""
        return float(min(one.x for one in self.pieces))

    @property
    def right(self) -> float:
        """Its right edge, in points."""
        return float(max(one.x + one.width for one in self.pieces))

    def is_like(self, other: Gutter) -> bool:
        """Whether it stands where that of another page does."""
        distance = min(abs(self.right - other.right), abs(self.left - other.left))
        return self.is_left is other.is_left and distance <= ALIGNED

    def is_beside(self, piece: Any) -> bool:
        """Whether a piece of text stands on the side of what it counts."""
        return bool(piece.x >= self.right if self.is_left else piece.x + piece.width <= self.left)

    @property
    def step(self) -> int:
        """From number to number; 1 also where there is only one."""
        steps = Counter(value_of(below) - value_of(above) for above, below in pairwise(self.pieces))
        return steps.most_common(1)[0][0] if steps else 1


def set_apart(pages: NativePages, margins: Margins) -> dict[int, list[LineNumber]]:
    """The line numbers of some pages, by number; pages of which their margin can be cut off are read anew without it."""
    natives = pages.by_number
    gutters = gutters_of(natives)
    numbered = {number: numbered_lines(upright_text(natives[number]), gutter) for number, gutter in gutters.items()}
    for is_left in (True, False):
        rooms = {
            number: room
            for number, gutter in gutters.items()
            if gutter.is_left is is_left and (room := room_of(natives[number], gutter)) is not None
        }
        for edge, numbers in shared_edges(rooms):
            pages.read_anew(numbers, {"crop_box": cut_at(edge, margins, is_left=is_left)})
    return numbered


def numbers_of(words: Sequence[Any]) -> list[LineNumber]:
    """The line numbers of a page that stay in its text, as on one of which OCR has read these words."""
    gutter = gutter_of(words, FEWEST)
    return [] if gutter is None else numbered_lines(words, gutter)


def upright_text(native: Any) -> list[Any]:
    """The pieces of text of a page of the native reader that are not turned."""
    return [one for one in native.text_items if one.text.strip() and not one.rotation]


def gutters_of(natives: Mapping[int, Any]) -> dict[int, Gutter]:
    """The columns of line numbers, by number of the page: those that are known by themselves, and short ones in the same place."""
    texts = {number: upright_text(native) for number, native in natives.items()}
    found = {number: gutter for number, text in texts.items() if (gutter := gutter_of(text, FEWEST)) is not None}
    if not found:
        return {}
    known = list(found.values())
    for number, text in texts.items():
        gutter = None if number in found else gutter_of(text, 1)
        if gutter is not None and any(gutter.is_like(one) for one in known):
            found[number] = gutter
    return found


def gutter_of(text: Sequence[Any], fewest: int) -> Gutter | None:
    """The column of line numbers among the text of a page, the longest where several look like one; None when it has none."""
    numbers = [one for one in text if NUMBER.fullmatch(one.text.strip())]
    best: Gutter | None = None
    for column in columns_of(numbers):
        if len(column) < fewest or (best and len(column) <= len(best.pieces)) or not is_even(column):
            continue
        side = side_of(column, text)
        if side is not None and (fewest < FEWEST or covers(column, text)):
            best = Gutter(tuple(column), is_left=side)
    return best


def columns_of(numbers: list[Any]) -> Iterator[list[Any]]:
    """The numbers that stand below each other, by their right edges and by their left ones, from top to bottom."""
    for edges in ([one.x + one.width for one in numbers], [one.x for one in numbers]):
        left = sorted(zip(edges, numbers, strict=True), key=itemgetter(0))
        while left:
            column = [one for edge, one in left if edge - left[0][0] <= ALIGNED]
            left = left[len(column) :]
            yield sorted(column, key=middle)


def is_even(column: list[Any]) -> bool:
    """Whether the numbers go up by one step, at even distances; a page may leave some out."""
    steps = [value_of(below) - value_of(above) for above, below in pairwise(column)]
    if not steps:
        return True
    step, count = Counter(steps).most_common(1)[0]
    if step < 1 or min(steps) < 1 or count < EVEN * len(steps):
        return False
    distances = [(below.y - above.y) / by for (above, below), by in zip(pairwise(column), steps, strict=True)]
    usual = median(distances)
    near = sum(abs(one - usual) <= UNEVEN * usual for one in distances)
    return bool(near >= EVENLY * len(distances))


def side_of(column: list[Any], text: Sequence[Any]) -> bool | None:
    """Whether the column stands to the left of the text at its height; None where it stands amid the text, or alone."""
    top, bottom = column[0].y, column[-1].y + column[-1].height
    left, right = min(one.x for one in column), max(one.x + one.width for one in column)
    own = {key_of(one) for one in column}
    others = [one for one in text if key_of(one) not in own and top <= middle(one) <= bottom]
    if not others:
        return None
    if sum(one.x >= right for one in others) >= BESIDE * len(others):
        return True
    if sum(one.x + one.width <= left for one in others) >= BESIDE * len(others):
        return False
    return None


def covers(column: list[Any], text: Sequence[Any]) -> bool:
    """Whether the column counts most of the page's lines."""
    top, bottom = column[0].y, column[-1].y + column[-1].height
    rows = [row[0] for row in rows_of(sorted(text, key=middle), itself)]
    return bool(sum(top <= middle(one) <= bottom for one in rows) >= COVERED * len(rows))


def room_of(native: Any, gutter: Gutter) -> tuple[float, float] | None:
    """Between where and where a page can be cut to be without its gutter, as shares of its width from that edge of it.

    None where more than its numbers stands in the margin.
    """
    own = {key_of(one) for one in gutter.pieces}
    others = [one for one in native.text_items if one.text.strip() and key_of(one) not in own]
    if gutter.is_left:
        nearest, furthest = gutter.right + GAP, min((one.x for one in others), default=native.width)
    else:
        nearest = native.width - gutter.left + GAP
        furthest = native.width - max((one.x + one.width for one in others), default=0.0)
    return (nearest / native.width, furthest / native.width) if nearest <= furthest else None


def shared_edges(rooms: Mapping[int, tuple[float, float]]) -> Iterator[tuple[float, list[int]]]:
    """Where to cut, and which pages, by number: as few cuts as there can be, since all pages are read for each."""
    group: list[int] = []
    edge, furthest = 0.0, 1.0
    for number, (nearest, own_furthest) in sorted(rooms.items(), key=itemgetter(1)):
        if group and nearest > furthest:
            yield edge, group
            group, furthest = [], 1.0
        group.append(number)
        edge, furthest = nearest, min(furthest, own_furthest)
    if group:
        yield edge, group


def cut_at(edge: float, margins: Margins, *, is_left: bool) -> tuple[float, float, float, float]:
    """The margins, as fractions of the page, with which it is read without a gutter: top, right, bottom, left."""
    share = round(edge, 4)
    if is_left:
        return margins.top, margins.right, margins.bottom, max(margins.left, share)
    return margins.top, max(margins.right, share), margins.bottom, margins.left


def numbered_lines(upright: Sequence[Any], gutter: Gutter) -> list[LineNumber]:
    """The numbers of a gutter, each with the text that it counts; those beside which nothing stands are left out."""
    own = {key_of(one) for one in gutter.pieces}
    text = [one for one in upright if key_of(one) not in own and gutter.is_beside(one)]
    counted: list[list[Any]] = [[] for _ in gutter.pieces]
    for one in text:
        distances = [abs(middle(number) - middle(one)) for number in gutter.pieces]
        nearest = distances.index(min(distances))
        if distances[nearest] <= reach_of(gutter, one):
            counted[nearest].append(one)
    found = []
    for number, words in zip(gutter.pieces, counted, strict=True):
        rows = rows_of(sorted(words, key=middle), itself)
        if words:
            found.append(LineNumber(number.text.strip(), " ".join(one.text.strip() for row in rows for one in row)))
    return found


def reach_of(gutter: Gutter, line: Any) -> float:
    """How far, in points, the middle of a line may be from that of its number: half the way where each line has one."""
    distances = [below.y - above.y for above, below in pairwise(gutter.pieces)]
    same = SAME_LINE * float(line.height)
    return max(same, median(distances) / 2) if distances and gutter.step == 1 else same


def value_of(piece: Any) -> int:
    """The number that a piece of text is."""
    return int(piece.text)


def itself(piece: Any) -> Any:
    """A piece of text, which has its own place."""
    return piece
