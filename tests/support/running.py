"""The real stack, running: API, workers, beat and broker as processes, started once for each kind of database and broker.

Tests talk to it over HTTP like anybody else.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from app.stack import Stack
from models import ApiKey, Project, migration
from models.base import make_engine
from settings import Settings
from support.places import ROOT
from support.waiting import CEILING, eventually

KINDS = ["sqlite+valkey", "postgresql+redis"]
QUICK = {
    "SHEAF_DRAIN_SECONDS": "5",
    "SHEAF_ITEM_MEMORY_MB": "900",
    "SHEAF_ITEM_TIMEOUT_SECONDS": "120",
    "SHEAF_LEASE_SECONDS": "8",
    "SHEAF_MAX_FILE_MB": "2",
    "SHEAF_MESSAGE_TIMEOUT_SECONDS": "60",
    "SHEAF_MIN_JOB_TIMEOUT_SECONDS": "1",
    "SHEAF_OUTBOUND_ALLOW": "127.0.0.1",
    "SHEAF_RECONCILE_SECONDS": "1",
    "SHEAF_SECRET_KEY": "a key that encrypts what the tests call secret",
    "SHEAF_SNAPSHOT_ITEMS": "120",
    "SHEAF_STALLED_SECONDS": "3",
    "SHEAF_WORKERS": "2",
}
"""Settings under which what takes minutes in production takes seconds."""
HOSTILE = Path(__file__).with_name("hostile")
"""Makes the workers know documents that misbehave."""
MEASURING = "COVERAGE_PROCESS_CONFIG"
"""A variable by which processes note which lines they run; they write it down when they are asked to end, not when killed."""
ENDS = ("completed", "failed", "cancelled")
BATCHES = "/api/v1/beta/batch-processing"
DIRECTORIES = "/api/v1/beta/directories"
FILES = "/api/v1/beta/files"

Document = tuple[str, bytes]
"""A file's name and content."""


class Tenant:
    """A project of its own on a running stack, seen through its key: nobody else's jobs, files or cached results."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        headers = {"Authorization": f"Bearer {key}"}
        self.client = httpx.Client(base_url=url, headers=headers, timeout=CEILING, trust_env=False)

    def ask(self, method: str, path: str, *, expect: int | None = None, **options: Any) -> Any:
        """The JSON of a successful request, None when it is empty; with `expect`, the JSON of an answer with this status."""
        answer = self.client.request(method, path, **options)
        assert answer.status_code == expect if expect else answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def upload_file(self, name: str, content: bytes) -> str:
        """The id of a new file."""
        answer = self.ask("POST", FILES, data={"purpose": "parse"}, files={"file": (name, content)})
        return str(answer["id"])

    def upload(self, documents: Iterable[Document]) -> str:
        """The id of a new directory with these documents."""
        directory = str(self.ask("POST", DIRECTORIES, json={"name": "documents"})["id"])
        for name, content in documents:
            self.ask("POST", f"{DIRECTORIES}/{directory}/files/upload", files={"upload_file": (name, content)})
        return directory

    def batch(self, directory: str | None = None, parameters: dict[str, Any] | None = None, **fields: Any) -> str:
        """The id of a new batch over a directory, or over `item_ids`; `fields` go into the request as they are."""
        body = {"job_config": {"parameters": parameters or {}}, "directory_id": directory, **fields}
        return str(self.ask("POST", BATCHES, expect=201, json=body)["id"])

    def wait(self, job: str, seconds: float = CEILING) -> dict[str, Any]:
        """The batch once it has ended, as its status request shows it. Raises AssertionError after `seconds`."""

        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask("GET", f"{BATCHES}/{job}")
            return found["job"] if found["job"]["status"] in ENDS else None

        return eventually(ended, seconds) or {}

    def until_queued(self, job: str, queue: str, messages: int) -> None:
        """Wait until a batch is dispatched, and so many messages wait: it is `dispatched` a moment before its last is sent.

        They may be more: a page that waits for long is sent again.
        """
        depth = re.compile(rf'^sheaf_queue_messages{{queue="{queue}"}} (\d+)', re.MULTILINE)

        def is_queued() -> bool:
            found = depth.search(self.client.get("/metrics").text)
            is_dispatched = self.ask("GET", f"{BATCHES}/{job}")["job"]["status"] == "dispatched"
            return is_dispatched and found is not None and int(found[1]) >= messages

        eventually(is_queued)

    def items(self, job: str, **query: Any) -> dict[str, dict[str, Any]]:
        """The first thousand items of a batch, by name."""
        page = self.ask("GET", f"{BATCHES}/{job}/items", params={"limit": 1000, **query})
        return {item["item_name"]: item for item in page["items"]}

    def run(self, documents: Iterable[Document], parameters: dict[str, Any] | None = None, **fields: Any) -> Any:
        """Upload, process, wait: the items by name."""
        job = self.batch(self.upload(documents), parameters, **fields)
        assert self.wait(job)["status"] == "completed"
        return self.items(job)

    def parsed(self, work: str, *expand: str) -> dict[str, Any]:
        """The result of an item's `job_id`."""
        found: dict[str, Any] = self.ask("GET", f"/api/v2/parse/{work}", params={"expand": list(expand)})
        return found

    def until_parsed(self, work: str, *expand: str) -> dict[str, Any]:
        """The result of a parse job of its own, once it has ended well."""
        path = f"/api/v2/parse/{work}"
        eventually(lambda: self.ask("GET", path)["job"]["status"] == "COMPLETED")
        return self.parsed(work, *expand)


