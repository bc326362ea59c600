"""What a job does: a parse or a classify configuration, told apart by whether it has `rules`.

On the wire the two have no discriminator, and `{}` is a valid parse configuration. A configuration is kept as JSON
(`wire`), loaded back where it is needed (`load`), and answered without its secrets (schemas/secrets.py).
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import ValidationError, fields
from marshmallow.validate import Length, Range

from engines.parameters import ParseParameters, WebhookConfiguration, param
from engines.parameters.conditions import Complaint, Conditions
from engines.parameters.effective import output_configuration, parameters_hash
from engines.parameters.languages import Language
from engines.parameters.masking import Secret
from engines.parameters.validation import complaints_about, complaints_about_webhooks, web_address_complaint
from schemas.base import WireSchema, messages
from schemas.derive import schema_of
from schemas.secrets import masked_config

MOST_EXAMPLES, LONGEST_EXAMPLE = 20, 20_000
"""Examples of one rule, and the characters of one."""
FILE_ID = re.compile(r"(?:dfl-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class JobName(enum.StrEnum):
    """The only value of a parse configuration's `job_name`."""

    PARSE_RAW_FILE_JOB = "parse_raw_file_job"


class ClassifyStatus(enum.StrEnum):
    """Status of a classify job; one that is being asked for is pending."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    PARTIAL_SUCCESS = "PARTIAL_SUCCESS"
    CANCELLED = "CANCELLED"


class ClassifyMode(enum.StrEnum):
    """Whether classification looks at the text alone or at the pages too."""

    FAST = "FAST"
    MULTIMODAL = "MULTIMODAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseJobConfig:
    """Parse every item of the batch with the same parameters."""

    correlation_id: str | None = param("An id of yours that links this job to others; comes back.")
    job_name: JobName | None = field(
        default=JobName.PARSE_RAW_FILE_JOB, metadata={"doc": "Kind of the job; always the same."}
    )
    parameters: ParseParameters | None = param("How the documents are parsed.")
    parent_job_execution_id: str | None = param("The execution this job belongs to; comes back.")
    partitions: dict[str, str] | None = param("Names of parts of the output's location; come back.")
    project_id: str | None = param("Project of the job; comes back.")
    session_id: str | None = param("Id of the request that led to this job; comes back.")
    user_id: str | None = param("Who asked for the job; comes back.")
    webhook_url: str | None = param("Address that gets the whole result of each document.", secret=Secret.CREDENTIALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierRule:
    """One type a document may have."""

    type: str = field(metadata={"doc": "The type to assign, such as `invoice`.", "validate": Length(1, 50)})
    description: str = field(
        metadata={"doc": "What documents of this type look like, in plain words.", "validate": Length(10, 500)}
    )

    examples: list[str] | None = field(
        default=None,
        metadata={
            "doc": "An extension: documents of this type, each as its text or as the id of a file; three of each type help much.",
            "validate": Length(max=MOST_EXAMPLES),
            "each": Length(1, LONGEST_EXAMPLE),
        },
    )


def is_file_id(example: str) -> bool:
    """Whether an example of a rule is the id of a file, or of its place in a directory, rather than a text."""
    return FILE_ID.fullmatch(example) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyParsingConfiguration:
    """What is read of a document before it is classified."""

    lang: Language | None = field(default=Language.EN, metadata={"doc": "Language of text in pictures."})
    max_pages: int | None = field(
        default=5,
        metadata={"doc": "Read no more than this many pages; 0 or null means all.", "validate": Range(min=0)},
    )
    target_pages: list[int] | None = field(
        default=None,
        metadata={"doc": "Pages to read, counted from 0.", "validate": Length(min=1), "each": Range(min=0)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyJobConfig:
    """Give every item of the batch the type of the rule that fits it best."""

    rules: list[ClassifierRule] = field(metadata={"doc": "The types to choose from.", "validate": Length(min=1)})
    id: str | None = param("Id of the classify job; made up when absent, and comes back.")
    project_id: str | None = param("Project of the job; comes back.")
    status: ClassifyStatus | None = field(
        default=ClassifyStatus.PENDING, metadata={"doc": "Status of the job when it was asked for."}
    )
    user_id: str | None = param("Who asked for the job; comes back.")
    mode: ClassifyMode | None = field(
        default=ClassifyMode.FAST, metadata={"doc": "`FAST` looks at the text, `MULTIMODAL` at pages and pictures too."}
    )
    parsing_configuration: ClassifyParsingConfiguration | None = param("What is read of each document.")
    created_at: dt.datetime | None = param("When the job was created; comes back.")
    effective_at: dt.datetime | None = param("When the status took effect; comes back.")
    error_message: str | None = param("Comes back.")
    job_record_id: str | None = param("Comes back.")
    updated_at: dt.datetime | None = param("When the job last changed; comes back.")
    webhook_configurations: list[WebhookConfiguration] | None = param(
        "Addresses that are told of events; direct classify jobs know it, and a batch takes it too."
    )


JobConfig = ParseJobConfig | ClassifyJobConfig

ParseJobConfigSchema = schema_of(ParseJobConfig)
ClassifyJobConfigSchema = schema_of(ClassifyJobConfig)


def schema_for(value: Mapping[str, Any] | JobConfig) -> WireSchema:
    """The schema of a configuration, as JSON or loaded: that of classify jobs when it has `rules`, right or wrong."""
    is_classify = "rules" in value if isinstance(value, Mapping) else isinstance(value, ClassifyJobConfig)
    return ClassifyJobConfigSchema() if is_classify else ParseJobConfigSchema()


def load(value: Mapping[str, Any]) -> JobConfig:
    """Read a configuration from JSON. Raises marshmallow.ValidationError with messages by field."""
    config: JobConfig = schema_for(value).load(value)
    return config


def wire(config: JobConfig) -> dict[str, Any]:
    """A configuration as JSON, secrets included; `load` reads it back."""
    value: dict[str, Any] = schema_for(config).dump(config)
    return value


def complete_config(config: JobConfig, *, project_id: str, user_id: str) -> JobConfig:
    """Fill in what a classify job must have for clients to recognise it, where the caller left it out."""
    if isinstance(config, ParseJobConfig):
        return replace(config, job_name=JobName.PARSE_RAW_FILE_JOB)
    return replace(
        config,
        id=config.id or str(uuid.uuid4()),
        project_id=config.project_id or project_id,
        user_id=config.user_id or user_id,
        status=config.status or ClassifyStatus.PENDING,
        mode=config.mode or ClassifyMode.FAST,
        parsing_configuration=config.parsing_configuration or ClassifyParsingConfiguration(),
    )


def parse_of_classify(config: ClassifyJobConfig) -> ParseParameters:
    """How the documents of a classify job are parsed; the words in pictures are read where it is to look at the pages too."""
    is_multimodal = config.mode is ClassifyMode.MULTIMODAL
    parsing = config.parsing_configuration or ClassifyParsingConfiguration()
    return ParseParameters(
        languages=[parsing.lang or Language.EN],
        max_pages=parsing.max_pages,
        target_pages=",".join(map(str, parsing.target_pages)) if parsing.target_pages else None,
        save_images=is_multimodal,
        specialized_image_parsing=is_multimodal or None,
    )


def parse_parameters_of(config: JobConfig) -> ParseParameters:
    """How the documents of a job are parsed, whatever is done with them afterwards."""
    if isinstance(config, ClassifyJobConfig):
        return parse_of_classify(config)
    return config.parameters or ParseParameters()


@dataclass(frozen=True, slots=True)
class Besides:
    """What decides on the results of a job besides its configuration."""

    model: str = ""
    """The models that are asked and their prompts; empty where none is."""
    learned: Sequence[str] = ()
    """The ids of the corrections that a classify job heeds."""


def configuration_hash(config: JobConfig, besides: Besides = Besides()) -> str:
    """The `parameters_hash` of a job: the same for the same work, with whatever ids, secrets and webhooks."""
    parsing = output_configuration(parse_parameters_of(config))
    if besides.model:
        parsing["model asked"] = besides.model
    if isinstance(config, ParseJobConfig):
        return parameters_hash("parse", parsing)
    rules = [told_of(rule) for rule in config.rules]
    mode = (config.mode or ClassifyMode.FAST).value
    heeded = {"learned": list(besides.learned)} if besides.learned else {}
    return parameters_hash("classify", {"parsing": parsing, "rules": rules, "mode": mode, **heeded})


def told_of(rule: ClassifierRule) -> dict[str, Any]:
    """What of a rule decides; without examples the same as before there were any."""
    told: dict[str, Any] = {"type": rule.type, "description": rule.description}
    return told | ({"examples": rule.examples} if rule.examples else {})


def deviations(config: JobConfig) -> dict[str, str]:
    """What of a configuration is not as it would be without a word, by name, each as a digest of its value.

    Of a classify job the rules always are. Two configurations share what has the same digest in both.
    """
    plain = output_configuration(ParseParameters())
    values = {
        name: value for name, value in output_configuration(parse_parameters_of(config)).items() if value != plain[name]
    }
    if isinstance(config, ClassifyJobConfig):
        values["rules"] = [[*told_of(rule).values()] for rule in config.rules]
    return {name: digest(value) for name, value in values.items()}


def digest(value: Any) -> str:
    """Enough of the SHA-256 of a JSON value to tell it from others."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def complaints(config: JobConfig, conditions: Conditions) -> list[Complaint]:
    """What cannot work in a configuration although its types are right; paths start inside of it."""
    if isinstance(config, ClassifyJobConfig):
        return complaints_about_webhooks(config.webhook_configurations, conditions)
    inside = complaints_about(config.parameters or ParseParameters(), conditions)
    problems = [Complaint(("parameters", *one.path), one.message) for one in inside]
    return [*web_address_complaint(("webhook_url",), config.webhook_url, conditions), *problems]


