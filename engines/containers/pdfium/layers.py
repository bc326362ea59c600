"""Layers of a PDF (optional content, ISO 32000-1, 8.11): which of them nobody sees."""

from __future__ import annotations

import ctypes
import io
import logging
from collections.abc import Callable, Iterable
from typing import Any

import pypdf

from engines.containers.pdf_objects import BROKEN
from engines.containers.pdfium import calls

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


def hidden_objects(objects: Iterable[Any], hidden: Callable[[], frozenset[str]]) -> frozenset[Any]:
    """Those of some objects that are on a hidden layer; `hidden` names these, and is asked where anything is on a layer."""
    layers = {one: layer for one in objects if one and (layer := _layer_of(one)) is not None}
    return frozenset(one for one, layer in layers.items() if layer in hidden())


def _layer_of(page_object: Any) -> str | None:
    """The name of the layer that an object is on; None when it is on none."""
    for at in range(calls.count_of_marks(page_object)):
        mark = calls.mark_of(page_object, at)
        if _mark_text(calls.name_of_mark, mark) == "OC":
            return _mark_text(calls.string_of_mark, mark, b"Name")
    return None


def _mark_text(read: Any, mark: int, *key: bytes) -> str:
    size = ctypes.c_ulong()
    buffer = ctypes.create_string_buffer(512)
    if not read(mark, *key, ctypes.addressof(buffer), len(buffer), ctypes.addressof(size)):
        return ""
    return buffer.raw[: max(0, min(size.value, len(buffer)) - 2)].decode("utf-16-le", "replace")
