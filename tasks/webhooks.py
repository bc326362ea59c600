"""Webhooks: recorded in the transaction that makes an event true, delivered by a task, tried again until delivered or dead.

A receiver that is slow or down costs nobody else anything: deliveries have a queue and lanes of their own (tasks.lanes).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence

import httpx
import sqlalchemy as sa
from sqlalchemy import orm

from models import BatchItem, Session, WebhookConfig, WebhookDelivery, read_session
from models.sealed import UnreadableError
from models.shapes import EventEchoes
from tasks import context, lanes, log_context
from tasks.celery import app
from tasks.endpoints import END, RESULT, SEQUENCE, endpoints_of, sealed_target, target_of, wants
from tasks.job_spec import JobSpec
from tasks.publish import send, send_bounded
from tasks.webhook_requests import REQUEST_SECONDS, post_delivery

logger = logging.getLogger(__name__)

DELAYS = (1, 2, 4, 30, 60, 120, 300, 900, 1800, 3600)
"""Seconds before each further attempt; the last one repeats. The first three are LlamaCloud's."""
AT_ONCE = 1000
"""Deliveries that one transaction publishes; if it recorded more, the reconciler publishes the rest."""
STEP = 200
"""Deliveries that are due and are published by one message."""


def record_events(
    session: orm.Session,
    spec: JobSpec,
    name: str,
    items: sa.ColumnElement[bool],
    wake: Callable[[Sequence[str]], object] | None = None,
) -> None:
    """Write into the outbox, in the caller's transaction, what happened to the items that meet a condition.

    `name` is `pending`, `running`, `success`, `partial_success`, `error` or `cancelled`. Each endpoint that asked for the event
    costs one statement, however many items there are; items without a parse or classify job, and what was told before, are
    left out. After the commit `wake` is called with the ids of the new deliveries; it publishes them.
    """
    sequence = SEQUENCE.get(name, END)
    recorded: list[str] = []
    for target in endpoints_of(session, spec.project_id, spec.config):
        if wants(target, spec.job_type, name):
            delivery = WebhookDelivery(
                project_id=spec.project_id,
                endpoint=target["number"],
                sequence=sequence,
                event_type=RESULT if target["format"] == RESULT else f"{spec.job_type}.{name}",
                target=sealed_target(target),
                webhook_config_id=target["webhook_config_id"],
                request_id=spec.request_id,
                payload={"data": echoes_of(spec)},
            )
            recorded += delivery.record_for(session, items)
    if recorded:
        sa.event.listen(session, "after_commit", lambda _session: (wake or publish)(recorded), once=True)


def echoes_of(spec: JobSpec) -> EventEchoes:
    """What an event's data repeats of the configuration: its tags, where it has some."""
    echoes: EventEchoes = {}
    if custom_metadata := spec.metadata.get("custom_metadata"):
        echoes["custom_metadata"] = custom_metadata
    if resource_info := spec.metadata.get("resource_info"):
        echoes["resource_info"] = resource_info
    return echoes


@app.task(name="webhooks.deliver")
def deliver_webhook(delivery_id: str) -> str:
    """Send one delivery, if it is due and has a lane, and tell what came of it, for Flower."""
    log_context.about(delivery=delivery_id)
    context.connect()
    with Session.begin() as session:
        delivery = WebhookDelivery.claim(session, delivery_id, seconds=2 * REQUEST_SECONDS)
    if delivery is None:
        return "not due"
    log_context.about(work=delivery.work_id, **log_context.headers(delivery.request_id))
    with read_session() as session:
        config_id = delivery.webhook_config_id
        saved = session.get(WebhookConfig, config_id) if config_id is not None else None
    if config_id is not None and saved is None:
        with Session.begin() as session:
            delivery.give_up(session, "the saved webhook was deleted")
        return f"{delivery.event_type} of {delivery.work_id}: its saved webhook was deleted"
    with lanes.DELIVERIES.taken(delivery.project_id, host_of(delivery, saved)) as is_free:
        came = attempt(delivery, saved) if is_free else put_back(delivery)
    if is_free and (free := lanes.DELIVERIES.awaited()):
        with read_session() as session:
            publish(WebhookDelivery.due(session, 2 * free, passing_over=lanes.DELIVERIES.full_projects()))
    return f"{delivery.event_type} of {delivery.work_id}: {came}"


def host_of(delivery: WebhookDelivery, saved: WebhookConfig | None) -> str:
    """Where a delivery goes; empty where that cannot be read, of which the attempt complains."""
    try:
        return httpx.URL(target_of(delivery, saved)["url"]).netloc.decode()
    except (UnreadableError, httpx.InvalidURL):
        return ""


def put_back(delivery: WebhookDelivery) -> str:
    """Leave a claimed delivery due, with no attempt counted."""
    with Session.begin() as session:
        delivery.put_back(session)
    return "waits for a lane"


def attempt(delivery: WebhookDelivery, saved: WebhookConfig | None) -> str:
    """Send a claimed delivery, note what came of it, and come back to it soon if it has to be tried again."""
    worker_context = context.current()
    with read_session() as session:
        item = session.get(BatchItem, delivery.item_id) if delivery.item_id is not None else None
    problem = post_delivery(delivery, item, worker_context.storage, worker_context.settings.outbound_allow, saved)
    delay = DELAYS[min(delivery.attempts - 1, len(DELAYS) - 1)]
    patience = dt.timedelta(hours=worker_context.settings.webhook_hours)
    with Session.begin() as session:
        delivery.settle(session, problem, delay, patience)
    if problem:
        logger.warning("attempt %d of a webhook failed: %s", delivery.attempts, problem)
    if problem and delay < DELAYS[3]:
        send(deliver_webhook, delivery.id, countdown=delay)
    return problem or "delivered"


def wake_for(job_id: str) -> None:
    """Wake up whoever sends the deliveries of a job, from inside a request. Bounded, never raises."""
    send_bounded(deliver_due, job_id)


def wake_in_request(delivery_ids: Sequence[str]) -> bool:
    """Wake somebody up for each of a few deliveries, from inside a request. Bounded: at the first that is not sent it ends."""
    return all(send_bounded(deliver_webhook, delivery_id) for delivery_id in delivery_ids)


def publish(delivery_ids: Sequence[str]) -> bool:
    """Wake somebody up for each delivery; False when the broker did not answer, and the rest is left to the reconciler."""
    return all(send(deliver_webhook, delivery_id) for delivery_id in delivery_ids[:AT_ONCE])


@app.task(name="webhooks.deliver_due")
def deliver_due(job_id: str | None = None, after: str = "") -> None:
    """Wake somebody up for deliveries that are due: the oldest ones, or all of one job, step by step from behind an id on.

    Projects whose lanes are full are passed over: a delivery of theirs that ends wakes the next.
    """
    context.connect()
    with read_session() as session:
        due = (
            WebhookDelivery.due_of_job(session, job_id, after, STEP)
            if job_id is not None
            else WebhookDelivery.due(session, STEP, passing_over=lanes.DELIVERIES.full_projects())
        )
    if publish(due) and job_id is not None and len(due) == STEP:
        send(deliver_due, job_id, due[-1])
