"""Where faults happen: the real stack on servers of the suite's own, with the documents of all its jobs uploaded once."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import httpx
import obstore
import sqlalchemy as sa
from support import servers
from support.llm import Endpoint
from support.running import RunningStack, eventually, running

from chaos import evidence
from chaos.documents import Document, mixture
from chaos.proxy import Proxy
from models import BatchItem, BatchJob, File
from models.base import make_engine
from models.states import OPEN_ITEM, OPEN_JOB, ItemStatus
from storage import LocalStorage, ObjectStorage, Storage, open_storage

SQLITE, POSTGRESQL, RABBITMQ = KINDS = ("sqlite+valkey", "postgresql+redis", "postgresql+rabbitmq")
UPLOADERS = 4
PATIENCE = 240.0
"""Longest that a job may take, in seconds; what is open then is lost."""

Variant = Callable[["Stage"], contextlib.AbstractContextManager[Mapping[str, str]]]
"""How a stack differs from the usual one: answers variables for it, and holds what they name as long as the stack runs."""


@contextlib.contextmanager
def usual(_stage: Stage) -> Iterator[Mapping[str, str]]:
    """The stack with the defaults of production."""
    yield {}


class Stage:
    """One kind of database and broker. A stack runs on it, replaced when a fault wants a variant; all share their data.

    `environment` holds settings for every stack, `brevity` is what outages are shortened by. Use as a context manager.
    """

    def __init__(
        self, kind: str, documents: int, environment: Mapping[str, str] | None = None, brevity: float = 1.0
    ) -> None:
        self.kind = kind
        self.brevity = brevity
        self.database: servers.Server | None = None
        self.broker: servers.Server | None = None
        """The suite's own server; None where the stack has its embedded one."""
        self.items: list[str] = []
        """Ids of the uploaded documents."""
        self.proxy: Proxy | None = None
        """Between the stack and its broker, in a variant that has one."""
        self.endpoint: Endpoint | None = None
        """Where the stack asks a language model, in a variant that does."""
        self._store: Storage = open_storage("file:///")
        self._documents = documents
        self._environment = dict(environment or {})
        self._variant: Variant | None = None
        self._held = contextlib.ExitStack()
        self._stack_held = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._held as held:
            self.folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="sheaf-chaos-")))
            self.folder.chmod(0o711)  # servers that refuse to run as root pass through
            self._store = open_storage(f"file://{self.data}/store")
            if self.kind != SQLITE:
                self.database = held.enter_context(servers.postgres_server(self.subfolder("postgresql")))
                self._environment["SHEAF_DATABASE_URL"] = self.database.url
            if self.kind == POSTGRESQL:
                self.broker = held.enter_context(servers.redis_server(self.subfolder("redis")))
            if self.kind == RABBITMQ:
                self.broker = held.enter_context(servers.rabbitmq_server(self.subfolder("rabbitmq")))
                held.enter_context(self.broker)
            if self.broker:
                self._environment["SHEAF_BROKER_URL"] = self.broker.url
            held.callback(self._end_stack)
            self.use(usual)
            self.engine = make_engine(self.stack.settings.effective_database_url(), pool_size=2)
            held.callback(self.engine.dispose)
            evidence.install(self.engine)
            self.items = self.upload(mixture(self._documents))
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def subfolder(self, name: str) -> str:
        """A directory of this stage, made when it is missing."""
        path = self.folder / name
        path.mkdir(exist_ok=True)
        return str(path)

    @property
    def data(self) -> Path:
        """The stacks' data directory."""
        return self.folder / "data"

    def use(self, variant: Variant) -> None:
        """Have a stack of this variant run, and wait until all its processes do."""
        if variant is not self._variant:
            self._end_stack()
            with self._stack_held as held:
                environment = self._environment | dict(held.enter_context(variant(self)))
                self.stack: RunningStack = held.enter_context(running(self.kind, environment, self.data))
                self._stack_held = held.pop_all()
            self._variant = variant
        self.await_calm()

    def _end_stack(self) -> None:
        self._variant = None
        self._stack_held.close()

    def await_calm(self) -> None:
        """Wait until every process of the stack runs and the API is ready."""

        def calm() -> bool:
            alive = all(child.process and child.process.poll() is None for child in self.stack.stack.children)
            return alive and self.stack.client.get("/readyz").status_code == 200

        eventually(lambda: quietly(calm))

    def upload(self, documents: Iterator[Document] | Sequence[Document]) -> list[str]:
        """The ids of new files, in their order."""
        with ThreadPoolExecutor(UPLOADERS) as pool:
            return list(pool.map(lambda document: self.stack.upload_file(*document), documents))

    # What the suite sees of the database; while that is away, what it saw last.

    @contextlib.contextmanager
    def read_session(self) -> Iterator[sa.Connection]:
        """A connection for queries only, which takes no lock on SQLite."""
        with self.engine.execution_options(sqlite_deferred=True).connect() as connection:
            yield connection

    def status(self, job: str) -> str:
        """The job's status."""
        with self.read_session() as connection:
            return str(connection.scalar(sa.select(BatchJob.status).where(BatchJob.id == job)))

    def count_items(self, job: str, *statuses: ItemStatus) -> int:
        """How many of its items are in one of these states."""
        query = sa.select(sa.func.count()).where(BatchItem.job_id == job, BatchItem.status.in_(statuses))
        with self.read_session() as connection:
            return int(connection.scalar(query) or 0)

    def await_progress(self, job: str, share: float, total: int) -> None:
        """Wait until this share of its items has ended and others are in work, or the job has ended."""

        def is_time() -> bool:
            is_far = total - self.count_items(job, *OPEN_ITEM) >= share * total
            return (is_far and self.count_items(job, ItemStatus.PROCESSING) > 0) or not self.is_open(job)

        await_long(is_time)

    def is_open(self, job: str) -> bool:
        """Whether the job runs."""
        return self.status(job) in OPEN_JOB

    def await_end(self, job: str) -> bool:
        """Wait for the job's end; False when it does not come."""
        return await_long(lambda: not self.is_open(job))

    @contextlib.contextmanager
    def stored_at(self, storage: Storage) -> Iterator[None]:
        """Another store for as long as the block lasts, to which the documents are copied."""
        with self.read_session() as connection:
            keys = connection.scalars(sa.select(File.storage_key).where(File.id.in_(self.items))).all()
        usual_store, self._store = self._store, storage
        try:
            for key in keys:
                storage.put(key, usual_store.get(key))
            yield
        finally:
            self._store = usual_store

    def stored_sizes(self, prefix: str) -> dict[str, int]:
        """Size by key of all objects below a prefix of the store."""
        if isinstance(self._store, LocalStorage):
            files = [path for path in self._store.path(prefix).rglob("*") if path.is_file()]
            return {str(path.relative_to(self._store.root)): path.stat().st_size for path in files}
        assert isinstance(self._store, ObjectStorage)
        return {one["path"]: one["size"] for some in obstore.list(self._store.store, prefix) for one in some}

    @property
    def broker_url(self) -> str:
        """Where the stack's processes find their broker."""
        supervisor = self.stack.stack._supervisor
        assert supervisor
        return supervisor._environment["SHEAF_BROKER_URL"]

    def log_files(self) -> list[Path]:
        """Logs of the stack's processes and of the servers."""
        return [*self.data.glob("logs/*.log"), *self.folder.glob("*/server.log")]


def quietly(look: Callable[[], bool]) -> bool:
    """What `look` answers; False while it cannot, because something it asks is away."""
    try:
        return look()
    except (sa.exc.DBAPIError, httpx.TransportError):
        return False


def await_long(look: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait until `look` answers True, for so long; False when it never did. Outages of what it asks are waited out."""
    last = time.monotonic() + seconds
    while not quietly(look):
        if time.monotonic() > last:
            return False
        time.sleep(0.03)
    return True
