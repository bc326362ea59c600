"""Classify jobs of one document, as v2 answers them and is asked for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from marshmallow import ValidationError, fields
from marshmallow.validate import Length, OneOf, Range

from engines.page_selection import consecutive, page_expression, page_ranges, to_indices, to_numbers
from engines.parameters import WebhookConfiguration
from engines.results import ClassificationResult
from models.results import DirectJob
from schemas.base import Choice, Items, Moment, Names, Number, Object, Text, Whole, WireSchema
from schemas.derive import schema_of
from schemas.job_config import ClassifierRule, ClassifyJobConfig, ClassifyMode, ClassifyParsingConfiguration
from schemas.paging import CursorSchema, bounded, page_schema
from schemas.parse import ParseStatus, error_message, v2_status
from schemas.usage import PARSE_CREDITS, classify_usage, usage_field
from schemas.webhook_configs import webhook_ids

MOST_PAGES = 10_000
"""Pages a v2 `target_pages` may name: v1 keeps them as a list, one by one."""


def classify_error(direct: DirectJob) -> str | None:
    """Why a classify job gave no result."""
    return "CANCELLED: The job was cancelled." if v2_status(direct) is ParseStatus.CANCELLED else error_message(direct)


class V2ParsingConfiguration(TypedDict):
    """What is read of a document before it is classified."""

    lang: str
    max_pages: int | None
    """None for all."""
    target_pages: str | None
    """Counted from 1: `1,3-5`; None for all."""


class V2Configuration(TypedDict):
    """The configuration of a classify job in v2."""

    rules: list[dict[str, str]]
    mode: ClassifyMode
    parsing_configuration: V2ParsingConfiguration


def outcome_of(direct: DirectJob) -> ClassificationResult | None:
    """Type, confidence and reasoning of a finished classification; None as long as there is none, and for a parse job."""
    stored = direct.result.details.get("classification") if direct.result is not None else None
    if stored is None:
        return None
    return {"type": stored["type"], "confidence": stored["confidence"], "reasoning": stored["reasoning"]}


def v2_configuration(config: Mapping[str, Any]) -> V2Configuration:
    """The configuration of a classify job in v2: pages are counted from 1, and there is one mode."""
    parsing = config.get("parsing_configuration") or {}
    pages = parsing.get("target_pages")
    return {
        "rules": config["rules"],
        "mode": ClassifyMode.FAST,
        "parsing_configuration": {
            "lang": parsing.get("lang") or "en",
            "max_pages": parsing.get("max_pages") or None,
            "target_pages": page_expression(to_numbers(consecutive(pages))) if pages else None,
        },
    }


def config_of_v2(payload: Mapping[str, Any], job_id: str) -> ClassifyJobConfig:
    """The job that a loaded v2 request asks for. Without `max_pages` v2 reads all pages. Raises ValidationError."""
    configuration = payload["configuration"]
    parsing = configuration.get("parsing_configuration") or {}
    reading: dict[str, Any] = {"lang": parsing.get("lang") or "en", "max_pages": parsing.get("max_pages")}
    try:
        if parsing.get("target_pages"):
            reading["target_pages"] = indices_in(parsing["target_pages"])
        loaded = ParsingConfigurationSchema().load(reading)
    except ValidationError as error:
        raise ValidationError({"configuration": {"parsing_configuration": error.messages}}) from error
    except ValueError as error:
        where = {"parsing_configuration": {"target_pages": [str(error)]}}
        raise ValidationError({"configuration": where}) from error
    return ClassifyJobConfig(
        id=job_id,
        rules=configuration["rules"],
        parsing_configuration=loaded,
        webhook_configurations=payload.get("webhook_configurations"),
    )


def indices_in(expression: str) -> list[int]:
    """The page indices of an expression that counts from 1. Raises ValueError."""
    ranges = to_indices(page_ranges(expression))
    if sum(map(len, ranges)) > MOST_PAGES:
        raise ValueError(f"No more than {MOST_PAGES} pages may be named")
    return sorted({index for one in ranges for index in one})


def _input(direct: DirectJob, key: Literal["type", "value", "parse_job_id"], otherwise: str) -> str:
    reference = direct.request.get("input")
    return str((reference.get(key) if reference else None) or otherwise)


class ClassificationSchema(WireSchema):
    """What a document was found to be."""

    type = Text(required=True, allow_none=True, metadata={"description": "The type; null when no rule fits."})
    confidence = Number(required=True, metadata={"description": "From 0 to 1."})
    reasoning = Text(required=True, metadata={"description": "Why, in words."})


class ClassifyJobSchema(WireSchema):
    """A classify job of one document (v2)."""

    id = Text(required=True)
    project_id = Text(required=True, attribute="job.project_id")
    user_id = fields.Function(
        lambda direct: direct.job.config.get("user_id") or direct.job.project_id,
        required=True,
        metadata={"type": "string"},
    )
    status = fields.Function(v2_status, required=True, metadata={"type": "string", "enum": list(ParseStatus)})
    configuration = fields.Function(
        lambda direct: v2_configuration(direct.job.config), required=True, metadata={"type": "object"}
    )
    document_input_type = fields.Function(
        lambda direct: _input(direct, "type", "file_id"),
        required=True,
        metadata={"type": "string", "enum": ["url", "file_id", "parse_job_id"]},
    )
    file_input = fields.Function(
        lambda direct: _input(direct, "value", direct.item.file_id or direct.item.source_id),
        required=True,
        metadata={"type": "string", "description": "Id of the file or of the parse job."},
    )
    document_input_value = fields.Function(
        lambda direct: _input(direct, "value", direct.item.file_id or direct.item.source_id),
        required=True,
        metadata={"type": "string", "description": "Older name of `file_input`."},
    )
    result = fields.Function(outcome_of, metadata={"type": ["object", "null"]})
    error_message = fields.Function(classify_error, metadata={"type": ["string", "null"]})
    configuration_id = Text(attribute="job.configuration_id", allow_none=True)
    transaction_id = fields.Function(
        lambda direct: direct.request.get("transaction_id"), metadata={"type": ["string", "null"]}
    )
    parse_job_id = fields.Function(
        lambda direct: _input(direct, "parse_job_id", "") or None, metadata={"type": ["string", "null"]}
    )
    created_at = Moment(allow_none=True)
    updated_at = Moment(allow_none=True)
    usage = usage_field(classify_usage, parse_credits=PARSE_CREDITS)


class CorrectionRequestSchema(WireSchema):
    """The right type of a document that was classified."""

    type = Text(required=True, validate=Length(1, 50), metadata={"description": "One of the types of the job's rules."})


class CorrectionSchema(WireSchema):
    """A corrected answer, from which later classify jobs of the project with a rule for its type learn."""

    id = Text(required=True)
    job_id = Text(required=True, attribute="work_id", metadata={"description": "The classify job that was wrong."})
    project_id = Text(required=True)
    type = Text(required=True, metadata={"description": "The right type."})
    created_at = Moment(required=True)


CorrectionPageSchema = page_schema(CorrectionSchema, "CorrectionPageSchema")


ClassifyJobPageSchema = page_schema(ClassifyJobSchema, "ClassifyJobPageSchema")


class ClassifyQuerySchema(WireSchema):
    """What to tell of a classify job besides the usual."""

    expand = Names("`usage` adds what the job has used; other words are ignored.")


class ClassifyListSchema(CursorSchema):
    """Which classify jobs to list."""

    page_size = bounded(50, 1, 100, "Number of entries of one page.")
    status = Choice(ParseStatus, by_value=Text, load_default=None)
    job_ids = Items(Text(), load_default=[], metadata={"description": "Only these jobs; the key may be repeated."})
    configuration_id = Text(load_default=None, metadata={"description": "Only jobs of this saved configuration."})
    created_at_on_or_after = Moment(load_default=None)
    created_at_on_or_before = Moment(load_default=None)


RuleSchema = schema_of(ClassifierRule)
ParsingConfigurationSchema = schema_of(ClassifyParsingConfiguration)


class V2ParsingConfigurationSchema(WireSchema):
    """What is read of a document before it is classified (v2)."""

    lang = Text(allow_none=True, metadata={"description": "Language of text in pictures."})
    max_pages = Whole(allow_none=True, validate=Range(min=1), metadata={"description": "Read no more pages than this."})
    target_pages = Text(allow_none=True, metadata={"description": "Pages to read, counted from 1: `1,3-5`."})


class V2ConfigurationSchema(WireSchema):
    """How to classify (v2)."""

    rules = Items(Object(RuleSchema), required=True, validate=Length(min=1))
    mode = fields.String(validate=OneOf(["FAST"]), allow_none=True)
    parsing_configuration = Object(V2ParsingConfigurationSchema, allow_none=True)


class ClassifyRequestSchema(WireSchema):
    """A v2 classify job to be made."""

    configuration = Object(V2ConfigurationSchema, allow_none=True)
    configuration_id = Text(
        allow_none=True, metadata={"description": "A saved configuration, in place of `configuration`."}
    )
    file_input = Text(allow_none=True, validate=Length(max=200), metadata={"description": "A file or a parse job."})
    file_id = Text(allow_none=True, metadata={"description": "Older form of `file_input`."})
    parse_job_id = Text(allow_none=True, metadata={"description": "Older form of `file_input`."})
    transaction_id = Text(
        allow_none=True,
        validate=Length(max=200),
        metadata={"description": "Asked twice with the same, the job is one."},
    )
    webhook_configurations = Items(Object(schema_of(WebhookConfiguration)), allow_none=True)
    webhook_configuration_ids = webhook_ids()
