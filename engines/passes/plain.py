"""`disable_reconstruction`: paragraphs of plain text, and nothing that a reader of the layout would have concluded."""

from __future__ import annotations

from engines.build.plain_text import item_text
from engines.context import Context
from engines.document import Document, Item, ItemKind
from engines.parameters import ParseParameters


def flatten(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Make every item a paragraph; pictures, which have no text, go."""
    if not parameters.disable_reconstruction:
        return
    for page in document.pages:
        page.items = [as_paragraph(item) for item in page.items if item_text(item).strip()]
        page.markdown = None


def as_paragraph(item: Item) -> Item:
    """The text of an item, as it stands."""
    return Item(ItemKind.TEXT, text=item_text(item), box=item.box, role=item.role)
