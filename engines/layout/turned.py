"""Text that does not stand upright on its page: read in its own direction, and put where it lies."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from engines.containers.pdfium import Bounds, Boxes, PdfPage
from engines.layout.blocks import Block, BlockKind, blocks_of
from engines.layout.lines import lines_of
from engines.layout.style import Style
from engines.layout.words import words_of

TILT = 3
"""Degrees by which text may lean and still count as upright."""


def main_angle(page: PdfPage) -> int:
    """The degrees clockwise, 90, 180 or 270, at which more than half of the letters of a page stand; 0 for any other page."""
    if not any(run.angle for run in page.runs):
        return 0
    letters: Counter[int] = Counter()
    for run in page.runs:
        letters[run.angle] += run.end - run.start
    angle, count = letters.most_common(1)[0]
    return angle if angle in {90, 180, 270} and count > letters.total() / 2 else 0


def upright(page: PdfPage, angle: int) -> PdfPage:
    """The page turned so that text at this angle, 90, 180 or 270, stands upright."""
    width, height = (page.height, page.width) if angle in {90, 270} else (page.width, page.height)

    def turn(box: Bounds) -> Bounds:
        left, top, right, bottom = box
        if angle == 90:
            return top, page.width - right, bottom, page.width - left
        if angle == 270:
            return page.height - bottom, left, page.height - top, right
        return page.width - right, page.height - bottom, page.width - left, page.height - top

    def baseline(run_baseline: float, run_angle: int) -> float:
        if run_angle == 90:
            return page.width - run_baseline if angle == 90 else run_baseline
        return page.height - run_baseline if angle == 180 else run_baseline

    runs = [
        replace(run, angle=(run.angle - angle) % 360, baseline=baseline(run.baseline, run.angle)) for run in page.runs
    ]
    return PdfPage(
        page.number,
        width,
        height,
        page.characters,
        Boxes.of(map(turn, page.bounds)),
        runs,
        [replace(path, bounds=turn(path.bounds)) for path in page.paths],
        [(turn(box), url) for box, url in page.links],
        [replace(note, bounds=turn(note.bounds)) for note in page.notes],
        dots=[turn(box) for box in page.dots],
    )


def leaning_blocks(page: PdfPage, style: Style, *, diagonal: bool = True) -> list[Block]:
    """What of a page stands at other angles, each stretch as a block with the place it has on the page."""
    angles = {run.angle for run in page.runs if TILT < run.angle < 360 - TILT and (diagonal or run.angle % 90 == 0)}
    found: list[Block] = []
    for angle in sorted(angles):
        shown = _levelled(page, angle)
        for block in blocks_of(lines_of(words_of(shown)), style):
            center_x, center_y = (block.left + block.right) / 2, (block.top + block.bottom) / 2
            cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            x, y = center_x * cos - center_y * sin, center_x * sin + center_y * cos
            wide, high = (block.right - block.left) / 2, (block.bottom - block.top) / 2
            across, down = abs(wide * cos) + abs(high * sin), abs(wide * sin) + abs(high * cos)
            block.left, block.right, block.top, block.bottom = x - across, x + across, y - down, y + down
            block.kind = BlockKind.TURNED
            found.append(block)
    return found


def _levelled(page: PdfPage, angle: int) -> PdfPage:
    """The text at one angle only, its places in a space turned so that it stands upright there."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    bounds = list(page.bounds)
    runs = []
    for run in page.runs:
        if run.angle != angle:
            continue
        middles = []
        for left, top, right, bottom in page.bounds[run.start : run.end]:
            x, y = (left + right) / 2, (top + bottom) / 2
            middles.append((x * cos + y * sin, -x * sin + y * cos))
        for at, (along, across) in enumerate(middles):
            left, top, right, bottom = page.bounds[run.start + at]
            if angle % 90:  # of a slanting box only the middle is known: words end at blanks
                begin = (middles[at - 1][0] + along) / 2 if at else along - 0.25 * run.size
                end = (middles[at + 1][0] + along) / 2 if at + 1 < len(middles) else along + 0.25 * run.size
            else:
                half = (bottom - top if angle in {90, 270} else right - left) / 2
                begin, end = along - half, along + half
            bounds[run.start + at] = (begin, across - run.size / 2, end, across + run.size / 2)
        first = bounds[run.start]
        runs.append(replace(run, angle=0, baseline=first[3] - 0.25 * run.size))
    return PdfPage(page.number, 0.0, 0.0, page.characters, Boxes.of(bounds), runs)
