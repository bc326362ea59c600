"""Messages of requests, when the broker takes connections and never answers."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator

import celery
import pytest
from flask.testing import FlaskClient
from support.running import eventually

from settings import Settings
from tasks import publish
from tasks.celery import create
from tasks.publish import WAITING, send_bounded


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """Port of a server that takes every connection and says nothing."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(listener.accept()[0])

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    for one in taken:
        one.close()
    thread.join()


def a_task(broker_url: str) -> celery.Task[[], None]:
    """A task that is sent by way of this broker, and of no other application of this process."""

    @create(Settings(broker_url=broker_url)).task(name="test.wake", shared=False)
    def wake() -> None:
        """Would wake somebody up."""

    return wake


def test_of_a_broker_that_hangs_only_so_many_messages_wait(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publish, "BOUND_SECONDS", 0.01)
    with caplog.at_level(logging.WARNING, "tasks.publish"), silent_server() as port:
        waking = a_task(f"redis://127.0.0.1:{port}/0")
        assert not any(send_bounded(waking) for _ in range(WAITING + 10))
        lines = [one for one in caplog.messages if one.startswith("test.wake is dropped and left to the reconciler")]
        count = publish.dropped["test.wake"]
        assert 0 < len(lines) <= count
        assert f'sheaf_messages_dropped_total{{task="test.wake"}} {float(count)}' in client.get("/metrics").text
    well = a_task("memory://")
    assert eventually(lambda: send_bounded(well)), "what waited is given up, and room for others"
