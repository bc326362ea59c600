"""A server that takes webhooks, as a user of the API would run one."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import pytest

from support.waiting import CEILING, eventually


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request that arrived."""

    path: str
    headers: Message
    body: bytes
    at: float
    """When; monotonic."""

    @property
    def event(self) -> dict[str, Any]:
        """The event, whether its body is an object or a string that holds one."""
        found = json.loads(self.body)
        event: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
        return event


@dataclass
class Receiver:
    """What arrived at `url`, and the statuses that the next requests are answered with; after them it is 200."""

    url: str
    deliveries: list[Delivery] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def at(self, path: str, count: int, seconds: float = CEILING) -> list[Delivery]:
        """The first `count` deliveries at a path, as soon as they are there."""

        def found() -> list[Delivery]:
            here = [one for one in self.deliveries if one.path == path]
            return here[:count] if len(here) >= count else []

        return eventually(found, seconds)

    def told(self, path: str) -> dict[str, list[str]]:
        """The types of the events that arrived at a path so far, by job, in the order that their sequence numbers say."""
        here = [one.event for one in self.deliveries if one.path == path]
        jobs: dict[str, list[str]] = {}
        for event in sorted(here, key=lambda event: event["data"]["sequence"]):
            jobs.setdefault(event["data"]["job_id"], []).append(event["event_type"])
        return jobs

    def events(self, path: str) -> list[str]:
        """The types of the events that arrived at a path so far."""
        return [one.event["event_type"] for one in self.deliveries if one.path == path]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on the loopback, which only the operator's permission opens to webhooks."""
    with receiving() as made:
        yield made


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver in a thread."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.deliveries.append(Delivery(self.path, self.headers, body, time.monotonic()))
            self.send_response(made.answers.pop(0) if made.answers else 200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
