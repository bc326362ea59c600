"""Organizations, projects and the keys that belong to them."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import secrets
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_uuid, now

USED_SECONDS = 3600.0
"""How exactly `ApiKey.last_used_at` is kept: a request must not cost a write."""


class Organization(Base):
    """Who owns projects."""

    __tablename__ = "organization"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)


class Project(Base):
    """What everything else belongs to; a key opens exactly one."""

    __tablename__ = "project"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    organization_id: Mapped[str] = mapped_column(sa.ForeignKey(Organization.id), index=True)
    name: Mapped[str] = mapped_column(unique=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)

    @classmethod
    def named(cls, session: orm.Session, name: str) -> Self:
        """The project of this name, made with its organization when there is none yet."""
        project = session.scalars(sa.select(cls).where(cls.name == name)).one_or_none()
        if project is not None:
            return project
        organization = session.scalars(sa.select(Organization).limit(1)).one_or_none()
        if organization is None:
            organization = Organization(name="Default")
            session.add(organization)
            session.flush()
        first = session.scalar(sa.select(sa.func.count()).select_from(cls)) == 0
        project = cls(name=name, organization_id=organization.id, is_default=first)
        session.add(project)
        session.flush()
        return project


class Scope(enum.StrEnum):
    """What a key may do, each all that those before it may."""

    READ = "read"
    """Look at what its project has."""
    WRITE = "write"
    """Change it."""
    ADMIN = "admin"
    """Both in every project, each named by `project_id` in the query."""


class ApiKey(Base):
    """A key of one project; only its hash is stored."""

    __tablename__ = "api_key"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id), index=True)
    hash: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]
    """The first characters, so that people can tell their keys apart."""
    name: Mapped[str] = mapped_column(default="", server_default="")
    """What its owner calls it."""
    scope: Mapped[Scope] = mapped_column(default=Scope.WRITE, server_default=Scope.WRITE.value)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime | None]
    """It is refused from then on; null for never."""
    last_used_at: Mapped[dt.datetime | None]
    """Give or take USED_SECONDS."""
    revoked_at: Mapped[dt.datetime | None]

    @staticmethod
    def hash_of(key: str) -> str:
        """Keys are long and random, so one round of SHA-256 is enough."""
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def issue(cls, session: orm.Session, project: Project, key: str | None = None, **columns: Any) -> str:
        """Store a key for `project`, a fresh one unless given, and return it; it cannot be read again.

        `columns` are name, scope and expires_at. Raises IntegrityError for one that exists, revoked or not.
        """
        key = key or f"llx-{secrets.token_urlsafe(32)}"
        session.add(cls(project_id=project.id, hash=cls.hash_of(key), hint=key[:8], **columns))
        session.flush()
        return key

    @classmethod
    def find_key(cls, session: orm.Session, key: str) -> Self | None:
        """The valid key, or None."""
        return session.scalars(sa.select(cls).where(cls.hash == cls.hash_of(key), cls.is_valid())).one_or_none()

    @classmethod
    def is_valid(cls) -> sa.ColumnElement[bool]:
        """Keys that were neither revoked nor have expired."""
        return sa.and_(cls.revoked_at.is_(None), sa.or_(cls.expires_at.is_(None), cls.expires_at > now()))

    @classmethod
    def note_use(cls, session: orm.Session, key_id: str) -> None:
        """Remember that a key was used, unless that was noted lately."""
        moment = now()
        is_old = sa.or_(cls.last_used_at.is_(None), cls.last_used_at < moment - dt.timedelta(seconds=USED_SECONDS))
        session.execute(sa.update(cls).where(cls.id == key_id, is_old).values(last_used_at=moment))