def validate(config: JobConfig, conditions: Conditions, path: tuple[str, ...] = ("job_config",)) -> None:
    """Raise marshmallow.ValidationError when the configuration cannot work, keyed by where in a request it stands: at `path`."""
    if problems := complaints(config, conditions):
        raise ValidationError(by_path(problems, path))


def by_path(problems: list[Complaint], prefix: tuple[str | int, ...] = ()) -> dict[str | int, Any]:
    """Complaints as marshmallow nests messages: `{"job_config": {"parameters": {"lang": [sentence]}}}`."""
    nested: dict[str | int, Any] = {}
    for complaint in problems:
        *parents, last = (*prefix, *complaint.path)
        inner = nested
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner.setdefault(last, []).append(complaint.message)
    return nested


class JobConfigField(fields.Field[Any]):
    """A parse or a classify configuration; dumps one, or the JSON of one, with its secrets masked."""

    default_error_messages = messages("Input should be a valid dictionary")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        value = super()._deserialize(value, attr, data, **kwargs)
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        return load(value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        value = super()._serialize(value, attr, obj, **kwargs)
        if value is None:
            return None
        return masked_config(value if isinstance(value, Mapping) else wire(value))


def job_config_properties(converter: OpenAPIConverter, one: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Describe a JobConfigField to OpenAPI; register it with `converter.add_attribute_function`.

    `not required: rules` makes the two exclude each other, exactly as the server tells them apart.
    """
    if not isinstance(one, JobConfigField):
        return {}
    resolve: Callable[[type[WireSchema]], dict[str, Any]] = converter.resolve_nested_schema
    parse, classify = resolve(ParseJobConfigSchema), resolve(ClassifyJobConfigSchema)
    return {"oneOf": [{"allOf": [parse, {"not": {"required": ["rules"]}}]}, classify]}
