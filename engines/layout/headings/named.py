"""Headings that the document itself names, by tags or in its outline: they are headings however they look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from engines.containers.pdfium import Bounds
from engines.layout.blocks import Block, BlockKind
from engines.layout.headings.texts import LONGEST, MOST_LINES

NUMBER = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3})*|[A-Z]|[IVX]{1,5})[.)]?\s+")
SHORTEST = 2
"""Letters and digits of a title at least."""


def name_tagged(blocks: Sequence[Block], tagged: Sequence[tuple[Bounds, int]]) -> None:
    """Make headings of those blocks whose lines all stand where text is tagged as one."""
    for block in blocks if tagged else ():
        levels = [level_at(line.left, line.right, line.baseline - 0.3 * line.size, tagged) for line in block.lines]
        if all(levels) and may_be_named(block):
            block.kind, block.given = BlockKind.HEADING, levels[0]


def level_at(left: float, right: float, y: float, tagged: Sequence[tuple[Bounds, int]]) -> int:
    """The level of what is tagged at the middle of a line; 0 where nothing is."""
    x = (left + right) / 2
    among = [(box, level) for box, level in tagged if box[1] <= y <= box[3] and box[0] < right and left < box[2]]
    covered = sum(min(right, box[2]) - max(left, box[0]) for box, _ in among)
    is_in = any(box[0] <= x <= box[2] for box, _ in among) or covered > (right - left) / 2
    return among[0][1] if is_in else 0


def name_outlined(blocks: Sequence[Block], titles: Sequence[tuple[int, str]]) -> None:
    """Make headings of those blocks of a page that say what its outline does, which has levels with titles."""
    if not titles:
        return
    named = [(plain(block.text), block) for block in blocks if may_be_named(block)]
    for level, title in titles:
        text = plain(title)
        same = [block for said, block in named if said == text and not block.given and len(text) >= SHORTEST]
        if same:  # a running title says the same in smaller letters
            block = max(same, key=lambda one: (one.kind is BlockKind.HEADING, one.size))
            block.kind, block.given = BlockKind.HEADING, level


def plain(text: str) -> str:
    """Letters and digits of a title, without its number: outlines have it, or leave it out."""
    return "".join(filter(str.isalnum, NUMBER.sub("", text.strip()))).casefold()


def may_be_named(block: Block) -> bool:
    """Whether a block is short enough for a heading, and of a kind that may become one."""
    is_short = len(block.lines) <= MOST_LINES and len(block.text) <= LONGEST
    return is_short and block.kind in {BlockKind.TEXT, BlockKind.ENTRY, BlockKind.HEADING}


def follow_named(headings: Sequence[Block], looks: Sequence[object]) -> None:
    """Give headings that the document names the levels it gives them, and the same to others of the same look.

    They are counted from the level that the highest of them have by their looks, since a title above them may be named nowhere.
    """
    named = [one for one in headings if one.given]
    if not named:
        return
    highest = min(one.given for one in named)
    offset = min(one.level for one in named if one.given == highest) - highest
    given: dict[object, Counter[int]] = {}
    for one, look in zip(headings, looks, strict=True):
        if one.given:
            given.setdefault(look, Counter())[one.given] += 1
    for one, look in zip(headings, looks, strict=True):
        level = one.given or (given[look].most_common(1)[0][0] if look in given else 0)
        if level:
            one.level = level + offset
