"""What the blocks above and below a heading say about it: some that look like one head nothing, some that are small do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engines.layout.blocks import Block, BlockKind
from engines.layout.headings.texts import may_be_heading

LARGER = 1.08
"""Ratio of sizes above which one of two headings is of a higher level."""
HARDLY_LARGER = 1.15
"""The same of a text below bold letters, which look larger than they are."""
NEAR = 2.0
"""Distance, in sizes, between a heading and its text at most where nothing else tells what it heads."""
FAR = 3.0
"""The same above which a line under a title heads nothing."""
TOUCHING = 0.6
"""Distance, in sizes, of lines of one text at most."""
NUMBERED = re.compile(r"\d(?!.*\s\d{4}$)")
"""The beginning of a heading with a number, and of no date."""
SEVERAL = 3
"""Lines alike that follow each other like those of a text, and are none of a title."""


def look_of(block: Block) -> tuple[int, bool]:
    """Size in whole points, and weight: the same for headings of one level."""
    return round(block.size), block.bold


def check_headings(blocks: Sequence[Block]) -> None:
    """Look again at headings of a page, in reading order, now that it is known what stands beside them."""
    for run, after in runs_of(blocks):
        check_run(run, after)
    for block, after in pairwise(blocks):
        if heads_small_text(block, after):
            for one in blocks:
                if is_like(one, block):
                    one.kind = BlockKind.HEADING


def heads_small_text(block: Block, text: Block) -> bool:
    """Whether a block is the bold title of a text that is smaller than the others of the page, such as one in a sidebar."""
    if not block.bold or text.bold or {block.kind, text.kind} != {BlockKind.TEXT} or not may_be_heading(block):
        return False
    is_near = 0 <= text.top - block.bottom < NEAR * block.size and abs(text.left - block.left) < block.size
    return is_near and text.size < HARDLY_LARGER * block.size and not block.text.endswith((".", ":"))


def is_like(block: Block, title: Block) -> bool:
    """Whether a block looks like a title in its column."""
    looks_alike = block.kind is BlockKind.TEXT and look_of(block) == look_of(title)
    return looks_alike and abs(block.left - title.left) < 1.0 and may_be_heading(block)


def runs_of(blocks: Sequence[Block]) -> Iterator[tuple[list[Block], Block | None]]:
    """Headings that follow each other down a column with nothing between, and the block after them."""
    run: list[Block] = []
    for block, after in pairwise([*blocks, None]):
        if block is None or block.kind is not BlockKind.HEADING:
            continue
        run.append(block)
        if after is None or after.kind is not BlockKind.HEADING or not is_below(after, block):
            yield run, after if after and is_below(after, block) else None
            run = []


def check_run(run: Sequence[Block], after: Block | None) -> None:
    """Make text of those headings of a run that head nothing."""
    if len(run) >= SEVERAL and all(is_next_line(below, above) for above, below in pairwise(run)):
        for one in run:
            one.kind = BlockKind.TEXT  # names, parties of a lawsuit, an address
        return
    if len(run) > 1 and is_kicker(*run[:2]):
        run[0].kind = BlockKind.TEXT
        run = run[1:]
    if after and is_figure(after) and after.top - run[-1].bottom < NEAR * run[-1].size:
        run[-1].kind = BlockKind.TEXT  # a label of a chart, or of a number that is shown
    below = after
    for one in reversed(run[1:]):
        if one.size * LARGER < run[0].size and is_title_line(one, below, heads_text=below is after):
            one.kind = BlockKind.TEXT
        below = one


def is_below(block: Block, above: Block) -> bool:
    """Whether a block stands below another one in its column."""
    is_over = block.left < above.right and above.left < block.right
    return block.top > above.top and (is_over or block.top - above.bottom < TOUCHING * block.size)


def is_next_line(block: Block, above: Block) -> bool:
    """Whether a heading looks like the one above, and is as near to it as a line of the same text."""
    return look_of(block) == look_of(above) and block.top - above.bottom < TOUCHING * block.size


def is_kicker(block: Block, title: Block) -> bool:
    """Whether a block is a plain line above a larger title, such as `Chapter 2`, since none of a lower level has it right below."""
    return not block.bold and title.size > LARGER * block.size


def is_figure(block: Block) -> bool:
    """Whether a block is a number, and no text that a heading may stand above."""
    return not any(map(str.isalpha, block.text))


def is_title_line(block: Block, below: Block | None, *, heads_text: bool) -> bool:
    """Whether a plain line under a title is an author, a date or the like: nothing that it could head is near."""
    if block.bold or NUMBERED.match(block.text):
        return False
    if below is None or below.top - block.bottom > FAR * block.size:
        return True
    return not heads_text and (below.bold or below.size >= block.size)
