"""API keys that were seen lately, so that most requests cost no query for their key."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import sqlalchemy as sa

from models import ApiKey, Project, read_session

SECONDS = 5.0
"""A revoked key is refused after this long at the latest."""
MOST = 4096
"""Keys that are remembered; beyond, all are forgotten."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a key speaks for."""

    key_id: str
    project_id: str
    organization_id: str


class Keyring:
    """Finds the caller behind a key; keys that were found are remembered for a few seconds. Safe between threads."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._known: dict[str, tuple[float, Caller]] = {}
        self._lock = threading.Lock()

    def seen(self, key: str) -> Caller | None:
        """The caller, if that is remembered."""
        with self._lock:
            until, caller = self._known.get(ApiKey.hash_of(key), (0.0, None))
        return caller if until > time.monotonic() else None

    def find_caller(self, key: str) -> Caller | None:
        """The caller, or None for a key that is unknown or revoked. Raises SQLAlchemy's errors."""
        if (caller := self.seen(key)) is not None:
            return caller
        digest = ApiKey.hash_of(key)
        caller = _look_up(digest)
        with self._lock:
            if caller is None:
                self._known.pop(digest, None)
            else:
                if len(self._known) >= MOST:
                    self._known.clear()
                self._known[digest] = (time.monotonic() + self._seconds, caller)
        return caller


def _look_up(digest: str) -> Caller | None:
    query = (
        sa.select(ApiKey.id, ApiKey.project_id, Project.organization_id)
        .join(Project, Project.id == ApiKey.project_id)
        .where(ApiKey.hash == digest, ApiKey.revoked_at.is_(None))
    )
    with read_session() as session:
        row = session.execute(query).one_or_none()
    return None if row is None else Caller(*row)
