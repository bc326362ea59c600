"""Blocks of code: what of them came apart, and their text as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import TypeVar

from engines.layout.blocks import Block, BlockKind

SAME_SIZE = 0.3
"""Points by which the sizes of lines of one block differ at most."""
LEADING = 2.6
"""Distance of the baselines of two of its lines at most, in sizes: one may be empty."""
EMPTY = 1.6
"""Times the usual distance from which on a line between two is empty."""
MOST_EMPTY = 2

Part = TypeVar("Part")


def with_whole_code(parts: Sequence[Part], *, typed: bool) -> list[Part | Block]:
    """Parts of a page, code that columns or gaps within its lines have cut up made one block again.

    `typed` pages are in a font of a typewriter altogether, which tells no code then.
    """
    found: list[Part | Block] = []
    for part in parts:
        last = found[-1] if found else None
        if not typed and isinstance(last, Block) and isinstance(part, Block) and are_one(last, part):
            found[-1] = Block([*last.lines, *part.lines], BlockKind.CODE)
        else:
            found.append(part)
    return found


def are_one(block: Block, other: Block) -> bool:
    """Whether a block goes on below another one, one of them being code and both in fonts of a typewriter."""
    if BlockKind.CODE not in {block.kind, other.kind} or not all(one.fixed for one in (*block.lines, *other.lines)):
        return False
    step = other.lines[0].baseline - block.lines[-1].baseline
    is_below = 0 < step < LEADING * block.size and other.left < block.right and block.left < other.right
    return is_below and abs(block.size - other.size) < SAME_SIZE


def code_of(block: Block) -> str:
    """The lines of a block of code, with the blanks before and within them, and the empty lines between them."""
    words = [word for line in block.lines for word in line.words]
    width = median(word.width / len(word.text) for word in words) or 1.0
    steps = [after.baseline - before.baseline for before, after in pairwise(block.lines)]
    usual = min((one for one in steps if one > 0.5 * block.size), default=0.0)
    texts = []
    for line, step in zip(block.lines, [0.0, *steps], strict=True):
        if usual and step > EMPTY * usual:
            texts += [""] * min(MOST_EMPTY, round(step / usual) - 1)
        text = ""
        for word in line.words:
            column = round((word.left - block.left) / width)
            text = f"{text:<{column}}{word.text}" if not word.glued or column > len(text) else text + word.text
        texts.append(text)
    return "\n".join(texts)
