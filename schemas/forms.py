"""Parse parameters as the fields of a form, in which everything is text (v1 uploads)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields

from engines.parameters import PARAMETERS, Parameter
from schemas.base import Text, WireSchema

RENAMED = {"language": "languages"}
"""Fields of the form that have another name among the parameters."""

Form = Mapping[str, Sequence[str]]
"""The values of each field, in their order."""


class InvalidJsonError(ValueError):
    """A field that holds JSON could not be read; the message is the one clients know."""


def parameters_of_form(form: Form) -> dict[str, Any]:
    """The parameters, by wire name, that a form holds; an empty field says nothing, unknown ones are ignored.

    Values that cannot be read stay text, for the schema to refuse. Raises InvalidJsonError, and ValidationError for a
    parameter given under both of its names.
    """
    parameters: dict[str, Any] = {}
    for field, values in form.items():
        name = RENAMED.get(field, field)
        if name not in PARAMETERS or not any(values):
            continue
        if name in parameters:
            raise ValidationError({field: [f"This was given as {name} too"]})
        parameters[name] = form_value(PARAMETERS[name], list(values))
    return parameters


def form_value(parameter: Parameter, values: list[str]) -> Any:
    """The value of one parameter from the texts of its field."""
    kind, first = parameter.kind, values[0]
    if kind in {"map", "list of WebhookConfiguration"}:
        return json_of(parameter.name, first)
    if kind.startswith("list of "):
        return json_of(parameter.name, first) if first.startswith("[") else split_values(values)
    if kind in {"integer", "number"}:
        return number_of(first)
    return first


def split_values(values: list[str]) -> list[str]:
    """Values given as repeated fields, separated by commas, or both."""
    return [one.strip() for value in values for one in value.split(",") if one.strip()]


def number_of(text: str) -> float | int | str:
    """The number a text spells, or the text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def json_of(name: str, text: str) -> Any:
    """What a text says as JSON. Raises InvalidJsonError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidJsonError(f"Invalid JSON in {name}: {error}") from error


ParseFormSchema = type(
    "ParseFormSchema",
    (WireSchema,),
    {
        "__doc__": "The fields of a v1 upload: the parse parameters as text, all optional.",
        **{one.attribute: Text(data_key=one.name, metadata={"description": one.doc}) for one in PARAMETERS.values()},
        "language": Text(metadata={"description": "`languages`: codes separated by commas, or the field repeated."}),
    },
)


class ParsePartSchema(WireSchema):
    """The file part of a v1 upload."""

    file = fields.Raw(metadata={"type": "string", "format": "binary", "description": "The document."})
