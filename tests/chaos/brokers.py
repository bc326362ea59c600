"""Faults of the broker: emptied, killed, and half open."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator, Mapping

import redis
from support.servers import valkey_server

from chaos.fault import Act, Fault
from chaos.processes import send
from chaos.proxy import Proxy
from chaos.stage import KINDS, Stage, await_long
from tasks.queues import QUEUES

AWAY_SECONDS = 3.0
SEPARATOR = b"\x06\x16"
"""Between a queue and its priority, in the name of a list."""


def client(stage: Stage) -> redis.Redis:
    """A connection to the stack's Redis or Valkey."""
    return redis.Redis.from_url(stage.broker_url.replace("redis+socket://", "unix://"))


def queue_of(key: bytes) -> str:
    """The queue of which this is one of the broker's lists; "" when it is none."""
    name = key.partition(SEPARATOR)[0].decode(errors="replace")
    return name if name in QUEUES else ""


def waiting(broker: redis.Redis) -> int:
    """How many messages wait in the broker's queues."""
    return sum(broker.llen(key) for key in broker.scan_iter(count=1000) if queue_of(key))


def held(broker: redis.Redis) -> set[bytes | str]:
    """The deliveries that a worker holds, or held when it died: those stay until their time-out, long after the suite."""
    return set(broker.hkeys("unacked"))


class FlushAll(Fault):
    """FLUSHALL: the broker has forgotten every message, and says nothing."""

    name = "flushall"

    def limit(self, act: Act) -> float:
        """Two ticks of the reconciler."""
        return 2 * act.setting("reconcile_seconds")

    def inject(self, act: Act) -> None:
        with contextlib.closing(client(act.stage)) as broker:
            await_long(lambda: waiting(broker) > 0)  # else there would be nothing to forget
            broker.flushall()


class KillBroker(Fault):
    """kill -9 of the broker, which starts again: Redis and Valkey empty, RabbitMQ with what it had written."""

    name = "kill-broker"
    kinds = KINDS
    is_outage = True

    def inject(self, act: Act) -> None:
        stage = act.stage
        if stage.broker is not None:
            stage.broker.end(signal.SIGKILL)
            act.pause(AWAY_SECONDS)
            stage.broker.start()
            return
        old = stage.stack.pid_of("valkey")
        send([old], signal.SIGKILL)
        while stage.stack.pid_of("valkey") == old:  # the stack itself starts it again
            time.sleep(0.05)


@contextlib.contextmanager
def proxied(stage: Stage) -> Iterator[Mapping[str, str]]:
    """A proxy between the stack and its broker; the embedded one runs on a port instead of its Unix socket."""
    with contextlib.ExitStack() as held:
        broker = stage.broker or held.enter_context(valkey_server(stage.subfolder("valkey")))
        stage.proxy = held.enter_context(Proxy(broker.url))
        yield {"SHEAF_BROKER_URL": stage.proxy.url}
        stage.proxy = None


class HalfOpen(Fault):
    """Connections to the broker swallow everything in both directions and are never closed; new ones work."""

    name = "half-open"
    variant = staticmethod(proxied)

    def inject(self, act: Act) -> None:
        assert act.stage.proxy
        if act.stage.proxy.swallow() == 0:
            act.broken.append("there was no connection to leave half open")
