"""Real servers for the tests, each private to one test process: PostgreSQL, Redis, and the embedded Valkey.

SHEAF_TEST_DATABASE_URL names a PostgreSQL to use instead, by a role that may create databases. Programs that are missing are
an error, never a skip: `make system` installs them.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from app import commands
from models.base import database_url

START_SECONDS = 30.0


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
    with contextlib.nullcontext(given) if given else start_postgres() as url:
        yield PostgresServer(url)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a database of this test process; who uses it empties it first."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Redis of this test process."""
    program = shutil.which("redis-server")
    assert program, "redis-server is missing: run `make system`"
    with start_redis(lambda folder, port: [program, "--port", str(port), "--dir", folder, "--save", ""]) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """URL of the embedded Valkey, as a stack runs it: on a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="sheaf-test-") as folder:
        path = Path(folder, "valkey.sock")
        with running(commands.valkey(Path(folder), path), folder):
            await_answer(lambda: redis.Redis(unix_socket_path=str(path)))
            yield f"redis+socket://{path}"


@contextlib.contextmanager
def start_redis(command: Callable[[str, int], Sequence[str]]) -> Iterator[str]:
    """Run a Redis on a free port; answers its URL."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="sheaf-test-") as folder,
        running([*command(folder, port), "--bind", "127.0.0.1"], folder),
    ):
        await_answer(lambda: redis.Redis(port=port))
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def start_postgres() -> Iterator[str]:
    """Run a PostgreSQL of its own on a free port; answers a URL. It refuses to run as root, so another user does."""
    programs = find_postgres()
    with tempfile.TemporaryDirectory(prefix="sheaf-test-") as folder:
        data, port = f"{folder}/data", free_port()
        as_user = change_user(folder)
        initdb = [
            *as_user,
            str(programs / "initdb"),
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
        ]
        subprocess.run([*initdb, "--locale=C", "--pgdata", data], cwd=folder, check=True, capture_output=True)
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        with running([*as_user, str(programs / "postgres"), "-D", data, "-p", str(port), *options], folder):
            await_answer(lambda: PostgresProbe(url))
            yield url


class PostgresProbe:
    """Asks a PostgreSQL whether it answers, as `redis.Redis` does."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(database_url(url), poolclass=sa.NullPool)

    def ping(self) -> None:
        """Connect once. Raises sqlalchemy.exc.OperationalError."""
        self._engine.connect().close()


def find_postgres() -> Path:
    """The directory of PostgreSQL's server programs: Debian keeps them off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    program = found[-1] if found else shutil.which("postgres")
    assert program, "PostgreSQL is missing: run `make system`"
    return Path(program).parent


def change_user(folder: str) -> list[str]:
    """What a command needs in front so that it does not run as root; `folder` is handed to that user."""
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@contextlib.contextmanager
def running(command: Sequence[str], folder: str) -> Iterator[None]:
    """Run a server for as long as the block lasts."""
    with Path(folder, "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.send_signal(2)  # PostgreSQL's fast shutdown; to Redis the same as SIGTERM
        process.wait(timeout=START_SECONDS)


def await_answer(connect: Callable[[], redis.Redis | PostgresProbe]) -> None:
    """Wait until a server answers. Raises its last refusal when it never does."""
    last = time.monotonic() + START_SECONDS
    while True:
        try:
            connect().ping()
        except (redis.ConnectionError, sa.exc.OperationalError):
            if time.monotonic() > last:
                raise
            time.sleep(0.02)
        else:
            return


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
