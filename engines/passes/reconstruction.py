"""Pages whose structure could not be rebuilt: they get the text as it is, or fail the document if it asks for that.

Source: `strict_mode_reconstruction` in docs/parameters.md. A page is not rebuilt where reading it failed, where it has text and
nothing could be made of it, and where a part that would tell its structure is damaged, or more than can be read.
"""

from __future__ import annotations

from engines.context import Context
from engines.document import Document, Item, ItemKind, Notice
from engines.errors import SENTENCES, Code, DocumentError
from engines.parameters import ParseParameters

INCOMPLETE = frozenset({Code.DRAWING_LEFT_OUT, Code.PART_UNREADABLE})
"""Warnings that something which belongs to the structure was left out."""


def require_items(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Stand in for pages without items; with `strict_mode_reconstruction` raise RECONSTRUCTION_FAILED."""
    if parameters.strict_mode_reconstruction:
        require_whole(document)
    for page in document.pages:
        if page.error or page.items or page.markdown is not None or not page.text.strip():
            continue
        if parameters.strict_mode_reconstruction:
            raise DocumentError(Code.RECONSTRUCTION_FAILED, f"page {page.number}")
        page.items = [Item(ItemKind.TEXT, text=page.text.strip())]
        document.warnings.append(Notice(Code.RECONSTRUCTION_FAILED, SENTENCES[Code.RECONSTRUCTION_FAILED], page.number))


def require_whole(document: Document) -> None:
    """Raise RECONSTRUCTION_FAILED where a page failed, or was read without a part of what it is made of."""
    for page in document.pages:
        if page.error:
            raise DocumentError(Code.RECONSTRUCTION_FAILED, f"page {page.number}: {page.error}")
    for note in document.warnings:
        if note.code in INCOMPLETE:
            raise DocumentError(Code.RECONSTRUCTION_FAILED, note.message)
