"""`forms` of a parse result of version 2: the fields of fillable forms, page by page, as a tree and as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.shapes import Form, FormLine, FormNode, FormPage, ItemBox

Field = Mapping[str, Any]
"""See FormFieldResult of engines/results.py."""
OTHER = "other"
"""The type of forms that are of none of the vendor's kinds, which are not told apart here."""


def form_page(page: Mapping[str, Any]) -> FormPage:
    """The forms of a page; all fields of a page count as one form."""
    fields = page.get("formFields") or []
    return {
        "page_number": page["page"],
        "success": True,
        "forms": [form_of(fields)] if fields else [],
        "detected_form_types": [OTHER] if fields else None,
        "page_width": page["width"],
        "page_height": page["height"],
    }


def form_of(fields: Iterable[Field]) -> Form:
    """A form of these fields."""
    nodes = [node_of(one) for one in fields]
    lines = [line_of(one) for one in nodes]
    items: list[FormLine] = [{"type": "text", "value": line, "md": line} for line in lines]
    whole = "\n".join(f"- {line}" for line in lines)
    return {"json": nodes, "list": {"type": "list", "ordered": False, "items": items, "md": whole}}


def node_of(one: Field) -> FormNode:
    """A field as a node."""
    box = one["bBox"]
    boxes: list[ItemBox] = [{"x": box["x"], "y": box["y"], "w": box["w"], "h": box["h"]}] if box else []
    node: FormNode = {"type": "field", "field": one["kind"], "label": one["label"] or None, "bbox": boxes}
    if one["kind"] in ("checkbox", "signature"):
        node["value"] = one["isSet"]
    elif one["kind"] == "text":
        if one["value"]:
            node["value"] = one["value"]
        else:
            node["isEmpty"] = True
    else:
        node["valueItems"] = [
            {
                "type": "field",
                "field": "checkbox",
                "label": option["label"],
                "value": option["isChosen"],
                "bbox": [],
            }
            for option in one["options"]
        ]
    return node


def line_of(node: FormNode) -> str:
    """A field as a line of text: its label, and what was filled in."""
    chosen = ", ".join(str(option["label"]) for option in node.get("valueItems", []) if option.get("value"))
    value = node.get("value", chosen)
    told = value if isinstance(value, str) else "yes" if value else "no"
    return f"{node['label'] or ''}: {told}".strip()
