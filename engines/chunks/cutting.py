"""The Markdown of an item, divided where chunks may begin: the parts, one after the other, are the Markdown again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from engines.results import BoxResult, CodeResult, ItemResult, ListResult, TableResult

SENTENCE = re.compile(r"[.!?…][\"'”’»)\]*_]*\s+|[。！？][”’」』）]*|\n[ \t]*\n\s*")
"""What ends a sentence or a paragraph."""
ABBREVIATED = re.compile(
    r"(?:(?:^|\n)\d{1,3}|(?:^|[\s(.])(?:[^\W\d_]|Dr|Mrs?|Ms|Prof|St|vs|[Ff]igs?|[Nn]os?|Nr|[Vv]ol|pp|[Ee]qs?|[Aa]bs|[Aa]rt|[Ss]ec|ca|cf))$"
)
"""Before a full stop that ends no sentence: a number that begins a line, an initial, what is cut short before names and numbers."""
BLANKS = re.compile(r"\s+")
RULER = re.compile(r"\|[-:| ]+\|\s*")
"""What stands below the header of a pipe table."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A part that is not divided."""

    text: str
    """With the blanks that follow it."""
    context: str | None = None
    """What it has to be read with, if a chunk begins with it."""
    box: BoxResult | None = None
    """Its own, where the item knows it."""


def cut_item(item: ItemResult, size: int) -> list[Cut]:
    """The parts of an item, none longer than `size` characters unless it is a single word."""
    cuts: Iterable[Cut] = [Cut(item["md"])]
    if item["type"] == "list":
        cuts = list_cuts(item)
    elif item["type"] == "table":
        cuts = table_cuts(item)
    elif item["type"] == "code":
        cuts = code_cuts(item)
    elif item["type"] == "text":
        cuts = cut_text(item["md"], size)
    return [part for cut in cuts for part in bounded(cut, size)]


def cut_text(text: str, size: int) -> Iterator[Cut]:
    """The sentences of a text."""
    for sentence in divided(text, sentence_ends(text)):
        yield from bounded(Cut(sentence), size)


def sentence_ends(text: str) -> Iterator[int]:
    """Where sentences end, the blanks after them passed; what goes on in small letters is none."""
    for match in SENTENCE.finditer(text):
        is_stop = match[0][0] == "."
        begins_small = text[match.end() : match.end() + 1].islower()
        if not (is_stop and (begins_small or ABBREVIATED.search(text, max(0, match.start() - 8), match.start()))):
            yield match.end()


def divided(text: str, places: Iterator[int]) -> Iterator[str]:
    """The text, divided at these places."""
    for start, end in pairwise([0, *places, len(text)]):
        if start < end:
            yield text[start:end]


def bounded(cut: Cut, size: int) -> Iterator[Cut]:
    """A part, divided between words where it is longer than `size`."""
    if len(cut.text) <= size:
        yield cut
        return
    start = end = 0
    for blank in BLANKS.finditer(cut.text):
        if blank.start() - start > size and end > start:
            yield replace(cut, text=cut.text[start:end])
            start = end
        end = blank.end()
    if len(cut.text.rstrip()) - start > size and start < end < len(cut.text):
        yield replace(cut, text=cut.text[start:end])
        start = end
    yield replace(cut, text=cut.text[start:])


def list_cuts(item: ListResult) -> Iterator[Cut]:
    """The entries, each with its further lines."""
    lines = item["md"].splitlines(keepends=True)
    heights = [entry["md"].count("\n") + 1 for entry in item["items"]]
    if sum(heights) != len(lines):
        yield from (Cut(line) for line in lines)
        return
    at = 0
    for entry, height in zip(item["items"], heights, strict=True):
        yield Cut("".join(lines[at : at + height]), box=entry["bBox"])
        at += height


def table_cuts(item: TableResult) -> Iterator[Cut]:
    """The rows; caption and header stay with the first one, and are what the others have to be read with."""
    lines = item["md"].splitlines(keepends=True)
    head = header_end(lines)
    context = "".join(lines[:head]).strip() or None
    yield Cut("".join(lines[: head + 1]))
    yield from (Cut(line, context) for line in lines[head + 1 :])


def header_end(lines: list[str]) -> int:
    """How many lines of a table, piped or HTML, are its caption and header; 0 where it has none."""
    for number, line in enumerate(lines):
        if RULER.fullmatch(line) or line.strip() == "</thead>":
            return number + 1
    return 0


def code_cuts(item: CodeResult) -> Iterator[Cut]:
    """The lines; the one that opens the block stays with the first one, that which ends it with the last."""
    lines = item["md"].splitlines(keepends=True)
    if len(lines) < 4:
        yield Cut(item["md"])
        return
    context = lines[0].strip()
    yield Cut("".join(lines[:2]))
    yield from (Cut(line, context) for line in lines[2:-2])
    yield Cut("".join(lines[-2:]), context)
