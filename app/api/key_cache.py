"""API keys that were seen lately, so that most requests cost no query for their key."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from models import ApiKey, Project, Session, read_session
from models.base import now
from models.projects import USED_SECONDS, Scope

logger = logging.getLogger(__name__)

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
    scope: Scope
    expires_at: dt.datetime | None

    @property
    def may_write(self) -> bool:
        """Whether the key may change anything."""
        return self.scope is not Scope.READ


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
        has_expired = caller is not None and caller.expires_at is not None and caller.expires_at <= now()
        return caller if until > time.monotonic() and not has_expired else None

    def find_caller(self, key: str) -> Caller | None:
        """The caller, or None for a key that is unknown, revoked or expired. Raises SQLAlchemy's errors."""
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
    columns = (ApiKey.id, ApiKey.project_id, Project.organization_id, ApiKey.scope, ApiKey.expires_at)
    query = sa.select(*columns, ApiKey.last_used_at).join(Project, Project.id == ApiKey.project_id)
    with read_session() as session:
        row = session.execute(query.where(ApiKey.hash == digest, ApiKey.is_valid())).one_or_none()
    if row is None:
        return None
    key_id, project_id, organization_id, scope, expires_at, used = row
    if used is None or (now() - used).total_seconds() > USED_SECONDS:
        _note_use(key_id)
    return Caller(key_id, project_id, organization_id, scope, expires_at)


def _note_use(key_id: str) -> None:
    """Remember the use of a key; a database that only answers questions, or is busy, refuses nobody for it."""
    try:
        with Session.begin() as session:
            ApiKey.note_use(session, key_id)
    except DBAPIError as error:
        logger.info("the use of the key %s was not noted: %s", key_id, error)
