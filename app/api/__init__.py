"""The HTTP API, one module for each resource."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator

from app.api.base import Blueprint

RESOURCES = (
    "batch",
    "items",
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


def blueprints() -> Iterator[Blueprint]:
    """Every resource's blueprint, in the order of the documentation."""
    for name in RESOURCES:
        try:  # temporary, while the parts are being written
            found = importlib.import_module(f"app.api.{name}").BLUEPRINTS
        except (ImportError, AttributeError, NameError) as error:
            print("MISSING", error)
            continue
        yield from found
