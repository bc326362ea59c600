"""Tracked changes of the rows and cells of a table as wholes, and of the table's own formatting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from engines.build.revisions import marks_of, put_marks
from engines.containers.ooxml import Element, attribute, child, descendants, local_name
from engines.document import Cell
from engines.formats.docx.revisions import DocxRevisions, gone_text, is_like
from engines.revisions import Edge, Mark, Revision, RevisionKind

WHOLES = {
    ("trPr", "ins"): RevisionKind.INSERTED,
    ("tcPr", "cellIns"): RevisionKind.INSERTED,
    ("tcPr", "cellDel"): RevisionKind.DELETED,
}
"""What the properties of a row or cell that is shown may say of it. Deleted rows are not shown; that cells are deleted is no
reason to leave them out, since others would move."""


class TableRevisions:
    """Those of one table while it is read; without `revisions`, which are None when nobody asks for them, there are none."""

    def __init__(self, table: Element, revisions: DocxRevisions | None) -> None:
        self.table = table
        self.revisions = revisions
        self._last: dict[str, Revision] = {}
        """Those of the row and of the cell before, by the names of their elements, when these are told as wholes."""

    @contextmanager
    def around(self, element: Element, shown: list[Cell]) -> Iterator[None]:
        """Read a row or a cell inside of this; `shown` holds its cells in the end."""
        if self.revisions is None:
            yield
            return
        whole = self.whole(element)
        if whole is None:
            yield
            return
        with self.revisions.within(whole):
            yield
        if whole.kind is RevisionKind.DELETED:
            whole.further += [f"\n{cell.text}" if whole.further else cell.text for cell in shown]
        bracket(shown, whole)

    def whole(self, element: Element) -> Revision | None:
        """What was done to a row or cell as a whole; one thing, when it was done to the one before as well."""
        tag = local_name(element)
        last = self._last.pop(tag, None)
        for path, kind in WHOLES.items():
            if (changed := child(element, *path)) is not None:
                new = Revision(kind, "", attribute(changed, "author"), attribute(changed, "date"))
                self._last[tag] = last if last is not None and is_like(last, new) else new
                return self._last[tag]
        return None

    def mark(self, lines: Sequence[Element], rows: Sequence[Sequence[Cell]]) -> list[Mark]:
        """Put marks where rows of `lines` were deleted, and around a table whose formatting changed.

        `rows` are those of `lines` that are left. Returns the marks for which no row is left.
        """
        if self.revisions is None:
            return []
        cells = [cell for row in rows for cell in row]
        formatted = self.revisions.formatted(child(self.table, "tblPr", "tblPrChange"))
        if cells and formatted.before:
            bracket(cells, marks_of(formatted.before)[0].revision)
        left: list[Mark] = []
        for index, revision in self.gone(lines):
            below = next((row[0] for row in rows[index:] if row), None)
            if below is not None:
                below.marks = [Mark(revision, Edge.STANDS), *(below.marks or ())]
            elif cells:
                put_marks(cells[-1], [Mark(revision, Edge.STANDS, len(cells[-1].text))])
            else:
                left.append(Mark(revision, Edge.STANDS))
        return left

    @staticmethod
    def gone(lines: Sequence[Element]) -> Iterator[tuple[int, Revision]]:
        """The deleted rows, those that follow each other and were deleted at once as one, and how many are left before each."""
        index = 0
        last: Revision | None = None
        for line in lines:
            changed = child(line, "trPr", "del")
            if changed is None:
                if last is not None:
                    yield index, last
                index, last = index + 1, None
                continue
            content = "\t".join(gone_text(one) for one in descendants(line, "tc"))
            new = Revision(RevisionKind.DELETED, content, attribute(changed, "author"), attribute(changed, "date"))
            if last is not None and is_like(last, new):
                last.further.append(f"\n{content}")
            else:
                if last is not None:
                    yield index, last
                last = new
        if last is not None:
            yield index, last


def bracket(cells: Sequence[Cell], revision: Revision) -> None:
    """Mark some cells as what a revision is about, around all that is marked in them."""
    if cells:
        first, last = cells[0], cells[-1]
        first.marks = [Mark(revision, Edge.BEGINS), *(first.marks or ())]
        put_marks(last, [Mark(revision, Edge.ENDS, len(last.text))])
