"""`preserve_layout_alignment_across_pages`: the text of all pages on one grid of characters."""

from __future__ import annotations

from engines.build.text_grid import column_width, laid_out, upright
from engines.context import Context
from engines.document import Document
from engines.parameters import ParseParameters


def align(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Lay the text of the whole document out with one width of a character."""
    if not parameters.preserve_layout_alignment_across_pages:
        return
    pages = [page.pieces for page in document.pages]
    pieces = [piece for page in pages for piece in upright(page)]
    if not pieces:
        return
    width = column_width(pages)
    left = min(piece.box.x for piece in pieces)
    for page in document.pages:
        if page.pieces:
            page.text = laid_out(page.pieces, width, left)
