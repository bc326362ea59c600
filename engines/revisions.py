"""What reviewers leave in a text: tracked changes and comments, and where in the text they are.

A reader marks the runs where a revision begins and ends (`Mark`); the builder of a page puts the marks on the items and cells
made of these runs; engines/build/revisions.py makes spans of them, and engines/render/revisions.py finds these in the
Markdown.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engines.document import Cell, Item


class RevisionKind(enum.StrEnum):
    """What a reviewer did; the values are those of the API."""

    COMMENT = "comment"
    DELETED = "deleted"
    FORMATTED = "formatted"
    INSERTED = "inserted"
    MOVED_FROM = "moved_from"
    MOVED_TO = "moved_to"


class Edge(enum.StrEnum):
    """What of a revision is at a place."""

    BEGINS = "begins"
    ENDS = "ends"
    STANDS = "stands"
    """All of it: something that is not in the text any more, or a remark about no words of it."""


@dataclass(slots=True)
class RevisionSpan:
    """A stretch of one text that a revision is about."""

    where: Item | Cell
    """Of a list this is an entry, of a table a cell."""
    start: int
    end: int
    """Places in its `text`, the end exclusive."""

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.where.text[self.start : self.end]


@dataclass(slots=True, eq=False)
class Revision:
    """A tracked change or a comment; each is itself, however much it is like another."""

    kind: RevisionKind
    content: str
    """What a comment says, what was added or taken away, or in words how the formatting changed."""
    author: str = ""
    date: str = ""
    """As the document writes it: what one person did at one moment is one revision, in however many runs it is written."""
    further: list[str] = field(default_factory=list)
    """What belongs to the content too while the document is read: in a million pieces it may be, and is joined once."""
    spans: list[RevisionSpan] = field(default_factory=list)
    """On its page; one without any words says only where it is."""


@dataclass(slots=True)
class Mark:
    """A place in a text where a revision begins, ends or stands."""

    revision: Revision
    edge: Edge
    place: int = 0
    """Counted in the text of the item or cell that carries the mark."""
