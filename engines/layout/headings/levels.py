"""Which blocks are headings, and of which level: by size, weight, numbers, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engines.layout.blocks import Block, BlockKind
from engines.layout.headings.context import check_headings, look_of
from engines.layout.headings.named import follow_named
from engines.layout.headings.texts import may_be_heading
from engines.layout.markers import marker_of
from engines.layout.order import MARGIN
from engines.layout.style import Style

LARGE, LARGER, SMALLER = 1.18, 1.08, 0.95
"""Ratios to the usual size: of headings by their size alone, of short ones, and of what is none."""
DEEPEST = 6
Kind = tuple[int, bool, int]
"""Size, weight and, as a negative number, depth of the number of headings of one kind; the higher come first when turned around."""
TITLE = -1
"""The depth of a title above headings with numbers."""
NUMBERS = re.compile(r"(\d{1,3}(?:\.\d{1,3})*)\.?\s+\S")
ENUMERATED = re.compile(
    r"(?:(?:chapter|section|part|appendix|annex|article)\s+[\dIVXLA-Z]+\b"
    r"|\d{1,2}(?:\.\d{1,2})*\.?\s+\S|[IVX]{1,5}\.\s+\S|[A-Z]\.\s+[A-Z])",
    re.IGNORECASE,
)


def classify(blocks: Sequence[Block], style: Style, height: float) -> None:
    """Tell headings and entries of lists from paragraphs; `height` is that of the page."""
    for at, block in enumerate(blocks):
        if block.kind is not BlockKind.TEXT:
            continue
        is_last = at + 1 == len(blocks)
        if is_counted(blocks, at, style):
            block.kind, block.marker = BlockKind.ENTRY, marker_of(block.lines[0])
        elif not is_running(block, style, height) and is_heading(block, style, is_last=is_last):
            block.kind = BlockKind.HEADING
        elif marker := marker_of(block.lines[0]):
            block.kind, block.marker = BlockKind.ENTRY, marker
    check_headings(blocks)


def is_counted(blocks: Sequence[Block], at: int, style: Style) -> bool:
    """Whether a block is one of several numbered ones that follow each other without anything between: a list in a larger font."""
    block = blocks[at]
    if block.bold or block.size > LARGE * style.size or not marker_of(block.lines[0]):
        return False
    beside = [blocks[other] for other in (at - 1, at + 1) if 0 <= other < len(blocks)]
    return any(
        abs(one.size - block.size) < 0.2
        and not one.bold
        and abs(one.left - block.left) < block.size
        and marker_of(one.lines[0])
        for one in beside
    )


def is_running(block: Block, style: Style, height: float) -> bool:
    """Whether a line in the margin of a page is too small for a heading there."""
    in_margin = block.bottom < MARGIN * height or block.top > (1 - MARGIN) * height
    return in_margin and len(block.lines) == 1 and block.size < 1.2 * style.size


def is_heading(block: Block, style: Style, *, is_last: bool) -> bool:
    """Whether a block is a heading; `is_last` when nothing follows that it could be one of."""
    text, ratio = block.text, block.size / style.size
    is_code = block.lines[0].words[0].font.fixed and not style.fixed
    if ratio < (LARGE if is_code else SMALLER) or not may_be_heading(block):
        return False
    is_numbered = bool(ENUMERATED.match(text))
    if text.endswith(".") and not is_numbered and (len(text) > 60 or ratio < LARGE):
        return False
    if ratio >= LARGE:
        return True
    if block.bold and not style.bold:
        return len(block.lines) <= 3
    is_short = len(block.lines) <= 2
    is_capital = text.upper() == text and len(text) < 80 and not is_last and (is_numbered or ratio > 1.02)
    return is_short and (ratio >= LARGER or is_capital)


def assign_levels(blocks: Sequence[Block]) -> None:
    """Give headings of some pages, in their order, levels by size, then by weight, then by number.

    Those of one kind have one level, and no level is left out: it is one more than the deepest under which they stand,
    or than that of the next larger ones where they stand under none.
    """
    headings = [one for one in blocks if one.kind is BlockKind.HEADING]
    looks = [look_of(one) for one in headings]
    depths = [depth_of(one) for one in headings]
    if (
        headings
        and not depths[0]
        and all(depth for look, depth in zip(looks[1:], depths[1:], strict=True) if look == looks[0])
    ):
        depths[0] = TITLE  # the only one without a number among those that look alike, and the first
    kinds = [(*look, -(depth or 1)) for look, depth in zip(looks, depths, strict=True)]
    levels = levels_of(kinds)
    for one, kind in zip(headings, kinds, strict=True):
        one.level = levels[kind]
    follow_named(headings, kinds)
    for one in headings:
        one.level = min(DEEPEST, one.level)


def levels_of(kinds: Sequence[Kind]) -> dict[Kind, int]:
    """The level of each kind of heading, of those that are found in this order; the larger of two is the higher one."""
    parents: dict[Kind, set[Kind]] = {kind: set() for kind in kinds}
    above: list[Kind] = []
    for kind in kinds:
        while above and above[-1] <= kind:
            above.pop()
        parents[kind].update(above[-1:])
        above.append(kind)
    levels: dict[Kind, int] = {}
    level = 0
    for kind in sorted(parents, reverse=True):
        level = 1 + max((levels[one] for one in parents[kind]), default=level)
        levels[kind] = level
    return levels


def depth_of(block: Block) -> int:
    """How many numbers a heading begins with: 2 of `3.1 Tides`; 0 without any."""
    found = NUMBERS.match(block.text)
    return found[1].count(".") + 1 if found else 0
