"""Saved configurations: what to do with documents, kept under a name, so that jobs need only say its id."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_uuid, now
from models.projects import Project
from models.sealed import Sealed, SealedJson

NAME_LENGTH = 255
"""Longest name of a configuration in characters."""


class ProductType(enum.StrEnum):
    """What a configuration is for: jobs of `POST /api/v2/parse`, or of `POST /api/v2/classify`."""

    PARSE_V2 = "parse_v2"
    CLASSIFY_V2 = "classify_v2"


class NameTakenError(Exception):
    """The project has another configuration of this name and product type."""


def new_configuration_id() -> str:
    """An id such as `cfg-…`."""
    return f"cfg-{new_uuid()}"


class Configuration(Base):
    """One saved configuration. Jobs copy it when they are made, so that changing or deleting it changes no accepted job."""

    __tablename__ = "configuration"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "product_type", "name"),
        sa.Index("ix_configuration_project_created", "project_id", "created_at", "id"),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_configuration_id)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id, ondelete="CASCADE"))
    product_type: Mapped[ProductType]
    name: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    parameters: Mapped[dict[str, Any]]
    """As on the wire (schemas.configurations), masks in place of secrets."""
    secrets: Mapped[Sealed | None] = mapped_column(SealedJson)
    version_at: Mapped[dt.datetime] = mapped_column(default=now)
    """When the parameters were last set: the `version` on the wire."""
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)

    def open_secrets(self) -> dict[str, Any]:
        """The secrets of the parameters by their path. Raises UnreadableError."""
        return self.secrets.open() if self.secrets else {}

    @classmethod
    def listing(
        cls, project_id: str, *, product_types: Collection[str] = (), name: str | None = None
    ) -> sa.Select[Self]:
        """The project's configurations that fit every filter given."""
        query = sa.select(cls).where(cls.project_id == project_id)
        if product_types:
            query = query.where(cls.product_type.in_([one for one in ProductType if one in product_types]))
        return query if name is None else query.where(cls.name == name)

    @classmethod
    def find_configuration(
        cls, session: orm.Session, configuration_id: str, project_id: str, *, is_written: bool = False
    ) -> Self | None:
        """The configuration, if it is this project's; one that `is_written` nobody else changes until the commit."""
        mine = cls.listing(project_id).where(cls.id == configuration_id)
        return session.scalars(mine.with_for_update() if is_written else mine).one_or_none()

    @classmethod
    def named(cls, session: orm.Session, project_id: str, product_type: ProductType, name: str) -> Self:
        """The configuration of this name, made without parameters if there is none; nobody else changes it until the commit."""
        moment = now()
        values = {
            "id": new_configuration_id(),
            "project_id": project_id,
            "product_type": product_type,
            "name": name,
            "parameters": {},
            "version_at": moment,
            "created_at": moment,
            "updated_at": moment,
        }
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        key = ["project_id", "product_type", "name"]
        mine = cls.listing(project_id, product_types=[product_type], name=name).with_for_update()
        found = None
        while found is None:  # it may be deleted between the two
            session.execute(insert(cls).values(values).on_conflict_do_nothing(index_elements=key))
            found = session.scalars(mine).one_or_none()
        return found

    def rename(self, session: orm.Session, name: str) -> None:
        """Give it another name. Raises NameTakenError, after which the transaction has to end."""
        self.name = name
        try:
            session.flush()
        except sa.exc.IntegrityError as error:
            raise NameTakenError(name) from error
