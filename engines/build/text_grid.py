"""Pieces of text on a grid of characters: the plain text of pages that shows where everything stands."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engines.build.rows import middle, rows_of
from engines.document import Piece

NARROWEST = 2.0
"""Points of the narrowest column of the grid."""
NARROWEST_SHARE = 0.6
"""The same, as a share of the usual width of a letter."""
MOST_COLUMNS = 400
MOST_EMPTY = 8
"""Empty lines that a gap between two lines of text leaves, at most."""


def column_width(pages: Sequence[Sequence[Piece]]) -> float:
    """The width of a character, in points, with which nearly every piece ends before the next one on its line begins.

    `pages` are the pieces of each page; one of them at least has text that stands upright.
    """
    usual = statistics.median(piece.box.width / len(piece.text) for pieces in pages for piece in upright(pieces))
    rooms = sorted(
        (following.box.x - piece.box.x) / (len(piece.text.strip()) + 1)
        for pieces in pages
        for row in piece_rows(pieces)
        for piece, following in pairwise(row)
    )
    needed = rooms[len(rooms) // 20] if rooms else usual  # a few may stand too near to each other
    return max(NARROWEST, min(usual, max(needed, NARROWEST_SHARE * usual)))


def laid_out(pieces: Sequence[Piece], width: float, left: float) -> str:
    """The text of a page, each piece in the column that its left edge falls into.

    `width` is that of a column and `left` where the first one begins, in points.
    """
    text: list[str] = []
    below: float | None = None
    for row in piece_rows(pieces):
        height = max(piece.box.height for piece in row) or 1.0
        top = min(piece.box.y for piece in row)
        if below is not None:
            text += [""] * min(MOST_EMPTY, max(0, round((top - below) / height)))
        below = top + height
        line = ""
        for piece in row:
            column = min(MOST_COLUMNS, round((piece.box.x - left) / width))
            line = f"{line:<{column}}" if not line or len(line) < column else f"{line} "
            line += piece.text.strip()
        text.append(line)
    return "\n".join(text)


def upright(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces that stand upright and say something."""
    return [piece for piece in pieces if not piece.rotation and piece.text.strip()]


def piece_rows(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The upright pieces of a page as rows from the top."""
    return rows_of(sorted(upright(pieces), key=lambda piece: middle(piece.box)), lambda piece: piece.box)
