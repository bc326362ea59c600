"""Small documents, documents that misbehave, and what became of them."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from models import BatchItem
from support.running import RunningStack


def notes(count: int, mark: str = "note") -> list[tuple[str, bytes]]:
    """Small documents, each with its own bytes."""
    return [(f"{mark}-{n:03}.md", f"# {mark} {n}\n\nThe {n}. text about {mark}.\n".encode()) for n in range(count)]


def poison(word: str) -> tuple[str, bytes]:
    """A document that misbehaves in the way of that word (tests/support/hostile)."""
    return f"{word}.txt", f"POISON {word} {time.monotonic()}".encode()


def statuses(items: dict[str, dict[str, Any]]) -> list[str]:
    return sorted({item["status"] for item in items.values()})


def rows(stack: RunningStack, job: str) -> dict[str, Any]:
    """The job's items as the database has them, by name."""
    with stack.engine.connect() as connection:
        found = connection.execute(sa.select(BatchItem.__table__).where(BatchItem.job_id == job)).all()
    return {row.name: row for row in found}
