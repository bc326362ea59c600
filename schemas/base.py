"""The schema and the fields every other schema is made of: lenient about unknown keys, strict about values.

Messages are worded as clients know them from the API's original, which validates with pydantic. Text that no database
could store (NUL, half of a surrogate pair) is refused here, so that it is a 422 and never a 500.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import structlog
from marshmallow import EXCLUDE, Schema, fields, pre_load

log = structlog.get_logger(__name__)

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
DEEPEST = 100
"""Levels of a JSON value that is kept. Whoever reads it back may wrap it a few times, and writers of JSON stop near 250."""
WORDS = {"true": True, "false": False}


def messages(invalid: str = "Input is not valid", **others: str) -> dict[str, Any]:
    """The error messages of a field: those all have in common, the one for a wrong type, and more by key."""
    return {"required": "Field required", "null": "Input should not be null", "invalid": invalid, **others}


class WireSchema(Schema):
    """Base of all schemas: unknown keys are left out, because newer clients send keys this server does not know."""

    class Meta:
        """Options of marshmallow."""

        unknown = EXCLUDE

    error_messages = messages(type="Input should be a valid dictionary")

    @pre_load
    def log_unknown(self, data: Any, **_: object) -> Any:
        """Name the keys that are left out in the debug log, so that a misspelt parameter can be found."""
        if isinstance(data, Mapping):
            known = {field.data_key or name for name, field in self.load_fields.items()}
            if unknown := sorted(str(key)[:80] for key in data if key not in known):
                log.debug("keys_ignored", schema=type(self).__name__, keys=unknown[:20])
        return data


class Text(fields.String):
    """A string that can be stored; nothing else is turned into one."""

    default_error_messages = messages(
        "Input should be a valid string",
        unstorable="Input should be a string without NUL characters and unpaired surrogates",
    )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if UNSTORABLE.search(text):
            raise self.make_error("unstorable")
        return text


class Boolean(fields.Boolean):
    """True or false, or these words as form fields and query strings spell them; no numbers."""

    default_error_messages = messages("Input should be a valid boolean")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        flag = WORDS.get(value.lower()) if isinstance(value, str) else value
        if not isinstance(flag, bool):
            raise self.make_error("invalid")
        return super()._deserialize(flag, attr, data, **kwargs)


class Whole(fields.Integer):
    """A whole number of a JSON body; `3.0` is one, `"3"` and `true` are not."""

    default_error_messages = messages("Input should be a valid integer", too_large="Input should be a valid integer")

    def _validated(self, value: Any) -> int:
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not is_whole or abs(value) >= 2**63:
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Number(fields.Float):
    """A finite number of a JSON body; `"0.5"` and `true` are none."""

    default_error_messages = messages(
        "Input should be a valid number",
        too_large="Input should be a finite number",
        special="Input should be a finite number",
    )

    def _validated(self, value: Any) -> float:
        if isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class AnyValue(fields.Raw):
    """Any JSON whose texts and keys can be stored."""

    default_error_messages = messages(
        unstorable="Input should hold no NUL characters, unpaired surrogates and infinite numbers, "
        f"and be nested at most {DEEPEST} levels deep"
    )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not is_storable(value):
            raise self.make_error("unstorable")
        return super()._deserialize(value, attr, data, **kwargs)


def is_storable(value: Any) -> bool:
    """Whether a JSON value holds nothing that a database would refuse, or that could not be written again."""
    waiting = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST:
            return False
        if isinstance(one, Mapping):
            waiting += [(inner, depth + 1) for pair in one.items() for inner in pair]
        elif isinstance(one, list):
            waiting += [(inner, depth + 1) for inner in one]
        elif (isinstance(one, str) and UNSTORABLE.search(one)) or (isinstance(one, float) and not -1e999 < one < 1e999):
            return False
    return True


class Map(fields.Dict):
    """An object with any keys."""

    default_error_messages = messages("Input should be a valid dictionary")


class Items(fields.List[Any]):
    """An array."""

    default_error_messages = messages("Input should be a valid list")


class Names(Items):
    """The query parameter `expand`: names of parts of an answer, as repeated keys or separated by commas; a set of them."""

    def __init__(self, description: str) -> None:
        super().__init__(Text(), load_default=frozenset(), metadata={"description": description})

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        words = super()._deserialize(value, attr, data, **kwargs)
        return frozenset(name.strip() for one in words if one for name in one.split(","))


class Choice(fields.Enum[Any]):
    """One of the values of a StrEnum."""

    default_error_messages = messages(unknown="Input should be one of {choices}")


class Object(fields.Nested):
    """An object with a schema of its own."""

    default_error_messages = messages(type="Input should be a valid dictionary")


class Moment(fields.AwareDateTime):
    """A date and time; UTC when it names no offset. Written as RFC 3339: `2026-11-23T14:41:00.123456Z`."""

    default_error_messages = messages(
        "Input should be a valid datetime", invalid_awareness="Input should be a valid datetime"
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"format": "iso", "default_timezone": dt.UTC, **options})

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        moment = super()._deserialize(value, attr, data, **kwargs)
        try:
            return moment.astimezone(dt.UTC)
        except OverflowError as error:  # the first and the last hours of the calendar, elsewhere on earth
            raise self.make_error("invalid", input=value) from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dt.datetime):
            return super()._serialize(value, attr, obj, **kwargs)
        return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
