"""Numbers for Prometheus, read from SQL and the broker at every scrape: true whatever process answers.

What one process alone knows says so in its name's help.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import orm
from sqlalchemy.orm import InstrumentedAttribute

from models import BatchItem, BatchJob, WebhookDelivery, WorkerProcess, read_session
from models.states import ItemStatus, JobStatus
from models.webhooks import DeliveryStatus
from tasks.broker_epoch import depth
from tasks.celery import app as celery
from tasks.publish import BROKER_ERRORS, dropped
from tasks.queues import QUEUES

Counts = Mapping[enum.StrEnum, int]
FINAL = {
    ItemStatus.COMPLETED: BatchJob.processed_items,
    ItemStatus.FAILED: BatchJob.failed_items,
    ItemStatus.SKIPPED: BatchJob.skipped_items,
    ItemStatus.CANCELLED: BatchJob.cancelled_items,
}


def exposition() -> bytes:
    """All numbers in Prometheus' text format. Raises SQLAlchemy's errors when the database is away."""
    registry = CollectorRegistry()
    registry.register(Numbers())
    return generate_latest(registry)


class Numbers(Collector):
    """The numbers of this moment."""

    def collect(self) -> Iterator[Metric]:
        """Count."""
        with read_session() as session:
            yield _family("sheaf_jobs", "Batch jobs by status.", JobStatus, _grouped(session, BatchJob.status))
            yield _family("sheaf_items", "Items of batch jobs by status.", ItemStatus, _items(session))
            deliveries = _grouped(session, WebhookDelivery.status)
            yield _workers(session)
            yield _family("sheaf_webhooks", "Webhook deliveries by status.", DeliveryStatus, deliveries)
        yield from _waiting()
        yield _dropped()


def _grouped(session: orm.Session, column: InstrumentedAttribute[Any]) -> Counts:
    return {row[0]: row[1] for row in session.execute(sa.select(column, sa.func.count()).group_by(column))}


def _items(session: orm.Session) -> Counts:
    """Ended jobs know their counts, so that only the items of open ones are counted."""
    open_items = (
        sa.select(BatchItem.status, sa.func.count())
        .join(BatchJob, BatchJob.id == BatchItem.job_id)
        .where(BatchJob.completed_at.is_(None))
        .group_by(BatchItem.status)
    )
    counts: dict[Any, int] = {row[0]: row[1] for row in session.execute(open_items)}
    sums = sa.select(*(sa.func.sum(column) for column in FINAL.values())).where(BatchJob.completed_at.is_not(None))
    for status, total in zip(FINAL, session.execute(sums).one(), strict=True):
        counts[status] = counts.get(status, 0) + int(total or 0)
    return counts


def _family(name: str, text: str, kinds: Iterable[enum.StrEnum], counts: Counts) -> Metric:
    family = GaugeMetricFamily(name, text, labels=["status"])
    for kind in kinds:
        family.add_metric([kind.value], counts.get(kind, 0))
    return family


def _workers(session: orm.Session) -> Metric:
    family = GaugeMetricFamily("sheaf_workers", "Live worker processes that serve a queue.", labels=["queue"])
    living = WorkerProcess.living(session)
    for name in QUEUES:
        family.add_metric([name], living[name])
    return family


def _waiting() -> Iterator[Metric]:
    """Messages that wait in each queue, as far as the broker tells; the family is left out when it does not answer."""
    family = GaugeMetricFamily("sheaf_queue_messages", "Messages waiting in a queue.", labels=["queue"])
    try:
        with celery.connection_for_read(connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
            for name in QUEUES:
                family.add_metric([name], depth(connection, name))
    except BROKER_ERRORS:
        return
    yield family


def _dropped() -> Metric:
    text = "Messages that the API process which answers left to the reconciler, since its broker hangs."
    family = CounterMetricFamily("sheaf_messages_dropped", text, labels=["task"])
    for name, count in sorted(dropped.items()):
        family.add_metric([name], count)
    return family
