"""The doors of Sheaf: the web application here, the command line in `app.cli`."""

from __future__ import annotations

from flask import Flask

import models
from app import requests
from app.api import blueprints, errors
from app.api.base import JsonProvider
from app.api.documentation import make_api
from app.api.keyring import Keyring
from app.state import State
from settings import Settings
from storage import open_storage


def create_app(settings: Settings | None = None) -> Flask:
    """Assemble the web application: database, object store, resources. Raises SettingsError."""
    settings = settings or Settings.from_env()
    app = requests.Application(__name__, static_folder=None)
    app.json = JsonProvider(app)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a redirect would be an answer in HTML
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_mb << 20
    models.connect(settings.effective_database_url(), settings.secret(), pool_size=settings.api_threads)
    storage = open_storage(settings.effective_storage_url(), endpoint=settings.s3_endpoint, region=settings.s3_region)
    State(settings, storage, Keyring()).attach(app)
    requests.register(app)
    errors.register(app)
    api = make_api(app)
    for blueprint in blueprints():
        api.register_blueprint(blueprint)
    return app
