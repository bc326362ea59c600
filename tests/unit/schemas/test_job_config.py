"""The two kinds of job configuration: told apart, read, checked, stored without secrets, and answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types
from marshmallow import ValidationError

from engines.parameters import ParseParameters
from engines.parameters.conditions import Conditions
from engines.parameters.languages import Language
from schemas.base import WireSchema
from schemas.job_config import (
    ClassifyJobConfig,
    ClassifyMode,
    ClassifyStatus,
    JobConfig,
    JobConfigField,
    JobName,
    ParseJobConfig,
    complete_config,
    configuration_hash,
    job_config_properties,
    load,
    parse_of_classify,
    parse_parameters_of,
    validate,
    wire,
)
from schemas.secrets import join_secrets, masked_config, split_secrets

RULES = [
    {"type": "invoice", "description": "asks for money for goods or services"},
    {"type": "letter", "description": "a message from one person to another"},
]
PARSE: dict[str, Any] = {
    "correlation_id": "c",
    "job_name": "parse_raw_file_job",
    "parameters": {"lang": "de", "custom_metadata": {"webhook_headers": "mine"}},
    "parent_job_execution_id": "p",
    "partitions": {"foo": "a value"},
    "project_id": "a project",
    "session_id": "s",
    "user_id": "u",
    "webhook_url": "https://example.org/hook",
}
ASSUMED = {"lang": "en", "max_pages": 5}
CLASSIFY: dict[str, Any] = {
    "id": "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
    "project_id": "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
    "rules": RULES,
    "status": "PENDING",
    "user_id": "u",
    "created_at": "2019-12-27T18:11:19.117000Z",
    "effective_at": "2019-12-27T18:11:19.117000Z",
    "error_message": "none",
    "job_record_id": "j",
    "mode": "MULTIMODAL",
    "parsing_configuration": {"lang": "de", "max_pages": 2, "target_pages": [0, 3]},
    "updated_at": "2019-12-27T18:11:19.117000Z",
}
SECRETS: dict[str, Any] = {
    "gpt4o_api_key": "hush 1",
    "vendor_multimodal_api_key": "hush 2",
    "azure_openai_key": "hush 3",
    "webhook_configurations": [
        {"webhook_url": "https://example.org"},
        {"webhook_headers": {"X-Token": "hush 4", "X-Other": "hush 5"}, "webhook_signing_secret": "hush 6"},
    ],
}


class Body(WireSchema):
    """A request or an answer that holds a configuration."""

    job_config = JobConfigField(required=True)


def errors_of(config: Any) -> Any:
    """The messages with which a body with this configuration is refused."""
    with pytest.raises(ValidationError) as caught:
        Body().load({"job_config": config})
    return caught.value.messages["job_config"]  # type: ignore[call-overload] # a dict: schemas load objects


def problems(config: dict[str, Any]) -> Any:
    """The messages of `validate`; nothing when all is well."""
    try:
        validate(load(config), Conditions())
    except ValidationError as error:
        return error.messages
    return None


def test_an_empty_configuration_is_a_parse_job() -> None:
    config = Body().load({"job_config": {}})["job_config"]
    assert config == ParseJobConfig()
    assert config.job_name is JobName.PARSE_RAW_FILE_JOB
    assert wire(config) == {"job_name": "parse_raw_file_job"}


def test_rules_make_a_classify_job() -> None:
    assert isinstance(load({"rules": RULES}), ClassifyJobConfig)


@pytest.mark.parametrize("rules", [None, [], "x", [{}], [{"type": "t"}]])
def test_rules_make_a_classify_job_even_when_they_are_wrong(rules: Any) -> None:
    assert list(errors_of({"rules": rules, "parameters": {}})) == ["rules"]


@pytest.mark.parametrize("config", [[], "x", 1, True])
def test_a_configuration_is_an_object(config: Any) -> None:
    assert errors_of(config) == ["Input should be a valid dictionary"]


def test_a_configuration_is_needed() -> None:
    assert errors_of(None) == ["Input should not be null"]
    with pytest.raises(ValidationError, match="Field required"):
        Body().load({})


@pytest.mark.parametrize("config", [PARSE, CLASSIFY])
def test_everything_a_configuration_may_say_comes_back(config: dict[str, Any]) -> None:
    assert wire(load(config)) == config
    assert Body().dump({"job_config": load(config)}) == {"job_config": config}
    assert Body().dump({"job_config": config}) == {"job_config": config}


@pytest.mark.parametrize("config", [PARSE, CLASSIFY])
def test_every_optional_field_may_be_null(config: dict[str, Any]) -> None:
    nulls: dict[str, Any] = {**dict.fromkeys(config), **({"rules": RULES} if "rules" in config else {})}
    config_loaded = complete_config(load(nulls), project_id="p", user_id="u")
    assert wire(config_loaded).get("job_name", "parse_raw_file_job") == "parse_raw_file_job"


def test_a_job_name_is_the_one_there_is() -> None:
    assert errors_of({"job_name": "other"}) == {"job_name": ["Input should be one of parse_raw_file_job"]}


@pytest.mark.parametrize(
    ("field", "value", "is_refused"),
    [
        ("type", "", True),
        ("type", "x" * 50, False),
        ("type", "x" * 51, True),
        ("description", "x" * 9, True),
        ("description", "x" * 10, False),
        ("description", "x" * 500, False),
        ("description", "x" * 501, True),
    ],
)
def test_types_and_descriptions_have_the_length_they_may(field: str, value: str, *, is_refused: bool) -> None:
    rule = {**RULES[0], field: value}
    if is_refused:
        assert list(errors_of({"rules": [rule]})["rules"][0]) == [field]
    else:
        assert isinstance(load({"rules": [rule]}), ClassifyJobConfig)


@pytest.mark.parametrize(
    "parsing",
    [
        {"lang": "xx"},
        {"max_pages": -1},
        {"max_pages": "5"},
        {"target_pages": []},
        {"target_pages": [-1]},
        {"target_pages": "0"},
    ],
)
def test_what_classification_reads_is_checked(parsing: dict[str, Any]) -> None:
    errors = errors_of({"rules": RULES, "parsing_configuration": parsing})
    assert list(errors["parsing_configuration"]) == list(parsing)


def test_other_wrong_values_of_a_classify_job_are_refused() -> None:
    errors = errors_of({"rules": RULES, "mode": "SLOW", "status": "pending", "created_at": "yesterday", "id": 1})
    assert sorted(errors) == ["created_at", "id", "mode", "status"]


def test_a_classify_job_is_completed_with_what_clients_need() -> None:
    config = complete_config(load({"rules": RULES, "user_id": "me"}), project_id="the project", user_id="the key")
    assert isinstance(config, ClassifyJobConfig)
    answer = wire(config)
    assert len(answer.pop("id")) == 36
    assert answer == {
        "rules": RULES,
        "project_id": "the project",
        "user_id": "me",
        "status": "PENDING",
        "mode": "FAST",
        "parsing_configuration": {"lang": "en", "max_pages": 5},
    }
    assert (config.status, config.mode) == (ClassifyStatus.PENDING, ClassifyMode.FAST)


def test_times_keep_their_moment() -> None:
    config = load({"rules": RULES, "created_at": "2026-11-23T12:00:00+02:00"})
    assert isinstance(config, ClassifyJobConfig)
    assert config.created_at == dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
    assert wire(config)["created_at"] == "2026-11-23T10:00:00.000000Z"


def test_a_classify_job_reads_five_english_pages_unless_told_otherwise() -> None:
    config = load({"rules": RULES})
    assert isinstance(config, ClassifyJobConfig)
    parameters = parse_of_classify(config)
    assert (parameters.languages, parameters.max_pages, parameters.target_pages) == ([Language.EN], 5, None)
    assert parse_parameters_of(config) == parameters


def test_a_classify_job_reads_the_pages_it_is_told_to() -> None:
    config = load({"rules": RULES, "parsing_configuration": {"lang": "ja", "max_pages": None, "target_pages": [0, 3]}})
    assert isinstance(config, ClassifyJobConfig)
    parameters = parse_of_classify(config)
    assert (parameters.languages, parameters.max_pages, parameters.target_pages) == ([Language.JA], None, "0,3")
    assert load(wire(config)) == config


def test_a_parse_job_reads_as_its_parameters_say() -> None:
    assert parse_parameters_of(load({})) == ParseParameters()
    assert parse_parameters_of(load({"parameters": {"lang": "de"}})) == ParseParameters(lang="de")


def with_secrets(kind: str) -> dict[str, Any]:
    """A configuration of either kind, full of secrets."""
    if kind == "parse":
        return {**PARSE, "parameters": {**PARSE["parameters"], **SECRETS}}
    return {**CLASSIFY, "webhook_configurations": SECRETS["webhook_configurations"]}


@pytest.mark.parametrize("kind", ["parse", "classify"])
def test_secrets_are_stored_apart_and_put_back(kind: str) -> None:
    config = wire(load(with_secrets(kind)))
    public, secrets = split_secrets(config)
    assert "hush" not in str(public)
    assert str(secrets).count("hush") == (6 if kind == "parse" else 3)
    assert join_secrets(public, secrets) == config == with_secrets(kind)
    assert load(public)  # a masked configuration is still one


@pytest.mark.parametrize("kind", ["parse", "classify"])
def test_answers_show_masks_in_place_of_secrets(kind: str) -> None:
    config = with_secrets(kind)
    for answer in (Body().dump({"job_config": config}), Body().dump({"job_config": load(config)})):
        assert "hush" not in str(answer)
        holder = answer["job_config"]["parameters"] if kind == "parse" else answer["job_config"]
        assert holder["webhook_configurations"][1] == {
            "webhook_headers": {"X-Token": "***", "X-Other": "***"},
            "webhook_signing_secret": "***",
        }
    assert "hush" in str(config)


def test_the_same_word_in_metadata_is_no_secret() -> None:
    assert masked_config(PARSE) == PARSE


def test_a_configuration_without_secrets_has_none_to_put_back() -> None:
    public, secrets = split_secrets(PARSE)
    assert (public, secrets) == (PARSE, {})
    assert join_secrets(PARSE, {}) == PARSE


def test_what_cannot_work_is_said_with_its_path() -> None:
    config = {
        "webhook_url": "nowhere",
        "parameters": {"target_pages": "3-1", "webhook_configurations": [{"webhook_url": "ftp://x"}]},
    }
    messages = problems(config)
    assert list(messages) == ["job_config"]
    assert list(messages["job_config"]) == ["webhook_url", "parameters"]
    assert "the range ends before it starts" in messages["job_config"]["parameters"]["target_pages"][0]
    assert list(messages["job_config"]["parameters"]["webhook_configurations"][0]) == ["webhook_url"]


def test_what_needs_a_model_is_refused_where_it_stands() -> None:
    config = {"parameters": {"user_prompt": "Translate."}}
    assert "needs a language model" in problems(config)["job_config"]["parameters"]["user_prompt"][0]


@pytest.mark.parametrize("config", [{}, PARSE, CLASSIFY, {"parameters": None}])
def test_good_configurations_pass(config: dict[str, Any]) -> None:
    assert problems(config) is None


def test_webhooks_of_a_classify_job_are_checked_too() -> None:
    messages = problems({"rules": RULES, "webhook_configurations": [{"webhook_url": "x"}]})
    assert list(messages["job_config"]["webhook_configurations"][0]) == ["webhook_url"]


def hash_of(config: dict[str, Any], user_id: str = "u") -> str:
    loaded: JobConfig = complete_config(load(config), project_id="p", user_id=user_id)
    return configuration_hash(loaded)


def test_the_hash_knows_the_work_and_not_who_asked() -> None:
    assert hash_of(PARSE) == hash_of({"parameters": PARSE["parameters"]})
    assert hash_of(with_secrets("parse")) == hash_of(PARSE)
    assert hash_of({"parameters": {"lang": "fr"}}) != hash_of(PARSE)
    assert hash_of({"parameters": None}) == hash_of({})
    assert hash_of(CLASSIFY) == hash_of({**CLASSIFY, "id": "other", "user_id": "other", "status": "ERROR"})
    assert hash_of({"rules": RULES}, "a") == hash_of({"rules": RULES}, "b")
    assert hash_of({"rules": RULES}) == hash_of({"rules": RULES, "parsing_configuration": ASSUMED, "mode": "FAST"})


@pytest.mark.parametrize(
    "change",
    [
        {"rules": RULES[:1]},
        {"mode": "MULTIMODAL"},
        {"parsing_configuration": {"lang": "de"}},
        {"parsing_configuration": {"max_pages": 6}},
        {"parsing_configuration": {"target_pages": [0]}},
    ],
)
def test_the_hash_of_a_classify_job_knows_rules_mode_and_what_is_read(change: dict[str, Any]) -> None:
    assert hash_of({"rules": RULES, **change}) != hash_of({"rules": RULES})


def test_the_description_tells_the_two_kinds_apart_as_the_server_does() -> None:
    plugin = MarshmallowPlugin()
    spec = APISpec("test", "1", "3.1.0", plugins=[plugin])
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(job_config_properties)  # type: ignore[no-untyped-call] # apispec's own
    spec.components.schema("Body", schema=Body)
    components = spec.to_dict()["components"]["schemas"]
    validator = Draft202012Validator({"$ref": "#/components/schemas/Body", "components": {"schemas": components}})
    assert {"ParseJobConfig", "ClassifyJobConfig", "ParseParameters", "WebhookConfiguration"} <= set(components)
    assert validator.is_valid({"job_config": {}})
    assert validator.is_valid({"job_config": PARSE})
    assert validator.is_valid({"job_config": CLASSIFY})
    assert not validator.is_valid({"job_config": {"rules": []}})
    assert not validator.is_valid({"job_config": {"rules": None}})
    assert not validator.is_valid({"job_config": {"parameters": {"hide_headers": "x"}}})
    assert not validator.is_valid({})
