"""The migrations make the schema that the models declare, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from models import Base
from models.base import make_engine
from models.migration import is_current, upgrade


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        with request.getfixturevalue("postgres_server").database() as url:
            yield url


def test_an_empty_database_is_brought_to_the_declared_schema_and_again_without_harm(empty: str) -> None:
    engine = make_engine(empty)
    assert not is_current(engine)
    upgrade(empty)
    upgrade(empty)
    assert is_current(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()
