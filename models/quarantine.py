"""Files that kill whatever reads them: remembered by their content, so that the next one like it costs nobody three more crashes.

What killed may have been a parameter. So an entry holds for its file with the parameters that the file died under, and the file
itself is blamed only once no parameter is common to all of its crashes (docs/decisions/0021).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from engines.errors import CrashRecord
from models.base import JSON_COLUMN, Base, new_uuid, now
from models.projects import Project


def new_quarantine_id() -> str:
    """An id such as `qrt-…`."""
    return f"qrt-{new_uuid()}"


class QuarantinedFile(Base):
    """A content that took down its child process in every attempt under one configuration of a project, until it is released.

    A first attempt in a process that it shared leaves no evidence, so it may be one crash less than attempts
    (docs/decisions/0010).
    """

    __tablename__ = "quarantined_file"
    __table_args__ = (
        sa.Index(
            "uq_quarantined_file_content",
            "project_id",
            "sha256",
            "engine_version",
            "parameters_hash",
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_quarantine_id)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    engine_version: Mapped[str]
    """Another version of the engine may read it, so it is tried again then (engines.version.profile_version)."""
    parameters_hash: Mapped[str] = mapped_column(sa.String(64))
    """As `BatchJob.parameters_hash`; empty in entries of a time when it was not noted."""
    parameters: Mapped[dict[str, str]] = mapped_column(JSON_COLUMN)
    """Digests of what was not its default among the parameters, by wire name; see schemas.job_config.deviations."""
    name: Mapped[str]
    job_id: Mapped[str] = mapped_column(index=True)
    work_id: Mapped[str | None]
    error_code: Mapped[str]
    error_message: Mapped[str]
    crashes: Mapped[list[CrashRecord]] = mapped_column("deaths")
    """As `BatchItem.crashes`."""
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    released_at: Mapped[dt.datetime | None]

    @classmethod
    def add_entry(cls, session: orm.Session, **columns: Any) -> None:
        """Quarantine a content under a configuration, unless it is already: two identical files may end at once."""
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        row = {"id": new_quarantine_id(), "created_at": now(), **columns}
        session.execute(insert(cls).values(**row).on_conflict_do_nothing())

    @classmethod
    def lookup(
        cls, session: orm.Session, project_id: str, hashes: Collection[str], engine_version: str, parameters_hash: str
    ) -> dict[str, QuarantinedFile]:
        """Content hash → the entry that forbids reading it with these parameters."""
        forbidding: dict[str, QuarantinedFile] = {}
        for sha256, entries in by_content(cls._open(session, project_id, hashes, engine_version)).items():
            own = [one for one in entries if one.parameters_hash == parameters_hash]
            if own or blames_file(entries):
                forbidding[sha256] = (own or entries)[0]
        return forbidding

    def companions(self, session: orm.Session) -> Sequence[QuarantinedFile]:
        """All entries of the same content that nobody has released, this one among them unless it was."""
        return self._open(session, self.project_id, [self.sha256], self.engine_version)

    @classmethod
    def _open(
        cls, session: orm.Session, project_id: str, hashes: Collection[str], engine_version: str
    ) -> Sequence[QuarantinedFile]:
        return session.scalars(
            sa.select(cls)
            .where(
                cls.project_id == project_id,
                cls.sha256.in_(hashes),
                cls.engine_version == engine_version,
                cls.released_at.is_(None),
            )
            .order_by(cls.created_at.desc(), cls.id)
        ).all()


def by_content(entries: Iterable[QuarantinedFile]) -> dict[str, list[QuarantinedFile]]:
    """Entries of one project and engine by their content hash."""
    groups: dict[str, list[QuarantinedFile]] = defaultdict(list)
    for one in entries:
        groups[one.sha256].append(one)
    return groups


def blames_file(entries: Sequence[QuarantinedFile]) -> bool:
    """Whether no parameter can have been the reason of all crashes of a content: under the defaults, or with nothing in common."""
    common = set.intersection(*(set(one.parameters.items()) for one in entries))
    return not common
