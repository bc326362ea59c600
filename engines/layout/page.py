"""A page laid out: its blocks, tables and pictures in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from engines.containers.pdfium import Bounds, PdfPage
from engines.layout.blocks import SENTENCE_END, Block, BlockKind, blocks_of
from engines.layout.code import with_whole_code
from engines.layout.drawn_bullets import with_drawn_bullets
from engines.layout.figures import Figure, parts_of_picture, place_of
from engines.layout.fractions import with_fractions
from engines.layout.headings.levels import classify
from engines.layout.headings.named import name_tagged
from engines.layout.lines import Line, lines_of
from engines.layout.linking import linked
from engines.layout.markers import marker_of
from engines.layout.order import ALIGNED, Part, ordered, with_margins
from engines.layout.right_to_left import is_right_to_left
from engines.layout.style import Style, style_of
from engines.layout.tables.aligned import aligned_tables
from engines.layout.tables.bounded import bounded_tables
from engines.layout.tables.free import free_tables
from engines.layout.tables.ruled import ruled_tables
from engines.layout.tables.table import Table
from engines.layout.turned import leaning_blocks, main_angle, upright
from engines.layout.unidentified import UNCLEAR, Recognised, is_unidentified
from engines.layout.words import Word, words_of, words_of_notes

SPREAD = 1.25
"""Ratio of width to height of a sheet that may show two pages side by side."""
FOLD = (0.44, 0.56)
"""Shares of the width between which its fold lies."""
FOLD_WIDTH = 0.04
"""Share of the width that is free at a fold."""
FEWEST_WORDS = 10
"""Words of a page at least that shares its sheet with another."""


SAME_SIZE = 0.3
"""Points by which the sizes of lines of a paragraph differ at most."""
ROW = 4
"""Parts of a line at most."""
LEADING = 1.7
"""Distance of the baselines of such lines at most, in sizes."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Text that is no part of what a page says, such as a watermark, with its place."""

    text: str
    bounds: Bounds

    def has(self, text: str, x: float, y: float) -> bool:
        """Whether a text with its middle at this point is part of it."""
        left, top, right, bottom = self.bounds
        return text in self.text and left <= x <= right and top <= y <= bottom


@dataclass(frozen=True, slots=True)
class Wishes:
    """What of a page is wanted."""

    margins: Bounds = (0.0, 0.0, 0.0, 0.0)
    """Shares of the page at its left, top, right and bottom that are left out: of words and pictures the middle decides."""
    links: bool = False
    """Whether links are written where they stand."""
    diagonal: bool = True
    """Whether text at other than right angles is told."""
    smallest: float = 0.0
    """Points of size below which text is left out, unless there is no other."""
    stamps: tuple[Stamp, ...] = ()
    """What is left out."""
    outlined: bool = False
    """Whether a grid that is drawn is a table also where most of its cells are empty."""
    aligned: bool = False
    """Whether two rows of aligned cells are a table."""


@dataclass(slots=True)
class PageLayout:
    """The parts of a page in reading order, and what they were made of."""

    number: int
    width: float
    height: float
    """Of the page set upright, in points."""
    angle: int = 0
    """Degrees clockwise by which it was turned on its paper."""
    lines: list[Line] = field(default_factory=list)
    """All of its upright text, that of tables as well, from top to bottom."""
    parts: list[Block | Table | Figure] = field(default_factory=list)

    is_unclear: bool = False
    """Whether fonts do not identify a good part of its letters."""
    links: list[tuple[str, str]] = field(default_factory=list)
    """Addresses of links that lead out of the document, each with the words it lies on."""

    @property
    def blocks(self) -> list[Block]:
        """Its blocks, in reading order."""
        return [one for one in self.parts if isinstance(one, Block)]

    def add(self, figures: Sequence[Figure]) -> None:
        """Put the pictures of the page into their places."""
        for figure in figures:
            self.parts.insert(place_of(figure, self.parts), figure)

    def add_text_of(self, bounds: Bounds, text: PageLayout) -> None:
        """Put what is written in a picture below it."""
        at = place_of(Figure("", *bounds), self.parts)
        while at < len(self.parts) and isinstance(self.parts[at], Figure):
            at += 1
        self.parts[at:at] = parts_of_picture(text.lines, text.parts)
        self.lines = sorted([*self.lines, *text.lines], key=lambda one: one.top)


