"""Tracked changes and comments of OpenDocument texts (OpenDocument 1.3 part 3, 5.5 and 14.1), as marks among the runs."""

from __future__ import annotations

from collections.abc import Callable

from engines.build.inline import InlineRun
from engines.build.revisions import run_of
from engines.containers.ooxml import Element, attribute, child, descendants, local_name
from engines.revisions import Edge, Revision, RevisionKind

KINDS = {
    "insertion": RevisionKind.INSERTED,
    "deletion": RevisionKind.DELETED,
    "format-change": RevisionKind.FORMATTED,
}
"""What a changed region holds."""
EDGES = {"change-start": Edge.BEGINS, "change-end": Edge.ENDS, "change": Edge.STANDS}
"""What of a change is where such an element stands."""
FORMATTING = "formatting"
"""What is told of a change of formatting: the format does not keep what it was before."""

Words = Callable[[Element], str]
"""The text of a paragraph."""


class OdfRevisions:
    """The revisions of a text while it is read; `words` reads what comments say and what was deleted.

    Comments are told always, tracked changes with `tells_changes`.
    """

    def __init__(self, content: Element, words: Words, *, tells_changes: bool = True) -> None:
        self._words = words
        self._changes: dict[str, Revision] = {}
        self._comments: dict[str, Revision] = {}
        """Those that are about something, by name, from where they begin on."""
        for region in descendants(content, "changed-region") if tells_changes else ():
            # of what was added and then deleted the deletion stands first
            change = next((one for one in region if local_name(one) in KINDS), None)
            if change is not None:
                self._changes[attribute(region, "id")] = self.change(change, KINDS[local_name(change)])

    def change(self, element: Element, kind: RevisionKind) -> Revision:
        """A tracked change."""
        info = child(element, "change-info")
        content = FORMATTING if kind is RevisionKind.FORMATTED else self.lines(element, info)
        return Revision(kind, content, author_of(info))

    def lines(self, element: Element, aside: Element | None = None) -> str:
        """The text of the paragraphs in an element, a line for each; a remark that is told with a change is none of it."""
        paragraphs = [line for one in element if one is not aside for line in paragraphs_of(one)]
        return "\n".join(map(self._words, paragraphs)).strip("\n")

    def mark(self, element: Element) -> list[InlineRun]:
        """What of a revision is where this element stands; nothing for elements that have to do with none."""
        tag = local_name(element)
        if tag in EDGES:
            revision = self._changes.get(attribute(element, "change-id"))
            return [] if revision is None else [run_of(revision, EDGES[tag])]
        if tag == "annotation":
            return self.comment(element)
        if tag == "annotation-end":
            revision = self._comments.pop(attribute(element, "name"), None)
            return [] if revision is None else [run_of(revision, Edge.ENDS)]
        return []

    def comment(self, element: Element) -> list[InlineRun]:
        """A comment: what follows is about it up to the end of the same name; without a name it stands by itself."""
        revision = Revision(RevisionKind.COMMENT, self.lines(element), author_of(element))
        name = attribute(element, "name")
        if not name:
            return [run_of(revision, Edge.STANDS)]
        self._comments[name] = revision
        return [run_of(revision, Edge.BEGINS)]


def paragraphs_of(element: Element) -> list[Element]:
    """An element if it is a paragraph, else those in it."""
    return [element] if local_name(element) in ("p", "h") else list(descendants(element, "p", "h"))


def author_of(element: Element | None) -> str:
    """Who made a change or wrote a comment, as today's files and those of OpenOffice 1 say it."""
    creator = child(element, "creator")
    if creator is not None:
        return creator.text or ""
    return attribute(element, "author") or attribute(element, "chg-author")
