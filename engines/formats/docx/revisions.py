"""Tracked changes and comments of Word documents (ECMA-376 part 1, 17.13), as marks around the runs that they are about.

Of each revision the runs keep their place in the text as it reads when all changes are accepted, which is what is read without
this as well: what was deleted or moved away is told at the place where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from engines.build.inline import InlineRun
from engines.build.revisions import run_of
from engines.containers.ooxml import Element, attribute, child, descendants, local_name, preferred
from engines.formats.docx.formatting import formatting_change
from engines.formats.docx.styles import DocxStyles
from engines.revisions import Edge, Revision, RevisionKind

SHOWN = {"ins": RevisionKind.INSERTED, "moveTo": RevisionKind.MOVED_TO}
GONE = {"del": RevisionKind.DELETED, "moveFrom": RevisionKind.MOVED_FROM}
CHANGES = SHOWN | GONE
REFERENCE = "commentReference"
RANGES = {"commentRangeStart": Edge.BEGINS, "commentRangeEnd": Edge.ENDS}
PICTURES = frozenset(("drawing", "pict", "object"))
LETTERS = {"tab": "\t", "noBreakHyphen": "-", "cr": "\n", "br": "\n", "ptab": "\t"}
FEW = 8
"""Runs that are looked through for the end of a revision that goes on; more would take too long in a document made to."""


class Edges(NamedTuple):
    """Marks that stand before and after what an element holds."""

    before: list[InlineRun]
    after: list[InlineRun]


NONE = Edges([], [])


class DocxRevisions:
    """The revisions of a document while it is read: what its elements say of them, as marks.

    `comments` are those of the document by id, each followed by the answers to it that have no place of their own.
    """

    def __init__(
        self, styles: DocxStyles, comments: Mapping[str, Sequence[Revision]], *, tells_changes: bool = True
    ) -> None:
        self.styles = styles
        self.tells_changes = tells_changes
        """Whether tracked changes are told beside comments."""
        self.comments = comments
        self._told: set[tuple[str, Edge]] = set()
        """The edges of comments that were met: each has one of a kind, however often a file names it."""
        self._around: list[Revision] = []
        """What is told of rows and cells of tables as wholes, of which the runs in them say the same once more."""

    def edges(self, element: Element, runs: Sequence[InlineRun], before: Revision | None = None) -> Edges:
        """What stands before and after an element.

        `runs` is what its paragraph says so far, and `before` what the paragraph above ended with, if that may go on.
        """
        tag = local_name(element)
        if tag == "r":
            return self.run(element, runs, before)
        if tag in SHOWN:
            return self.around(self.change(element, SHOWN[tag], runs, before))
        if tag in GONE:
            return Edges(self.gone(element, runs, before), [])
        return Edges(self.anchor(element), []) if tag in RANGES else NONE

    @staticmethod
    def around(revision: Revision | None) -> Edges:
        """The edges of a revision, if it is one."""
        if revision is None:
            return NONE
        return Edges([run_of(revision, Edge.BEGINS)], [run_of(revision, Edge.ENDS)])

    def change(
        self,
        element: Element,
        kind: RevisionKind,
        runs: Sequence[InlineRun] = (),
        before: Revision | None = None,
        content: str = "",
    ) -> Revision | None:
        """The revision that an element tells of, perhaps one that goes on; None when it was told of what stands around.

        None, too, when changes are not told at all.
        """
        if not self.tells_changes:
            return None
        new = Revision(kind, content, attribute(element, "author"), attribute(element, "date"))
        if any(is_like(one, new) for one in self._around):
            return None
        return going_on(new, runs, before) or new

    def gone(self, element: Element, runs: Sequence[InlineRun], before: Revision | None) -> list[InlineRun]:
        """What was deleted or moved away, and the edges of comments in it."""
        inner = [one for each in descendants(element, *RANGES, REFERENCE) for one in self.anchor(each)]
        content = gone_text(element)
        revision = self.change(element, GONE[local_name(element)], runs, before) if content else None
        if revision is None:
            return inner
        is_further = revision is before and not any(run.mark and run.mark.revision is revision for run in runs[-FEW:])
        revision.further.append(f"\n{content}" if is_further else content)
        return [run_of(revision, Edge.STANDS), *inner]

    def run(self, element: Element, runs: Sequence[InlineRun], before: Revision | None) -> Edges:
        """Whether the formatting of a run was changed, and which comment it refers to."""
        formatted = self.formatted(child(element, "rPr", "rPrChange"), runs, before)
        anchors = [one for each in element if local_name(each) == REFERENCE for one in self.anchor(each)]
        return Edges(formatted.before, formatted.after + anchors) if anchors else formatted

    def formatted(
        self, changed: Element | None, runs: Sequence[InlineRun] = (), before: Revision | None = None
    ) -> Edges:
        """A change of properties, such as `w:rPrChange`, if there is one."""
        if changed is None:
            return NONE
        words = formatting_change(changed, self.styles)
        return self.around(self.change(changed, RevisionKind.FORMATTED, runs, before, words))

    def anchor(self, element: Element) -> list[InlineRun]:
        """An edge of a comment and of the answers to it; the reference to it says where it is, and ends it."""
        key = attribute(element, "id")
        edges = [RANGES[tag]] if (tag := local_name(element)) in RANGES else [Edge.ENDS, Edge.STANDS]
        fresh = [edge for edge in edges if (key, edge) not in self._told]
        self._told.update((key, edge) for edge in fresh)
        return [run_of(one, edge) for edge in fresh for one in self.comments.get(key, ())]

    def homeless(self) -> list[Revision]:
        """The comments that nothing in the document led to, once all of it was read."""
        met = {key for key, _ in self._told}
        told = {id(one) for key in met for one in self.comments.get(key, ())}
        threads = (thread for key, thread in self.comments.items() if key not in met)
        return [thread[0] for thread in threads if thread and id(thread[0]) not in told]

    def after_paragraph(self, element: Element, runs: Sequence[InlineRun], before: Revision | None) -> Revision | None:
        """What may go on in the next paragraph: a change that the end of this one (its mark, `w:rPr` in `w:pPr`) is part of."""
        end = child(element, "pPr", "rPr")
        for one in () if end is None or not self.tells_changes else end:
            if (kind := CHANGES.get(local_name(one))) is not None:
                new = Revision(kind, "", attribute(one, "author"), attribute(one, "date"))
                return going_on(new, runs, before)
        return None

    @contextmanager
    def within(self, whole: Revision) -> Iterator[None]:
        """Read a row or a cell that a revision is about inside of this: the same said of its runs is not told again."""
        self._around.append(whole)
        try:
            yield
        finally:
            self._around.pop()


def is_like(one: Revision, other: Revision) -> bool:
    """Whether both were done at once by one person; changes of formatting have to be the same ones, too."""
    return (one.kind, one.author, one.date) == (other.kind, other.author, other.date) and (
        one.kind is not RevisionKind.FORMATTED or one.content == other.content
    )


def going_on(new: Revision, runs: Sequence[InlineRun], before: Revision | None) -> Revision | None:
    """The revision that a new one goes on with, because nothing stands between them; None when it begins here."""
    for run in reversed(runs[-FEW:]):
        if run.mark is None and run.text:
            return None
        if run.mark is not None and run.mark.edge is not Edge.BEGINS:
            if is_like(run.mark.revision, new):
                return run.mark.revision
            if run.mark.revision.kind in GONE.values():
                return None
    return before if before is not None and len(runs) <= FEW and is_like(before, new) else None


def gone_text(element: Element) -> str:
    """The text of something that was deleted or moved away; of a picture its description or name."""
    return "".join(gone_words(element)).strip("\n")


def gone_words(element: Element) -> Iterator[str]:
    """The words in an element, a line for each paragraph."""
    for one in element:
        tag = local_name(one)
        if tag in ("t", "delText"):
            yield one.text or ""
        elif tag in LETTERS:
            yield LETTERS[tag]
        elif tag in PICTURES and (shown := next(descendants(one, "docPr"), None)) is not None:
            yield attribute(shown, "descr") or attribute(shown, "name")
        elif tag == "AlternateContent":
            yield from gone_words(preferred(one))
        elif not tag.endswith("Pr"):
            yield from gone_words(one)
            yield "\n" if tag == "p" else ""
