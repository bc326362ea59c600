"""The bodies of errors, for the documentation; `app.api.errors` writes them."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Items, Object, Text, WireSchema


class DetailSchema(WireSchema):
    """Every error other than 422."""

    detail = Text(required=True, metadata={"description": "What went wrong, in words."})


class ValidationErrorSchema(WireSchema):
    """One thing that is wrong with a request."""

    loc = Items(
        fields.Raw(),
        required=True,
        metadata={"description": "Where: `body`, `query`, `path` or `header`, then names and positions."},
    )
    msg = Text(required=True, metadata={"description": "What is wrong, in words."})
    type = Text(required=True, metadata={"description": "The kind of error, such as `missing` or `value_error`."})


class HTTPValidationErrorSchema(WireSchema):
    """The body of a 422."""

    detail = Items(Object(ValidationErrorSchema), required=True)
