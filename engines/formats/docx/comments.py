"""Comments of a Word document (`comments.xml`), and which of them answer which (`commentsExtended.xml`, [MS-DOCX] 2.5.1)."""

from __future__ import annotations

from collections.abc import Iterable

from engines.build.inline import text_of
from engines.containers.ooxml import Element, attribute, descendants, local_name
from engines.formats.docx.runs import RunReader
from engines.formats.docx.styles import DocxStyles
from engines.revisions import Revision, RevisionKind

DEEPEST = 30
"""Answers to answers; Word itself knows none, and a circle ends there."""


def comments_of(
    comments: Element | None, extended: Element | None, texts: Iterable[Element], styles: DocxStyles
) -> dict[str, list[Revision]]:
    """The comments of a document by id, each followed by the answers to it that nothing in `texts` refers to.

    `texts` are the roots of the parts that may refer to comments.
    """
    reader = RunReader(styles, lambda _relation: "")
    revisions: dict[str, Revision] = {}
    paragraphs: dict[str, str] = {}
    for one in () if comments is None else comments:
        if local_name(one) == "comment" and (key := attribute(one, "id")) not in revisions:
            lines = list(descendants(one, "p"))
            words = "\n".join(filter(None, (text_of(reader.read(line).runs) for line in lines)))
            revisions[key] = Revision(RevisionKind.COMMENT, words, attribute(one, "author"), attribute(one, "date"))
            paragraphs |= {name: key for line in lines if (name := attribute(line, "paraId"))}
    parents = {
        paragraphs.get(attribute(one, "paraId"), ""): paragraphs.get(attribute(one, "paraIdParent"), "")
        for one in (() if extended is None else extended)
    }
    placed = {
        attribute(one, "id") for text in texts for one in text.iter("{*}commentReference", "{*}commentRangeStart")
    }
    threads = {key: [one] for key, one in revisions.items()}
    for key, answer in revisions.items():
        if key not in placed and (above := placed_above(key, parents, placed)):
            threads.get(above, []).append(answer)
    return threads


def placed_above(key: str, parents: dict[str, str], placed: set[str]) -> str:
    """The comment that one without a place answers, directly or not; empty when there is none with a place."""
    for _ in range(DEEPEST):
        key = parents.get(key, "")
        if not key or key in placed:
            return key
    return ""
