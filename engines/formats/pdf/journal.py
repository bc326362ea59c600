"""How far the reading of a document is, what there is to tell of it, and what is kept of it on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engines.checkpoints import CheckpointPart
from engines.context import Context
from engines.document import Notice, Page
from engines.errors import DocumentError


@dataclass(slots=True)
class Journal:
    """The journal of one document being read. Whatever reports may raise what `context.progress` raises to stop the work."""

    context: Context
    selected: int = 0
    """Pages that are to be read."""
    done: int = 0
    looked: bool = False
    """Whether there was a page that needed OCR, and OCR was wanted: read or not, the document is not blank."""
    degraded: bool = False
    notes: list[Notice] = field(default_factory=list)

    def report(self, *page: int) -> None:
        """Say how far the work is, and which page is read next where one is read by itself."""
        self.context.progress(self.done, self.selected, *page)

    def finish(self, count: int = 1) -> None:
        """Say that so many pages more are done."""
        self.done += count
        self.report()

    def miss(self, shortage: DocumentError) -> None:
        """Say once what OCR lacks on this machine."""
        if not self.degraded:
            self.degraded = True
            self.notes.append(Notice(shortage.code, shortage.message))

    def add(self, part: CheckpointPart) -> None:
        """Take over what was noted of pages that were read elsewhere, or by an earlier attempt."""
        self.notes += part.notes
        self.looked, self.degraded = self.looked or part.looked, self.degraded or part.degraded

    def kept(self, name: str, numbers: list[int], read: Callable[[], list[Page]], count: int = 0) -> list[Page]:
        """The pages of these numbers as a checkpoint has them, else as `read` gives them, left there for later attempts.

        `count` pages are done when they were not read.
        """
        part = self.context.checkpoints.load(name)
        if part is None or not {page.number for page in part.pages} <= set(numbers):
            noted = len(self.notes)
            pages = read()
            part = CheckpointPart(pages=pages, notes=self.notes[noted:], looked=self.looked, degraded=self.degraded)
            self.context.checkpoints.save(name, part)
            return pages
        self.add(part)
        self.finish(count)
        return part.pages
