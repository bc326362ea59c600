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
    if typed:
        return list(parts)
    groups: list[list[Part]] = []
    for part in parts:
        if groups and are_one(groups[-1][-1], part):
            groups[-1].append(part)
        else:
            groups.append([part])
    return [one for group in groups for one in (whole(group) if len(group) > 1 else group)]


def whole(group: Sequence[Part]) -> list[Part | Block]:
    """Blocks that stand below each other in fonts of typewriters: one block if one of them is code."""
    blocks = [one for one in group if isinstance(one, Block)]
    if all(one.kind is not BlockKind.CODE for one in blocks):
        return list(group)
    return [Block([line for one in blocks for line in one.lines], BlockKind.CODE)]


def are_one(block: object, other: object) -> bool:
    """Whether a block goes on below another one, both in fonts of typewriters."""
    if not (isinstance(block, Block) and isinstance(other, Block)):
        return False
    if not (block.lines[-1].fixed and other.lines[0].fixed and all(one.fixed for one in (*block.lines, *other.lines))):
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
