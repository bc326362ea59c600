"""Webhooks: recorded in the transaction that makes an event true, delivered by a task, tried again until delivered or dead.

Body and headers are LlamaCloud's (spec: contract.md §5, parse-output.md §8). The event id is that of the outbox row, so it is the
same on every retry. A receiver that is slow or down costs nobody else anything: deliveries have a queue of their own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy.orm import Session

from engines.masking import without_credentials
from engines.parameters import WebhookEvent
from models import BatchItem, ProcessingResult, Transaction, WebhookDelivery, reading
from models.base import new_uuid, now
from models.secrets import Sealed, UnreadableError
from models.states import ItemStatus
from storage import Storage, StorageError
from tasks import context, environment, outbound
from tasks.celery import app
from tasks.plan import Plan
from tasks.sending import send

logger = logging.getLogger(__name__)

DELAYS = (1, 2, 4, 30, 60, 120, 300, 900, 1800, 3600)
"""Seconds before each further attempt; the last one repeats. The first three are LlamaCloud's."""
REQUEST_SECONDS = 30.0
USER_AGENT = "llamaindex-webhook-service/1.0"
RESULT = "result"
"""The legacy push of the whole result to `webhook_url`: no event of the API reference."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an item: `pending`, `running`, `success`, `partial_success`, `error` or `cancelled`."""

    name: str
    item: BatchItem

    @property
    def is_end(self) -> bool:
        """Whether nothing follows."""
        return self.name not in {"pending", "running"}


def record_events(session: Session, plan: Plan, events: Sequence[Event]) -> None:
    """Write what is to be delivered into the outbox, in the caller's transaction."""
    endpoints = list(endpoints_of(plan.config))
    if not endpoints:
        return
    for event in events:
        session.add_all(_delivery(plan, event, target) for target in endpoints if wants(target, plan, event))


def record_beginnings(session: Session, plan: Plan, items: Sequence[BatchItem]) -> None:
    """Record `pending` and `running` of items whose work begins, unless an earlier attempt has."""
    if not any(endpoints_of(plan.config)):
        return
    told = WebhookDelivery.told(session, [item.work_id or "" for item in items])
    fresh = [item for item in items if item.work_id not in told]
    record_events(session, plan, [Event(name, item) for item in fresh for name in ("pending", "running")])


def endpoints_of(config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The endpoints of a job: its configured webhooks, and the legacy addresses that take the whole result."""
    parameters = config.get("parameters") or {}
    for one in [*(parameters.get("webhook_configurations") or []), *(config.get("webhook_configurations") or [])]:
        if one.get("webhook_url"):
            yield {
                "url": one["webhook_url"],
                "headers": one.get("webhook_headers") or {},
                "events": one.get("webhook_events"),
                "format": one.get("webhook_output_format") or "string",
                "signing_secret": one.get("webhook_signing_secret"),
            }
    for url in dict.fromkeys(filter(None, [config.get("webhook_url"), parameters.get("webhook_url")])):
        yield {"url": url, "headers": {}, "events": [RESULT], "format": RESULT, "signing_secret": None}


def wants(target: Mapping[str, Any], plan: Plan, event: Event) -> bool:
    """Whether an endpoint asked for an event; without a list it asked for all that the API reference knows."""
    if target["format"] == RESULT:
        return event.is_end
    events = set(WebhookEvent) if target["events"] is None else target["events"]
    return f"{plan.job_type}.{event.name}" in events


def _delivery(plan: Plan, event: Event, target: dict[str, Any]) -> WebhookDelivery:
    work_id = event.item.work_id or ""
    event_type = RESULT if target["format"] == RESULT else f"{plan.job_type}.{event.name}"
    delivery_id = new_uuid()
    data: dict[str, Any] = {"id": work_id, "job_id": work_id}
    for name in ("custom_metadata", "resource_info"):
        if plan.metadata.get(name):
            data[name] = plan.metadata[name]
    payload = {"event_id": delivery_id, "event_type": event_type, "timestamp": now().timestamp(), "data": data}
    return WebhookDelivery(
        id=delivery_id,
        project_id=plan.project_id,
        work_id=work_id,
        event_type=event_type,
        target=Sealed.of({name: value for name, value in target.items() if name != "events"}),
        payload=payload,
        request_id=plan.request_id,
    )


@app.task(name="webhooks.deliver")
def deliver_webhook(delivery_id: str) -> str:
    """Send one delivery, if it is due, and tell what came of it, for Flower."""
    context.about(delivery=delivery_id)
    made = environment.current()
    with Transaction.begin() as session:
        delivery = WebhookDelivery.claim(session, delivery_id, seconds=2 * REQUEST_SECONDS)
    if delivery is None:
        return "not due"
    context.about(work=delivery.work_id, **context.headers(delivery.request_id))
    problem = post(delivery, made.storage, made.settings.outbound_allow)
    delay = DELAYS[min(delivery.attempts - 1, len(DELAYS) - 1)]
    patience = dt.timedelta(hours=made.settings.webhook_hours)
    with Transaction.begin() as session:
        delivery.settle(session, problem, delay, patience)
    if problem:
        logger.warning("attempt %d of a webhook failed: %s", delivery.attempts, problem)
    if problem and delay < DELAYS[3]:
        send(deliver_webhook, delivery_id, countdown=delay)
    return f"{delivery.event_type} of {delivery.work_id}: {problem or 'delivered'}"


def deliver_due() -> None:
    """Wake somebody up for each delivery that is due."""
    with reading() as session:
        due = WebhookDelivery.due(session)
    for delivery_id in due:
        send(deliver_webhook, delivery_id)


def post(delivery: WebhookDelivery, storage: Storage, allowed: Sequence[str]) -> str | None:
    """Make the request. Returns None for a 2xx answer, else what went wrong."""
    try:
        target = delivery.target.open()
        body = body_of(delivery, target["format"], storage)
    except UnreadableError as error:
        return f"the address cannot be read: {error}"
    except (StorageError, FileNotFoundError) as error:
        return f"the result cannot be read: {error}"[:500]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "X-Webhook-Event-ID": delivery.id,
        "X-Webhook-Event-Type": delivery.event_type,
        **target["headers"],
    }
    if target.get("signing_secret"):
        digest = hmac.new(target["signing_secret"].encode(), body, hashlib.sha256).hexdigest()
        headers["LC-Signature"] = f"sha256={digest}"
    try:
        answer = outbound.post(target["url"], body, headers, allowed=allowed, seconds=REQUEST_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL, outbound.RefusedError) as error:
        return without_credentials(f"{type(error).__name__}: {error}")[:500]
    return None if answer.is_success else f"the endpoint answered {answer.status_code}"


def body_of(delivery: WebhookDelivery, kind: str, storage: Storage) -> bytes:
    """The request's body in the format that the endpoint asked for."""
    if kind == RESULT:
        return json.dumps(legacy_result(delivery.work_id, storage)).encode()
    text = json.dumps(delivery.payload)
    return (text if kind == "json" else json.dumps(text)).encode()


def legacy_result(work_id: str, storage: Storage) -> dict[str, Any]:
    """The whole result, as the legacy `webhook_url` gets it; with status and error when there is none."""
    with reading() as session:
        result, item = ProcessingResult.behind(session, work_id)
    if result is None:
        is_cancelled = item is not None and item.status is ItemStatus.CANCELLED
        return {
            "txt": "",
            "md": "",
            "json": [],
            "images": [],
            "status": "CANCELLED" if is_cancelled else "ERROR",
            "error_code": item.error_code if item else None,
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
