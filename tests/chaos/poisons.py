"""Documents that take their process down, among others that do not (tests/support/hostile/sitecustomize.py)."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from typing import ClassVar

import sqlalchemy as sa

from chaos.brokers import client, held
from chaos.fault import PROMISE_SECONDS, Act, Fault
from chaos.stage import Stage, await_long
from models import BatchItem
from models.states import OPEN_ITEM, ItemStatus


@contextlib.contextmanager
def strict(_stage: Stage) -> Iterator[Mapping[str, str]]:
    """Limits of time and memory under which a poison is found out in seconds."""
    yield {
        "SHEAF_ITEM_MEMORY_MB": "900",
        "SHEAF_ITEM_TIMEOUT_SECONDS": "6",
        "SHEAF_MESSAGE_TIMEOUT_SECONDS": "5",
    }


class Poison(Fault):
    """A document that takes its process down. The fault lasts from its first claim until its last attempt has ended."""

    variant = staticmethod(strict)
    is_outage = True
    word: ClassVar[str]
    code: ClassVar[str]
    count: ClassVar[int] = 1

    def prepare(self, act: Act) -> None:
        with contextlib.closing(client(act.stage)) as broker:
            self._stale = held(broker)
        content = f"POISON {self.word} {uuid.uuid4()}"  # what was found out about other bytes is not about these
        documents = [(f"{self.word}-{n}.txt", f"{content} {n}".encode()) for n in range(self.count)]
        ids = act.stage.upload(documents)
        act.poisons = dict.fromkeys(ids, self.code)
        act.sources = list(act.sources)
        for one in ids:
            place = int(len(act.sources) * super().moment(act))
            act.sources.insert(place, one)

    def await_moment(self, act: Act) -> None:
        await_long(lambda: self._count(act, ItemStatus.PENDING) < self.count)

    def inject(self, act: Act) -> None:
        await_long(lambda: self._count(act, *OPEN_ITEM) == 0)

    def finish(self, act: Act) -> None:
        """Nobody may be busy with it still."""
        with contextlib.closing(client(act.stage)) as broker:
            if not await_long(lambda: held(broker) <= self._stale, PROMISE_SECONDS):
                count = len(held(broker) - self._stale)
                act.broken.append(f"{count} messages held up by it {PROMISE_SECONDS:.0f} s after the end")

    def _count(self, act: Act, *statuses: ItemStatus) -> int:
        query = sa.select(sa.func.count()).where(
            BatchItem.job_id == act.job, BatchItem.source_id.in_(act.poisons), BatchItem.status.in_(statuses)
        )
        with act.stage.read_session() as connection:
            return int(connection.scalar(query) or 0)


class PoisonCrash(Poison):
    """Documents that crash their process by a segmentation fault."""

    name, word, code, count = "poison-crash", "crash", "WORKER_LOST", 3


class PoisonLoop(Poison):
    """A document that never ends."""

    name, word, code = "poison-loop", "spin", "TIMEOUT"


class PoisonGrip(Poison):
    """A document that never ends and holds the interpreter, so that nothing in its process can watch over it."""

    name, word, code = "poison-grip", "grip", "TIMEOUT"


class PoisonMemory(Poison):
    """Documents that take more and more memory."""

    name, word, code, count = "poison-memory", "gorge", "OUT_OF_MEMORY", 2