MOST_WORDS = 20_000
"""Words of a page above which it is a plan or an attack, whose order nobody can tell: it has text and no parts."""


def lay_out(page: PdfPage, wishes: Wishes = Wishes(), recognised: Recognised | None = None) -> PageLayout:
    """Find the parts of a page but its pictures; `recognised` is what OCR has read on it."""
    angle = main_angle(page)
    page = upright(page, angle) if angle else page
    words = words_of(page)
    if recognised:
        words = recognised.replaced_in(words)
    if len(words) <= MOST_WORDS:
        words = with_drawn_bullets(words, page.dots)
    words = wanted([*words, *words_of_notes(page)], page, wishes)
    if len(words) > MOST_WORDS:
        return PageLayout(page.number, page.width, page.height, angle, lines_of(words))
    on_page = [one for one in page.links if has_middle_inside(one[0], page, wishes.margins)]
    links = linked(words, on_page, written=wishes.links)
    words = with_fractions(words, page)
    lines: list[Line] = []
    tables: list[Table] = []
    sides = halves(words, page)
    for half in sides:
        found = tables_of(page, half, wishes)
        tables += found
        lines += lines_of(without(found, half))
    layout = PageLayout(page.number, page.width, page.height, angle, lines_of(words) if tables else lines, links=links)
    layout.is_unclear = is_unidentified(page.characters, UNCLEAR)
    style = style_of(layout.lines)
    leaning = leaning_blocks(page, style, diagonal=wishes.diagonal)
    leaning = [one for one in leaning if is_inside(one, page, wishes.margins) and not is_stamp(one, one.text, wishes)]
    elements: list[Line | Table | Block] = [*lines, *tables, *leaning]
    with mirrored(elements, page.width if is_right_to_left(words) else 0.0):
        groups = with_margins(elements, page.height) if len(sides) == 1 else ordered(elements)
    layout.parts = parts_of(groups, style)
    layout.parts = with_whole_code(layout.parts, typed=style.fixed)
    classify(layout.blocks, style, page.height)
    name_tagged(layout.blocks, page.headings)
    layout.parts = over_columns(layout.parts)
    return layout


@contextmanager
def mirrored(parts: Sequence[Line | Table | Block], width: float) -> Iterator[None]:
    """Have parts of a page of this width stand as in a mirror: where a script runs to the left, so do columns. None of width 0."""

    def turn() -> None:
        for one in parts if width else ():
            one.left, one.right = width - one.right, width - one.left

    turn()
    yield
    turn()


def over_columns(parts: Sequence[Block | Table | Figure]) -> list[Block | Table | Figure]:
    """Parts of a page, each sentence that goes on at the head of the next column in one block."""
    found: list[Block | Table | Figure] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(last, Block) and isinstance(part, Block) and continues(last, part):
            found[-1] = Block([*last.lines, *part.lines], last.kind, last.marker)
        else:
            found.append(part)
    return found


def continues(block: Block, other: Block) -> bool:
    """Whether a block at the head of a column goes on with the sentence that ends the one before."""
    kinds = block.kind in {BlockKind.TEXT, BlockKind.ENTRY} and other.kind is BlockKind.TEXT
    if not kinds or other.left < block.right or other.bottom > block.bottom or len(block.lines) < 2:
        return False
    last, first = block.lines[-1], other.lines[0]
    alike = abs(last.size - first.size) < SAME_SIZE and last.bold == first.bold
    is_full = last.right > block.right - last.size
    return alike and is_full and first.text[0].islower() and not last.text.endswith(SENTENCE_END)


