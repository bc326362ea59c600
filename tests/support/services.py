"""Real servers for the tests, each private to one test process: PostgreSQL, Redis, and the embedded Valkey.

SHEAF_TEST_DATABASE_URL names a PostgreSQL to use instead, by a role that may create databases.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from models.base import database_url
from support import servers


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running PostgreSQL, by the URL of a role that may create databases."""

    url: str

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """URL of an empty database, for as long as the block lasts."""
        name = f"sheaf_test_{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield sa.make_url(database_url(self.url)).set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        engine = sa.create_engine(database_url(self.url), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(statement))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test process."""
    given = os.environ.get("SHEAF_TEST_DATABASE_URL")
    with contextlib.nullcontext(given) if given else url_of(servers.postgres_server) as url:
        yield PostgresServer(url)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a database of this test process; who uses it empties it first."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Redis of this test process."""
    with url_of(servers.redis_server) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """URL of the embedded Valkey, as a stack runs it: on a Unix socket."""
    with url_of(servers.valkey_on_socket) as url:
        yield url


@contextlib.contextmanager
def url_of(make: Callable[[str], servers.Server]) -> Iterator[str]:
    """The URL of a server that runs as long as the block lasts, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="sheaf-test-") as folder, make(folder) as server:
        yield server.url
