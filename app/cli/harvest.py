"""Results written while others are still being made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ALL_COMPLETED, Future, ThreadPoolExecutor, wait

from app.cli.outputs import DocumentReport
from app.cli.progress import TEND_SECONDS, OnWait
from app.client import Client, ClientError, ItemAnswer

BLOCK = 200
"""Items asked for at once: what the workers hold at one time fits into a block or two."""
DOWNLOADS = 6
"""Results fetched at a time."""
OPEN = frozenset({"pending", "processing"})


class Arrivals:
    """The items of a job as they end, each once.

    The list is read in blocks, in the order in which the workers go through it. One of which all items have ended is never
    read again, and one behind a block in which nothing has begun, not yet; so a look costs as many requests as there are
    blocks in work, however long the list is.
    """

    def __init__(self, client: Client, job_id: str) -> None:
        self._client = client
        self._job_id = job_id
        self._open: dict[int, set[str]] = {}
        """Of each block that is in work, by its offset: the ids of the items that were told."""
        self._last = -BLOCK
        self._is_last_full = self._is_last_begun = True

    def take(self, *, is_over: bool) -> Iterator[ItemAnswer]:
        """What has ended since the last look; everything else when the job is over. Raises ClientError."""
        for offset in sorted(self._open):
            yield from self._look(offset)
        while self._is_last_full and (is_over or self._is_last_begun):
            self._last += BLOCK
            yield from self._look(self._last)

    def _look(self, offset: int) -> list[ItemAnswer]:
        block = self._client.item_page(self._job_id, offset=offset, limit=BLOCK)["items"]
        ended = [item for item in block if item["status"] not in OPEN]
        seen = self._open.setdefault(offset, set())
        fresh = [item for item in ended if item["item_id"] not in seen]
        seen.update(item["item_id"] for item in fresh)
        if len(ended) == BLOCK:
            del self._open[offset]
        if offset == self._last:  # one that is not full may grow: a long list is written while it is worked on
            self._is_last_full = len(block) == BLOCK
            self._is_last_begun = any(item["status"] != "pending" for item in block)
        return fresh


class Harvest:
    """Writes the result of each item that is added, several at a time. Ctrl-C may come in the middle of any of its methods.

    `write` raises ClientError for what concerns more than one document: `check` and `finish` raise it again.
    """

    def __init__(self, write: Callable[[ItemAnswer], DocumentReport]) -> None:
        self._write = write
        self._pool = ThreadPoolExecutor(DOWNLOADS)
        self._begun: dict[str, Future[None]] = {}
        self._lock = threading.Lock()
        self._outcomes: dict[str, DocumentReport] = {}
        self._errors: list[ClientError] = []

    def add_items(self, items: Iterable[ItemAnswer]) -> None:
        """Begin to write the results of items that have ended, each once."""
        for item in items:
            if item["item_name"] not in self._begun:
                self._begun[item["item_name"]] = self._pool.submit(self._do, item)

    def check(self) -> None:
        """Raise ClientError when one was met."""
        if self._errors:
            raise self._errors[0]

    def outcomes(self) -> dict[str, DocumentReport]:
        """What came of each document so far, by name."""
        with self._lock:
            return dict(self._outcomes)

    def finish(self, tend: OnWait) -> Iterator[None]:
        """Wait for the last one, in steps. Raises ClientError, and what nobody foresaw: no document goes missing silently."""
        while busy := [one for one in self._begun.values() if not one.done()]:
            wait(busy, timeout=TEND_SECONDS, return_when=ALL_COMPLETED)
            tend()
            self.check()
            yield
        self.check()
        for one in self._begun.values():
            one.result()

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _do(self, item: ItemAnswer) -> None:
        try:
            outcome = self._write(item)
        except ClientError as error:
            self._errors.append(error)
            return
        with self._lock:
            self._outcomes[outcome.file] = outcome
