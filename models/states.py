"""The states of jobs, pages and items, and how many items are in which."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


class JobType(enum.StrEnum):
    """What a job does to each item."""

    PARSE = "parse"
    EXTRACT = "extract"
    CLASSIFY = "classify"


class JobStatus(enum.StrEnum):
    """States of a job: accepted, pages being sent, last page sent, and the three ends."""

    PENDING = "pending"
    RUNNING = "running"
    DISPATCHED = "dispatched"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ItemStatus(enum.StrEnum):
    """States of an item."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class PageStatus(enum.StrEnum):
    """States of a page of items: not sent yet, sent to the workers, and none of its items open."""

    PENDING = "pending"
    SENT = "sent"
    FINISHED = "finished"


class Origin(enum.StrEnum):
    """Who asked: a batch, or a direct parse or classify job, which no list of batches shows."""

    BATCH = "batch"
    DIRECT = "direct"


class SkipReason(enum.StrEnum):
    """Why an item was not processed."""

    ALREADY_PROCESSED = "already_processed"
    SIZE_LIMIT_EXCEEDED = "size_limit_exceeded"


OPEN_JOB = (JobStatus.PENDING, JobStatus.RUNNING, JobStatus.DISPATCHED)
OPEN_ITEM = (ItemStatus.PENDING, ItemStatus.PROCESSING)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a job are in which state."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0

    @classmethod
    def of(cls, counts: Mapping[ItemStatus, int]) -> Self:
        """The tally of a GROUP BY over states."""
        return cls(
            total=sum(counts.values()),
            completed=counts.get(ItemStatus.COMPLETED, 0),
            failed=counts.get(ItemStatus.FAILED, 0),
            skipped=counts.get(ItemStatus.SKIPPED, 0),
            cancelled=counts.get(ItemStatus.CANCELLED, 0),
        )

    @property
    def finished(self) -> int:
        """Items in a terminal state."""
        return self.completed + self.failed + self.skipped + self.cancelled

    @property
    def open(self) -> int:
        """Items still to be processed."""
        return self.total - self.finished

    def progress(self) -> float:
        """Percentage of terminal items, from 0 to 100; an empty job is complete."""
        return round(100 * self.finished / self.total, 2) if self.total else 100.0
