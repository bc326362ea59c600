"""The HTTP API, one module for each resource."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from app.api.base import Blueprint

RESOURCES = (
    "batch",
    "items",
    "retries",
    "directories",
    "files",
    "downloads",
    "projects",
    "parse",
    "parsing",
    "classify",
    "classifier",
    "health",
)
"""In the order of the documentation."""


def blueprints() -> Iterator[Blueprint]:
    """The blueprints of every resource, imported no sooner than an application is made."""
    for name in RESOURCES:
        yield from importlib.import_module(f"app.api.{name}").BLUEPRINTS
