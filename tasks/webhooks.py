"""Webhooks: recorded in the transaction that makes an event true, delivered by a task, tried again until delivered or dead.

Body and headers are LlamaCloud's (docs/webhooks.md). The event id is that of the outbox row, so it is the
same on every retry. A receiver that is slow or down costs nobody else anything: deliveries have a queue of their own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Sequence
from typing import Literal, NotRequired, TypedDict, cast

import httpx
import sqlalchemy as sa
from sqlalchemy import orm

from engines.parameters.masking import without_credentials
from engines.results import PageResult
from models import BatchItem, ProcessingResult, Session, WebhookConfig, WebhookDelivery, read_session
from models.sealed import UnreadableError
from models.shapes import EventEchoes
from models.states import ItemStatus
from storage import Storage, StorageError
from tasks import context, egress, log_context
from tasks.celery import app
from tasks.endpoints import END, RESULT, SEQUENCE, endpoints_of, sealed_target, target_of, wants
from tasks.job_spec import JobSpec
from tasks.publish import send, send_bounded

logger = logging.getLogger(__name__)

DELAYS = (1, 2, 4, 30, 60, 120, 300, 900, 1800, 3600)
"""Seconds before each further attempt; the last one repeats. The first three are LlamaCloud's."""
REQUEST_SECONDS = 30.0
"""How long a receiver may take to answer."""
USER_AGENT = "llamaindex-webhook-service/1.0"
"""LlamaCloud's, as all headers are."""
AT_ONCE = 1000
"""Deliveries that one transaction publishes; if it recorded more, the reconciler publishes the rest."""
STEP = 200
"""Deliveries that are due and are published by one message."""


class EventData(EventEchoes):
    """The `data` of an event. `item_id`, `sequence` and `skip_reason` are extensions."""

    id: str
    """Of the parse or classify job; `job_id` is the same."""
    job_id: str
    item_id: NotRequired[str]
    sequence: NotRequired[int]
    skip_reason: NotRequired[str]


class Event(TypedDict):
    """The body of a request as LlamaCloud shapes it."""

    event_id: str
    event_type: str
    timestamp: float
    """When it was recorded, in seconds since 1970, UTC."""
    data: EventData


class LegacyResult(TypedDict):
    """What the legacy `webhook_url` gets; the last three only when there is no result."""

    txt: str
    md: str
    json: list[PageResult]
    images: list[str]
    """Names of the pictures."""
    status: NotRequired[Literal["CANCELLED", "ERROR"]]
    error_code: NotRequired[str | None]
    error_message: NotRequired[str | None]


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
    """Send one delivery, if it is due, and tell what came of it, for Flower."""
    log_context.about(delivery=delivery_id)
    worker_context = context.current()
    with Session.begin() as session:
        delivery = WebhookDelivery.claim(session, delivery_id, seconds=2 * REQUEST_SECONDS)
    if delivery is None:
        return "not due"
    log_context.about(work=delivery.work_id, **log_context.headers(delivery.request_id))
    with read_session() as session:
        item = session.get(BatchItem, delivery.item_id) if delivery.item_id is not None else None
        config_id = delivery.webhook_config_id
        saved = session.get(WebhookConfig, config_id) if config_id is not None else None
    if config_id is not None and saved is None:
        with Session.begin() as session:
            delivery.give_up(session, "the saved webhook was deleted")
        return f"{delivery.event_type} of {delivery.work_id}: its saved webhook was deleted"
    problem = post_delivery(delivery, item, worker_context.storage, worker_context.settings.outbound_allow, saved)
    delay = DELAYS[min(delivery.attempts - 1, len(DELAYS) - 1)]
    patience = dt.timedelta(hours=worker_context.settings.webhook_hours)
    with Session.begin() as session:
        delivery.settle(session, problem, delay, patience)
    if problem:
        logger.warning("attempt %d of a webhook failed: %s", delivery.attempts, problem)
    if problem and delay < DELAYS[3]:
        send(deliver_webhook, delivery_id, countdown=delay)
    return f"{delivery.event_type} of {delivery.work_id}: {problem or 'delivered'}"


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
    """Wake somebody up for deliveries that are due: the oldest ones, or all of one job, step by step from behind an id on."""
    context.connect()
    with read_session() as session:
        due = (
            WebhookDelivery.due_of_job(session, job_id, after, STEP)
            if job_id is not None
            else WebhookDelivery.due(session, STEP)
        )
    if publish(due) and job_id is not None and len(due) == STEP:
        send(deliver_due, job_id, due[-1])


