"""Text of pages with columns: one column after the other, unless the page's own arrangement is to be kept.

The reader lays text out as it stands on the page, so that columns stand side by side; that is what `do_not_unroll_columns` keeps.
"""

from __future__ import annotations

import re

from engines.build.plain_text import plain_text
from engines.context import Context
from engines.document import Box, Document, Item, ItemKind, Page
from engines.parameters import ParseParameters

LEAST_LETTERS = 60
"""Letters of a paragraph that may be part of a column; shorter pieces side by side are a form, or a table."""
LEAST_WIDTH = 0.2
"""Share of the page's width of such a paragraph."""
DIVIDED = re.compile(r"\s*\S.{20,}?\S {3,}\S.{20,}")
"""A line of two long parts with a gap between them."""
FEWEST_LINES = 4
RUNNING = frozenset({ItemKind.TEXT, ItemKind.LIST})


def unroll(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Give pages with columns their text in reading order."""
    if parameters.do_not_unroll_columns or parameters.preserve_layout_alignment_across_pages:
        return
    for page in document.pages:
        if page_has_columns(page):
            page.text = plain_text(page.items)


def page_has_columns(page: Page) -> bool:
    """Whether two paragraphs stand side by side, or one goes on from column to column."""
    lines = [line for line in page.text.splitlines() if line.strip()]
    divided = sum("   " in line and DIVIDED.match(line) is not None for line in lines)
    if divided >= FEWEST_LINES and divided >= len(lines) / 3:
        return True
    boxes = [item.box for item in page.items if item.box and is_column(item, item.box, page)]
    return any(are_beside(one, other) for index, one in enumerate(boxes) for other in boxes[index + 1 :])


def is_column(item: Item, box: Box, page: Page) -> bool:
    """Whether an item may be part of a column: running text of some length, no wider than half of the page."""
    if item.kind not in RUNNING or not LEAST_WIDTH <= box.width / max(page.width, 1.0) <= 0.6:
        return False
    letters = len(item.text) + sum(len(entry.text) for entry in item.entries)
    return letters >= LEAST_LETTERS


def are_beside(one: Box, other: Box) -> bool:
    """Whether two boxes share more than half of the lower one's height, and no width."""
    shared = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    apart = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
    return shared > 0.5 * min(one.height, other.height) and apart > 0
