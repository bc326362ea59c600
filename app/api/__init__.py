"""The HTTP API: a folder for each version, in it a module for each resource; what they share lies beside."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from flask import Flask

from app.api.base import Blueprint

RESOURCES = (
    "beta.batch",
    "beta.items",
    "beta.retries",
    "beta.directories",
    "beta.files",
    "beta.attachments",
    "beta.configurations",
    "beta.webhook_configs",
    "downloads",
    "v1.projects",
    "v2.projects",
    "v2.webhook_configs",
    "v2.batches",
    "v2.parse",
    "v1.parse",
    "v1.chunks",
    "v2.classify",
    "v1.classify",
    "v1.files",
    "health",
)
"""In the order of the documentation."""

OLDER_PREFIXES = {"v1.parse": "/api/parsing", "beta.files": "/api/v1/files"}
"""Where older packages ask for a resource; the documentation names it once, at its own place."""


def blueprints() -> Iterator[Blueprint]:
    """The blueprints of every resource, imported no sooner than an application is made."""
    for name in RESOURCES:
        yield from importlib.import_module(f"app.api.{name}").BLUEPRINTS


def register_older_prefixes(app: Flask) -> None:
    """Let the resources of OLDER_PREFIXES answer there, too; what another resource has at the same path goes first."""
    for name, prefix in OLDER_PREFIXES.items():
        for blueprint in importlib.import_module(f"app.api.{name}").BLUEPRINTS:
            app.register_blueprint(blueprint, name=prefix.strip("/").replace("/", "-"), url_prefix=prefix)