def post_delivery(
    delivery: WebhookDelivery,
    item: BatchItem | None,
    storage: Storage,
    allowed: Sequence[str],
    saved: WebhookConfig | None = None,
) -> str | None:
    """Make the request, to a `saved` webhook as it is now. Returns None for a 2xx answer, else what went wrong."""
    try:
        target = target_of(delivery, saved)
        body = body_of(delivery, item, target["format"], storage)
    except UnreadableError as error:
        return f"the address cannot be read: {error}"
    except (StorageError, FileNotFoundError) as error:
        return f"the result cannot be read: {error}"[:500]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "X-Webhook-Event-ID": delivery.id,
        "X-Webhook-Event-Type": delivery.event_type,
        "X-Webhook-Sequence": str(delivery.sequence),
        **target["headers"],
    }
    if secret := target.get("signing_secret"):
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["LC-Signature"] = f"sha256={digest}"
    try:
        answer = egress.post(target["url"], body, headers, allowed=allowed, seconds=REQUEST_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL, egress.RefusedAddressError) as error:
        return without_credentials(f"{type(error).__name__}: {error}")[:500]
    return None if answer.is_success else f"the endpoint answered {answer.status_code}"


def body_of(delivery: WebhookDelivery, item: BatchItem | None, kind: str, storage: Storage) -> bytes:
    """The request's body in the format that the endpoint asked for: the same on every retry."""
    if kind == RESULT:
        return json.dumps(legacy_result(delivery.work_id, storage)).encode()
    text = json.dumps(event_of(delivery, item))
    return (text if kind == "json" else json.dumps(text)).encode()


def event_of(delivery: WebhookDelivery, item: BatchItem | None) -> Event:
    """The event of a delivery; `item` is None in those of a batch, from before items were noted, and after their erasure."""
    data: EventData = {"id": delivery.work_id, "job_id": delivery.work_id}
    if item is not None:
        data["item_id"], data["sequence"] = item.source_id, delivery.sequence
        if item.skip_reason and delivery.sequence == END:
            data["skip_reason"] = item.skip_reason
    event = {
        "event_id": delivery.id,
        "event_type": delivery.event_type,
        "timestamp": delivery.created_at.timestamp(),
    }
    return cast("Event", event | delivery.payload | {"data": {**data, **delivery.payload.get("data", {})}})


def legacy_result(work_id: str, storage: Storage) -> LegacyResult:
    """The whole result, as the legacy `webhook_url` gets it; with status and error when there is none."""
    with read_session() as session:
        result, item = ProcessingResult.behind(session, work_id)
    if result is None:
        is_cancelled = item is not None and item.status is ItemStatus.CANCELLED
        return {
            "txt": "",
            "md": "",
            "json": [],
            "images": [],
            "status": "CANCELLED" if is_cancelled else "ERROR",
            "error_code": (item.error_code or item.skip_reason) if item else None,
            "error_message": item.error_message if item else None,
        }
    read = {
        name: storage.get(f"{result.prefix}/{name}")
        for name in ("output.txt", "output.md", "output.json")
        if name in result.outputs
    }
    pages = json.loads(read.get("output.json", b"{}")).get("pages", [])
    return {
        "txt": read.get("output.txt", b"").decode(),
        "md": read.get("output.md", b"").decode(),
        "json": pages,
        "images": [image["name"] for page in pages for image in page.get("images", [])],
    }
