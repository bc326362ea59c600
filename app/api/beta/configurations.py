"""Saved configurations: create, list, read, change, delete; and what a request means that names one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask.views import MethodView
from marshmallow import ValidationError
from sqlalchemy import orm

from app.api import direct_jobs
from app.api.auth import project
from app.api.base import Blueprint
from app.api.beta.webhook_configs import named_webhooks
from app.api.errors import Loc, abort, abort_invalid, abort_invalid_all
from app.api.paging import ListPage, by_cursor
from models import Configuration, Session, read_session
from models.configurations import NameTakenError, ProductType
from models.sealed import UnreadableError
from schemas.configurations import (
    PRESETS,
    ConfigurationCreateRequestSchema,
    ConfigurationListQuerySchema,
    ConfigurationQueryResponseSchema,
    ConfigurationResponseSchema,
    ConfigurationUpdateRequestSchema,
    job_of,
    keep,
    preset,
    whole_parameters,
)

blueprint = Blueprint(
    "Configurations", "/api/v1/beta/configurations", "What jobs do, saved under a name and used by its id."
)
BLUEPRINTS = (blueprint,)


@blueprint.route("")
class Configurations(MethodView):
    """The configurations of a project."""

    @blueprint.arguments(ConfigurationCreateRequestSchema)
    @blueprint.response(201, ConfigurationResponseSchema)
    def post(self, payload: dict[str, Any]) -> Configuration:
        """Save a configuration

        One of the same name and product type gets these parameters, and keeps its id. Jobs that were accepted before
        are not touched.
        """
        require_workable(payload["parameters"])
        product_type = ProductType(payload["parameters"]["product_type"])
        with refusing_secrets(), Session.begin() as session:
            configuration = Configuration.named(session, project(), product_type, payload["name"])
            keep(configuration, payload["parameters"])
        return configuration

    @blueprint.arguments(ConfigurationListQuerySchema, location="query")
    @blueprint.response(200, ConfigurationQueryResponseSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List saved configurations, newest first, without the presets"""
        types = query["product_type"]
        mine = Configuration.listing(project(), product_types=types, name=query["name"])
        by = (Configuration.created_at, Configuration.id)
        with read_session() as session:
            return by_cursor(session, mine, by, size=query["page_size"], token=query["page_token"], descending=True)


@blueprint.route("/<configuration_id>")
class ConfigurationById(MethodView):
    """One configuration."""

    @blueprint.response(200, ConfigurationResponseSchema)
    @blueprint.alt_response(404, description="There is no such configuration")
    def get(self, configuration_id: str) -> Configuration:
        """Get a saved configuration or a preset"""
        with read_session() as session:
            return get_or_404(session, configuration_id)

    @blueprint.arguments(ConfigurationUpdateRequestSchema)
    @blueprint.response(200, ConfigurationResponseSchema)
    @blueprint.alt_response(403, description="It is a preset")
    @blueprint.alt_response(404, description="There is no such configuration")
    @blueprint.alt_response(409, description="Another configuration has this name")
    def put(self, payload: dict[str, Any], configuration_id: str) -> Configuration:
        """Change the name or the parameters of a saved configuration; its product type stays"""
        parameters = payload.get("parameters")
        if parameters is not None:
            require_workable(parameters)
        try:
            with refusing_secrets(), Session.begin() as session:
                configuration = own_or_404(session, configuration_id)
                if parameters is not None:
                    _require_same_product(configuration, parameters)
                    keep(configuration, parameters)
                if payload.get("name"):
                    configuration.rename(session, payload["name"])
        except NameTakenError as error:
            abort(409, f"There is another configuration of this product type named {error}")
        return configuration

    @blueprint.response(204)
    @blueprint.alt_response(403, description="It is a preset")
    @blueprint.alt_response(404, description="There is no such configuration")
    def delete(self, configuration_id: str) -> None:
        """Delete a saved configuration; jobs that were accepted before are not touched"""
        with Session.begin() as session:
            session.delete(own_or_404(session, configuration_id))


def get_or_404(session: orm.Session, configuration_id: str) -> Configuration:
    """The preset, or the project's configuration, else 404."""
    found = preset(configuration_id) or Configuration.find_configuration(session, configuration_id, project())
    if found is None:
        abort(404, f"Configuration {configuration_id} not found")
    return found


def own_or_404(session: orm.Session, configuration_id: str) -> Configuration:
    """The project's configuration, which nobody else writes until the commit; 403 for a preset, else 404."""
    if configuration_id in PRESETS:
        abort(403, f"{configuration_id} is a preset and cannot be changed: save a configuration of your own")
    found = Configuration.find_configuration(session, configuration_id, project(), is_written=True)
    if found is None:
        abort(404, f"Configuration {configuration_id} not found")
    return found


def named_parameters(configuration_id: str, product_type: ProductType, loc: Loc) -> dict[str, Any]:
    """The parameters, secrets included, of the configuration that a request names at `loc`.

    404 when there is none, 422 when it is of another product type, 400 when its secrets cannot be read any more.
    """
    with read_session() as session:
        configuration = get_or_404(session, configuration_id)
    if configuration.product_type is not product_type:
        message = f"Configuration {configuration_id} is of {configuration.product_type}, not of {product_type}"
        abort_invalid(loc, message)
    with refusing_unreadable():
        return whole_parameters(configuration)


def require_workable(parameters: Mapping[str, Any]) -> None:
    """Refuse parameters with which no job could work here, with 422, or 404 when they name a saved webhook that is not there."""
    try:
        job_of(parameters, direct_jobs.conditions())
    except ValidationError as error:
        abort_invalid_all({"parameters": error.messages})
    named_webhooks(parameters.get("webhook_configuration_ids"))


@contextmanager
def refusing_unreadable() -> Iterator[None]:
    """Answer 400 when the secrets of a configuration were sealed under another key."""
    try:
        yield
    except UnreadableError as error:
        abort(400, f"The secrets of the configuration cannot be read, delete it and save it anew: {error}")


@contextmanager
def refusing_secrets() -> Iterator[None]:
    """As `refusing_unreadable`; and 422 for a mask that stands for no secret."""
    try:
        with refusing_unreadable():
            yield
    except ValidationError as error:
        abort_invalid_all({"parameters": error.messages})


def _require_same_product(configuration: Configuration, parameters: Mapping[str, Any]) -> None:
    if parameters["product_type"] != configuration.product_type:
        message = f"The product type stays {configuration.product_type}: save another configuration instead"
        abort_invalid(("body", "parameters", "product_type"), message)
