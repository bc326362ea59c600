"""Two ways to read a long list: by offset (jobs, items) and by cursor (files, directories and the rest)."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.api.errors import abort_invalid

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list, as `schemas.paging.page_schema` writes it."""

    items: Sequence[Any]
    next_page_token: str | None = None
    total_size: int | None = None


def by_offset(
    session: Session, query: sa.Select[Any], order: Sequence[sa.ColumnElement[Any]], *, limit: int, offset: int
) -> ListPage:
    """`limit` rows after the first `offset`. The total is always told: the SDKs stop at the first page without it."""
    total = _count(session, query)
    rows = session.scalars(query.order_by(*order).limit(limit).offset(offset)).all() if offset < total else []
    return ListPage(rows, None, total)


def by_cursor(
    session: Session,
    query: sa.Select[Any],
    by: tuple[Column, Column],
    *,
    size: int,
    token: str | None,
    descending: bool = False,
    counted: bool = True,
) -> ListPage:
    """`size` objects in the order of two columns that are never null, the second one unique, from where `token` points.

    The token of the last page is null and a page before it is never empty: the SDKs stop at either. 422 for a token
    that this server did not make. The total is told when it is `counted`.
    """
    first, second = by
    total = _count(session, query) if counted else None
    if token:
        value, last = _decode(token, first)
        after = (first < value, second < last) if descending else (first > value, second > last)
        # Implied by the second condition, but only the first lets an index start at the right place.
        query = query.where(first <= value if descending else first >= value)
        query = query.where(sa.or_(after[0], sa.and_(first == value, after[1])))
    order = [column.desc() if descending else column.asc() for column in by]
    rows = session.scalars(query.order_by(*order).limit(size + 1)).all()
    more = len(rows) > size
    return ListPage(rows[:size], _encode(rows[size - 1], by) if more else None, total)


def _count(session: Session, query: sa.Select[Any]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0


def _encode(row: Any, by: tuple[Column, Column]) -> str:
    values = [getattr(row, column.key) for column in by]
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def _decode(token: str, first: Column) -> tuple[Any, str]:
    kind = first.type.python_type
    try:
        value, last = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if kind is dt.datetime:
            value = dt.datetime.fromisoformat(value).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        value = last = None
    if type(value) is not kind or not isinstance(last, str):  # a bool is an int, but no database compares the two
        abort_invalid(("query", "page_token"), "This is no token of this list")
    return value, last
