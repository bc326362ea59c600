"""How far something is: a live bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

LINE_SECONDS = 5.0
"""At most one plain line in this time, besides the last."""


class Meter:
    """Shows progress on standard error; use as a context manager."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._said = time.monotonic()
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
        is_due = time.monotonic() - self._said >= LINE_SECONDS or done >= total
        if is_due and line != self._last:
            self._console.print(line, highlight=False)
            self._said, self._last = time.monotonic(), line
