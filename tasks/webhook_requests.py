"""The request of a delivery: LlamaCloud's body and headers (docs/webhooks.md).

The event id is that of the outbox row, so it is the same on every retry.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict, cast

import httpx

from engines.parameters.masking import without_credentials
from engines.results import PageResult
from models import BatchItem, ProcessingResult, WebhookConfig, WebhookDelivery, read_session
from models.sealed import UnreadableError
from models.shapes import EventEchoes, WebhookTarget
from models.states import ItemStatus
from storage import Storage, StorageError
from tasks import egress
from tasks.endpoints import END, RESULT, target_of

REQUEST_SECONDS = 30.0
"""How long a receiver may take to answer."""
USER_AGENT = "llamaindex-webhook-service/1.0"
"""LlamaCloud's, as all headers are."""
SIGNATURE = "LC-Signature"
"""Header of the HMAC over the body."""


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
    headers = headers_of(delivery, target, body)
    try:
        answer = egress.post(target["url"], body, headers, allowed=allowed, seconds=REQUEST_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL, egress.RefusedAddressError) as error:
        return without_credentials(f"{type(error).__name__}: {error}")[:500]
    return None if answer.is_success else f"the endpoint answered {answer.status_code}"


def headers_of(delivery: WebhookDelivery, target: WebhookTarget, body: bytes) -> dict[str, str]:
    """The request's headers: those that the endpoint asked for, but none in place of those by which it knows us."""
    ours = {
        "X-Webhook-Event-ID": delivery.id,
        "X-Webhook-Event-Type": delivery.event_type,
        "X-Webhook-Sequence": str(delivery.sequence),
    }
    if secret := target.get("signing_secret"):
        ours[SIGNATURE] = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    reserved = {name.lower() for name in (*ours, SIGNATURE)}
    asked = {name: value for name, value in target["headers"].items() if name.lower() not in reserved}
    usual = {"content-type": "application/json", "user-agent": USER_AGENT}
    chosen = {name.lower() for name in asked}
    return {name: value for name, value in usual.items() if name not in chosen} | asked | ours


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
