"""Lanes for what waits for other servers: however slowly these answer, threads are left for everybody else.

A worker's threads are shared by all jobs and projects. Requests to receivers of webhooks may hold two thirds of them, those of
one project three quarters of that, and those to one endpoint half of it. Whoever finds no lane does not wait in a thread: it stays
due, and is woken when a lane is free.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator


class Lanes:
    """How many requests are under way, in all and by what they have in common. Safe for threads."""

    def __init__(self, threads: int) -> None:
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._was_turned_away = False
        self.resize(threads)

    def resize(self, threads: int) -> None:
        """Say how many threads the worker has."""
        self._in_all = max(1, threads * 2 // 3)
        self._of_project = max(1, self._in_all * 3 // 4)
        self._of_endpoint = max(1, self._in_all // 2)

    @contextlib.contextmanager
    def taken(self, project: str, endpoint: str) -> Iterator[bool]:
        """Take a lane for a request of a project to an endpoint; False where there is none, and then nothing is held."""
        names = ("", f"project {project}", f"endpoint {endpoint}")
        bounds = (self._in_all, self._of_project, self._of_endpoint)
        with self._lock:
            is_free = all(self._under_way[name] < most for name, most in zip(names, bounds, strict=True))
            if is_free:
                self._under_way.update(names)
            else:
                self._was_turned_away = True
        try:
            yield is_free
        finally:
            if is_free:
                with self._lock:
                    self._under_way.subtract(names)

    def awaited(self) -> int:
        """How many lanes are free, if somebody was turned away since this was asked last, or is passed over; else 0."""
        with self._lock:
            was_turned_away = self._was_turned_away
            self._was_turned_away = was_turned_away and bool(self._full())
            return max(0, self._in_all - self._under_way[""]) if was_turned_away else 0

    def full_projects(self) -> list[str]:
        """Projects that have as many lanes as one endpoint may have, or more: what they still wait for may well find none.

        Were theirs woken first, because they are the oldest, those of other projects would wait behind all of them.
        """
        with self._lock:
            return self._full()

    def _full(self) -> list[str]:
        held = [name for name, count in self._under_way.items() if count >= self._of_endpoint]
        return [name.removeprefix("project ") for name in held if name.startswith("project ")]


DELIVERIES = Lanes(threads=12)
"""Those of this process; a worker says how many threads it has (tasks.celery)."""
