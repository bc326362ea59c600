"""Markdown against its truth, by three measures from 0 to 1 that are defined as in opendataloader-bench and written anew.

- reading order (NID): indel similarity of the characters, whitespace collapsed, emphasis removed, tables in one notation;
- tables (TEDS): 1 - tree edit distance / nodes of the larger tree, all tables of the document under one root;
- headings (MHS): the same over a tree of the headings and the text below each; their levels do not count.

A changed text costs 1 - its indel similarity (the benchmark takes Levenshtein's in tables), so that numbers come close to
the benchmark's own without being equal. A measure is None where the truth has no table or no heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from statistics import fmean

from lxml import html

HTML_TABLE = re.compile(r"<table\b.*?</table>", re.IGNORECASE | re.DOTALL)
PIPE_TABLE = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z))+", re.MULTILINE)
RULE = re.compile(r"[ \t]*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*")
CELL = re.compile(r"(?<!\\)\|")
HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
EMPHASIS = re.compile(r"(\*{1,3}|~~|__|_)(\S(?:.*?\S)?)\1", re.DOTALL)


@dataclass(slots=True)
class Node:
    """A node of an ordered tree; `kind` must agree for two nodes to be matched cheaply."""

    kind: str
    text: str = ""
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scores:
    """The measures of one document."""

    order: float
    tables: float | None
    headings: float | None

    @property
    def overall(self) -> float:
        """Their mean, as far as they apply."""
        return fmean(one for one in (self.order, self.tables, self.headings) if one is not None)


def scores(truth: str, found: str) -> Scores:
    """Measure a Markdown against its truth."""
    return Scores(
        order=similarity(flat(truth), flat(found)),
        tables=tree_similarity(table_tree(truth), table_tree(found)),
        headings=tree_similarity(heading_tree(truth), heading_tree(found)),
    )


# Texts


def flat(markdown: str) -> str:
    """The characters that are compared for reading order."""
    return collapsed(without_emphasis(one_notation(markdown)))


def collapsed(text: str) -> str:
    return " ".join(text.split())


def without_emphasis(text: str) -> str:
    """Without the marks of bold, italic and struck text, nested ones too."""
    while (plainer := EMPHASIS.sub(r"\2", text)) != text:
        text = plainer
    return text


@cache
def similarity(one: str, other: str) -> float:
    """2 × length of the longest common subsequence / both lengths: what is neither deleted nor inserted."""
    if not one and not other:
        return 1.0
    return 2 * common_length(one, other) / (len(one) + len(other))


def common_length(one: str, other: str) -> int:
    """Length of the longest common subsequence, a bit of a large integer for each character of `one` (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for at, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << at
    full = (1 << len(one)) - 1
    row = full
    for character in other:
        matches = row & places.get(character, 0)
        row = (row + matches | row - matches) & full
    return len(one) - row.bit_count()


# Tables


def tables(markdown: str) -> Iterator[tuple[int, int, Node]]:
    """Start, end and tree of each table, written as HTML or with pipes."""
    for match in HTML_TABLE.finditer(markdown):
        yield match.start(), match.end(), html_table(match[0])
    for match in PIPE_TABLE.finditer(HTML_TABLE.sub(lambda match: " " * len(match[0]), markdown)):
        if rows := pipe_rows(match[0]):
            yield match.start(), match.end(), Node("table", children=[row_of(row) for row in rows])


def html_table(source: str) -> Node:
    rows = []
    for row in html.fromstring(source).iter("tr"):
        cells = [
            Node(
                f"{one.get('colspan', '1')}×{one.get('rowspan', '1')}",
                collapsed("".join(str(part) for part in one.itertext())),
            )
            for one in row
            if one.tag in ("td", "th")
        ]
        rows.append(Node("row", children=cells))
    return Node("table", children=rows)


def pipe_rows(source: str) -> list[list[str]]:
    lines = [line.strip() for line in source.splitlines() if not RULE.fullmatch(line)]
    return [CELL.split(line.strip("|")) for line in lines]


def row_of(texts: list[str]) -> Node:
    return Node("row", children=[Node("1×1", collapsed(without_emphasis(text).replace("\\|", "|"))) for text in texts])


def one_notation(markdown: str) -> str:
    """The Markdown with all its tables written in the same HTML."""
    parts, at = [], 0
    for start, end, table in sorted(tables(markdown), key=lambda one: one[0]):
        parts += [markdown[at:start], written(table)]
        at = end
    return "".join([*parts, markdown[at:]])


def written(table: Node) -> str:
    rows = ("".join(f"<td>{cell.text}</td>" for cell in row.children) for row in table.children)
    return f" <table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table> "


def table_tree(markdown: str) -> Node:
    found = sorted(tables(markdown), key=lambda one: one[0])
    return Node("root", children=[table for _, _, table in found])


# Headings


def heading_tree(markdown: str) -> Node:
    """The headings in order, each with the text below it as its only child; text before the first is a child of the root."""
    root = section = Node("root")
    text: list[str] = []
    found = []
    for line in [*one_notation(markdown).splitlines(), "# end"]:
        if heading := HEADING.match(line):
            if content := collapsed(" ".join(text)):
                section.children.append(Node("text", without_emphasis(content)))
            section, text = Node("heading", without_emphasis(collapsed(heading[1]))), []
            found.append(section)
        else:
            text.append(line)
    if len(found) == 1:
        return Node("root")
    root.children += found[:-1]
    return root


# Trees


def tree_similarity(truth: Node, found: Node) -> float | None:
    """1 - edit distance / nodes of the larger tree; None when the truth is empty, 0 when only the other is."""
    if not truth.children:
        return None
    if not found.children:
        return 0.0
    one, other = Ordered(truth), Ordered(found)
    return max(0.0, 1 - distance(one, other) / max(len(one.nodes), len(other.nodes)))


class Ordered:
    """A tree in postorder, as Zhang and Shasha (1989) need it: each node's leftmost leaf, and the roots of subproblems."""

    def __init__(self, root: Node) -> None:
        self.nodes: list[Node] = []
        self.leftmost: list[int] = []
        self._add(root)
        self.keyroots = sorted({leaf: at for at, leaf in enumerate(self.leftmost)}.values())

    def _add(self, node: Node) -> int:
        leaves = [self._add(child) for child in node.children]
        self.nodes.append(node)
        self.leftmost.append(leaves[0] if leaves else len(self.nodes) - 1)
        return self.leftmost[-1]


def distance(one: Ordered, other: Ordered) -> float:
    """Least cost to turn one tree into the other: 1 for a node added, removed or of another kind, else what its text costs."""
    known: dict[tuple[int, int], float] = {}
    for i in one.keyroots:
        for j in other.keyroots:
            forest_distance(one, other, i, j, known)
    return known[len(one.nodes) - 1, len(other.nodes) - 1]


def forest_distance(one: Ordered, other: Ordered, i: int, j: int, known: dict[tuple[int, int], float]) -> None:
    """Fill `known` with the distances of the subtrees that end the forests below the keyroots i and j."""
    first, second = one.leftmost[i], other.leftmost[j]
    above = [float(n) for n in range(j - second + 2)]
    rows = [above]
    for x in range(first, i + 1):
        row = [above[0] + 1]
        for y in range(second, j + 1):
            at = y - second
            cheapest = min(above[at + 1], row[at]) + 1
            if one.leftmost[x] == first and other.leftmost[y] == second:
                cheapest = min(cheapest, above[at] + change(one.nodes[x], other.nodes[y]))
                known[x, y] = cheapest
            else:
                before = rows[one.leftmost[x] - first][other.leftmost[y] - second]
                cheapest = min(cheapest, before + known[x, y])
            row.append(cheapest)
        rows.append(row)
        above = row


def change(one: Node, other: Node) -> float:
    """What it costs to make one node the other."""
    return 1.0 if one.kind != other.kind else 1 - similarity(one.text, other.text)
