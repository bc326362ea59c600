"""Diagrams of Office documents (SmartArt): their words, deeper where they belong to others (DrawingML, ECMA-376 part 1, 21.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from engines.containers.ooxml import Element, attribute, descendants

DEEPEST = 20
SILENT = frozenset(("pres", "parTrans", "sibTrans"))
"""Points that hold no words of their author."""


def diagram_entries(root: Element) -> Iterator[tuple[int, str]]:
    """The entries of a diagram from the part with its data, in their order: depth from 1, and words."""
    words: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for point in descendants(root, "pt"):
        key = attribute(point, "modelId")
        kinds[key] = attribute(point, "type", "node")
        words[key] = " ".join(
            " ".join(text.text or "" for text in descendants(one, "t")) for one in descendants(point, "p")
        )
    below: dict[str, list[tuple[int, str]]] = defaultdict(list)
    placed: set[str] = set()
    for link in descendants(root, "cxn"):
        if attribute(link, "type", "parOf") == "parOf":
            order = attribute(link, "srcOrd")
            below[attribute(link, "srcId")].append((int(order) if order.isdigit() else 0, attribute(link, "destId")))
            placed.add(attribute(link, "destId"))
    told: set[str] = set()

    def walk(key: str, depth: int) -> Iterator[tuple[int, str]]:
        if key in told or depth > DEEPEST:
            return
        told.add(key)
        text = " ".join(words.get(key, "").split()) if kinds.get(key) not in SILENT else ""
        if text:
            yield depth, text
        for _, inner in sorted(below.get(key, ())):
            yield from walk(inner, depth + bool(text))

    for key in words:
        if key not in placed:
            yield from walk(key, 1)
