"""Layers of a PDF (optional content, ISO 32000-1, 8.11): which of them nobody sees."""

from __future__ import annotations

import io
import logging
from typing import Any

import pypdf

from engines.containers.pdf_objects import BROKEN

logger = logging.getLogger(__name__)


def hidden_layers(content: bytes) -> frozenset[str]:
    """The names of the layers that a document switches off by default; none where it has none, or cannot tell."""
    try:
        catalog = pypdf.PdfReader(io.BytesIO(content)).root_object
        if "/OCProperties" not in catalog:
            return frozenset()
        properties: Any = catalog["/OCProperties"]
        off = properties["/D"].get("/OFF", [])
        return frozenset(str(layer.get_object()["/Name"]) for layer in off)
    except BROKEN as error:
        logger.info("the layers of a PDF cannot be told: %s", error)
        return frozenset()
