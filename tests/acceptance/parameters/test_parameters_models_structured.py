"""Structured output: JSON of a document after a schema, from a language model (docs/models.md)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support import papers
from support.llm import Answer, Endpoint
from support.running import Tenant
from support.thinking import only_question, parsed, refused

from engines.parameters.json_schemas import built_in

SCHEMA = {
    "type": "object",
    "properties": {"fruit": {"type": "string"}, "price": {"type": "number"}},
    "required": ["fruit", "price"],
    "additionalProperties": False,
}
BY_SCHEMA = {"structured_output": True, "structured_output_json_schema": json.dumps(SCHEMA)}
GOOD = {"fruit": "apples", "price": 1234.5}


@pytest.fixture
def paper(tmp_path: Path) -> bytes:
    """A PDF of two pages."""
    return papers.pdf(
        tmp_path / "bill.pdf", papers.lines("A bill for apples."), papers.lines("To pay: 1,234.50 EUR")
    ).read_bytes()


def structured(tenant: Tenant, found: dict[str, Any], **options: Any) -> Any:
    """What `/result/structured` says of a result."""
    return tenant.ask("GET", f"/api/v1/parsing/job/{found['work']}/result/structured", **options)


@pytest.mark.effect("structured_output", "structured_output_json_schema")
def test_a_document_is_told_as_json_of_a_schema(mind: Endpoint, thinker: Tenant, paper: bytes) -> None:
    mind.think = lambda _asked: json.dumps(GOOD)
    found = parsed(thinker, paper, BY_SCHEMA)
    asked = only_question(mind)
    assert asked.body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert "apples" in asked.user
    assert "1,234.50" in asked.user
    assert "apples" not in asked.system
    assert structured(thinker, found)["structured"] == GOOD
    assert [page["structuredData"] for page in found["pages"]] == [GOOD, None]
    assert [page["noStructuredContent"] for page in found["pages"]] == [False, True]
    assert found["md"] == ["A bill for apples.", "To pay: 1,234.50 EUR"]
    assert found["job_metadata"]["warnings"] == []


@pytest.mark.effect("structured_output")
@pytest.mark.parametrize("first", ['{"fruit": "apples"}', "apples", '```json\n{"fruit": 1, "price": 1234.5}\n```'])
def test_json_that_the_schema_does_not_allow_is_asked_for_once_more(
    mind: Endpoint, thinker: Tenant, paper: bytes, first: str
) -> None:
    mind.think = lambda _asked: first if len(mind.asked) == 1 else json.dumps(GOOD)
    assert structured(thinker, parsed(thinker, paper, BY_SCHEMA))["structured"] == GOOD
    assert len(mind.asked) == 2
    assert first.strip("`") in mind.asked[1].user
    outside = re.sub(r"^(`{3,})\n.*?\n\1$", "", mind.asked[1].user, flags=re.DOTALL | re.MULTILINE)
    assert not [word for word in ("apples", "fruit", "1234.5") if word in outside]


@pytest.mark.effect("structured_output")
@pytest.mark.parametrize("answer", [Answer("{}"), Answer("no"), Answer(refusal="No."), Answer("{", finish="length")])
def test_without_json_that_fits_there_is_none_and_it_is_said(
    mind: Endpoint, thinker: Tenant, paper: bytes, answer: Answer
) -> None:
    mind.think = lambda _asked: answer
    found = parsed(thinker, paper, BY_SCHEMA)
    assert [one["code"] for one in found["job_metadata"]["warnings"]] == ["STRUCTURED_OUTPUT_FAILED"]
    structured(thinker, found, expect=404)
    assert found["pages"][0]["structuredData"] is None
    assert len(mind.asked) <= 2


@pytest.mark.effect("structured_output")
def test_amounts_that_the_document_does_not_write_are_told(mind: Endpoint, thinker: Tenant, paper: bytes) -> None:
    mind.think = lambda _asked: json.dumps(GOOD | {"price": 1243.5})
    [warning] = parsed(thinker, paper, BY_SCHEMA)["job_metadata"]["warnings"]
    assert (warning["code"], "1243.5" in warning["message"]) == ("LLM_UNFAITHFUL", True)


@pytest.mark.effect("structured_output_json_schema_name")
@pytest.mark.parametrize("name", ["invoice", "resume"])
def test_some_schemas_have_a_name(mind: Endpoint, thinker: Tenant, paper: bytes, name: str) -> None:
    Draft202012Validator.check_schema(built_in()[name])
    mind.think = lambda _asked: "{}"
    parsed(thinker, paper, {"structured_output": True, "structured_output_json_schema_name": name})
    assert mind.asked[0].body["response_format"]["json_schema"]["schema"] == built_in()[name]
    assert f"'{built_in()[name]['required'][0]}' is a required property" in mind.asked[1].user


@pytest.mark.effect("structured_output_json_schema_name")
def test_who_feels_lucky_gets_json_of_any_shape(mind: Endpoint, thinker: Tenant, paper: bytes) -> None:
    mind.think = lambda _asked: '{"what": "apples"}'
    found = parsed(thinker, paper, {"structured_output": True, "structured_output_json_schema_name": "imFeelingLucky"})
    assert only_question(mind).body["response_format"] == {"type": "json_object"}
    assert structured(thinker, found)["structured"] == {"what": "apples"}


@pytest.mark.effect("structured_output", "structured_output_json_schema", "structured_output_json_schema_name")
@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"structured_output": True}, "structured_output"),
        (BY_SCHEMA | {"structured_output_json_schema": "{"}, "structured_output_json_schema"),
        (BY_SCHEMA | {"structured_output_json_schema": "[]"}, "structured_output_json_schema"),
        (BY_SCHEMA | {"structured_output_json_schema": '{"type": "fruit"}'}, "structured_output_json_schema"),
        (
            BY_SCHEMA | {"structured_output_json_schema": '{"$ref": "http://10.0.0.1/"}'},
            "structured_output_json_schema",
        ),
        ({"structured_output": True, "structured_output_json_schema_name": "x"}, "structured_output_json_schema_name"),
    ],
)
def test_a_schema_that_is_none_is_refused(thinker: Tenant, parameters: dict[str, Any], name: str) -> None:
    assert [one["loc"][-1] for one in refused(thinker, parameters)] == [name]


@pytest.mark.effect("structured_output")
def test_sheets_are_told_as_json_too(mind: Endpoint, thinker: Tenant) -> None:
    mind.think = lambda _asked: json.dumps({"fruit": "pears", "price": 7})
    [item] = thinker.run([("fruit.csv", b"fruit,price\npears,7\n")], BY_SCHEMA).values()
    answer = thinker.ask("GET", f"/api/v1/parsing/job/{item['job_id']}/result/structured")
    assert answer["structured"] == {"fruit": "pears", "price": 7}
    assert len(mind.asked) == 1
