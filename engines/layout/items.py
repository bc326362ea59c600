"""A page that was laid out, as the page of a document: its parts become items."""

from __future__ import annotations

from collections.abc import Sequence

from engines.build.inline import InlineRun, escaped_of, heading_runs, text_of
from engines.build.page_builder import PageBuilder
from engines.build.text_grid import column_width, laid_out
from engines.containers.pdfium import Bounds
from engines.document import Box, Cell, CellLink, Item, ItemKind, Link, Page, Piece
from engines.layout.blocks import Block, BlockKind
from engines.layout.code import code_of
from engines.layout.figures import Figure
from engines.layout.joining import is_hyphenated, joined_words
from engines.layout.lines import Line, rows_of
from engines.layout.linking import parted_at_link
from engines.layout.markers import BULLETS, STATES
from engines.layout.page import PageLayout
from engines.layout.tables.table import Table
from engines.layout.words import Word

Look = tuple[bool, bool, str]
PLAIN: Look = (False, False, "")
ALIGNED = 3.0
"""Points by which the marks, or the texts, of entries of one depth are apart at most."""
INDENT = 12.0
"""Points by which a deeper entry of a list stands further to the right."""


def page_of(layout: PageLayout) -> Page:
    """The page of the document, without its pictures themselves."""
    builder = PageBuilder()
    lefts = lefts_of_entries(layout.blocks)
    for part in layout.parts:
        box = box_of((part.left, part.top, part.right, part.bottom))
        if isinstance(part, Figure):
            builder.add(Item(ItemKind.IMAGE, box=box, url=part.name))
        elif isinstance(part, Table):
            builder.table(rows_of_table(part), box=box)
        else:
            add_block(builder, part, box, lefts.get(id(part), part.left))
    page = builder.page(layout.number)
    page.width, page.height, page.rotation = layout.width, layout.height, float(layout.angle)
    page.links = [Link(url, text) for url, text in layout.links]
    page.text = plain_text(layout)
    return page


def lefts_of_entries(blocks: Sequence[Block]) -> dict[int, float]:
    """Where entries of lists begin, by their identity: those whose marks or whose texts are in one line begin at one place."""
    places: list[tuple[float, float]] = []
    found: dict[int, float] = {}
    for block in blocks:
        if block.kind is BlockKind.ENTRY:
            text = block.lines[0].words[1].left
            same = (left for left, other in places if min(abs(left - block.left), abs(other - text)) < ALIGNED)
            left = next(same, None)
            if left is None:
                left = block.left
                places.append((left, text))
            found[id(block)] = left
    return found


def add_block(builder: PageBuilder, block: Block, box: Box, left: float) -> None:
    """Add the item that a block is, which begins at `left`."""
    if block.kind is BlockKind.CODE:
        builder.code(code_of(block), box=box)
    elif block.kind is BlockKind.HEADING:
        builder.heading(block.level, heading_runs("", runs_of(block.lines)), box)
    elif block.kind is BlockKind.ENTRY:
        first, *rest = block.lines
        is_state = block.marker in STATES
        is_bullet = is_state or block.marker in BULLETS
        runs = runs_of([first if is_state else Line(first.words[1:]), *rest])
        mark = "-" if is_bullet else block.marker
        builder.entry(runs, round(left / INDENT), mark, ordered=not is_bullet, box=box)
    elif text := text_of(runs := runs_of(block.lines)):
        builder.add(Item(ItemKind.TEXT, text, box, markdown=escaped_of(runs)), runs)


def box_of(bounds: Bounds) -> Box:
    """A rectangle as the document has it, to hundredths of a point."""
    left, top, right, bottom = bounds
    return Box(round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2))


def runs_of(lines: Sequence[Line]) -> list[InlineRun]:
    """The words of some lines with their formatting."""
    stretches: list[tuple[Look, list[str]]] = []
    for at, word in enumerate(part for one in joined_words(lines) for part in parted_at_link(one)):
        blank = " " if at and not word.glued else ""
        look = look_of(word, stretches[-1][0] if stretches else PLAIN)
        if stretches and stretches[-1][0] == look:
            stretches[-1][1].append(blank + word.text)
            continue
        if blank:
            stretches.append((PLAIN, [blank]))
        stretches.append((look, [word.text]))
    return [InlineRun("".join(parts), bold=bold, italic=italic, url=url) for (bold, italic, url), parts in stretches]


def look_of(word: Word, before: Look) -> Look:
    """Whether a word is bold or italic, and its address; marks alone are only where they go on with what is."""
    look = (word.font.bold, word.font.italic, word.url)
    return look if look == before or any(map(str.isalnum, word.text)) else (False, False, word.url)


def rows_of_table(table: Table) -> list[list[Cell]]:
    """The rows of a table as cells of the document."""
    rows: list[list[Cell]] = [[] for _ in range(table.rows)]
    for cell in sorted(table.cells, key=lambda one: (one.row, one.column)):
        lines = [Line(row) for row in rows_of(cell.words)]
        parts = [lines] if cell.row else header_lines(lines)
        text, links = with_links([runs_of(part) for part in parts])
        rows[cell.row].append(Cell(text, cell.column_span, cell.row_span, box_of(cell.bounds), links=links or None))
    return rows


def with_links(lines: Sequence[Sequence[InlineRun]]) -> tuple[str, list[CellLink]]:
    """The text of a cell of these lines, and the links in it."""
    text, links = "", list[CellLink]()
    for line in lines:
        text += "\n" if text else ""
        for run in line:
            if run.url and links and (links[-1].end, links[-1].url) == (len(text), run.url):
                links[-1].end += len(run.text)
            elif run.url:
                links.append(CellLink(len(text), len(text) + len(run.text), run.url))
            text += run.text
    return text, links


def header_lines(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of a header cell, which are told apart; those that one word goes on over are one."""
    parts: list[list[Line]] = []
    for line in lines:
        if parts and is_hyphenated(parts[-1][-1].words[-1].text, line.words[0].text):
            parts[-1].append(line)
        else:
            parts.append([line])
    return parts


def pieces_of(layout: PageLayout) -> list[Piece]:
    """The upright text of a page as it stands on it, a piece for each stretch of a line."""
    return [
        Piece(line.text, box_of((line.left, line.top, line.right, line.bottom)), size=line.size)
        for line in layout.lines
    ]


def plain_text(layout: PageLayout) -> str:
    """The text of a page with everything where it stands; what stands at an angle follows."""
    pieces = pieces_of(layout)
    left = min((piece.box.x for piece in pieces), default=0.0)
    text = laid_out(pieces, column_width([pieces]), left) if pieces else ""
    turned = [block.text for block in layout.blocks if block.kind is BlockKind.TURNED]
    return "\n\n".join(filter(None, [text, *turned]))
