"""The JSON Schemas of structured output: those that a job gives, and those that it can name."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engines.parameters import ParseParameters

FOLDER = Path(__file__).parents[1] / "llm" / "schemas"
LUCKY = "imFeelingLucky"
"""The name for JSON of whatever shape fits the document."""
REFERENCES = ("$ref", "$dynamicRef")


@functools.cache
def built_in() -> Mapping[str, Mapping[str, Any]]:
    """The schemas that have a name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def names() -> list[str]:
    """What `structured_output_json_schema_name` may be."""
    return [LUCKY, *built_in()]


def schema_of(parameters: ParseParameters) -> Mapping[str, Any] | None:
    """The schema of a job's structured output; None where it may have any shape."""
    if parameters.structured_output_json_schema:
        schema: dict[str, Any] = json.loads(parameters.structured_output_json_schema)
        return schema
    return built_in().get(parameters.structured_output_json_schema_name or "")


def fault_in(schema: object) -> str:
    """Why a value is no schema that can be used; empty when it is one."""
    # Only those who ask for structured output shall wait for it to be loaded.
    from jsonschema import SchemaError  # noqa: PLC0415 - see above
    from jsonschema.validators import validator_for  # noqa: PLC0415

    if not isinstance(schema, dict):
        return "a JSON object"
    if far := next((one for one in references(schema) if not one.startswith("#")), None):
        return f"it refers to {far[:100]}, and only what is in it can be looked up"
    try:
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message[:200]}"
    return ""


def references(value: object) -> Iterator[str]:
    """What a schema refers to."""
    if isinstance(value, dict):
        yield from (str(value[name]) for name in REFERENCES if isinstance(value.get(name), str))
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def faults_of(value: object, schema: Mapping[str, Any], most: int = 10) -> list[str]:
    """What of a value a schema does not allow, in words; a schema that cannot be used allows nothing."""
    from jsonschema.validators import validator_for  # noqa: PLC0415 - as above

    try:
        found = validator_for(schema)(schema).iter_errors(value)
        return [f"{error.json_path}: {error.message[:200]}" for error, _ in zip(found, range(most), strict=False)]
    except Exception as error:  # noqa: BLE001 - a reference that leads nowhere, a pattern that is none
        return [f"the schema cannot be used: {type(error).__name__}"]
