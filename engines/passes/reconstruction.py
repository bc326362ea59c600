"""Pages whose text was found but could not be rebuilt: they get the text as it is, or fail the document if it asks for that."""

from __future__ import annotations

from engines.context import Context
from engines.document import Document, Item, ItemKind, Notice
from engines.errors import SENTENCES, Code, DocumentError
from engines.parameters import ParseParameters


def require_items(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Stand in for pages without items; with `strict_mode_reconstruction` raise RECONSTRUCTION_FAILED."""
    for page in document.pages:
        if page.error or page.items or page.markdown is not None or not page.text.strip():
            continue
        if parameters.strict_mode_reconstruction:
            raise DocumentError(Code.RECONSTRUCTION_FAILED, f"page {page.number}")
        page.items = [Item(ItemKind.TEXT, text=page.text.strip())]
        document.warnings.append(Notice(Code.RECONSTRUCTION_FAILED, SENTENCES[Code.RECONSTRUCTION_FAILED], page.number))
