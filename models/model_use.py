"""Language models: who may have a request under way at an endpoint now, and what the work on items has used.

Both are facts in SQL, so that they hold over all worker processes, whatever the broker, and outlast a killed one: a turn by its
lease, a count because it is charged before its question is sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from engines.llm.usage import UsageResult
from models.base import Base, new_uuid, now, utc_now
from models.projects import Project

_INSERTS: Mapping[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
LONG_UNUSED = 86_400.0
"""Seconds after which the places of an endpoint are forgotten; they are made again when it is asked again."""


class ModelTurn(Base):
    """A place at an endpoint. Whoever holds it may have one request under way there, until the lease ends."""

    __tablename__ = "model_turn"
    endpoint: Mapped[str] = mapped_column(primary_key=True)
    """What the places are counted by: the address of the operator's endpoint, or the id of a job with a key of its own."""
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token: Mapped[str | None] = mapped_column(index=True)
    expires_at: Mapped[dt.datetime]
    """By the database's clock; past of a place that is free."""

    @classmethod
    def make(cls, session: orm.Session, endpoint: str, places: int) -> None:
        """Have so many places at an endpoint, at least."""
        rows = [{"endpoint": endpoint, "place": place, "expires_at": utc_now()} for place in range(places)]
        insert = _INSERTS[session.get_bind().dialect.name](cls)
        session.execute(insert.values(rows).on_conflict_do_nothing(index_elements=["endpoint", "place"]))

    @classmethod
    def is_free(cls, session: orm.Session, endpoint: str, places: int) -> bool:
        """Whether one of the first so many places seems to be free, or they have yet to be made."""
        found = sa.select(sa.func.count(), sa.func.count().filter(cls.expires_at > utc_now()))
        made, taken = session.execute(found.where(cls.endpoint == endpoint, cls.place < places)).one()
        return bool(made < places or taken < made)

    @classmethod
    def take(cls, session: orm.Session, endpoint: str, places: int, seconds: float) -> str | None:
        """Take one of the first so many places for some seconds; answers its token, None while none is free."""
        free = sa.select(cls.place).where(cls.endpoint == endpoint, cls.place < places, cls.expires_at <= utc_now())
        first = free.order_by(cls.place).limit(1).with_for_update(skip_locked=True).scalar_subquery()
        taken = session.scalars(
            sa.update(cls)
            .where(cls.endpoint == endpoint, cls.place == first)
            .values(token=new_uuid(), expires_at=utc_now(seconds))
            .returning(cls.token),
            execution_options={"synchronize_session": False},
        )
        return taken.first()

    @classmethod
    def keep(cls, session: orm.Session, tokens: Collection[str], seconds: float) -> None:
        """Make these turns last for so many seconds more."""
        session.execute(sa.update(cls).where(cls.token.in_(tokens)).values(expires_at=utc_now(seconds)))

    @classmethod
    def give_back(cls, session: orm.Session, token: str) -> None:
        """Free a place."""
        session.execute(sa.update(cls).where(cls.token == token).values(token=None, expires_at=utc_now()))

    @classmethod
    def forget_unused(cls, session: orm.Session) -> None:
        """Forget the places of endpoints that nobody asks any more."""
        session.execute(sa.delete(cls).where(cls.expires_at < utc_now(-LONG_UNUSED)))


class ModelSpending(Base):
    """What one run on an item has used of language models, whatever became of the item."""

    __tablename__ = "model_spending"
    __table_args__ = (sa.Index("ix_model_spending_project_id_at", "project_id", "at"),)
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id, ondelete="CASCADE"))
    job_id: Mapped[str] = mapped_column(index=True)
    item_id: Mapped[int] = mapped_column(sa.BigInteger)
    is_own: Mapped[bool] = mapped_column(default=False)
    """Whether the job brought the key, and pays."""
    at: Mapped[dt.datetime] = mapped_column(default=now)
    charged: Mapped[int] = mapped_column(default=0)
    """Questions that were answered, or are under way; only counted where there is a ceiling."""
    requests: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    prompt_tokens: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    completion_tokens: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    cost: Mapped[float | None] = mapped_column(sa.Float)

    @classmethod
    def note(cls, session: orm.Session, row_id: str, whose: Mapping[str, Any], used: Mapping[str, Any]) -> None:
        """Write what a run has used so far, in place of what was written of it before."""
        insert = _INSERTS[session.get_bind().dialect.name](cls).values(id=row_id, at=now(), **whose, **used)
        session.execute(insert.on_conflict_do_update(index_elements=["id"], set_=dict(used)))

    @classmethod
    def spent(cls, session: orm.Session, condition: sa.ColumnElement[bool]) -> tuple[int, int]:
        """Questions and tokens of some runs."""
        questions = sa.func.coalesce(sa.func.sum(cls.charged), 0)
        tokens = sa.func.coalesce(sa.func.sum(cls.prompt_tokens + cls.completion_tokens), 0)
        asked, told = session.execute(sa.select(questions, tokens).where(condition)).one()
        return int(asked), int(told)

    @classmethod
    def of_job(cls, session: orm.Session, job_id: str) -> UsageResult:
        """What the items of a job have used, those that failed and those that wait included; the cost as far as it is known."""
        columns = (cls.requests, cls.kept, cls.prompt_tokens, cls.completion_tokens, cls.cost)
        totals = (sa.func.coalesce(sa.func.sum(column), 0) for column in columns)
        *counts, cost = session.execute(sa.select(*totals).where(cls.job_id == job_id)).one()
        requests, kept, asked, answered = map(int, counts)
        return {
            "requests": requests,
            "kept": kept,
            "prompt_tokens": asked,
            "completion_tokens": answered,
            "cost": round(float(cost), 6) or None,
        }
