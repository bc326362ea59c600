"""Bringing a database to the schema that this version of Sheaf expects, and telling whether it is there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from models import sealed
from models.base import database_url, make_engine

SCRIPTS = Path(__file__).parent / "migrations"
LOOK_SECONDS = 0.2
"""Between two looks whether another process has migrated."""


def configuration() -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config


def upgrade(url: str, secret_key: str = "") -> None:
    """Migrate the database at `url` to the newest schema; safe to call again, and by several processes at once.

    With the secret key, what older versions kept in plain text is sealed on the way.
    """
    if secret_key:
        sealed.use_key(secret_key)
    config = configuration()
    engine = make_engine(url, pool_size=1)
    with _alone(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


@contextlib.contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection under which no other process migrates: on PostgreSQL without a transaction, as some migrations end theirs.

    Who waits there asks again and again: an index that is made concurrently would wait for one that waits inside of a query.
    """
    if engine.dialect.name != "postgresql":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection:
        while not connection.scalar(sa.text("SELECT pg_try_advisory_lock(7433219)")):
            connection.rollback()
            time.sleep(LOOK_SECONDS)
        connection.commit()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(7433219)"))
            connection.commit()


def is_current(engine: sa.Engine) -> bool:
    """Whether the schema is the one this version expects. Raises sqlalchemy.exc.OperationalError when the database is down."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def difference(url: str) -> str:
    """How the schema of the database at `url` differs from this version's, in a sentence; "" when it does not.

    Changes nothing, not even by making the file of an SQLite database. Raises sqlalchemy.exc.DBAPIError when it is down.
    """
    scripts = ScriptDirectory.from_config(configuration())
    revision = _revision(sa.make_url(database_url(url)))
    head = scripts.get_current_head()
    if revision == head:
        return ""
    if revision is None:
        return "The database has no schema yet: run `sheaf migrate`."
    if revision in {one.revision for one in scripts.walk_revisions()}:
        return f"The schema is older than this version of Sheaf ({revision}, not {head}): run `sheaf migrate`."
    return f"The schema is newer than this version of Sheaf ({revision}, not {head}): run the version that made it, or a later one."


def _revision(url: sa.URL) -> str | None:
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return None
    timeout = {"timeout": 5} if url.get_backend_name() == "sqlite" else {"connect_timeout": 5}
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=timeout)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
