"""A running service as benchmarks use it: its processes, and an HTTP client with its key."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from app.stack import Stack, connected
from models import ApiKey, Project, Session
from settings import Settings

BATCHES = "/api/v1/beta/batch-processing"
DIRECTORIES = "/api/v1/beta/directories"


@dataclass(frozen=True, slots=True)
class Service:
    """A stack that is kept running, and a client of it."""

    stack: Stack
    client: httpx.Client
    settings: Settings

    @contextlib.contextmanager
    def of_another_project(self) -> Iterator[Service]:
        """The same service to whoever has the key of a new project."""
        with connected(self.settings), Session.begin() as session:
            key = ApiKey.issue(session, Project.named(session, f"another {uuid.uuid4()}"))
        with client_of(self.stack, key) as client:
            yield replace(self, client=client)

    def directory(self, documents: Iterable[tuple[str, bytes]]) -> str:
        """The id of a new directory with these documents, given as (name, content)."""
        made: str = self.client.post(DIRECTORIES, json={"name": "benchmark"}).raise_for_status().json()["id"]
        for name, content in documents:
            file = {"upload_file": (name, content)}
            self.client.post(f"{DIRECTORIES}/{made}/files/upload", files=file).raise_for_status()
        return made

    def batch(self, directory: str, **fields: Any) -> str:
        """The id of a new job over a directory."""
        body = {"job_config": {}, "directory_id": directory, **fields}
        return str(self.client.post(BATCHES, json=body).raise_for_status().json()["id"])

    def status(self, job: str) -> dict[str, Any]:
        """The job as its status request shows it."""
        return dict(self.client.get(f"{BATCHES}/{job}").raise_for_status().json()["job"])

    def statuses(self, job: str) -> dict[str, str]:
        """Status of each of the first thousand items, by name."""
        page = self.client.get(f"{BATCHES}/{job}/items", params={"limit": 1000}).raise_for_status().json()
        return {item["item_name"]: item["status"] for item in page["items"]}

    def process(self, name: str) -> int:
        """Process id of one of the stack's processes."""
        return next(child.process.pid for child in self.stack.children if child.name == name and child.process)


@contextlib.contextmanager
def running(**variables: str) -> Iterator[Service]:
    """A stack on a data directory of its own, with these variables besides those of the environment."""
    before = dict(os.environ)
    os.environ.update(variables)
    stopping = threading.Event()
    try:
        with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
            settings = replace(Settings.from_env(), data_dir=str(Path(folder, "data")), port=0)
            with Stack(settings, is_passing=True) as stack:
                keeper = threading.Thread(target=keep, args=(stack, stopping), daemon=True)
                keeper.start()
                with client_of(stack, stack.key) as client:
                    yield Service(stack, client, settings)
                stopping.set()
                keeper.join()
    finally:
        stopping.set()
        os.environ.clear()
        os.environ.update(before)


def client_of(stack: Stack, key: str) -> httpx.Client:
    """A client with a key."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=stack.base_url, headers=headers, timeout=60, trust_env=False)


def keep(stack: Stack, stopping: threading.Event) -> None:
    """Start again what dies, as `sheaf serve` does, and tell."""
    while not stopping.wait(0.2):
        for event in stack.keep():
            print(event)


def wait_until(condition: Any, seconds: float, what: str) -> None:
    """Wait until `condition()` holds. Raises TimeoutError."""
    last = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > last:
            message = f"{what}: not within {seconds:g} s"
            raise TimeoutError(message)
        time.sleep(0.05)
