"""Lists that are read page by page: what is asked for, and the shape of a page."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from schemas.base import Items, Object, Text, WireSchema, messages

LARGEST = 2**63 - 1
"""What fits into a BIGINT: SQL takes no larger offset."""


class QueryInteger(fields.Integer):
    """A whole number in a query string."""

    default_error_messages = messages("Input should be a valid integer", too_large="Input should be a valid integer")


def bounded(default: int, least: int, most: int, description: str) -> QueryInteger:
    """A query parameter between `least` and `most`."""
    return QueryInteger(
        load_default=default, validate=validate.Range(least, most), metadata={"description": description}
    )


class CursorSchema(WireSchema):
    """Query parameters of a list that is read by cursor."""

    page_size = bounded(50, 1, 1000, "Number of entries of one page.")
    page_token = Text(
        load_default=None, metadata={"description": "`next_page_token` of the page before; the other parameters stay."}
    )


def page_schema(item: type[ma.Schema], name: str) -> type[WireSchema]:
    """The schema `name` of one page of `item`: `items`, `next_page_token` and `total_size`."""
    members: dict[str, Any] = {
        "__doc__": "One page of a list.",
        "items": Items(Object(item), required=True, metadata={"description": "The entries of this page."}),
        "next_page_token": Text(
            required=True,
            allow_none=True,
            metadata={"description": "Sent as `page_token`, it asks for the next page; null on the last one."},
        ),
        "total_size": fields.Integer(
            required=True,
            allow_none=True,
            metadata={"description": "How many entries there are in all, after filters."},
        ),
    }
    return type(name, (WireSchema,), members)
