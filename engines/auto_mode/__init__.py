"""Pages that deserve a better mode than the rest are read twice: auto mode and the cost optimizer.

The first reading is the cheap one and covers the whole selection. What it says of a page decides; the pages that are upgraded with
the same parameters are read together, as one selection of the same document.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Protocol

from engines.auto_mode.triggers import PageView, entries_of
from engines.context import Source
from engines.document import Document, ItemKind, Notice, Page, Role
from engines.page_selection import consecutive, page_expression, to_indices
from engines.parameters import ParseParameters
from engines.parameters.modes import resolved
from engines.parameters.patterns import Search
from engines.render.framing import Frame
from engines.render.pages import page_result


class Read(Protocol):
    """Reads the document at hand with other parameters; a language model is asked only if it may be, and that of an entry."""

    def __call__(self, parameters: ParseParameters, /, *, may_ask: bool = True, entry: int | None = None) -> Document:
        """The document. Raises as engines.pipeline.read does."""


SIMPLE_TIER = "cost_effective"
"""The tier of pages that the cost optimizer finds simple (documentation of the hosted service)."""


def judges_pages(parameters: ParseParameters) -> bool:
    """Whether a job asks for pages to be judged."""
    return bool(parameters.auto_mode or parameters.enable_cost_optimizer)


def read(source: Source, parameters: ParseParameters, read_with: Read, *, has_model: bool = False) -> Document:
    """Read a document page by page as well as each deserves. Raises as `read_with` does.

    `has_model` says whether what pages are to be read with may need a language model.
    """
    if parameters.enable_cost_optimizer:
        return optimized(parameters, read_with)
    return triggered(source, parameters, read_with, has_model=has_model)


def triggered(source: Source, parameters: ParseParameters, read_with: Read, *, has_model: bool) -> Document:
    """Auto mode: the pages that an entry fits are read again with its parameters."""
    base = resolved(replace(parameters, auto_mode=None))
    document = read_with(base)
    entries = entries_of(parameters)
    plain = Frame.of(ParseParameters())
    search = Search()
    chosen: dict[int, list[Page]] = {}
    for page in document.pages:
        seen = PageView(page, page_result(page, document, base, plain)["md"], source.name, search)
        number = next((number for number, entry in enumerate(entries) if entry.fits(seen)), None)
        if number is not None:
            chosen.setdefault(number, []).append(page)
    document.warnings += search.notes
    for number, pages in chosen.items():
        changed = resolved(entries[number].applied(parameters, has_model=has_model))
        upgrade(document, pages, changed, partial(read_with, entry=number))
        for page in pages:
            page_numbered(document, page.number).triggered = True
    return document


def optimized(parameters: ParseParameters, read_with: Read) -> Document:
    """The cost optimizer: simple pages stay as the cheaper tier read them."""
    full = replace(parameters, enable_cost_optimizer=None)
    cheap = resolved(replace(full, tier=SIMPLE_TIER))
    document = read_with(cheap, may_ask=False)
    demanding = [page for page in document.pages if not is_simple(page)]
    for page in document.pages:
        page.cost_optimized, page.parameters = True, cheap
    upgrade(document, demanding, resolved(full), read_with)
    for page in demanding:
        page_numbered(document, page.number).cost_optimized = False
    return document


def is_simple(page: Page) -> bool:
    """Whether a page is text alone: no table, no picture, nothing that had to be recognised, no failure."""
    demanding = {ItemKind.TABLE, ItemKind.IMAGE}
    return not (page.error or page.ocr or page.images or any(item.kind in demanding for item in page.items))


def upgrade(document: Document, pages: list[Page], parameters: ParseParameters, read_with: Read) -> None:
    """Put what another reading of some pages gives in their place."""
    if not pages:
        return
    selection = page_expression(to_indices(consecutive(page.number for page in pages)))
    again = read_with(replace(parameters, target_pages=selection, max_pages=None, max_pages_enforced=None))
    better = {page.number: page for page in again.pages}
    for place, page in enumerate(document.pages):
        if page.number in better:
            document.pages[place] = better[page.number]
            better[page.number].parameters = parameters
            keep_titles(page, better[page.number])
    document.warnings += [note for note in again.warnings if is_news(note, document)]
    document.degraded |= again.degraded


def keep_titles(before: Page, page: Page) -> None:
    """Give a page the running titles that it had among all pages; read with few others, it has none that repeat."""
    titles = {item.text: item.role for item in before.items if item.role is not Role.BODY}
    for item in page.items:
        item.role = titles.get(item.text, item.role)
    page.header, page.footer = page.header or before.header, page.footer or before.footer
    page.printed_number = page.printed_number or before.printed_number


def is_news(note: Notice, document: Document) -> bool:
    """Whether a warning says something that was not said yet."""
    return all((note.code, note.message, note.page) != (one.code, one.message, one.page) for one in document.warnings)


def page_numbered(document: Document, number: int) -> Page:
    """The page of this number."""
    return next(page for page in document.pages if page.number == number)
