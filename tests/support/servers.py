"""Server programs of one's own on free ports of the loopback: PostgreSQL, Redis, Valkey and RabbitMQ.

Each can be killed and started again where it was. Programs that are missing are an error, never a skip: `make system` installs
them.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import kombu
import kombu.exceptions
import redis
import sqlalchemy as sa

from app import commands
from models.base import database_url
from support.waiting import CEILING

REFUSALS = (redis.RedisError, sa.exc.OperationalError, kombu.exceptions.OperationalError, OSError)
"""What asking a server raises that does not answer yet."""


@dataclass(slots=True)
class Server:
    """One server: how to start it, how to ask whether it answers, and its process. Use as a context manager."""

    url: str
    command: Sequence[str]
    folder: str
    """Where it keeps its data and its log, `server.log`."""
    ask: Callable[[], object]
    """Succeeds when the server answers, and raises one of REFUSALS when it does not."""
    environment: Mapping[str, str] = field(default_factory=dict)
    ending: signal.Signals = signal.SIGINT
    """What asks it to end soon: PostgreSQL's fast shutdown; to Redis the same as SIGTERM."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, and wait until it answers. Raises its last refusal when it never does."""
        with Path(self.folder, "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for who uses the server, and ends it afterwards
            )
        await_answer(self._ask)

    def _ask(self) -> None:
        if self.process is None or self.process.poll() is None:
            self.ask()
        else:
            log = Path(self.folder, "server.log").read_text(errors="replace")
            raise AssertionError(f"{self.command[0]} ended: {log[-2000:]}")

    def end(self, how: signal.Signals) -> None:
        """End it by a signal and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout=CEILING)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.end(signal.SIGKILL)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end(self.ending)


def redis_server(folder: str) -> Server:
    """A Redis that keeps nothing: it comes back empty."""
    return _redis(installed("redis-server"), folder)


def valkey_server(folder: str) -> Server:
    """The program of the embedded broker, on a port instead of its Unix socket."""
    return _redis(commands.valkey_program(), folder)


def _redis(program: str, folder: str) -> Server:
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
    return Server(f"redis://127.0.0.1:{port}/0", command, folder, lambda: ping_redis(redis.Redis(port=port)))


def valkey_on_socket(folder: str) -> Server:
    """The embedded broker as a stack runs it."""
    path = Path(folder, "valkey.sock")
    command = commands.valkey(Path(folder), path)
    return Server(
        f"redis+socket://{path}", command, folder, lambda: ping_redis(redis.Redis(unix_socket_path=str(path)))
    )


def ping_redis(client: redis.Redis) -> None:
    with contextlib.closing(client):
        client.ping()


def postgres_server(folder: str) -> Server:
    """A PostgreSQL with a cluster of its own. It refuses to run as root, so another user does."""
    programs = find_postgres()
    data, port = f"{folder}/data", free_port()
    as_user = change_user(folder)
    initdb = [*as_user, str(programs / "initdb"), "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"]
    subprocess.run([*initdb, "--locale=C", "--pgdata", data], cwd=folder, check=True, capture_output=True)
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    command = [*as_user, str(programs / "postgres"), "-D", data, "-p", str(port), *options]
    return Server(url, command, folder, lambda: ping_postgres(url))


def ping_postgres(url: str) -> None:
    sa.create_engine(database_url(url), poolclass=sa.NullPool).connect().close()


def find_postgres() -> Path:
    """The directory of PostgreSQL's server programs: Debian keeps them off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return Path(found[-1] if found else installed("postgres")).parent


def change_user(folder: str) -> list[str]:
    """What a command needs in front so that it does not run as root; `folder` is handed to that user."""
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@contextlib.contextmanager
def rabbitmq_server(folder: str) -> Iterator[Server]:
    """A RabbitMQ, not started yet, that shares nothing with another one: node name, data, cookie and name service are its own."""
    port, distribution, names = (free_port() for _ in range(3))
    Path(folder, "plugins").write_text("[].")
    environment = {
        "HOME": folder,  # of the cookie
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(names),
        "RABBITMQ_ALLOW_INPUT": "1",  # the script becomes the server, so that signals reach it
        "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG_BASE": folder,
        "RABBITMQ_MNESIA_BASE": f"{folder}/data",
        "RABBITMQ_NODENAME": f"sheaf{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_PID_FILE": f"{folder}/pid",
        # Waiting processors of its virtual machine would spin, and take what the workers need.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
    }
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    epmd = subprocess.Popen(
        [installed("epmd"), "-port", str(names), "-address", "127.0.0.1"], cwd=folder, start_new_session=True
    )
    try:
        command = [find_rabbitmq(), "-noinput"]
        yield Server(url, command, folder, lambda: ping_amqp(url), environment, ending=signal.SIGTERM)
    finally:
        epmd.terminate()
        epmd.wait()


def find_rabbitmq() -> str:
    """RabbitMQ's own script; the one that Debian puts on PATH insists on a user and on directories of its own."""
    found = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    return str(found) if found.exists() else installed("rabbitmq-server")


def ping_amqp(url: str) -> None:
    with kombu.Connection(url, connect_timeout=2) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)


def installed(program: str) -> str:
    """The path of a program. Raises AssertionError when there is none."""
    found = shutil.which(program)
    assert found, f"{program} is missing: run `make system`"
    return found


def await_answer(ask: Callable[[], object]) -> None:
    """Wait until a server answers. Raises its last refusal when it never does."""
    last = time.monotonic() + CEILING
    while True:
        try:
            ask()
        except REFUSALS:
            if time.monotonic() > last:
                raise
            time.sleep(0.02)
        else:
            return


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
