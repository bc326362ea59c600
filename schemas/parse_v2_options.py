"""What a v2 parse configuration may hold, and what each option does: one table, from which all else follows.

Which parameters an option sets stands in engines/parameters/v2_names.py. The request's schema, its OpenAPI, the
conversion to a job's parameters, the places named in errors, and docs/v2-parameters.md are derived from OPTIONS. v2
groups the options by topic and words some of them the other way round; what is done is the same, so a v2 job runs, is
hashed and is cached as any other.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, cast

from marshmallow import RAISE, ValidationError, fields
from marshmallow.validate import Length, Range

from engines.parameters import SaveableImage, WatermarkHandling, WebhookConfiguration
from engines.parameters.conditions import Conditions
from engines.parameters.languages import Language
from engines.parameters.v2_names import CHART_PARSING
from models.webhook_configs import MOST_OF_A_JOB
from schemas import job_config
from schemas.base import Object, Text, WireSchema
from schemas.derive import field_for
from schemas.job_config import ParseJobConfig
from schemas.option_effects import (
    GranularBox,
    Option,
    OptionRule,
    auto_mode,
    chosen,
    form_analysis,
    granular_boxes,
    ignored,
    known_version,
    negated,
    option,
    options_below,
    refused,
    switched_off,
    target_pages,
)


class Tier(enum.StrEnum):
    """Quality levels of v2."""

    FAST = "fast"
    COST_EFFECTIVE = "cost_effective"
    AGENTIC = "agentic"
    AGENTIC_PLUS = "agentic_plus"


class ChartParsing(enum.StrEnum):
    """How carefully charts are read."""

    EFFICIENT = "efficient"
    AGENTIC = "agentic"
    AGENTIC_PLUS = "agentic_plus"


class FormAnalysis(enum.StrEnum):
    """How forms are read."""

    DEFAULT = "default"
    ENRICH = "enrich"


_MARKDOWN, _TABLES = "output_options.markdown.", "output_options.markdown.tables."
_FAILURE = "processing_control.job_failure_conditions."

OPTIONS: tuple[Option, ...] = (
    option("tier", Tier, required=True),
    option("version", str, OptionRule("`version`", known_version), required=True),
    option("file_id", str, ignored("the document")),
    option("source_url", str),
    option("http_proxy", str),
    option("configuration_id", str, ignored("a saved configuration, on top of which the other options are laid")),
    option("client_name", str, ignored("accepted; changes nothing")),
    option("disable_cache", bool),
    option("user_metadata", dict[str, str]),
    option("webhook_configurations", list[WebhookConfiguration]),
    option(
        "webhook_configuration_ids",
        list[str],
        ignored(f"saved webhooks that are told as well, at most {MOST_OF_A_JOB}"),
        validate=Length(max=MOST_OF_A_JOB, error="List should have at most {max} items"),
    ),
    option("fast_options", dict[str, Any], ignored("accepted; there are no such options")),
    option("agentic_options.custom_prompt", str),
    *options_below("crop_box", float),
    option("page_ranges.max_pages", int, validate=Range(min=1)),
    option(
        "page_ranges.target_pages",
        str,
        OptionRule("`target_pages`, counted from 1 here; `max_pages` beside it does not count", target_pages),
    ),
    *options_below("input_options.html", bool),
    option("input_options.image.camera_photo_correction", bool, refused("photographs are read as they are", False)),
    option("input_options.pdf", dict[str, Any], ignored("accepted; there are no such options")),
    *options_below("input_options.presentation", bool),
    *options_below("input_options.spreadsheet", bool),
    option("output_options.additional_outputs", list[str], refused("no further outputs are made", [])),
    option("output_options.extract_printed_page_number", bool),
    option(
        "output_options.granular_bboxes",
        list[GranularBox],
        OptionRule("`line`: `line_level_bounding_box`; `word` and `cell` are not supported yet", granular_boxes),
    ),
    option("output_options.images_to_save", list[SaveableImage], absent=[]),
    option(f"{_MARKDOWN}annotate_line_numbers", bool),
    option(f"{_MARKDOWN}annotate_links", bool),
    option(f"{_MARKDOWN}annotate_revisions", bool),
    option(f"{_MARKDOWN}inline_images", bool),
    option(f"{_TABLES}compact_markdown_tables", bool),
    option(f"{_TABLES}markdown_table_multiline_separator", str),
    option(f"{_TABLES}merge_continued_tables", bool),
    option(f"{_TABLES}output_tables_as_markdown", bool, negated, absent=False),
    option("output_options.save_output_pdf", bool),
    *options_below("output_options.spatial_text", bool),
    option("output_options.tables_as_spreadsheet.enable", bool, ignored("accepted; the workbook can always be read")),
    option("output_options.tables_as_spreadsheet.guess_sheet_name", bool),
    option("output_options.watermark_handling", WatermarkHandling),
    option(f"{_FAILURE}allowed_page_failure_ratio", float),
    option(f"{_FAILURE}fail_on_buggy_font", bool),
    option(f"{_FAILURE}fail_on_image_extraction_error", bool),
    option(f"{_FAILURE}fail_on_image_ocr_error", bool),
    option(f"{_FAILURE}fail_on_markdown_reconstruction_error", bool),
    *options_below("processing_control.timeouts", int),
    option("processing_options.aggressive_table_extraction", bool),
    option(
        "processing_options.auto_mode_configuration",
        list[dict[str, Any]],
        OptionRule("`auto_mode`, and the same list as `auto_mode_configuration_json`", auto_mode),
    ),
    option("processing_options.confidence_score_effort", str, refused("confidence is not scored")),
    option("processing_options.cost_optimizer.enable", bool),
    option("processing_options.disable_heuristics", bool, switched_off),
    option(
        "processing_options.forms",
        FormAnalysis,
        OptionRule("`enrich`: `extract_forms`, from the fields of the PDF itself", form_analysis),
    ),
    *options_below("processing_options.ignore", bool),
    option("processing_options.ocr_parameters.languages", list[Language]),
    option("processing_options.specialized_chart_parsing", ChartParsing, chosen(CHART_PARSING)),
)
"""Every option of a v2 configuration."""


class ClosedSchema(WireSchema):
    """An object that refuses keys it does not know, as v2 configurations do."""

    class Meta:
        """Options of marshmallow."""

        unknown = RAISE

    error_messages = {"unknown": "Extra inputs are not permitted"}  # noqa: RUF012 - marshmallow's own way to declare


def closed_schema(name: str, options: Mapping[str, Any], doc: str) -> type[ClosedSchema]:
    """The schema of a tree of options: leaves are options, branches objects of their own."""
    members: dict[str, Any] = {"__doc__": doc}
    for key, below in options.items():
        members[key] = (
            _field(below)
            if isinstance(below, Option)
            else Object(closed_schema(_camel(key), below, f"`{key}` of a v2 parse configuration."), allow_none=True)
        )
    return type(f"{name}Schema", (ClosedSchema,), members)


def _field(one: Option) -> fields.Field[Any]:
    sets = [f"`{name}`" for name in one.sets]
    return field_for(
        one.kind,
        required=one.required,
        allow_none=not one.required,
        validate=one.validate,
        metadata={"description": f"Parameter {', '.join(sets)}." if sets else f"{one.rule.words.capitalize()}."},
    )


def _camel(key: str) -> str:
    return "Parse" + "".join(word.capitalize() for word in key.split("_"))


def _tree() -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for one in OPTIONS:
        *parents, last = one.path.split(".")
        inner = tree
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = one
    return tree


ParseRequestConfigurationSchema = closed_schema("ParseRequestConfiguration", _tree(), "A v2 parse configuration.")


PER_DOCUMENT = ("file_id", "source_url", "http_proxy", "user_metadata", "configuration_id")
"""Options of a request that no saved configuration holds."""
CONFIGURED = "configured"
"""What `tier` and `version` may say beside a `configuration_id`: that of the configuration."""


class ParseRequestSchema(ParseRequestConfigurationSchema):  # type: ignore[misc, valid-type] # made above
    """A v2 parse job to be made. Its configuration is looked at as a whole once a saved one was laid below it."""

    tier = Text(
        allow_none=True,
        metadata={"description": f"Parameter `tier`; required, but beside a `configuration_id`: `{CONFIGURED}`."},
    )
    version = Text(
        allow_none=True,
        metadata={"description": f"Parameter `version`; required, but beside a `configuration_id`: `{CONFIGURED}`."},
    )


class ParseUploadSchema(WireSchema):
    """The text part of `POST /api/v2/parse/upload`."""

    configuration = Text(required=True, metadata={"description": "A v2 parse configuration, as JSON text."})


def parameters_of_v2(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, by wire name, of a v2 configuration in JSON. Raises ValidationError, keyed by the v2 path."""
    if messages := ParseRequestConfigurationSchema().validate(configuration):
        raise ValidationError(messages)
    parameters: dict[str, Any] = {}
    for one in OPTIONS:
        value = option_value(configuration, one)
        if value is None:
            continue
        try:
            parameters |= one.rule.convert(value)
        except ValueError as error:
            raise ValidationError(_nested(one.path, [str(error)])) from error
    if parameters.get("target_pages"):
        parameters.pop("max_pages", None)  # v2: target_pages takes precedence
    return parameters


