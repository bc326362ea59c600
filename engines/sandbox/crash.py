"""What is known of the crash of a sandboxed process: the evidence against the document it worked on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from engines.errors import Code, CrashRecord, DocumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashReport:
    """The end of a sandboxed process before it was done with a document."""

    code: Code
    how: str
    """The signal or exit status, or why it was killed."""
    seconds: float
    """Since the run began."""
    cpu_seconds: float
    """Of the process and all that it started."""
    memory_mb: int
    """The most that was seen."""
    page: int | None
    """The page that was being read, from 1; None where nobody knows, or there are none."""
    stderr: str
    """The end of what it printed. It may name paths of the machine: for operators only."""
    at: str = field(default_factory=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    """When it was seen: a time of ISO 8601, in UTC."""

    def record(self) -> CrashRecord:
        """As it is kept with the item."""
        return {
            "code": self.code,
            "how": self.how,
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "memory_mb": self.memory_mb,
            "page": self.page,
            "stderr": self.stderr,
            "at": self.at,
        }


class ChildCrashError(DocumentError):
    """A document took its sandboxed process down, or had to be stopped together with it."""

    def __init__(self, code: Code, detail: str, crash: CrashReport) -> None:
        super().__init__(code, detail)
        self.crash = crash
