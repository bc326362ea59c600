"""Parse jobs as v2 and v1 answer them: the job behind an item, with v2's five states or v1's."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from marshmallow import fields

from engines.errors import SENTENCES, Code
from engines.parameters.modes import LATEST_VERSIONS, TIER_VERSIONS
from engines.results import WarningResult
from models.results import DirectJob
from models.states import ItemStatus
from schemas.base import AnyValue, Choice, Items, Map, Moment, Names, Object, Text, WireSchema
from schemas.paging import CursorSchema, page_schema
from schemas.secrets import masked_config
from schemas.shapes import V1Error
from schemas.usage import parse_usage, usage_field


class ParseStatus(enum.StrEnum):
    """States of a v2 job. There is no partial success: failed pages say so themselves."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class StatusEnum(enum.StrEnum):
    """States of a v1 job."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    PARTIAL_SUCCESS = "PARTIAL_SUCCESS"
    CANCELLED = "CANCELLED"


IN_V2 = {
    ItemStatus.PENDING: ParseStatus.PENDING,
    ItemStatus.PROCESSING: ParseStatus.RUNNING,
    ItemStatus.COMPLETED: ParseStatus.COMPLETED,
    ItemStatus.FAILED: ParseStatus.FAILED,
    ItemStatus.SKIPPED: ParseStatus.FAILED,
    ItemStatus.CANCELLED: ParseStatus.CANCELLED,
}
"""An item that was skipped for its size has a job that failed for it; other skipped items have no job of their own."""

IN_V1 = {
    ParseStatus.PENDING: StatusEnum.PENDING,
    ParseStatus.RUNNING: StatusEnum.PENDING,
    ParseStatus.COMPLETED: StatusEnum.SUCCESS,
    ParseStatus.FAILED: StatusEnum.ERROR,
    ParseStatus.CANCELLED: StatusEnum.CANCELLED,
}


def v2_status(direct: DirectJob) -> ParseStatus:
    """The state of a job in v2."""
    return IN_V2[direct.item.status]


def v1_status(direct: DirectJob) -> StatusEnum:
    """The state of a job in v1, which knows that some pages failed."""
    if direct.result is not None and direct.result.partial:
        return StatusEnum.PARTIAL_SUCCESS
    return IN_V1[v2_status(direct)]


def item_states(status: ParseStatus) -> list[ItemStatus]:
    """The states of items whose jobs are in this one."""
    return [item for item, state in IN_V2.items() if state is status]


def job_error(direct: DirectJob) -> tuple[str, str] | None:
    """Code and sentence of a job that failed, else None."""
    if v2_status(direct) is not ParseStatus.FAILED:
        return None
    if direct.item.status is ItemStatus.SKIPPED:
        return Code.DOCUMENT_TOO_LARGE, SENTENCES[Code.DOCUMENT_TOO_LARGE]
    code = direct.item.error_code or Code.INTERNAL_ERROR
    return code, (direct.item.error_message or SENTENCES[Code.INTERNAL_ERROR]).removeprefix(f"{code}: ")


def error_message(direct: DirectJob) -> str | None:
    """Why a job failed, as `CODE: sentence`."""
    error = job_error(direct)
    return None if error is None else f"{error[0]}: {error[1]}"


def masked_parameters_of(direct: DirectJob) -> dict[str, Any]:
    """The parameters a job was asked for, secrets masked, also those that an older version stored as they were."""
    parameters: dict[str, Any] = masked_config({"parameters": direct.job.config.get("parameters")})["parameters"] or {}
    return parameters


class V1Job(TypedDict):
    """A parse job in v1."""

    id: str
    status: StatusEnum
    error_code: NotRequired[str | None]
    error_message: NotRequired[str | None]


class V1Details(V1Job):
    """A parse job in v1 with its parameters, secrets masked, and what went wrong."""

    parameters: dict[str, Any]
    errors: list[V1Error]
    warnings: list[WarningResult]


def v1_job(direct: DirectJob) -> V1Job:
    """A job in v1; the two error fields are there only when it failed."""
    error = job_error(direct)
    job: V1Job = {"id": direct.id, "status": v1_status(direct)}
    return job if error is None else {**job, "error_code": error[0], "error_message": error[1]}


def v1_details(direct: DirectJob, pages: Sequence[V1Error]) -> V1Details:
    """A job in v1 with its parameters, and what went wrong in the document and on its pages, `pages` being the latter."""
    error = job_error(direct)
    document: list[V1Error] = [{"page": None, "code": error[0], "message": error[1]}] if error else []
    return {
        **v1_job(direct),
        "parameters": masked_parameters_of(direct),
        "errors": [*document, *pages],
        "warnings": direct.result.details.get("warnings", []) if direct.result is not None else [],
    }


class ParseJobSchema(WireSchema):
    """A parse job (v2)."""

    id = Text(required=True)
    project_id = Text(required=True, attribute="job.project_id")
    status = fields.Function(v2_status, required=True, metadata={"type": "string", "enum": list(ParseStatus)})
    error_message = fields.Function(error_message, metadata={"type": ["string", "null"]})
    name = Text(attribute="item.name", allow_none=True)
    tier = fields.Function(
        lambda direct: masked_parameters_of(direct).get("tier"),
        metadata={"type": ["string", "null"], "description": "Tier."},
    )
    created_at = Moment(allow_none=True)
    updated_at = Moment(allow_none=True)
    user_metadata = fields.Function(
        lambda direct: direct.request.get("user_metadata"), metadata={"type": ["object", "null"]}
    )
    usage = usage_field(parse_usage)


class DeletedJobSchema(WireSchema):
    """A parse or classify job that was deleted."""

    id = Text(required=True)
    project_id = Text(required=True)


ParseJobPageSchema = page_schema(ParseJobSchema, "ParseJobPageSchema")


class ParseListSchema(CursorSchema):
    """Which parse jobs to list."""

    status = Choice(ParseStatus, by_value=Text, load_default=None)
    job_ids = Items(Text(), load_default=[], metadata={"description": "Only these jobs; the key may be repeated."})
    created_at_on_or_after = Moment(load_default=None)
    created_at_on_or_before = Moment(load_default=None)
    pipeline_id = Text(load_default=None, metadata={"description": "Only jobs with this `pipeline_id`."})


class ParseResultQuerySchema(WireSchema):
    """What of a result to read."""

    expand = Names(
        "Parts of the result, as repeated keys or separated by commas, and `usage` of the job; unknown ones are ignored."
    )
    image_filenames = Text(load_default=None, metadata={"description": "Only these pictures, separated by commas."})


class ParseResultSchema(WireSchema):
    """A parse job, and the parts of its result that were asked for; a part is null as long as there is none."""

    job = Object(ParseJobSchema, required=True)
    text = AnyValue(allow_none=True)
    markdown = AnyValue(allow_none=True)
    items = AnyValue(allow_none=True)
    metadata = AnyValue(allow_none=True)
    forms = AnyValue(allow_none=True)
    text_full = Text(allow_none=True)
    markdown_full = Text(allow_none=True)
    job_metadata = Map(allow_none=True)
    raw_parameters = Map(allow_none=True)
    result_content_metadata = Map(allow_none=True)
    images_content_metadata = AnyValue(allow_none=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Look parts up by key alone: a dictionary without the key `items` still has the method."""
        return obj.get(attr, default)


