"""Marshmallow schemas made of dataclasses, so that a field is declared once.

The wire name, the sentence and the default of a field come from its metadata (engines.parameters.param), the kind from
its type hint; `validate` in the metadata restricts a value, `each` the entries of a list. Loading gives the dataclass,
dumping the JSON without what was never said.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import types
import typing
from typing import Any, ClassVar

from marshmallow import fields, post_dump, post_load

from engines.parameters.effective import plain_json
from schemas.base import AnyValue, Boolean, Choice, Items, Map, Moment, Number, Object, Text, Whole, WireSchema

PLAIN: dict[Any, type[fields.Field[Any]]] = {bool: Boolean, int: Whole, float: Number, str: Text, Any: AnyValue}


class DataclassSchema(WireSchema):
    """Base of derived schemas: what is loaded becomes an instance of `dataclass_type`."""

    dataclass_type: ClassVar[type[Any]]

    @post_load
    def make(self, data: dict[str, Any], **_: object) -> Any:
        """Build the dataclass from the loaded fields."""
        return self.dataclass_type(**data)

    @post_dump
    def leave_out(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Leave out nulls that stand for absence; a null that differs from the default stays."""
        return {key: value for key, value in data.items() if value is not None or key in self.meaningful_nulls()}

    def meaningful_nulls(self) -> set[str]:
        """Wire names of fields whose default is something, so that null says something else."""
        return {
            one.metadata.get("name", one.name)
            for one in dataclasses.fields(self.dataclass_type)
            if one.default not in (None, dataclasses.MISSING)
        }


@functools.cache
def schema_of(dataclass_type: type[Any]) -> type[WireSchema]:
    """The schema class of a dataclass; asked twice, it answers with the same class."""
    hints = typing.get_type_hints(dataclass_type)
    declared = {one.name: field_of(hints[one.name], one) for one in dataclasses.fields(dataclass_type)}
    return type(
        f"{dataclass_type.__name__}Schema",
        (DataclassSchema,),
        {"dataclass_type": dataclass_type, "__doc__": dataclass_type.__doc__, **declared},
    )


def field_of(hint: Any, one: dataclasses.Field[Any]) -> fields.Field[Any]:
    """The field for one field of a dataclass; without a default it is required."""
    facts = one.metadata
    kind, may_be_null = without_null(hint)
    is_required = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    metadata = {"description": facts["doc"]} if "doc" in facts else {}
    default = facts.get("default", one.default)
    if default not in (None, dataclasses.MISSING):
        metadata["default"] = plain_json(default)
    return field_for(
        kind,
        required=is_required,
        allow_none=may_be_null,
        data_key=facts.get("name", one.name),
        validate=facts.get("validate"),
        metadata=metadata,
        **({"each": facts["each"]} if "each" in facts else {}),
    )


def without_null(hint: Any) -> tuple[Any, bool]:
    """Split `X | None` into X and whether None is allowed."""
    if isinstance(hint, types.UnionType):
        kinds = [one for one in typing.get_args(hint) if one is not types.NoneType]
        return kinds[0], True
    return hint, False


def field_for(kind: Any, **options: Any) -> fields.Field[Any]:
    """The field for a type: a plain one, a StrEnum, a datetime, a dataclass, a list or a map of such."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return Items(field_for(arguments[0], validate=options.pop("each", None)), **options)
    if origin is dict:
        return Map(keys=Text(), values=field_for(arguments[1], allow_none=arguments[1] is Any), **options)
    if kind in PLAIN:
        return PLAIN[kind](**options)
    if issubclass(kind, enum.StrEnum):
        return Choice(kind, by_value=Text, **options)
    if issubclass(kind, dt.datetime):
        return Moment(**options)
    return Object(schema_of(kind), **options)
