"""What an engine is given besides the parameters: the file, the tools of this machine, limits, whom to report to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engines.checkpoints import Checkpoints
from engines.llm.asking import Model
from engines.tools import Tools


class Progress(Protocol):
    """Called with (pages done, pages to do) at every page boundary; it may raise to stop the work there.

    `page` is the number, from 1, of the page that is read next, where a page is read by itself.
    """

    def __call__(self, done: int, total: int, page: int | None = None, /) -> None:
        """Take note."""


def no_progress(_done: int, _total: int, _page: int | None = None) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document to read: a local file and the name its owner gave it (its extension is a hint; it is never a path)."""

    path: Path
    name: str
    media_type: str | None = None
    """As whoever sent it said; None when nobody did. It counts only where content and name leave the type open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that hold whatever the parameters say."""

    max_pages: int = 5000
    """Selected pages of a document."""
    conversion_seconds: float = 180.0
    """Time for one conversion by LibreOffice or Chromium."""
    conversion_memory_mb: int = 2560
    """Memory of LibreOffice or Chromium with all that they start: a drawing of 2 KB can ask for any amount."""
    pages_per_range: int = 100
    """How many pages are read between two checkpoints. The levels of headings are judged within a range, so a small one costs
    quality."""
    ocr_seconds: float = 120.0
    """Time for the OCR of one picture, or of one page at one angle."""
    archive_members: int = 500
    """Members of a ZIP archive that is read as one document."""
    archive_mb: int = 1024
    """Their bytes together, unpacked."""
    archive_depth: int = 2
    """Archives inside of archives that are read."""
    ocr_picture_share: float = 0.25
    """Text is read from a picture that covers at least this share of its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything around one run of an engine."""

    tools: Tools = field(default_factory=Tools)
    limits: Limits = field(default_factory=Limits)
    progress: Progress = no_progress
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    probe_pages: bool = False
    """Pages are first read singly, so that it is known which of them kills the process."""
    model: Model | None = None
    """Whom to ask; None where nobody can be asked, or the job asks nobody."""
