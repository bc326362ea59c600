"""Signs of life: each process that takes messages says in SQL that it does, so that the API can tell whether anybody works.

A thread of its own says so, in pool processes too, because what is wanted is the number of processes that can take a document,
not that of parents whose pool may be gone.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection

from sqlalchemy import orm
from sqlalchemy.exc import SQLAlchemyError

from models import Session, WorkerProcess
from models.workers import LIFE_SECONDS
from storage import StorageError
from tasks import context
from tasks.lease import this_process

logger = logging.getLogger(__name__)

BEAT_SECONDS = LIFE_SECONDS / 3
"""Two signs in a row may be late or lost."""
GOODBYE_SECONDS = 2.0
"""How long a process that ends waits to be forgotten; a database that is away must not hold it."""


class Presence:
    """The signs of life of one process, from `begin` to `end`."""

    def __init__(self, name: str, queues: Collection[str]) -> None:
        self._name = name
        self._queues = frozenset(queues)
        self._parent = os.getppid()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="presence", daemon=True)

    def begin(self) -> None:
        """Start to leave signs."""
        self._thread.start()

    def end(self) -> None:
        """Leave no more signs, and say so."""
        self._stop.set()
        self._thread.join(GOODBYE_SECONDS)

    def _keep(self) -> None:
        process = this_process()
        while not self._stop.is_set() and os.getppid() == self._parent:  # an orphan takes no more messages
            self._say(lambda session: WorkerProcess.see(session, process, self._name, self._queues))
            self._stop.wait(BEAT_SECONDS)
        self._say(lambda session: WorkerProcess.leave(session, process))

    def _say(self, what: Callable[[orm.Session], None]) -> None:
        try:
            context.connect()
            with Session.begin() as session:
                what(session)
        except (SQLAlchemyError, StorageError, OSError) as error:
            logger.info("this process cannot say whether it lives: %s", error)


_present: dict[int, Presence] = {}
"""That of this process, by its number: what a fork copies is another's."""


def begin(name: str, queues: Collection[str]) -> None:
    """Start to leave signs of this process; without effect when it does."""
    if os.getpid() not in _present:
        _present[os.getpid()] = Presence(name, queues)
        _present[os.getpid()].begin()


def end() -> None:
    """Stop, and be forgotten at once."""
    if here := _present.pop(os.getpid(), None):
        here.end()
