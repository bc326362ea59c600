"""The document made of pages that a format's walker has filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engines.context import Context
from engines.document import Document, Page
from engines.errors import Code, DocumentError
from engines.page_selection import selected_pages
from engines.parameters import ParseParameters
from engines.salvage import Losses


def one_page(parameters: ParseParameters, context: Context) -> None:
    """Check that the only page of a document is selected. Raises DocumentError as `selected_pages` does."""
    selected_pages(1, parameters, context.limits)


def chosen(pages: Iterable[Page], parameters: ParseParameters, context: Context) -> tuple[list[Page], int]:
    """The selected ones of all pages of a document, and how many there were. Raises as `selected_pages` does."""
    every = list(pages)
    numbers = set(selected_pages(len(every), parameters, context.limits))
    context.progress(len(numbers), len(numbers))
    return [page for page in every if page.number in numbers], len(every)


def document_of(
    pages: list[Page],
    media_type: str,
    total: int,
    metadata: Mapping[str, Any] | None = None,
    *,
    losses: Losses | None = None,
) -> Document:
    """A document of these pages, with warnings of what could not be read.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE when all of them are blank, or what was wrong with the part lost first.
    """
    if not any(
        page.items or page.images or page.text or page.speaker_notes or page.charts or page.watermark for page in pages
    ):
        if losses is not None and losses.first is not None:
            raise losses.first
        raise DocumentError(Code.NO_DATA_FOUND_IN_FILE)
    return Document(pages, media_type, total, losses.warnings if losses else [], metadata=dict(metadata or {}))
