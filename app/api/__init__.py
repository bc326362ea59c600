"""The HTTP API: a folder for each version, in it a module for each resource; what they share lies beside."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from app.api.base import Blueprint

RESOURCES = (
    "beta.batch",
    "beta.items",
    "beta.retries",
    "beta.directories",
    "beta.files",
    "downloads",
    "v1.projects",
    "v2.parse",
    "v1.parse",
    "v2.classify",
    "v1.classify",
    "health",
)
"""In the order of the documentation."""


def blueprints() -> Iterator[Blueprint]:
    """The blueprints of every resource, imported no sooner than an application is made."""
    for name in RESOURCES:
        yield from importlib.import_module(f"app.api.{name}").BLUEPRINTS
