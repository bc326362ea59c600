"""Lines of a column become blocks: paragraphs, entries of lists, headings, code."""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median

from engines.layout.joining import is_hyphenated, is_solid
from engines.layout.lines import SECTION, Line
from engines.layout.markers import marker_of
from engines.layout.style import Style

SENTENCE_END = tuple('.!?:;”"’)」。！？')
LARGE = 1.15
"""Share of the usual size above which lines are those of headings, which stand close to each other or not at all."""
FEW = 3
"""Lines that show by their ends whether they are those of an address or a list, and no running text."""
RUNS_ON = 2.0
"""Distance of the baselines of two lines of one sentence at most, in sizes."""
MOST_LINES, NAME = 4, 3
"""Bold lines up to which they are those of a title, which may end early; words below which average lines are names."""
CLOSER = 0.85
"""Share of the usual distance below which a line goes on with the one before."""
NEIGHBOURS = 4
"""Lines before and after one that show how wide its column is."""
SPREAD = 1.5
"""Gap within a line, in sizes, that parts columns of a table of contents."""
LABELLED = re.compile(r"[^\W\d][^:.]{0,30}: +\S")
"""A label with its value."""
DECIMAL = re.compile(r"\d+\.\d+")
CLAUSE = 4
"""Words before and after a gap at least that go on over it, as over the picture of a formula, where they follow each other."""
CODE_MARK = re.compile(r"[{}();=<>$]|::|->|^[#%] \S")
"""What a single line in a font of a typewriter says that is code."""


class BlockKind(enum.Enum):
    """What a block is."""

    TEXT = "text"
    HEADING = "heading"
    ENTRY = "entry"
    CODE = "code"
    TURNED = "turned"
    """Text that does not stand upright."""


@dataclass(slots=True)
class Block:
    """Lines that belong together, and their place."""

    lines: list[Line]
    kind: BlockKind = BlockKind.TEXT
    marker: str = ""
    """Of an entry: its mark as it is printed."""
    level: int = 1
    """Of a heading."""
    given: int = 0
    """The level of a heading that the document itself names; 0 of others."""
    left: float = field(init=False)
    top: float = field(init=False)
    right: float = field(init=False)
    bottom: float = field(init=False)

    def __post_init__(self) -> None:
        self.left, self.right = min(one.left for one in self.lines), max(one.right for one in self.lines)
        self.top, self.bottom = min(one.top for one in self.lines), max(one.bottom for one in self.lines)

    @property
    def size(self) -> float:
        """Points of its font."""
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        """Whether all of its lines are bold."""
        return all(one.bold for one in self.lines)

    @property
    def text(self) -> str:
        """Its lines with blanks between them."""
        return " ".join(one.text for one in self.lines)


def blocks_of(lines: Sequence[Line], style: Style) -> list[Block]:
    """The blocks of one column."""
    rows = whole_rows(lines)
    blocks: list[Block] = []
    for is_code, some in groupby(rows, key=lambda row: row.fixed and not style.fixed):
        part = list(some)
        if is_code and (len(part) > 1 or CODE_MARK.search(part[0].text)):
            blocks.append(Block(part, BlockKind.CODE))
        else:
            blocks += Paragraphs(part, style).blocks()
    return blocks


def whole_rows(lines: Sequence[Line]) -> list[Line]:
    """Parts of a line that came into one column are one line again."""
    rows: list[Line] = []
    for line in sorted(lines, key=lambda one: (one.baseline, one.left)):
        last = rows[-1] if rows else None
        if (
            last
            and abs(line.baseline - last.baseline) < 0.35 * min(line.size, last.size)
            and line.left >= last.right - 1
        ):
            is_number = len(last.words) == 1 and SECTION.fullmatch(last.text)
            is_sentence = (
                min(len(last.words), len(line.words)) >= CLAUSE and line.words[0].place == last.words[-1].place + 1
            )
            is_spread = line.left - last.right > SPREAD * line.size and not is_number and not is_sentence
            rows[-1] = Line([*last.words, *line.words])
            rows[-1].spread = last.spread or is_spread
        else:
            rows.append(line)
    return rows


