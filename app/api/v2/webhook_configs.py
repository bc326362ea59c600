"""The list of saved webhooks, version 2: page by page. All else about them is beta.webhook_configs."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from app.api.auth import project
from app.api.base import Blueprint
from app.api.paging import ListPage, by_cursor
from models import WebhookConfig, read_session
from schemas.webhook_configs import WebhookConfigListQuerySchema, WebhookConfigQueryResponseSchema

blueprint = Blueprint("Saved webhooks (v2)", "/api/v2/webhook-configs", "Saved webhooks, page by page.")
BLUEPRINTS = (blueprint,)


@blueprint.route("")
class WebhookConfigPages(MethodView):
    """The saved webhooks of a project, a page at a time."""

    @blueprint.arguments(WebhookConfigListQuerySchema, location="query")
    @blueprint.response(200, WebhookConfigQueryResponseSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List saved webhooks page by page, newest first"""
        by = (WebhookConfig.created_at, WebhookConfig.id)
        page = {"size": query["page_size"], "token": query["page_token"], "counted": query["include_total"]}
        with read_session() as session:
            return by_cursor(session, WebhookConfig.listing(project()), by, descending=True, **page)
