"""The web application: the resources of the API, and what is around every request."""

from __future__ import annotations

from flask import Flask

import models
from app import middleware
from app.api import blueprints, errors, register_older_prefixes
from app.api.base import JsonProvider
from app.api.documentation import make_api
from app.api.key_cache import Keyring
from app.api.shortcut import Shortcut
from app.state import State
from settings import Settings
from storage import open_storage


def create_app(settings: Settings | None = None) -> Flask:
    """Assemble the web application: database, object store, resources. Raises SettingsError."""
    app = assemble()
    equip(app, settings or Settings.from_env())
    return app


def assemble() -> Flask:
    """The resources and what is around every request, without anything to work on."""
    app = middleware.Application(__name__, static_folder=None)
    app.json = JsonProvider(app)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a redirect would be an answer in HTML
    middleware.register(app)
    errors.register(app)
    api = make_api(app)
    for blueprint in blueprints():
        api.register_blueprint(blueprint)
    register_older_prefixes(app)
    app.wsgi_app = Shortcut(app)  # type: ignore[method-assign] # Flask's documented way
    return app


def equip(app: Flask, settings: Settings) -> None:
    """Give an assembled application its settings, its database and its object store, in place of earlier ones."""
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_mb << 20
    models.connect(settings.effective_database_url(), settings.secret(), pool_size=settings.api_threads)
    storage = open_storage(settings.effective_storage_url(), endpoint=settings.s3_endpoint, region=settings.s3_region)
    State(settings, storage, Keyring()).attach(app)
