"""Chunks of a stored result for retrieval: by headings and size, each with its place on the paper and in the document.

A function of the pages of `output.json`, so that results that exist already have chunks too. Nothing is added to the Markdown of
the pages and nothing left out: every word of it is in exactly one chunk, unless an overlap is asked for.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypedDict

from engines.chunks.blocks import Block, PlacedBox, blocks_of
from engines.chunks.draft import Draft
from engines.results import PageResult

__all__ = ["LARGEST", "SIZE", "SMALLEST", "ChunkResult", "chunks_of", "has_markdown"]

SIZE = 2000
"""About 500 tokens of English, which models of embeddings take."""
SMALLEST, LARGEST = 100, 100_000


class ChunkResult(TypedDict):
    """A chunk."""

    id: str
    """Of its headings and text, so that what did not change keeps it; unique within the document."""
    index: int
    """From 0."""
    text: str
    """Markdown."""
    context: str | None
    """Where the text begins within a table or a block of code: caption and header of that, or the line that opens it."""
    headings: list[str]
    """The titles that it stands under, the outermost first; its own among them."""
    kinds: list[str]
    """The types of the items it is made of, in their order, each once."""
    pages: list[int]
    boxes: list[PlacedBox]
    """Of its items, in points on their pages; none where the format knows no places."""


def has_markdown(pages: Sequence[PageResult]) -> bool:
    """Whether there is Markdown to make chunks of where there is any text: `fast_mode` writes none."""
    return any(page["md"] for page in pages) or not any(page["text"] for page in pages)


def chunks_of(pages: Sequence[PageResult], size: int = SIZE, overlap: int = 0) -> Iterator[ChunkResult]:
    """The chunks of a document in reading order.

    A heading begins a chunk, unless nothing but headings stands before it. A chunk has at most `size` characters, its context not
    counted: what is longer is divided between items, else between entries of lists, rows of tables, lines of code or sentences,
    and within these only where one alone is longer; a word is never divided. Where a section goes on in the next chunk, that
    begins with the last of these of the chunk before, up to `overlap` characters.
    """
    seen: Counter[str] = Counter()
    for index, draft in enumerate(drafts_of(blocks_of(pages, size), size, overlap)):
        text, headings = draft.text, [title for _, title in draft.path]
        digest = hashlib.sha256("\0".join([*headings, text]).encode()).hexdigest()[:16]
        seen[digest] += 1
        yield {
            "id": digest if seen[digest] == 1 else f"{digest}-{seen[digest]}",
            "index": index,
            "text": text,
            "context": draft.context,
            "headings": headings,
            "kinds": draft.kinds,
            "pages": draft.pages,
            "boxes": draft.boxes,
        }


def drafts_of(blocks: Iterable[Block], size: int, overlap: int) -> Iterator[Draft]:
    """The blocks, gathered into chunks."""
    draft = Draft([])
    for block in blocks:
        if block.level is not None:
            if draft.has_body:
                yield draft
                draft = Draft(draft.path)
            draft.enter(block.level, block.title)
        elif draft.has_body and not draft.has_room(block.atoms, size):
            yield draft
            needed = sum(len(atom.text) for atom in block.atoms)
            draft = draft.following(min(overlap, size - (needed if needed <= size else len(block.atoms[0].text))))
        for atom in block.atoms:
            if draft.atoms and not draft.has_room([atom], size):
                yield draft
                draft = draft.following(min(overlap, size - len(atom.text)))
            draft.add(atom)
    if draft.atoms:
        yield draft
