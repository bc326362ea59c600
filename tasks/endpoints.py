"""Who is told of what: the endpoints in the configuration of a job, and which events each asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engines.parameters import WebhookEvent
from models.sealed import Sealed
from models.shapes import WebhookTarget
from models.states import JobType

SEQUENCE = {"pending": 1, "running": 2}
"""The place of an event in the life of a job; receivers that see them in another order can tell."""
END = 3
"""The place of the one event after which nothing comes."""
RESULT = "result"
"""The legacy push of the whole result to `webhook_url`: no event of the API reference."""


class Endpoint(WebhookTarget):
    """An endpoint of a job's configuration."""

    events: list[str] | None
    """Names of the API reference, such as `parse.success`; None for all that documents have."""


def endpoints_of(config: Mapping[str, Any]) -> Iterator[Endpoint]:
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


def wants(target: Endpoint, job_type: JobType, name: str) -> bool:
    """Whether an endpoint asked for an event; without a list it asked for all that the API reference knows."""
    if target["format"] == RESULT:
        return name not in SEQUENCE
    events = set(WebhookEvent) if target["events"] is None else target["events"]
    return f"{job_type}.{name}" in events


def sealed_target(target: Endpoint) -> Sealed:
    """What a delivery keeps of an endpoint: all but the events it asked for. Raises UnreadableError when there is no key."""
    return Sealed.of({key: value for key, value in target.items() if key != "events"})
