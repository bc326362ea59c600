"""`watermark_handling`: the watermark of a page last, first, or left out of what it says; the page tells of it in any case."""

from __future__ import annotations

from dataclasses import replace

from engines.context import Context
from engines.document import Document, Item, Page
from engines.parameters import ParseParameters, WatermarkHandling, tells_watermarks


def place(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Put the watermarks that readers have found into their place."""
    is_first = parameters.watermark_handling is WatermarkHandling.MOVE_TO_START
    for page in document.pages:
        if not tells_watermarks(parameters):
            page.watermark = None
        elif page.watermark is not None and parameters.watermark_handling is not WatermarkHandling.REMOVE:
            add(page, page.watermark, is_first=is_first)


def add(page: Page, watermark: Item, *, is_first: bool) -> None:
    """Add a watermark to the items and the text of its page."""
    text = page.text.strip("\n")
    parts = [watermark.text, text] if is_first else [text, watermark.text]
    page.text = "\n\n".join(part for part in parts if part)
    page.items.insert(0 if is_first else len(page.items), replace(watermark))