class Paragraphs:
    """Parts the rows of a column where a block ends and another one begins."""

    def __init__(self, rows: Sequence[Line], style: Style) -> None:
        self.rows, self.style = rows, style
        self.leading = leadings(rows)
        self.stretch = (0, len(rows))
        """The rows that tell how wide the column is where rows are looked at."""
        lefts = Counter(round(one.left) for one in rows)
        self.left = min(left for left, count in lefts.items() if count >= max(1, max(lefts.values()) // 2))

    def blocks(self) -> list[Block]:
        """The blocks, from top to bottom."""
        found: list[list[Line]] = []
        for start, end in self.clusters():
            self.stretch = (start, end) if end - start > 2 * NEIGHBOURS else (0, len(self.rows))
            are_lines = self.are_lines(start, end)
            found.append([self.rows[start]])
            for at in range(start + 1, end):
                if (are_lines and not self.is_closer(at)) or self.is_new(found[-1], at):
                    found.append([self.rows[at]])
                else:
                    found[-1].append(self.rows[at])
        return [Block(lines) for lines in found]

    def are_lines(self, start: int, end: int) -> bool:
        """Whether most rows of a stretch were ended early, as those of an address, or all begin with one word or a label."""
        rows = self.rows[start:end]
        if len(rows) < FEW or any(is_solid(row.text[-1]) for row in rows):
            return False
        first = rows[0].words[0].text
        is_ragged = max(row.right for row in rows) - min(row.right for row in rows) > rows[0].size
        if is_ragged and first[0].isupper() and all(row.words[0].text == first for row in rows):
            return True
        if all(LABELLED.match(row.text) for row in rows):
            return True
        is_list = len(rows) > MOST_LINES and sum(len(row.words) for row in rows) < NAME * len(rows)
        told = [at for at in range(start + 1, end) if not marker_of(self.rows[at])]
        ended = [self.is_short(at) if is_list else self.had_room(at) for at in told]
        return bool(ended) and sum(ended) >= 0.5 * len(ended)

    def is_closer(self, at: int) -> bool:
        """Whether a row stands closer to the one before than is usual, as one that goes on with it among single lines."""
        before, line = self.rows[at - 1], self.rows[at]
        return line.baseline - before.baseline < CLOSER * self.leading.get(round(line.size), 0.0)

    def clusters(self) -> list[tuple[int, int]]:
        """Stretches of rows that look alike and stand close to each other: where each begins and ends, exclusive."""
        starts = [0, *(at for at in range(1, len(self.rows)) if self.is_apart(at)), len(self.rows)]
        return list(pairwise(starts))

    def is_apart(self, at: int) -> bool:
        """Whether a row looks otherwise than the one before it, or stands too far from it."""
        before, line = self.rows[at - 1], self.rows[at]
        if line.spread or before.spread or abs(line.size - before.size) > 0.08 * max(line.size, before.size) + 0.2:
            return True
        if line.bold != before.bold and (line.bold or not before.text.endswith((",", "-"))):
            return True
        usual = self.leading.get(round(line.size), 1.2 * line.size)
        if line.bold or line.size > LARGE * self.style.size:
            usual = min(usual, 1.4 * line.size)
        step = line.baseline - before.baseline
        if self.runs_on(at) and step < RUNS_ON * line.size:
            return False
        return (
            step > min(max(1.25 * usual, usual + 2.0), 2.2 * line.size)
            or before.right < line.left
            or line.right < before.left
        )

    def runs_on(self, at: int) -> bool:
        """Whether a row goes on with a sentence of the full row before it, which may be higher than others for a formula in it."""
        before, line = self.rows[at - 1], self.rows[at]
        is_within = line.text[0].islower() and not before.text.endswith(SENTENCE_END) and not line.bold
        return is_within and abs(line.left - before.left) < 0.5 * line.size and not self.had_room(at)

    def is_new(self, block: Sequence[Line], at: int) -> bool:
        """Whether a row that could go on with a block begins another one: by its mark, its indent, or the room before it."""
        before, line = self.rows[at - 1], self.rows[at]
        if self.had_room(at) or (marker_of(line) and self.may_begin(block, at)):
            return True
        if marker_of(block[0]):
            hangs = block[1].left - 0.6 * line.size if len(block) > 1 else block[0].left - 0.5 * line.size
            return line.left < hangs
        is_indented = (
            0.8 * line.size < line.left - before.left < 5 * line.size and line.left > self.left + 0.8 * line.size
        )
        return is_indented and before.text.endswith(SENTENCE_END) and self.goes_back(at)

    def may_begin(self, block: Sequence[Line], at: int) -> bool:
        """Whether a mark at the beginning of a row is one of an entry, and no number that a full line goes on with."""
        before, line = self.rows[at - 1], self.rows[at]
        is_number = line.words[0].text[0].isdigit()
        if not is_number or marker_of(block[0]) or abs(line.left - before.left) > 0.5 * line.size:
            return True
        return before.text.endswith(SENTENCE_END) and not DECIMAL.fullmatch(line.words[0].text)

    def had_room(self, at: int) -> bool:
        """Whether the first word of a row would have found room at the end of the one before, so that the line was ended there."""
        return not self.rows[at].bold and self.is_short(at)

    def is_short(self, at: int) -> bool:
        """The same also of bold rows, which are lines of a title where they are few."""
        before, line = self.rows[at - 1], self.rows[at]
        if is_hyphenated(before.words[-1].text, line.words[0].text):
            return False
        start, end = self.stretch
        near = self.rows[max(start, at - NEIGHBOURS) : min(end, at + NEIGHBOURS + 1)]
        edge = max(one.right for one in near if abs(one.size - line.size) < 0.6)
        first = line.words[0]
        width = min(first.width, 2 * line.size) if is_solid(first.text[0]) else first.width
        return edge - before.right > width + 0.7 * line.size

    def goes_back(self, at: int) -> bool:
        """Whether the row after one goes back to the left, as it does after the first line of a paragraph."""
        line = self.rows[at]
        after = self.rows[at + 1] if at + 1 < len(self.rows) else None
        usual = self.leading.get(round(line.size), 1.2 * line.size)
        return (
            after is not None
            and after.baseline - line.baseline < 1.25 * usual
            and line.left - after.left > 0.8 * line.size
        )


def leadings(rows: Sequence[Line]) -> dict[int, float]:
    """The usual distance of baselines, in points, by the size of the lines to whole points."""
    found: dict[int, list[float]] = {}
    for before, line in pairwise(rows):
        step = line.baseline - before.baseline
        if abs(line.size - before.size) < 0.6 and 0 < step < 2.6 * line.size:
            found.setdefault(round(line.size), []).append(step)
    return {size: usual_step(steps) for size, steps in found.items()}


def usual_step(steps: list[float]) -> float:
    """The most frequent step, the smaller one of two that are nearly as frequent; steps within 6 % are the same."""
    steps.sort()
    best, count = steps[0], 0
    for step in steps:
        near = sum(step <= one <= 1.06 * step for one in steps)
        if near > 1.3 * count:
            best, count = step, near
    return float(median(one for one in steps if best <= one <= 1.06 * best))