def parts_of(groups: Sequence[Sequence[Line | Table | Block]], style: Style) -> list[Block | Table | Figure]:
    """Everything on a page in reading order, lines of its groups made blocks."""
    parts: list[Block | Table | Figure] = []
    column: list[Line] = []
    for group in groups:
        if column and not goes_on(column, group[0]):
            parts += blocks_of(column, style)
            column = []
        for one in group:
            if isinstance(one, Line):
                column.append(one)
                continue
            parts += [*blocks_of(column, style), one]
            column = []
    return parts + blocks_of(column, style)


def goes_on(column: Sequence[Line], first: Line | Table | Block) -> bool:
    """Whether a group of parts begins with the line below a column that what is beside these has parted from it."""
    last = min((one for one in column[-ROW:] if abs(one.baseline - column[-1].baseline) < 1), key=lambda one: one.left)
    if not isinstance(first, Line) or abs(first.size - last.size) > SAME_SIZE:
        return False
    begins = last.words[1].left if marker_of(last) else last.left
    if min(abs(first.left - last.left), abs(first.left - begins)) > ALIGNED:
        return False
    return 0 < first.baseline - last.baseline < LEADING * last.size


def tables_of(page: PdfPage, words: Sequence[Word], wishes: Wishes) -> list[Table]:
    """The tables that words of a page are: first those that are drawn, last those that nothing shows but their rows."""
    tables: list[Table] = []
    if page.paths:
        tables = ruled_tables(page, words, outlined=wishes.outlined)
        tables += beside(tables, bounded_tables(page, without(tables, words)))
    tables += free_tables(without(tables, words))
    if wishes.aligned:
        tables += beside(tables, aligned_tables(without(tables, words)))
    return tables


def beside(tables: Sequence[Table], found: Sequence[Table]) -> list[Table]:
    """The tables found that stand where none of the others is."""
    return [one for one in found if not any(map(one.overlaps, tables))]


def without(tables: Sequence[Table], words: Sequence[Word]) -> list[Word]:
    """The words that are in none of these tables."""
    taken = {id(word) for table in tables for cell in table.cells for word in cell.words}
    return [word for word in words if id(word) not in taken]


def halves(words: list[Word], page: PdfPage) -> list[list[Word]]:
    """The words of each of two pages on one sheet; all of them when the sheet is one page."""
    if page.width < SPREAD * page.height:
        return [words]
    widest, fold, right = FOLD_WIDTH * page.width, 0.0, 0.0
    for word in sorted(words, key=lambda one: one.left):
        middle = (right + word.left) / 2
        if word.left - right > widest and FOLD[0] < middle / page.width < FOLD[1]:
            widest, fold = word.left - right, middle
        right = max(right, word.right)
    sides = [[one for one in words if one.left < fold], [one for one in words if one.left >= fold]]
    return sides if fold and all(len(side) > FEWEST_WORDS for side in sides) else [words]


def wanted(words: list[Word], page: PdfPage, wishes: Wishes) -> list[Word]:
    """The words inside of the margins, and large enough to be read."""
    if any(wishes.margins):
        words = [one for one in words if is_inside(one, page, wishes.margins)]
    if wishes.stamps:
        words = [one for one in words if not is_stamp(one, one.text, wishes)]
    large = [one for one in words if one.size >= wishes.smallest]
    return large or words


def is_inside(one: Part, page: PdfPage, margins: Bounds) -> bool:
    """Whether the middle of something lies within the margins."""
    return has_middle_inside((one.left, one.top, one.right, one.bottom), page, margins)


def has_middle_inside(bounds: Bounds, page: PdfPage, margins: Bounds) -> bool:
    """Whether the middle of a place lies within the margins; an edge without one leaves nothing out, not even what is beyond it."""
    x, y = (bounds[0] + bounds[2]) / 2 / page.width, (bounds[1] + bounds[3]) / 2 / page.height
    left, top, right, bottom = margins
    return not ((left and x < left) or (right and x > 1 - right) or (top and y < top) or (bottom and y > 1 - bottom))


def is_stamp(one: Part, text: str, wishes: Wishes) -> bool:
    """Whether something that says this is part of what is left out."""
    x, y = (one.left + one.right) / 2, (one.top + one.bottom) / 2
    return any(stamp.has(text, x, y) for stamp in wishes.stamps)
