"""Who is told of what: the endpoints in the configuration of a job, and which events each asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import orm

from engines.parameters import WebhookEvent
from models import WebhookConfig, WebhookDelivery
from models.sealed import Sealed, UnreadableError
from models.shapes import WebhookTarget
from models.states import JobType
from schemas.webhook_configs import EVENTS, OF_BATCH, OF_DOCUMENTS, whole_webhook

logger = logging.getLogger(__name__)

SEQUENCE = {"pending": 1, "running": 2}
"""The place of an event in the life of a job; receivers that see them in another order can tell."""
END = 3
"""The place of the one event after which nothing comes."""
RESULT = "result"
"""The legacy push of the whole result to `webhook_url`: no event of the API reference."""


class Endpoint(WebhookTarget):
    """An endpoint of a job's configuration."""

    number: int
    """Which of the job's endpoints it is, always the same."""
    webhook_config_id: str | None
    """The saved webhook that it is; None for one of the job's own."""
    events: list[str] | None
    """Names such as `parse.success`; None for all of documents that the API reference names."""


def endpoints_of(session: orm.Session, project_id: str, config: Mapping[str, Any]) -> Iterator[Endpoint]:
    """The endpoints of a job as they are now: those of its own, and the saved webhooks that it names and that still are."""
    own = list(_own(config))
    for number, (target, events) in enumerate(own):
        yield {**target, "number": number, "webhook_config_id": None, "events": events}
    of_documents, of_batch = config.get(OF_DOCUMENTS) or [], config.get(OF_BATCH) or []
    named = dict.fromkeys([*of_documents, *of_batch])
    saved = WebhookConfig.of_ids(session, project_id, named)
    for number, config_id in enumerate(named, len(own)):
        if config_id not in saved:
            continue  # deleted
        webhook = _readable(saved[config_id])
        events = webhook.get("webhook_events")
        if events is None:
            events = [one for one in EVENTS if config_id in (of_batch if one.startswith("batch.") else of_documents)]
        yield {**target_in(webhook), "number": number, "webhook_config_id": config_id, "events": events}


def has_endpoints(config: Mapping[str, Any]) -> bool:
    """Whether a job may have anybody to tell."""
    return bool(config.get(OF_DOCUMENTS) or config.get(OF_BATCH)) or any(_own(config))


def target_in(webhook: Mapping[str, Any]) -> WebhookTarget:
    """Where and how an entry of `webhook_configurations` is told."""
    return {
        "url": webhook["webhook_url"],
        "headers": webhook.get("webhook_headers") or {},
        "format": webhook.get("webhook_output_format") or "string",
        "signing_secret": webhook.get("webhook_signing_secret"),
    }


def target_of(delivery: WebhookDelivery, saved: WebhookConfig | None) -> WebhookTarget:
    """Where a delivery goes: to its saved webhook as it is now, if it is one's, else as was recorded. Raises UnreadableError."""
    if saved is not None:
        return target_in(whole_webhook(saved))
    recorded: WebhookTarget = delivery.target.open()  # type: ignore[assignment] # what sealed_target sealed
    return recorded


def wants(target: Endpoint, job_type: JobType, name: str) -> bool:
    """Whether an endpoint asked for an event; without a list it asked for all that the API reference knows."""
    if target["format"] == RESULT:
        return name not in SEQUENCE
    events = set(WebhookEvent) if target["events"] is None else target["events"]
    return f"{job_type}.{name}" in events


def sealed_target(target: Endpoint) -> Sealed:
    """What a delivery keeps of an endpoint. Raises UnreadableError when there is no key."""
    return Sealed.of({key: value for key, value in target.items() if key in WebhookTarget.__annotations__})


def _own(config: Mapping[str, Any]) -> Iterator[tuple[WebhookTarget, list[str] | None]]:
    """A job's own endpoints, with their events: its configured webhooks, and the legacy addresses that take the whole result."""
    parameters = config.get("parameters") or {}
    for one in [*(parameters.get("webhook_configurations") or []), *(config.get("webhook_configurations") or [])]:
        if one.get("webhook_url"):
            yield target_in(one), one.get("webhook_events")
    for url in dict.fromkeys(filter(None, [config.get("webhook_url"), parameters.get("webhook_url")])):
        yield {"url": url, "headers": {}, "format": RESULT, "signing_secret": None}, [RESULT]


def _readable(saved: WebhookConfig) -> dict[str, Any]:
    """A saved webhook; with masks for secrets that cannot be read, so that what happens is recorded and waits for better ones."""
    try:
        return whole_webhook(saved)
    except UnreadableError as error:
        logger.warning("the secrets of saved webhook %s cannot be read: %s", saved.id, error)
        return saved.webhook
