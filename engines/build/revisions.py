"""Revisions of a text brought from their marks to their pages, each with the words that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from engines.amplification import ITEM, PLACE, afford
from engines.build.inline import InlineRun, spoken
from engines.build.plain_text import item_text
from engines.document import Cell, Item, ItemKind, Page
from engines.render.alignment import aligned
from engines.revisions import Edge, Mark, Revision, RevisionKind, RevisionSpan
from engines.salvage import Losses

SHOWN = frozenset({RevisionKind.INSERTED, RevisionKind.MOVED_TO})
GONE = frozenset({RevisionKind.DELETED, RevisionKind.MOVED_FROM})


def run_of(revision: Revision, edge: Edge) -> InlineRun:
    """A run that says nothing but what of a revision is here."""
    return InlineRun("", mark=Mark(revision, edge))


def marks_of(runs: Iterable[InlineRun]) -> list[Mark]:
    """The marks among some runs."""
    return [run.mark for run in runs if run.mark is not None]


def marks_in(runs: Sequence[InlineRun], text: str, shift: int = 0) -> list[Mark]:
    """The marks among some runs; their places count in a text of which `text`, made of the runs, is what begins at `shift`."""
    if all(run.mark is None for run in runs):
        return []
    spoken_runs = [spoken(run) for run in runs]
    places = aligned("".join(spoken_runs), text, is_markdown=False)
    found: list[Mark] = []
    said = 0
    for run, words in zip(runs, spoken_runs, strict=True):
        if run.mark is not None:
            place = places.span(said, said)[0] if places else 0
            found.append(replace(run.mark, place=shift + min(place, len(text))))
        said += len(words)
    return found


def put_marks(carrier: Item | Cell, marks: Iterable[Mark]) -> None:
    """Add marks to those that a text carries."""
    carrier.marks = [*(carrier.marks or ()), *marks]


def put_at_end(items: Sequence[Item], marks: Iterable[Mark]) -> None:
    """Add marks at the end of the last text of a page, which has one item at least."""
    *_, last = texts_of(items[-1])
    put_marks(last, (replace(mark, place=len(last.text)) for mark in marks))


def texts_of(item: Item) -> Iterator[Item | Cell]:
    """What of an item has a text of its own: the entries of a list, the cells of a table, else the item itself."""
    if item.kind is ItemKind.LIST:
        yield from item.entries
    elif item.kind is ItemKind.TABLE:
        # a cell that is repeated stands there several times
        yield from {id(cell): cell for row in item.rows for cell in row}.values()
    else:
        yield item


def marks_of_cell(items: Iterable[Item]) -> list[Mark]:
    """The marks of items that became the text of a cell (`text_of_cell`), with their places in that."""
    found: list[Mark] = []
    start = 0
    for item in items:
        text = "" if item.kind is ItemKind.IMAGE else item_text(item)
        reach = 0
        for one in texts_of(item):
            # of a table inside the blanks of its cells are not kept
            words = " ".join(one.text.split()) if item.kind is ItemKind.TABLE else one.text
            reach = max(text.find(words, reach), reach)
            found += (replace(mark, place=start + min(reach + mark.place, len(text))) for mark in one.marks or ())
            reach += len(words)
        start += len(text) + 1 if text else 0
    end = max(start - 1, 0)  # a picture at the end stands behind the text of the cell
    return [replace(mark, place=min(mark.place, end)) for mark in found]


class Position(NamedTuple):
    """A place in a document: its page, a text of that, and a character of that, each from 0."""

    page: int
    text: int
    place: int


Texts = Sequence[Sequence[Item | Cell]]
"""All texts of a document that may carry marks, page by page, in reading order."""
Stretches = list[tuple[Position, Position]]
"""From where to where something goes, the ends exclusive."""


def put_on_pages(pages: Sequence[tuple[Page, Sequence[Item]]], losses: Losses) -> None:
    """Give each page the revisions that begin on it; beside it stand all items that are read there, its titles' too.

    When there are far more than the document could have by honest means, the last ones are left out with a warning.
    """
    for page, _ in pages:
        page.revisions = []
    texts = [[one for item in items for one in texts_of(item)] for _, items in pages]
    cost = 0
    with losses.part("revisions"):
        for revision, stretches in whereabouts(texts).items():
            home, cost = settled(revision, stretches, texts, cost)
            revisions = None if home is None else pages[home][0].revisions
            if revisions is not None:
                revisions.append(revision)


def whereabouts(texts: Texts) -> dict[Revision, Stretches]:
    """Where each revision is, in the order in which they begin; one that does not end is only where it begins."""
    found: dict[Revision, Stretches] = {}
    begun: dict[Revision, Position] = {}
    for page, on_page in enumerate(texts):
        for number, text in enumerate(on_page):
            for mark in text.marks or ():
                here = Position(page, number, mark.place)
                stretches = found.setdefault(mark.revision, [])
                if mark.edge is Edge.BEGINS:
                    begun.setdefault(mark.revision, here)
                elif mark.edge is Edge.STANDS:
                    stretches.append((here, here))
                elif (start := begun.pop(mark.revision, None)) is not None:
                    stretches.append((start, here))
    for revision, start in begun.items():
        found[revision].append((start, start))
    return found


def settled(revision: Revision, stretches: Stretches, texts: Texts, cost: int) -> tuple[int | None, int]:
    """Give a revision its spans, those on the first page with words of it, and its content where that is these words: what was
    added, and what was deleted but is still shown.

    Returns that page, from 0, or None when there is nothing to tell; and what all revisions cost so far (engines/amplification.py).
    Raises DocumentError: OUTPUT_TOO_LARGE.
    """
    revision.content = "".join([revision.content, *revision.further])
    cost += ITEM + len(revision.content)
    is_its_words = revision.kind in SHOWN or (revision.kind in GONE and not revision.content)
    shown: list[tuple[int, RevisionSpan]] = []
    where: tuple[int, RevisionSpan] | None = None
    for page, span in spans_of(stretches, texts):
        cost += PLACE + span.end - span.start
        afford(cost)
        last = shown[-1][1] if shown else None
        if span.start == span.end:
            where = where or (page, span)
        elif last is not None and last.where is span.where and last.end == span.start:
            last.end = span.end
        elif shown and shown[0][0] != page and not is_its_words:
            break
        else:
            shown.append((page, span))
    if is_its_words:
        revision.content = "\n".join(span.text for _, span in shown) or revision.content
        if not revision.content:
            return None, cost
    placed = shown or ([where] if where else [])
    revision.spans = [span for page, span in placed if page == placed[0][0]]
    return placed[0][0] if placed else None, cost


def spans_of(stretches: Stretches, texts: Texts) -> Iterator[tuple[int, RevisionSpan]]:
    """The parts of each text that some stretches cover, with their pages."""
    for start, end in stretches:
        for page in range(start.page, end.page + 1):
            first = start.text if page == start.page else 0
            last = end.text if page == end.page else len(texts[page]) - 1
            for number in range(first, last + 1):
                text = texts[page][number]
                begin = start.place if (page, number) == start[:2] else 0
                stop = end.place if (page, number) == end[:2] else len(text.text)
                yield page, RevisionSpan(text, begin, max(begin, stop))