class RunningStack(Tenant):
    """A running stack and the tenant it made at its start. `logs` is the folder of its processes' logs."""

    def __init__(self, stack: Stack, kind: str, settings: Settings) -> None:
        super().__init__(stack.base_url, stack.key)
        self.stack = stack
        self.kind = kind
        self.settings = settings
        self.logs = stack.logs
        self.engine = make_engine(settings.effective_database_url(), pool_size=1)

    def tenant(self, name: str | None = None) -> Tenant:
        """A new project with a key."""
        with Session(self.engine) as session, session.begin():
            key = ApiKey.issue(session, Project.named(session, name or f"test {uuid.uuid4()}"))
        return Tenant(self.url, key)

    def pid_of(self, name: str) -> int:
        """Process id of one of the stack's processes: `api`, `documents`, `control` or `beat`; of the next when it just died."""
        (child,) = [one for one in self.stack.children if one.name == name]
        return eventually(lambda: (process := child.process) and process.poll() is None and process).pid

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()
        self.engine.dispose()


@pytest.fixture(scope="session", params=KINDS)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The real stack, of each kind in turn."""
    kind = request.param
    with contextlib.ExitStack() as held:
        given = dict(QUICK)
        if kind == "postgresql+redis":
            given["SHEAF_DATABASE_URL"] = held.enter_context(request.getfixturevalue("postgres_server").database())
            given["SHEAF_BROKER_URL"] = (
                request.getfixturevalue("redis_url").removesuffix("/0") + "/1"
            )  # other tests use 0
        yield held.enter_context(running(kind, given, tmp_path_factory.mktemp("stack"), measured=False))


once = pytest.mark.parametrize("stack", KINDS[:1], indirect=True)
"""For what the kind of database and broker has nothing to do with."""


@pytest.fixture
def tenant(stack: RunningStack) -> Iterator[Tenant]:
    """A project of this test's own."""
    made = stack.tenant()
    yield made
    made.client.close()


@pytest.fixture
def stranger(stack: RunningStack) -> Iterator[Tenant]:
    """Another project on the same stack."""
    made = stack.tenant()
    yield made
    made.client.close()


@contextlib.contextmanager
def running(
    kind: str,
    environment: dict[str, str],
    data_dir: Path,
    *,
    flower_port: int | None = None,
    measured: bool = True,
) -> Iterator[RunningStack]:
    """A stack with these variables, kept alive as `sheaf serve` does; with Flower when it is given a port.

    One that is `measured` notes the lines it runs, where lines are counted at all: it takes nearly twice as long.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in os.environ if one.startswith("SHEAF_")]:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, [HOSTILE, ROOT])))  # the code of this checkout
        if not measured:
            patch.delenv(MEASURING, raising=False)
        settings = Settings.from_env(data_dir=str(data_dir), port=0)
        if settings.database_url:
            migration.upgrade(settings.database_url)
        stack = Stack(settings, flower_port=flower_port)
        stack.__enter__()  # its processes have got their variables now
    stopping = threading.Event()

    def keep() -> None:
        while not stopping.wait(0.2):
            stack.keep()

    keeper = threading.Thread(target=keep, name="keep", daemon=True)
    keeper.start()
    made = RunningStack(stack, kind, settings)
    try:
        yield made
    finally:
        stopping.set()
        keeper.join()
        made.close()
        if measured and MEASURING in os.environ:
            stack.drain(is_impatient=lambda: False)
        stack.__exit__(None, None, None)
