"""What a job's parameters come to, and the hash that recognises the same work."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest
from support.places import ROOT

from engines.parameters import (
    PARAMETERS,
    FailPageMode,
    ParseParameters,
    Priority,
    WatermarkHandling,
    WebhookConfiguration,
    WebhookFormat,
)
from engines.parameters.effective import (
    effective_parameters,
    inert,
    output_configuration,
    parameters_hash,
)
from engines.parameters.languages import Language

SAMPLES: dict[str, Any] = {
    "boolean": True,
    "string": "other",
    "integer": 7,
    "number": 0.25,
    "map": {"key": "value"},
    "Priority": Priority.HIGH,
    "FailPageMode": FailPageMode.BLANK_PAGE,
    "WatermarkHandling": WatermarkHandling.REMOVE,
    "list of Language": [Language.FR],
    "list of SaveableImage": [],
}


CHECKS = {"engines/parameters/validation.py", "schemas/job_config.py"}
RECORDED = {"type", "version", "project_id"}
"""Parameters whose only effect is to come back."""


def words_of_the_code() -> set[str]:
    """Every attribute and string in the code that does the work."""
    found: set[str] = set()
    for package in ("engines", "tasks", "models", "schemas"):
        for path in (ROOT / package).rglob("*.py"):
            if str(path.relative_to(ROOT)) in CHECKS:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute):
                    found.add(node.attr)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return found


def parse_hash(parameters: ParseParameters) -> str:
    return parameters_hash("parse", output_configuration(parameters))


def test_defaults_are_those_of_the_api() -> None:
    effective = effective_parameters(ParseParameters())
    assert effective.keys() == PARAMETERS.keys()
    set_by_default = {name: value for name, value in effective.items() if value not in (None, False, 0)}
    assert set_by_default == {
        "priority": "medium",
        "type": "parse",
        "page_separator": "\n\n---\n\n",
        "markdown_table_multiline_header_separator": "<br/>",
        "lang": "en",
        "save_images": True,
        "parse_mode": "parse_page_with_llm",
        "is_formatting_instruction": True,
        "vendor_multimodal_model_name": "openai-gpt4o",
        "page_error_tolerance": 0.05,
        "replace_failed_page_mode": "raw_text",
        "watermark_handling": "move_to_end",
    }


def test_effective_parameters_show_no_secret() -> None:
    hook = WebhookConfiguration(
        webhook_url="https://example.org",
        webhook_headers={"X-Token": "hush"},
        webhook_signing_secret="hush",
        webhook_output_format=WebhookFormat.JSON,
    )
    parameters = ParseParameters(
        azure_openai_key="hush", gpt4o_api_key="hush", vendor_multimodal_api_key="hush", webhook_configurations=[hook]
    )
    effective = effective_parameters(parameters)
    assert "hush" not in str(effective)
    assert effective["azure_openai_key"] == "***"
    assert effective["webhook_configurations"] == [
        {
            "webhook_events": None,
            "webhook_headers": {"X-Token": "***"},
            "webhook_output_format": "json",
            "webhook_url": "https://example.org",
            "webhook_signing_secret": "***",
        }
    ]


def test_what_does_not_act_yet_is_named_when_it_was_set_to_something_else() -> None:
    parameters = ParseParameters(user_prompt="Shout", structured_output=False, target_pages="0", system_prompt="")
    assert inert(parameters, has_model=False) == ["user_prompt"]


def test_what_is_said_to_act_is_read_by_the_code() -> None:
    words = words_of_the_code()
    acting = {one.attribute for one in PARAMETERS.values() if not one.needs_model} - RECORDED
    assert {name for name in acting if name.removeprefix("auto_mode_trigger_on_") not in words} == set()


def test_what_needs_a_model_is_named_when_it_was_set_to_something_else() -> None:
    assert inert(ParseParameters(user_prompt="x", is_formatting_instruction=False, model=""), has_model=False) == [
        "user_prompt",
        "is_formatting_instruction",
    ]


def test_the_hash_is_the_same_for_the_same_work() -> None:
    assert parse_hash(ParseParameters()) == parse_hash(ParseParameters())
    spelt_out = ParseParameters(max_pages=0, save_images=True, lang="en", hide_headers=False, page_prefix="")
    assert parse_hash(spelt_out) == parse_hash(ParseParameters())
    defaults = {one.attribute: one.default for one in PARAMETERS.values()}
    assert parse_hash(ParseParameters(**defaults)) == parse_hash(ParseParameters())
    assert len(parse_hash(ParseParameters())) == 64


@pytest.mark.parametrize(
    "different",
    [
        ParseParameters(azure_openai_key="k", gpt4o_api_key="k", vendor_multimodal_api_key="k"),
        ParseParameters(webhook_url="https://example.org"),
        ParseParameters(webhook_configurations=[WebhookConfiguration(webhook_url="https://example.org")]),
        ParseParameters(priority=Priority.CRITICAL),
        ParseParameters(project_id="p", pipeline_id="p"),
        ParseParameters(do_not_cache=True, invalidate_cache=True),
        ParseParameters(job_timeout_in_seconds=200, job_timeout_extra_time_per_page_in_seconds=1),
    ],
)
def test_the_hash_knows_no_secrets_webhooks_ids_priority_caching_or_limits(different: ParseParameters) -> None:
    assert parse_hash(different) == parse_hash(ParseParameters())


def test_the_hash_knows_everything_that_changes_the_output() -> None:
    hashes = {parse_hash(ParseParameters())}
    changing = [one for one in PARAMETERS.values() if one.affects_output and one.kind in SAMPLES]
    for one in changing:
        value: Any = not one.default if one.kind == "boolean" else SAMPLES[one.kind]
        hashes.add(parse_hash(replace(ParseParameters(), **{one.attribute: value})))
    assert len(changing) > 90
    assert len(hashes) == len(changing) + 1


def test_the_hash_tells_job_types_and_engine_versions_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    before = parameters_hash("parse", {})
    assert parameters_hash("classify", {}) != before
    monkeypatch.setattr("engines.parameters.effective.profile_version", lambda: "2")
    assert parameters_hash("parse", {}) != before
