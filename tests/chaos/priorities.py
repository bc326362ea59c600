"""No fault, but an order to keep: the urgent first."""

from __future__ import annotations

from chaos.evidence import Record
from chaos.fault import Act, Fault
from chaos.stage import KINDS, await_long
from models.states import ItemStatus, JobStatus

LOW, CRITICAL = 300, 100
"""Documents of the two jobs that come on top."""


class Priorities(Fault):
    """No fault: a job of low priority and then a critical one come on top; the critical one overtakes what waits."""

    name = "priorities"
    kinds = KINDS

    def inject(self, act: Act) -> None:
        options = {"page_size": 50, "continue_as_new_threshold": LOW}
        self._low = act.start(act.sources[:LOW], "low", **options)
        await_long(lambda: act.stage.status(self._low) == JobStatus.DISPATCHED)
        self._critical = act.start(act.sources[:CRITICAL], "critical", **options)

    def finish(self, act: Act) -> None:
        for job in (self._low, self._critical):
            act.stage.await_end(job)
        with act.stage.read_session() as connection:
            critical, low, medium = (
                claims(Record.read(connection, one)) for one in (self._critical, self._low, act.job)
            )
        # What a worker has fetched already, nothing overtakes: one message for each process.
        fetched = int(act.setting("message_items")) * act.stage.stack.settings.effective_workers()
        early = sum(one < critical[-1] for one in low)
        if early > fetched:
            act.broken.append(f"{early} items of low priority were taken before the critical ones")
        if critical[-1] > medium[-1]:
            act.broken.append("critical items waited for those of medium priority")


def claims(record: Record) -> list[float]:
    """When items of a job were first taken, in order."""
    first: dict[int, float] = {}
    for move in record.items:
        if move.new == ItemStatus.PROCESSING:
            first.setdefault(move.item, move.at)
    return sorted(first.values())