def laid_over(saved: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a request on top of a saved one: an option that it says replaces the saved one, null says nothing."""
    whole = dict(saved)
    for name, value in request.items():
        below = whole.get(name)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            whole[name] = laid_over(below, value)
        elif value is not None:
            whole[name] = value
    return whole


def option_value(configuration: Mapping[str, Any], one: Option) -> Any:
    """The value of an option; the one that holds when nothing is said, which may be None."""
    value: Any = configuration
    for key in one.path.split("."):
        value = (value or {}).get(key)
    return one.absent if value is None else value


def in_v2(messages: Mapping[str, Any]) -> dict[str, Any]:
    """Messages about parameters, said of the v2 options that set them; what no option sets keeps its name."""
    paths = {name: one.path for one in OPTIONS for name in one.sets}
    nested: dict[str, Any] = {}
    for name, what in messages.items():
        _merge(nested, _nested(paths.get(name, name), what))
    return nested


def _nested(path: str, what: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        what = {key: what}
    return dict(what)


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def job_of_v2(configuration: Mapping[str, Any], conditions: Conditions) -> ParseJobConfig:
    """The job that a v2 configuration asks for, checked under `conditions`.

    Raises ValidationError, keyed by the v2 path.
    """
    parameters = parameters_of_v2(configuration)
    try:
        return checked_job(parameters, conditions)
    except ValidationError as error:
        raise ValidationError(in_v2(cast("dict[str, Any]", error.messages))) from error


def checked_job(parameters: Mapping[str, Any], conditions: Conditions) -> ParseJobConfig:
    """A parse job with these parameters, by wire name. Raises ValidationError, keyed by parameter."""
    try:
        config = job_config.load({"parameters": parameters})
        job_config.validate(config, conditions)
    except ValidationError as error:
        messages = cast("dict[str, Any]", error.messages)
        messages = messages.get("job_config", messages)
        raise ValidationError(messages.get("parameters", messages)) from error
    return cast("ParseJobConfig", config)
