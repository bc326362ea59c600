"""Sheaf as one stack of processes on this machine: what `sheaf serve` runs, and `sheaf run` for the length of one job.

Embedded parts exist only for what no URL is given: Valkey for the broker, SQLite for the database, a directory for the store.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import httpx
import sqlalchemy as sa

import models
from app import commands, preflight
from app.datadir import DataDir
from app.supervision import ServiceProcess, Supervisor
from models import ApiKey, Project, Session, migration
from models.base import now
from settings import Settings

PROJECT = "default"
"""Name of the project that the stack's own key opens."""
READY_SECONDS = 60.0
"""How long a start may take."""
LIVES_TO_START = 3
"""A process that dies this often before the stack is ready ends the start."""
CONTROL_THREADS = 12
"""Threads of the worker that serves CONTROL_QUEUES."""
SWEEP_SECONDS = 5.0
"""Beyond `drain_seconds`, for processes to close what they have open."""


class StackError(Exception):
    """The stack cannot start; the message says why and what to do."""


class Stack:
    """A running stack; use as a context manager.

    Entering raises StackError, preflight.PartError, datadir.InUseError, datadir.UnusableError and SQLAlchemy's errors.

    `is_passing` is for one short job: its data directory is removed afterwards.
    """

    def __init__(self, settings: Settings, *, is_passing: bool = False, flower_port: int | None = None) -> None:
        self._data = DataDir(settings.data_dir)
        self._settings = replace(settings, data_dir=str(self._data.path))
        self._is_passing = is_passing
        self._flower_port = flower_port
        self._folders: list[Path] = [self._data.path] if is_passing else []
        """Removed in the end."""
        self._socket = Path()
        self._listener: socket.socket | None = None
        self._supervisor: Supervisor | None = None
        self._children: list[ServiceProcess] = []
        self.key = ""
        """The API key for clients on this machine, "" when the database has keys but none is kept here."""
        self.is_new_key = False
        """Whether the key was made by this start, so that it should be shown."""

    @property
    def base_url(self) -> str:
        """Where the API answers."""
        if self._listener is None:
            message = "the stack does not run"
            raise RuntimeError(message)
        host, port = self._listener.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        return f"http://{host}:{port}"

    @property
    def children(self) -> Sequence[ServiceProcess]:
        """The processes, in the order of their start."""
        return self._children

    @property
    def logs(self) -> Path:
        """Where the processes write their logs."""
        return self._data.logs

    def __enter__(self) -> Self:
        try:
            self._check_parts()
            self._start(self._data.claim())
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_passing and self._settings.database_url:
            self._revoke_key()
        self.kill()

    def keep(self) -> list[str]:
        """Start again what died; call it often. Answers a sentence for each event."""
        return self._supervisor.keep() if self._supervisor else []

    def drain(self, *, is_impatient: Callable[[], bool]) -> None:
        """Take no more work, let the processes finish or hand back what they hold; at once when `is_impatient` says so."""
        if self._supervisor is None:
            return
        names = [child.name for child in self._children if child.name != "valkey"]
        self._supervisor.ask_to_stop(*names)
        last = time.monotonic() + self._settings.drain_seconds + SWEEP_SECONDS
        while not (self._supervisor.stopped(*names) or is_impatient() or time.monotonic() > last):
            time.sleep(0.05)

    def kill(self) -> None:
        """End what is left of the stack's own processes, and clean up."""
        if self._supervisor is not None:
            self._supervisor.close()
            self._supervisor = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._data.release()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)

    def _check_parts(self) -> None:
        """Let no child find out what this process can tell at once. Raises preflight.PartError, StackError."""
        preflight.check_database(self._settings)
        if self._settings.storage_url:
            preflight.check_store(self._settings)
        if self._settings.broker_url:
            preflight.reach_broker(self._settings)
        if self._flower_port is not None:
            listen(self._settings.host, self._flower_port, "Flower needs it").close()

    def _start(self, lock: int) -> None:
        settings = self._settings
        self._listener = listen(settings.host, settings.port)
        scratch, for_socket = Path(tempfile.mkdtemp(prefix="sheaf-")), socket_folder()
        scratch.chmod(0o711)  # converters run as nobody under root: they may pass through to their own folder in here
        self._folders += [scratch, for_socket]
        self._socket = for_socket / "valkey.sock"
        self._supervisor = Supervisor(self._environment(scratch), commands.FOLDER, self._folders, keep_open=[lock])
        self._children = self._plan(self._listener.fileno())
        self._start_children("valkey", "api")  # the API takes longest to start, and waits for the schema by itself
        self._prepare()
        self._start_children("control", "documents")
        self._await_ready()
        self._start_children("beat", "flower")  # there is nothing to find again yet
        self._data.publish(self.base_url)

    def _start_children(self, *names: str) -> None:
        for child in self._children:
            if self._supervisor is not None and child.name in names:
                self._supervisor.start(child)

    def _environment(self, scratch: Path) -> dict[str, str]:
        """Children read the same settings, find the embedded parts, and leave what they forget in `scratch`."""
        variables = {
            "SHEAF_DATA_DIR": self._settings.data_dir,
            "SHEAF_BROKER_URL": self._settings.broker_url or f"redis+socket://{self._socket}",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(scratch),
        }
        return os.environ | self._settings.places() | variables

    def _plan(self, listener: int) -> list[ServiceProcess]:
        """What runs here."""
        settings = self._settings
        is_watched = self._flower_port is not None
        plan: dict[str, list[str]] = {}
        if not settings.broker_url:
            plan["valkey"] = commands.valkey(self._socket.parent, self._socket)
        plan["api"] = commands.api(settings, f"fd://{listener}")
        plan["documents"] = commands.worker(
            "documents", commands.DOCUMENT_QUEUES, concurrency=settings.effective_workers(), events=is_watched
        )
        plan["control"] = commands.worker(
            "control", commands.CONTROL_QUEUES, concurrency=CONTROL_THREADS, pool="threads", events=is_watched
        )
        plan["beat"] = commands.beat()
        if self._flower_port is not None:
            plan["flower"] = commands.flower(settings.host, self._flower_port)
        return [
            ServiceProcess(name, command, self.logs / f"{name}.log", keep_open=(listener,) if name == "api" else ())
            for name, command in plan.items()
        ]

    def _prepare(self) -> None:
        """The schema and a key, in this process, while the broker starts. Raises StackError."""
        settings = self._settings
        url = settings.effective_database_url()
        if not settings.database_url:
            migration.upgrade(url, settings.secret())
        with connected(settings) as engine:
            if settings.database_url and not migration.is_current(engine):
                message = "the database's schema is not this version's: run `sheaf migrate` first"
                raise StackError(message)
            self._provide_key()

    def _provide_key(self) -> None:
        """The key kept in the data directory, as long as it is valid; a new one when the database has none at all."""
        with Session.begin() as session:
            kept = self._data.read_key()
            if kept and ApiKey.find_key(session, kept):
                self.key = kept
            elif self._is_passing or not session.scalar(sa.select(sa.exists(sa.select(ApiKey.id)))):
                self.key = ApiKey.issue(session, Project.named(session, PROJECT))
                self.is_new_key = True
        if self.is_new_key:
            self._data.keep_key(self.key)

    def _revoke_key(self) -> None:
        """Leave no key behind in a database that outlives this stack."""
        with connected(self._settings), Session.begin() as session:
            if key := ApiKey.find_key(session, self.key):
                key.revoked_at = now()

    def _await_ready(self) -> None:
        """Wait until the API says that it can do its work. Raises StackError with the reason when it does not."""
        last = time.monotonic() + READY_SECONDS
        with httpx.Client(base_url=self.base_url, timeout=5.0, trust_env=False) as client:
            while not is_ready(client):
                self.keep()
                for child in self._children:
                    if child.deaths >= LIVES_TO_START:
                        message = f"{child.name} does not start; {child.log} ends:\n{child.last_words()}"
                        raise StackError(message)
                if time.monotonic() > last:
                    message = f"the stack was not ready after {READY_SECONDS:.0f} s; its logs are in {self.logs}"
                    raise StackError(message)
                time.sleep(0.03)


@contextlib.contextmanager
def connected(settings: Settings) -> Iterator[sa.Engine]:
    """This process's sessions, bound to the database of `settings`. Raises preflight.PartError; SQLAlchemy's errors when used."""
    preflight.check_database(settings)
    engine = models.connect(settings.effective_database_url(), settings.secret(), pool_size=1)
    try:
        yield engine
    finally:
        engine.dispose()


def is_ready(client: httpx.Client) -> bool:
    """Whether `/readyz` answers 200."""
    try:
        return client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def listen(host: str, port: int, advice: str = "choose another with --port or SHEAF_PORT") -> socket.socket:
    """A listening socket, held here so that requests wait while the API starts or restarts. Raises StackError."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=512)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror  # no address: negative
        message = f"cannot listen on {host}:{port}: {reason}; {advice}"
        raise StackError(message) from error


def socket_folder() -> Path:
    """A short-named directory for the socket: the path of a Unix socket has room for about 100 characters."""
    parent = os.environ.get("XDG_RUNTIME_DIR", "")
    is_usable = len(parent) < 60 and os.access(parent, os.W_OK)
    return Path(tempfile.mkdtemp(prefix="sheaf-", dir=parent if is_usable else "/tmp"))  # noqa: S108 - mkdtemp is private