class LatestVersionsSchema(WireSchema):
    """What `latest` stands for in each tier."""

    fast = Text(required=True)
    cost_effective = Text(required=True)
    agentic = Text(required=True)
    agentic_plus = Text(required=True)


class ParseVersionsSchema(WireSchema):
    """The versions of each tier, newest first."""

    fast = Items(Text(), required=True)
    cost_effective = Items(Text(), required=True)
    agentic = Items(Text(), required=True)
    agentic_plus = Items(Text(), required=True)
    latest = Object(LatestVersionsSchema, required=True)


PARSE_VERSIONS = {**TIER_VERSIONS, "latest": LATEST_VERSIONS}
"""What `GET /api/v2/parse/versions` answers."""


class ParsingJobSchema(WireSchema):
    """A parse job (v1)."""

    id = Text(required=True)
    status = Choice(StatusEnum, by_value=Text, required=True)
    error_code = Text(allow_none=True)
    error_message = Text(allow_none=True)


class ParsingTextSchema(WireSchema):
    """The text of a result (v1)."""

    text = Text(required=True)
    job_metadata = AnyValue(required=True)


class ParsingMarkdownSchema(WireSchema):
    """The Markdown of a result (v1)."""

    markdown = Text(required=True)
    job_metadata = AnyValue(required=True)


class ParsingJsonSchema(WireSchema):
    """The pages of a result (v1)."""

    pages = AnyValue(required=True)
    job_metadata = AnyValue(required=True)


class ParsingStructuredSchema(WireSchema):
    """The structured output of a result (v1)."""

    structured = AnyValue(required=True)
    job_metadata = AnyValue(required=True)
