"""Which pages of a document are read: the selection of `target_pages`, `max_pages` and the server's own limit.

A page's number counts from 1, as in v2 and inside of Sheaf; its index counts from 0, as in the parameter `target_pages` and in v1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engines.context import Limits
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters

RANGE = re.compile(r"\s*([0-9]{1,9})\s*(?:-\s*([0-9]{1,9})\s*)?")


def page_ranges(expression: str) -> list[range]:
    """The ranges of pages that an expression such as `0,2-5` names, sorted by their starts, counted as it counts.

    Nothing is counted out, so that `0-999999999` costs no memory. Raises ValueError for what is no such expression.
    """
    ranges = []
    for part in expression.split(","):
        matched = RANGE.fullmatch(part)
        if matched is None:
            raise ValueError(f"not a page or a range of pages: {part.strip()[:40]!r}")
        first = int(matched[1])
        last = first if matched[2] is None else int(matched[2])
        if last < first:
            raise ValueError(f"the range ends before it starts: {part.strip()!r}")
        ranges.append(range(first, last + 1))
    return sorted(ranges, key=lambda one: one.start)


def page_expression(ranges: Iterable[range]) -> str:
    """Ranges of pages as an expression such as `0,2-5`, counted as they are."""
    return ",".join(str(one.start) if len(one) == 1 else f"{one.start}-{one.stop - 1}" for one in ranges)


def consecutive(pages: Iterable[int]) -> list[range]:
    """Pages as ranges, sorted, each page once, with no range that goes on where another ends."""
    ranges: list[range] = []
    for page in sorted(set(pages)):
        if ranges and ranges[-1].stop == page:
            ranges[-1] = range(ranges[-1].start, page + 1)
        else:
            ranges.append(range(page, page + 1))
    return ranges


def to_indices(numbers: Iterable[range]) -> list[range]:
    """Ranges of page numbers, from 1, as ranges of page indices, from 0. Raises ValueError for a page 0."""
    ranges = [range(one.start - 1, one.stop - 1) for one in numbers]
    if any(one.start < 0 for one in ranges):
        raise ValueError("Pages are counted from 1")
    return ranges


def to_numbers(indices: Iterable[range]) -> list[range]:
    """Ranges of page indices, from 0, as ranges of page numbers, from 1."""
    return [range(one.start + 1, one.stop + 1) for one in indices]


def page_indices(expression: str, total: int) -> list[int]:
    """The page indices below `total` that an expression names, sorted, each once; ValueError as `page_ranges`."""
    indices: list[int] = []
    for one in page_ranges(expression):
        start = max(one.start, indices[-1] + 1) if indices else one.start
        indices.extend(range(start, min(one.stop, total)))
    return indices


def selected_pages(total: int, parameters: ParseParameters, limits: Limits) -> list[int]:
    """Numbers, from 1, of the pages to read of a document of `total` pages.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE when none is left, TOO_MANY_PAGES above `max_pages_enforced` or the
    server's limit.
    """
    chosen = list(range(total))
    if parameters.target_pages:
        chosen = page_indices(parameters.target_pages, total)
    if parameters.max_pages:
        chosen = chosen[: int(parameters.max_pages)]
    if not chosen:
        raise DocumentError(Code.NO_DATA_FOUND_IN_FILE, f"the document has {total} pages" if total else "")
    bound = min(limits.max_pages, int(parameters.max_pages_enforced or limits.max_pages))
    if len(chosen) > bound:
        raise DocumentError(Code.TOO_MANY_PAGES, f"{len(chosen)} selected, {bound} allowed")
    return [index + 1 for index in chosen]
