"""Bringing a database to the schema that this version of Sheaf expects, and telling whether it is there."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from models.base import make_engine

SCRIPTS = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config


def upgrade(url: str) -> None:
    """Migrate the database at `url` to the newest schema; safe to call again, and by several processes at once."""
    config = configuration()
    engine = make_engine(url, pool_size=1)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7433219)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def is_current(engine: sa.Engine) -> bool:
    """Whether the schema is the one this version expects. Raises sqlalchemy.exc.OperationalError when the database is down."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
