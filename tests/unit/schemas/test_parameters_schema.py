"""The schema derived from the parameters: what JSON it reads, refuses, writes, and how OpenAPI describes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import structlog
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types
from marshmallow import ValidationError

from engines.parameters import PARAMETERS, ParseParameters, SaveableImage
from engines.parameters.languages import Language
from schemas.derive import schema_of

SCHEMA = schema_of(ParseParameters)()
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=3))
HOOK = st.fixed_dictionaries(
    {},
    optional={
        "webhook_events": st.lists(TEXT, max_size=3),
        "webhook_headers": st.dictionaries(TEXT, TEXT, max_size=3),
        "webhook_output_format": st.sampled_from(["string", "json"]),
        "webhook_url": TEXT,
        "webhook_signing_secret": TEXT,
    },
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "string": TEXT,
    "integer": st.integers(-(2**40), 2**40),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "map": st.dictionaries(TEXT, JSON, max_size=3),
    "Priority": st.sampled_from(["low", "medium", "high", "critical"]),
    "ParseType": st.just("parse"),
    "ParsingMode": st.sampled_from(["parse_page_with_llm", "parse_document_with_agent"]),
    "FailPageMode": st.sampled_from(["raw_text", "blank_page", "error_message"]),
    "WatermarkHandling": st.sampled_from(["move_to_end", "move_to_start", "remove"]),
    "list of Language": st.lists(st.sampled_from([str(one) for one in Language]), max_size=3),
    "list of SaveableImage": st.lists(st.sampled_from([str(one) for one in SaveableImage]), max_size=3),
    "list of WebhookConfiguration": st.lists(HOOK, max_size=2),
}
WIRE = st.fixed_dictionaries({}, optional={name: VALUES[one.kind] for name, one in PARAMETERS.items()})


def errors_of(value: Any) -> Any:
    """The messages with which a value is refused; nothing when it is accepted."""
    try:
        SCHEMA.load(value)
    except ValidationError as error:
        return error.messages
    return None


def described() -> dict[str, Any]:
    """The OpenAPI components."""
    spec = APISpec("test", "1", "3.1.0", plugins=[MarshmallowPlugin()])
    spec.components.schema("ParseParameters", schema=schema_of(ParseParameters))
    components: dict[str, Any] = spec.to_dict()["components"]["schemas"]
    return components


VALIDATOR = Draft202012Validator(
    {"$ref": "#/components/schemas/ParseParameters", "components": {"schemas": described()}}
)


@settings(deadline=None)
@given(WIRE)
def test_what_is_read_is_written_again(wire: dict[str, Any]) -> None:
    assert SCHEMA.dump(SCHEMA.load(wire)) == wire


@settings(deadline=None)
@given(WIRE)
def test_what_is_accepted_fits_the_description(wire: dict[str, Any]) -> None:
    assert errors_of(wire) is None
    assert VALIDATOR.is_valid(wire)


def test_every_parameter_may_be_null_which_is_absence() -> None:
    nulls = dict.fromkeys(PARAMETERS)
    assert SCHEMA.load(nulls) == ParseParameters()
    assert VALIDATOR.is_valid(nulls)
    assert SCHEMA.dump(ParseParameters()) == {}


def test_wire_names_keep_their_case() -> None:
    parameters = SCHEMA.load({"outputBucket": "b", "output_tables_as_HTML": True})
    assert (parameters.output_bucket, parameters.output_tables_as_html) == ("b", True)


WRONG: dict[str, list[Any]] = {
    "hide_headers": [1, 0, "yes", "", [], {}],
    "target_pages": [1, True, ["1"], {}],
    "max_pages": ["3", 3.5, True, [], float("nan"), float("inf"), 10**30],
    "bbox_top": ["0.1", True, [], float("nan"), float("inf")],
    "custom_metadata": [[], "x", 1],
    "languages": ["en", {}, {"en": 1}],
    "webhook_configurations": [{}, "x"],
    "priority": ["urgent", 1, ["low"]],
    "type": ["extract"],
    "parse_mode": ["parse"],
    "replace_failed_page_mode": ["RAW_TEXT"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_value_of_the_wrong_type_is_refused_by_name(name: str, value: Any) -> None:
    assert list(errors_of({name: value})) == [name]


def test_messages_read_well() -> None:
    assert errors_of({"hide_headers": 1, "bbox_top": "x", "lang": 1, "max_pages": "x", "type": "x"}) == {
        "hide_headers": ["Input should be a valid boolean"],
        "bbox_top": ["Input should be a valid number"],
        "lang": ["Input should be a valid string"],
        "max_pages": ["Input should be a valid integer"],
        "type": ["Input should be one of parse"],
    }
    assert errors_of([]) == {"_schema": ["Input should be a valid dictionary"]}


def test_errors_inside_of_lists_and_objects_say_where() -> None:
    hooks = [{}, {"webhook_output_format": "xml", "webhook_headers": {"A": 1}, "webhook_url": 5}]
    errors = errors_of({"languages": ["en", "xx"], "webhook_configurations": hooks})
    assert list(errors["languages"]) == [1]
    assert sorted(errors["webhook_configurations"][1]) == ["webhook_headers", "webhook_output_format", "webhook_url"]


def test_booleans_may_be_spelt_as_forms_spell_them() -> None:
    assert SCHEMA.load({"hide_headers": "true", "hide_footers": "False"}) == ParseParameters(
        hide_headers=True, hide_footers=False
    )


def test_a_whole_number_may_be_written_with_a_point() -> None:
    parameters = SCHEMA.load({"max_pages": 3.0, "bbox_top": 0})
    assert (parameters.max_pages, type(parameters.max_pages)) == (3, int)
    assert (parameters.bbox_top, type(parameters.bbox_top)) == (0.0, float)


def test_webhook_events_that_are_not_known_are_accepted() -> None:
    assert errors_of({"webhook_configurations": [{"webhook_events": ["classify.running", "split.success"]}]}) is None


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_no_database_stores_is_refused(text: str) -> None:
    assert list(errors_of({"page_prefix": text})) == ["page_prefix"]
    assert list(errors_of({"custom_metadata": {"a": [{"b": text}]}})) == ["custom_metadata"]
    assert list(errors_of({"custom_metadata": {text: 1}})) == ["custom_metadata"]


def test_unknown_names_are_ignored_and_named_in_the_debug_log() -> None:
    with structlog.testing.capture_logs() as logs:
        assert SCHEMA.load({"target_page": "1", "webhook_configurations": [{"colour": 1}]}).target_pages is None
    assert [(entry["log_level"], entry["keys"]) for entry in logs] == [
        ("debug", ["target_page"]),
        ("debug", ["colour"]),
    ]


def test_the_description_is_json_and_names_all_parameters() -> None:
    components = described()
    properties = json.loads(json.dumps(components["ParseParameters"]))["properties"]
    assert set(properties) == set(PARAMETERS)
    assert properties["hide_headers"]["type"] == ["boolean", "null"]
    assert properties["save_images"]["default"] is True
    assert properties["max_pages"]["type"] == ["integer", "null"]
    assert properties["priority"]["enum"] == ["low", "medium", "high", "critical", None]
    assert properties["languages"]["items"]["enum"] == list(Language)
    assert properties["custom_metadata"]["type"] == ["object", "null"]
    assert properties["target_pages"]["description"].startswith("Pages to read")
    assert "$ref" in properties["webhook_configurations"]["items"]
    assert all(type(one.get("default")) in (type(None), str, bool, int, float) for one in properties.values())
