"""The typed base of all tables, and the one place where a process connects to its database.

SQL is the truth: what is remembered and the legal moves between states live in this package, and nowhere else.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import enum
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, sessionmaker
from sqlalchemy.sql.functions import FunctionElement

from engines.errors import CrashRecord
from models import sealed

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware UTC time on every database; SQLite alone would hand back naive ones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[dt.datetime]:
        """What its values are."""
        return dt.datetime

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Refuse naive times; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "naive datetimes are ambiguous"
            raise ValueError(message)
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Return UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if dialect.name == "sqlite" else value.astimezone(dt.UTC)


JSON_COLUMN = sa.JSON().with_variant(JSONB, "postgresql")
"""The type of columns that hold JSON; named where the annotation is one of models.shapes."""


class Base(DeclarativeBase):
    """Declarative base: enums are stored by value, JSON as JSONB where there is such a thing."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {
        enum.StrEnum: sa.Enum(
            enum.StrEnum, values_callable=lambda kind: [member.value for member in kind], native_enum=False, length=32
        ),
        dict[str, Any]: JSON_COLUMN,
        list[str]: JSON_COLUMN,
        list[CrashRecord]: JSON_COLUMN,
        dt.datetime: UtcDateTime(),
    }


class MadeByRequest:
    """A mixin: what a create request makes, remembers that request, so that it is recognised when it comes again.

    See models.idempotency. A name stands for one request of a project.
    """

    idempotency_key: Mapped[str | None]
    """What the client calls the request."""
    request_hash: Mapped[str | None]
    """The same for the same request to the same address under the same API key; None for what is older than this column."""


def unique_name(table: str) -> sa.Index:
    """The index by which a request's name makes one row of a table; most requests have none, and cost it nothing."""
    named = sa.text("idempotency_key IS NOT NULL")
    columns = ("project_id", "idempotency_key")
    return sa.Index(f"uq_{table}_idempotency_key", *columns, unique=True, sqlite_where=named, postgresql_where=named)


class utc_now(FunctionElement[dt.datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's clock, plus `seconds`. Leases are compared by it, so that machines need not agree on the time."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, seconds: float = 0) -> None:
        super().__init__(sa.literal(float(seconds)))


@compiles(utc_now, "postgresql")
def _utc_now_postgresql(element: utc_now, compiler: Any, **options: Any) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **options)}))"


@compiles(utc_now, "sqlite")
def _utc_now_sqlite(element: utc_now, compiler: Any, **options: Any) -> str:
    # SQLAlchemy reads six digits of a second where SQLite writes three.
    return (
        "(strftime('%Y-%m-%d %H:%M:%f', 'now', "
        f"CAST({compiler.process(element.clauses, **options)} AS TEXT) || ' seconds') || '000')"
    )


def new_uuid() -> str:
    """A fresh random UUID in its usual form."""
    return str(uuid.uuid4())


def sql_uuid() -> sa.ColumnElement[str]:
    """A fresh UUID for each row, made by the database; on SQLite `connect` provides the function."""
    return sa.cast(sa.func.gen_random_uuid(), sa.String)


def now() -> dt.datetime:
    """The time, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def database_url(url: str) -> str:
    """The URL as SQLAlchemy wants it: `postgres://` is accepted as people write it."""
    return url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url


def make_engine(url: str, *, pool_size: int = 8) -> sa.Engine:
    """An engine for `url`, with the pragmas that several writing processes need on SQLite; its errors show no values.

    `pool_size` connections stay open, and up to 16 more are made while they are needed. Connects to nothing yet.
    """
    url = database_url(url)
    if url.startswith("sqlite"):
        engine = sa.create_engine(
            url, connect_args={"timeout": 30}, pool_size=pool_size, max_overflow=16, hide_parameters=True
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_immediate)
        return engine
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=16,
        connect_args={"connect_timeout": 5},
        hide_parameters=True,
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below takes over
    connection.create_function("gen_random_uuid", 0, new_uuid)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "cache_size=-2048",  # of each connection, in KB; the system caches the file for all of them
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later would fail instead of waiting.
    deferred = connection.get_execution_options().get("sqlite_deferred")
    begin = "BEGIN" if deferred else "BEGIN IMMEDIATE"
    try:  # past SQLAlchemy, whose way of running a statement costs more than this one
        connection.connection.cursor().execute(begin)
    except sqlite3.Error as error:
        raise sa.exc.DBAPIError.instance(begin, None, error, sqlite3.Error) from error


Session: sessionmaker[orm.Session] = sessionmaker(expire_on_commit=False)
"""`with Session.begin() as session:` is a transaction; nothing else commits."""


@contextlib.contextmanager
def transaction() -> Iterator[sa.Connection]:
    """A transaction without a unit of work, for statements that stand ready: the session around it would cost as much again.

    On SQLite the threads of a process write one after the other; what waits in the database itself looks again and again.
    """
    bind: sa.Engine = Session.kw["bind"]
    turn = _writing if bind.dialect.name == "sqlite" else contextlib.nullcontext()
    with turn, bind.begin() as connection:
        yield connection


@contextlib.contextmanager
def sqlite_transaction() -> Iterator[sqlite3.Cursor]:
    """A transaction on SQLite past SQLAlchemy altogether, for a statement that is smaller than all that is around it.

    Raises SQLAlchemy's errors nevertheless.
    """
    bind: sa.Engine = Session.kw["bind"]
    with _writing, contextlib.closing(bind.raw_connection()) as connection:
        cursor = cast("sqlite3.Cursor", connection.cursor())
        try:
            cursor.execute("BEGIN IMMEDIATE")
            yield cursor
            connection.commit()
        except sqlite3.Error as error:
            raise sa.exc.DBAPIError.instance(None, None, error, sqlite3.Error) from error


_writing = threading.Lock()
_readers: sessionmaker[orm.Session] = sessionmaker(expire_on_commit=False)


def read_session() -> orm.Session:
    """A session for queries only, all of which see the same moment; on SQLite it takes no write lock. Use as a context manager."""
    return _readers()


def connect(url: str, secret_key: str = "", *, pool_size: int = 8) -> sa.Engine:
    """Bind this process's sessions to a database; call after fork, once per process. Without a secret key no secret can be read.

    The engine is for whoever has to dispose of its connections. Connects to nothing yet.
    """
    engine = make_engine(url, pool_size=pool_size)
    Session.configure(bind=engine)
    one_moment = (
        {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {"sqlite_deferred": True}
    )
    _readers.configure(bind=engine.execution_options(**one_moment))
    sealed.use_key(secret_key)
    return engine
