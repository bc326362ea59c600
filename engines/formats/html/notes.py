"""Notes of a web page or a chapter: marks that lead to a text on the same page become footnotes."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

LABEL = re.compile(r"[\[(]?([\w*†‡]{1,6})[\])]?\.?")
"""What a mark looks like."""
BACK = re.compile(r"[\s↩↑^⤴⏎\ufe0e\ufe0f\[\]]*|\W?[\w*†‡]{1,6}\W?")
"""What leads from a note back to its mark looks like."""
ROLES = frozenset(("doc-noteref", "noteref"))
HOLDERS = frozenset(("li", "p", "div", "aside", "dd", "td", "section"))
"""Elements that a note may be."""


class Notes:
    """The notes of one page; they are known once their marks are read."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._ids: dict[str, LexborNode] = {}
        for node in tree.css("[id], a[name]"):
            self._ids.setdefault(node.attributes.get("id") or node.attributes.get("name") or "", node)
        self._labels: dict[int, str] = {}
        self._marks: set[str] = set()

    def mark(self, anchor: LexborNode) -> str:
        """The Markdown of a mark; empty for an anchor that is none."""
        target = self._ids.get((anchor.attributes.get("href") or "").removeprefix("#"))
        label = LABEL.fullmatch(anchor.text(strip=True))
        if target is None or label is None or not is_mark(anchor):
            return ""
        note = holder_of(target)
        if note is None or any(one.mem_id == note.mem_id for one in outer(anchor)):
            return ""
        self._marks |= {one.attributes.get("id") or "" for one in (anchor, anchor.parent) if one is not None} - {""}
        return f"[^{self._labels.setdefault(note.mem_id, label[1])}]"

    def label_of(self, node: LexborNode) -> str:
        """The label of the note that an element is; empty for one that is none."""
        return self._labels.get(node.mem_id, "") if self._labels else ""

    def is_way_back(self, anchor: LexborNode) -> bool:
        """Whether a link leads from a note back to its mark, so that it is none of its words."""
        target = (anchor.attributes.get("href") or "").removeprefix("#")
        return target in self._marks and BACK.fullmatch(anchor.text(strip=True)) is not None


def is_mark(anchor: LexborNode) -> bool:
    """Whether a link is set as a mark: raised, or called so."""
    attributes = anchor.attributes
    if attributes.get("role") in ROLES or attributes.get("epub:type") == "noteref":
        return True
    if "footnote" in f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower():
        return True
    parent = anchor.parent
    raised = parent is not None and parent.tag == "sup"
    return raised or (anchor.css_first("sup") is not None)


def holder_of(target: LexborNode) -> LexborNode | None:
    """The element that is the note with this target; None for a target that is none."""
    node: LexborNode | None = target
    while node is not None and node.tag not in HOLDERS:
        node = node.parent if node.tag in ("a", "span", "sup", "b", "strong") else None
    return node


def outer(node: LexborNode) -> list[LexborNode]:
    """The elements that an element stands in."""
    found: list[LexborNode] = []
    parent = node.parent
    while parent is not None and len(found) < 200:
        found.append(parent)
        parent = parent.parent
    return found
