"""How far something is: a live bar on a terminal, a plain line now and then elsewhere; and many things done at once."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

LINE_SECONDS = 5.0
"""At most one plain line in this time, besides the last."""
STARTING = "Starting: API, workers, broker, database"
TEND_SECONDS = 0.5
"""How often to tend to other things while waiting."""

Thing = TypeVar("Thing")
Result = TypeVar("Result")
OnWait = Callable[[], None]
"""Called again and again while waiting."""


def do_nothing(*_: object) -> None:
    """Tend to nothing."""


class Meter:
    """Shows progress on standard error; use as a context manager."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._printed_at = time.monotonic()
        self._last = ""
        self._bar: Progress | None = None
        if console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[note]}"),
            )
            self._bar = Progress(*columns, console=console)
            self._task = self._bar.add_task(title, total=None, note="")

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, done: int, total: int, note: str = "") -> None:
        """`done` of `total`, and something to say about it."""
        if self._bar:
            self._bar.update(self._task, completed=done, total=total, note=note)
            return
        line = f"{self._title}: {done}/{total}{f' ({note})' if note else ''}"
        is_due = time.monotonic() - self._printed_at >= LINE_SECONDS or done >= total
        if is_due and line != self._last:
            self._console.print(line, highlight=False)
            self._printed_at, self._last = time.monotonic(), line


@contextlib.contextmanager
def working_on(console: Console, what: str) -> Iterator[None]:
    """Say on a terminal what is going on, for as long as the block lasts; nothing elsewhere."""
    with console.status(what) if console.is_terminal else contextlib.nullcontext():
        yield


def one_each(_thing: object) -> int:
    """Each thing counts as one."""
    return 1


def at_once(
    threads: int,
    work: Callable[[Thing], Result],
    things: Sequence[Thing],
    meter: Meter,
    tend: OnWait = do_nothing,
    count: Callable[[Thing], int] = one_each,
) -> list[Result]:
    """Do `work` on all things, so many at a time; answers the results in the order of the things.

    The meter shows each of them as so many as it counts. The first error ends it, as does Ctrl-C: what has not begun by then
    is left, and what has is not waited for.
    """
    finished: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
    pool = ThreadPoolExecutor(threads)
    futures = {pool.submit(work, one): count(one) for one in things}
    for future in futures:
        future.add_done_callback(finished.put)
    left, done, total = len(futures), 0, sum(futures.values())
    try:
        while left:
            with contextlib.suppress(queue.Empty):
                future = finished.get(timeout=TEND_SECONDS)
                future.result()
                left -= 1
                done += futures[future]
                meter.show(done, total)
            tend()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [future.result() for future in futures]
