"""Every message delivered twice: as soon as it is sent, and once more when it was acknowledged long ago."""

from __future__ import annotations

import ast
import contextlib
import json
import random
import re
import threading
import time
import uuid
from typing import Any

import redis

from chaos.brokers import client, held, queue_of, waiting
from chaos.fault import Act, Fault
from chaos.stage import await_long

ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"')
"""One argument of a command, as MONITOR shows it."""
MARK = "copy"
"""A header of copies, which are not copied again."""
DRAIN_SECONDS = 30.0


class Copier:
    """Sees what is pushed into the broker's queues, and pushes each message once more, as a delivery of its own."""

    def __init__(self, broker: redis.Redis, chance: random.Random) -> None:
        self._broker = broker
        self._chance = chance
        self._stale = held(broker)
        self._stop = threading.Event()
        self._sent: list[tuple[bytes, dict[str, Any]]] = []
        self._connection = broker.connection_pool.get_connection()
        self._connection.send_command("MONITOR")  # type: ignore[no-untyped-call]
        self._connection.read_response()
        self._thread = threading.Thread(target=self._watch, name="copies", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Copy no more."""
        self._stop.set()
        self._thread.join()
        self._connection.disconnect()  # type: ignore[no-untyped-call]
        self._broker.close()

    def again(self) -> int:
        """Deliver everything that was sent so far once more; how many messages."""
        sent = list(self._sent)
        for queue, message in sent:
            self._push(queue, message)
        return len(sent)

    def await_silence(self) -> None:
        """Wait until the workers have taken every message, and hold none."""
        await_long(lambda: not waiting(self._broker) and held(self._broker) <= self._stale, DRAIN_SECONDS)

    def _watch(self) -> None:
        while not self._stop.is_set():
            if not self._connection.can_read(timeout=0.05):
                continue
            line = self._connection.read_response(disable_decoding=True)
            command, *arguments = [ast.literal_eval(f'b"{one.decode()}"') for one in ARGUMENT.findall(line)]
            if command.upper() == b"LPUSH" and queue_of(arguments[0]):
                self._copy(arguments[0], json.loads(arguments[1]))

    def _copy(self, queue: bytes, message: dict[str, Any]) -> None:
        if MARK not in message["headers"]:
            self._sent.append((queue, message))
            self._push(queue, message)

    def _push(self, queue: bytes, message: dict[str, Any]) -> None:
        """As the next or as the last of its queue. The broker knows deliveries by their tag, so that a copy needs its own."""
        headers = message["headers"] | {MARK: True}
        properties = message["properties"] | {"delivery_tag": str(uuid.uuid4())}
        copy = json.dumps(message | {"headers": headers, "properties": properties})
        push = self._chance.choice([self._broker.lpush, self._broker.rpush])
        push(queue, copy)


class DuplicateMessages(Fault):
    """Every message is delivered twice from the start; in the middle and at the end, all that were acknowledged come again."""

    name = "duplicate-messages"

    def prepare(self, act: Act) -> None:
        self._copier = Copier(client(act.stage), act.random)

    def inject(self, act: Act) -> None:
        if self._copier.again() == 0:
            act.broken.append("there was no message to copy")

    def finish(self, act: Act) -> None:
        del act
        with contextlib.closing(self._copier):
            self._copier.again()
            time.sleep(0.5)
            self._copier.await_silence()
