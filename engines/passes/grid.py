"""`preserve_layout_alignment_across_pages`: the text of all pages on one grid of characters."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import pairwise

from engines.build.rows import middle, rows_of
from engines.context import Context
from engines.document import Document, Page, Piece
from engines.parameters import ParseParameters

NARROWEST = 2.0
"""Points of the narrowest column of the grid."""
NARROWEST_SHARE = 0.6
"""The same, as a share of the usual width of a letter."""
MOST_COLUMNS = 400
MOST_EMPTY = 8
"""Empty lines that a gap between two lines of text leaves, at most."""


def align(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Lay the text of the whole document out with one width of a character."""
    if not parameters.preserve_layout_alignment_across_pages:
        return
    pieces = [piece for page in document.pages for piece in page.pieces if not piece.rotation and piece.text.strip()]
    if not pieces:
        return
    width = width_of(document.pages, pieces)
    left = min(piece.box.x for piece in pieces)
    for page in document.pages:
        if page.pieces:
            page.text = laid_out(page, width, left)


def width_of(pages: list[Page], pieces: list[Piece]) -> float:
    """The width of a character, in points, with which nearly every piece ends before the next one on its line begins.

    `pieces`, one at least, are those of all pages whose text is upright.
    """
    usual = statistics.median(piece.box.width / len(piece.text) for piece in pieces)
    rooms = sorted(
        (following.box.x - piece.box.x) / (len(piece.text.strip()) + 1)
        for page in pages
        for row in page_rows(page)
        for piece, following in pairwise(row)
    )
    needed = rooms[len(rooms) // 20] if rooms else usual  # a few may stand too near to each other
    return max(NARROWEST, min(usual, max(needed, NARROWEST_SHARE * usual)))


def laid_out(page: Page, width: float, left: float) -> str:
    """The text of a page, each piece in the column that its left edge falls into.

    `width` is that of a column and `left` where the first one begins, in points.
    """
    text: list[str] = []
    below: float | None = None
    for row in page_rows(page):
        height = max(piece.box.height for piece in row) or 1.0
        top = min(piece.box.y for piece in row)
        if below is not None:
            text += [""] * min(MOST_EMPTY, max(0, round((top - below) / height)))
        below = top + height
        line = ""
        for piece in row:
            column = min(MOST_COLUMNS, round((piece.box.x - left) / width))
            line = f"{line:<{column}}" if len(line) <= column else f"{line} "
            line += piece.text.strip()
        text.append(line)
    return "\n".join(text)


def page_rows(page: Page) -> Iterator[list[Piece]]:
    """The upright pieces of a page as rows from the top."""
    upright = (piece for piece in page.pieces if not piece.rotation and piece.text.strip())
    return rows_of(sorted(upright, key=lambda piece: middle(piece.box)), lambda piece: piece.box)
