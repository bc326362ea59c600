"""Saved webhooks: create, list, read, change, delete; and what a request means that names some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flask.views import MethodView
from marshmallow import ValidationError
from sqlalchemy import orm

from app.api import direct_jobs
from app.api.auth import project
from app.api.base import Blueprint
from app.api.errors import abort, abort_invalid_all
from app.api.idempotency import HEADER_PARAMETER, earlier, named_by_header
from engines.parameters.validation import complaints_about_webhooks
from models import Session, WebhookConfig, read_session
from models.sealed import UnreadableError
from schemas.job_config import by_path
from schemas.webhook_configs import (
    WebhookConfigCreateRequestSchema,
    WebhookConfigResponseSchema,
    WebhookConfigUpdateRequestSchema,
    changed,
    keep,
    webhook_of,
)

blueprint = Blueprint(
    "Saved webhooks", "/api/v1/beta/webhook-configs", "Whom to tell of events, saved and used by its id."
)
BLUEPRINTS = (blueprint,)
NEWEST_FIRST = (WebhookConfig.created_at.desc(), WebhookConfig.id.desc())


@blueprint.route("")
class WebhookConfigs(MethodView):
    """The saved webhooks of a project."""

    @blueprint.arguments(WebhookConfigCreateRequestSchema)
    @blueprint.response(201, WebhookConfigResponseSchema)
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, payload: dict[str, Any]) -> WebhookConfig:
        """Save a webhook; its secrets are never given back"""
        name = named_by_header()
        with Session.begin() as session:
            made = earlier(session, WebhookConfig, name)
            if made is None:
                made = WebhookConfig(project_id=project(), webhook={}, **name.columns)
                _set(made, payload)
                session.add(made)
        return made

    @blueprint.response(200, WebhookConfigResponseSchema(many=True))
    def get(self) -> Sequence[WebhookConfig]:
        """List saved webhooks, newest first"""
        with read_session() as session:
            return session.scalars(WebhookConfig.listing(project()).order_by(*NEWEST_FIRST)).all()


@blueprint.route("/<config_id>")
class WebhookConfigById(MethodView):
    """One saved webhook."""

    @blueprint.response(200, WebhookConfigResponseSchema)
    @blueprint.alt_response(404, description="There is no such saved webhook")
    def get(self, config_id: str) -> WebhookConfig:
        """Get a saved webhook"""
        with read_session() as session:
            return get_or_404(session, config_id)

    @blueprint.arguments(WebhookConfigUpdateRequestSchema)
    @blueprint.response(200, WebhookConfigResponseSchema)
    @blueprint.alt_response(404, description="There is no such saved webhook")
    def put(self, payload: dict[str, Any], config_id: str) -> WebhookConfig:
        """Change a saved webhook

        What is left out stays; null takes a secret or headers away, and stands for all events. Masks that come back keep
        the stored values. The change holds for events that were not delivered yet too, and for jobs that run.
        """
        with Session.begin() as session:
            config = get_or_404(session, config_id, is_written=True)
            _set(config, payload)
        return config

    @blueprint.response(204)
    @blueprint.alt_response(404, description="There is no such saved webhook")
    def delete(self, config_id: str) -> None:
        """Delete a saved webhook: from now on nothing is sent to it, also not by jobs that run"""
        with Session.begin() as session:
            session.delete(get_or_404(session, config_id, is_written=True))


def get_or_404(session: orm.Session, config_id: str, *, is_written: bool = False) -> WebhookConfig:
    """The project's saved webhook, which nobody else changes until the commit when it `is_written`; else 404."""
    found = WebhookConfig.find_config(session, config_id, project(), is_written=is_written)
    if found is None:
        abort(404, f"Saved webhook {config_id} not found")
    return found


def named_webhooks(config_ids: Sequence[str] | None) -> list[str]:
    """The saved webhooks that a request names, each once; 404 for the first that the project has not."""
    ids = list(dict.fromkeys(config_ids or []))
    with read_session() as session:
        found = WebhookConfig.of_ids(session, project(), ids)
    for one in ids:
        if one not in found:
            abort(404, f"Saved webhook {one} not found")
    return ids


def _set(config: WebhookConfig, changes: Mapping[str, Any]) -> None:
    """Change a saved webhook; 422 for what cannot work, 400 when secrets cannot be read or stored."""
    with _refusing_secrets():
        webhook = changed(config, changes)
        if problems := complaints_about_webhooks([webhook_of(webhook)], direct_jobs.conditions()):
            [placed] = by_path(problems)["webhook_configurations"].values()
            abort_invalid_all(placed)
        keep(config, webhook)


@contextmanager
def _refusing_secrets() -> Iterator[None]:
    try:
        yield
    except UnreadableError as error:
        abort(400, f"The secrets of the webhook cannot be stored or read, delete it and save it anew: {error}")
    except ValidationError as error:
        abort_invalid_all(error.messages)
