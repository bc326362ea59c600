"""Saved webhooks on the wire: what is sent, what is answered, and the secrets in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from engines.parameters import WebhookConfiguration, WebhookFormat
from models.sealed import Sealed
from models.webhook_configs import MOST_OF_A_JOB, WebhookConfig
from schemas.base import Boolean, Choice, Items, Map, Moment, Text, WireSchema
from schemas.derive import schema_of
from schemas.paging import CursorSchema, page_schema
from schemas.secrets import join_webhook, split_webhook, unmasked_webhook

_ENDS = ("pending", "success", "error", "partial_success", "cancelled")
_STEPS = ("pending", "running", "success", "error", "cancelled")
EVENTS = (
    *(f"extract.{name}" for name in _ENDS),
    *(f"{product}.{name}" for product in ("parse", "classify") for name in (*_ENDS, "running")),
    *(f"sheets.{name}" for name in _ENDS),
    *(f"split.{name}" for name in ("pending", "processing", "success", "error", "cancelled")),
    *(f"{product}.{name}" for product in ("batch", "verify") for name in _STEPS),
    "unmapped_event",
)
"""What a saved webhook may subscribe to: all events that the newer SDKs name, of which those of parse and classify jobs and of
batches happen here."""

OF_DOCUMENTS, OF_BATCH = "webhook_configuration_ids", "batch_webhook_configuration_ids"
"""Members of a job's `config`: the ids of saved webhooks that are told of its documents, and of it as a batch."""


def webhook_ids(**options: Any) -> Items:
    """The field `webhook_configuration_ids` of a request."""
    return Items(
        Text(),
        allow_none=True,
        validate=validate.Length(max=MOST_OF_A_JOB, error="List should have at most {max} items"),
        metadata={"description": f"Saved webhooks that are told as well, at most {MOST_OF_A_JOB}."},
        **options,
    )


class WebhookConfigCreateRequestSchema(WireSchema):
    """A webhook to be saved."""

    webhook_url = Text(required=True, validate=validate.Length(1), metadata={"description": "Where to POST events."})
    webhook_signing_secret = Text(
        allow_none=True, metadata={"description": "Key of the HMAC-SHA256 sent as `LC-Signature`. Never given back."}
    )
    webhook_headers = Map(
        keys=Text(),
        values=Text(),
        allow_none=True,
        metadata={"description": "HTTP headers to send along, such as a token. Values are shown as `***`."},
    )
    webhook_events = Items(
        Text(validate=validate.OneOf(EVENTS, error="Input should be one of {choices}")),
        allow_none=True,
        validate=validate.Length(1, error="An empty list subscribes to nothing: send null for all events"),
        metadata={"description": "Events to be told of; null means all."},
    )
    webhook_output_format = Choice(
        WebhookFormat,
        by_value=Text,
        allow_none=True,
        metadata={
            "description": "`json` sends the event as an object, `string` as a JSON string that holds it.",
            "default": WebhookFormat.STRING.value,
        },
    )


class WebhookConfigUpdateRequestSchema(WebhookConfigCreateRequestSchema):
    """What should change about a saved webhook; what is left out stays, null takes it away."""

    webhook_url = Text(validate=validate.Length(1), metadata={"description": "Where to POST events."})


class WebhookConfigListQuerySchema(CursorSchema):
    """Query parameters of the list of saved webhooks."""

    include_total = Boolean(load_default=False, metadata={"description": "Also tell how many there are in all."})


def _shown(name: str) -> Any:
    return lambda config: config.webhook.get(name)


class WebhookConfigResponseSchema(WireSchema):
    """A saved webhook."""

    id = Text(required=True, metadata={"description": "What jobs name in `webhook_configuration_ids`."})
    tenant_type = fields.Constant("project", required=True, metadata={"type": "string", "enum": ["project"]})
    tenant_id = Text(attribute="project_id", required=True, metadata={"description": "The project's id."})
    webhook_url = fields.Function(
        _shown("webhook_url"),
        required=True,
        metadata={
            "type": "string",
            "description": "User, password, fragment and the query's values are shown as `***`.",
        },
    )
    has_secret = fields.Function(
        lambda config: bool(config.webhook.get("webhook_signing_secret")),
        required=True,
        metadata={"type": "boolean", "description": "Whether deliveries are signed."},
    )
    webhook_headers = fields.Function(
        _shown("webhook_headers"),
        metadata={
            "type": ["object", "null"],
            "additionalProperties": {"type": "string"},
            "description": "Their values are shown as `***`.",
        },
    )
    webhook_events = fields.Function(
        _shown("webhook_events"),
        metadata={"type": ["array", "null"], "items": {"type": "string"}, "description": "Null means all."},
    )
    webhook_output_format = fields.Function(
        lambda config: config.webhook.get("webhook_output_format") or WebhookFormat.STRING.value,
        metadata={"type": "string", "enum": list(WebhookFormat)},
    )
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


WebhookConfigQueryResponseSchema = page_schema(WebhookConfigResponseSchema, "WebhookConfigQueryResponse")


def webhook_of(webhook: Mapping[str, Any]) -> WebhookConfiguration:
    """A webhook as JSON, as a job could have it among its own. Raises ValidationError."""
    loaded: WebhookConfiguration = schema_of(WebhookConfiguration)().load(webhook)
    return loaded


def changed(config: WebhookConfig, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The whole webhook, secrets included, with other fields; a mask that comes back stands for what it hid.

    Raises UnreadableError, and ValidationError, keyed by field, for a mask that stands for nothing.
    """
    earlier = whole_webhook(config)
    return {
        name: value for name, value in unmasked_webhook(earlier | dict(changes), earlier).items() if value is not None
    }


def keep(config: WebhookConfig, webhook: Mapping[str, Any]) -> None:
    """Set a whole webhook, its secrets apart. Raises UnreadableError when there is no key."""
    public, secrets = split_webhook(webhook)
    config.webhook, config.secrets = public, Sealed.of(secrets) if secrets else None


def whole_webhook(config: WebhookConfig) -> dict[str, Any]:
    """The webhook with its secrets, in the form of an entry of `webhook_configurations`. Raises UnreadableError."""
    return join_webhook(config.webhook, config.open_secrets())
