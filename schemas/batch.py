"""Batch jobs on the wire: what creates one, and what is told of it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from engines.errors import Code
from engines.parameters.validation import SOURCES
from models.batch import BatchJob
from models.corrections import LEARNED
from models.sealed import Sealed
from models.states import ItemStatus, JobStatus, JobType, Tally
from schemas.base import Choice, Items, Map, Moment, Names, Number, Object, Text, Whole, WireSchema
from schemas.job_config import (
    Besides,
    ClassifyJobConfig,
    JobConfig,
    JobConfigField,
    complete_config,
    configuration_hash,
    parse_parameters_of,
    wire,
)
from schemas.paging import LARGEST, bounded, page_schema
from schemas.secrets import split_secrets
from schemas.webhook_configs import OF_BATCH, OF_DOCUMENTS

PAGE_SIZE = 100
"""Items of a page when a request says nothing."""
NO_SOURCE = "Either directory_id or item_ids must be provided"
TWO_SOURCES = "This names the only document of the job: leave out directory_id, item_ids and other addresses"


class PagingColumns(TypedDict):
    """How a job is cut into portions, by column."""

    page_size: int
    cycle_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """A create request: what to do, with which documents, in pages of which size."""

    job_config: JobConfig
    directory_id: str | None = None
    item_ids: list[str] | None = None
    page_size: int | None = None
    continue_as_new_threshold: int | None = None

    def paging(self) -> PagingColumns:
        """Columns of the job: null means the default, and a threshold that lets nothing through means one page."""
        size = self.page_size or PAGE_SIZE
        threshold = self.continue_as_new_threshold or 0
        return {"page_size": size, "cycle_items": threshold if threshold > 0 else size}


class BatchJobCreateRequestSchema(WireSchema):
    """The body of a create request. Provide `directory_id`, `item_ids`, or both: those items of that directory."""

    job_config = JobConfigField(
        required=True, metadata={"description": "What to do: a parse configuration, or with `rules` a classify one."}
    )
    directory_id = Text(
        allow_none=True, metadata={"description": "The directory whose files are processed, as they are listed now."}
    )
    item_ids = Items(
        Text(),
        allow_none=True,
        metadata={"description": "Ids of directory files or of files; one named twice counts once."},
    )
    page_size = Whole(
        allow_none=True,
        validate=validate.Range(1, 1000),
        metadata={"description": "How many documents are sent to the workers together.", "default": PAGE_SIZE},
    )
    continue_as_new_threshold = Whole(
        allow_none=True,
        validate=validate.Range(max=2**31 - 1),
        metadata={"description": "Documents sent by one run of the dispatcher; as `page_size` when null, 0 or less."},
    )

    @validates_schema
    def require_source(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse a job about nothing, and one about two things."""
        config = data.get("job_config")
        outside = [name for name in SOURCES if config is not None and getattr(parse_parameters_of(config), name)]
        has_items = bool(data.get("directory_id") or data.get("item_ids"))
        if not has_items and not outside:
            raise ValidationError(NO_SOURCE)
        if len(outside) + has_items > 1:
            raise ValidationError({"job_config": {"parameters": {outside[-1]: [TWO_SOURCES]}}})

    @post_load
    def make(self, data: dict[str, Any], **_: object) -> BatchRequest:
        """Build the request."""
        return BatchRequest(**data)


def new_job(
    config: JobConfig,
    *,
    project_id: str,
    user_id: str,
    endpoints: Sequence[Mapping[str, Any]] = (),
    webhook_ids: Sequence[str] = (),
    batch_webhook_ids: Sequence[str] = (),
    besides: Besides = Besides(),  # noqa: B008 - it is frozen
    **columns: Any,
) -> BatchJob:
    """The row of a job with this configuration, its secrets apart; not stored yet.

    `endpoints` are webhook configurations as JSON that belong to the job as a whole, besides those in the configuration;
    `webhook_ids` are saved webhooks that are told of its documents, `batch_webhook_ids` those that are told of it as a batch;
    what decides `besides` belongs to the hash of the configuration.
    """
    whole = complete_config(config, project_id=project_id, user_id=user_id)
    own = {
        "webhook_configurations": endpoints,
        OF_DOCUMENTS: webhook_ids,
        OF_BATCH: batch_webhook_ids,
        LEARNED: besides.learned,
    }
    public, secrets = split_secrets(wire(whole) | {name: list(value) for name, value in own.items() if value})
    priority = parse_parameters_of(whole).priority
    return BatchJob(
        project_id=project_id,
        job_type=JobType.CLASSIFY if isinstance(whole, ClassifyJobConfig) else JobType.PARSE,
        config=public,
        secrets=Sealed.of(secrets) if secrets else None,
        parameters_hash=configuration_hash(whole, besides),
        priority=priority.value if priority else "medium",
        **columns,
    )


@dataclass(frozen=True, slots=True)
class JobReport:
    """A job and how many of its items are in which state."""

    job: BatchJob
    tally: Tally

    @property
    def effective_at(self) -> dt.datetime:
        """When the job entered its present status."""
        return self.job.completed_at or self.job.updated_at

    @property
    def progress_percentage(self) -> float:
        """Percentage of items in a terminal state; a job that has listed none yet is at 0 until it ends."""
        return self.tally.progress() if self.tally.total or self.job.is_terminal else 0.0


class BatchJobResponseSchema(WireSchema):
    """A batch job."""

    id = Text(attribute="job.id", required=True, metadata={"description": "Id of the batch job."})
    job_type = Choice(
        JobType, by_value=Text, attribute="job.job_type", required=True, metadata={"description": "What it does."}
    )
    project_id = Text(attribute="job.project_id", required=True, metadata={"description": "Project of the job."})
    status = Choice(
        JobStatus,
        by_value=Text,
        attribute="job.status",
        required=True,
        metadata={"description": "`dispatched` means that all items were sent to the workers and some are open."},
    )
    total_items = fields.Integer(attribute="tally.total", required=True, metadata={"description": "Items in all."})
    processed_items = fields.Integer(attribute="tally.completed", metadata={"description": "Completed items."})
    failed_items = fields.Integer(attribute="tally.failed", metadata={"description": "Failed items."})
    skipped_items = fields.Integer(
        attribute="tally.skipped", metadata={"description": "Items processed earlier, or too large."}
    )
    directory_id = Text(
        attribute="job.directory_id", allow_none=True, metadata={"description": "The directory, when there is one."}
    )
    workflow_id = Text(
        attribute="job.id", dump_only=True, allow_none=True, metadata={"description": "The job's own id."}
    )
    job_record_id = Text(
        attribute="job.id", dump_only=True, allow_none=True, metadata={"description": "The job's own id."}
    )
    error_message = Text(
        attribute="job.error_message", allow_none=True, metadata={"description": "Why the job as a whole failed."}
    )
    retry_of = Text(
        attribute="job.retry_of",
        allow_none=True,
        metadata={"description": "An extension: the job whose failed items this one tries again."},
    )
    cancel_reason = Text(
        attribute="job.cancel_reason",
        allow_none=True,
        metadata={"description": "An extension: why the job was cancelled, as whoever did it said."},
    )
    effective_at = Moment(metadata={"description": "When the job entered its status."})
    created_at = Moment(attribute="job.created_at", allow_none=True)
    updated_at = Moment(attribute="job.updated_at", allow_none=True)
    started_at = Moment(
        attribute="job.started_at", allow_none=True, metadata={"description": "When the first items were sent."}
    )
    completed_at = Moment(attribute="job.completed_at", allow_none=True, metadata={"description": "When it ended."})


class BatchJobStatusResponseSchema(WireSchema):
    """A batch job and its progress."""

    job = Object(BatchJobResponseSchema, required=True, dump_default=None)
    progress_percentage = Number(
        required=True,
        validate=validate.Range(0, 100),
        metadata={"description": "Items in a terminal state, in percent; 100 for an empty directory."},
    )
    model_usage = Map(
        allow_none=True,
        metadata={
            "description": "An extension: requests, tokens and, where models have prices, the cost of the language models "
            "that were asked for its items, those that failed and those that wait included; only with `expand=usage`."
        },
    )


class BatchJobStatusQuerySchema(WireSchema):
    """What is told of a job besides its status."""

    expand = Names("`usage` adds `model_usage`, an extension; other words are ignored.")


class BatchJobQuerySchema(WireSchema):
    """Which jobs to list."""

    directory_id = Text(metadata={"description": "Only jobs of this directory."})
    job_type = Choice(JobType, by_value=Text, metadata={"description": "Only jobs of this type."})
    status = Choice(JobStatus, by_value=Text, metadata={"description": "Only jobs in this status."})
    limit = bounded(50, 1, 1000, "Largest number of jobs in the answer.")
    offset = bounded(0, 0, LARGEST, "Number of jobs to leave out before the first.")


BatchJobQueryResponseSchema = page_schema(BatchJobResponseSchema, "BatchJobQueryResponseSchema")


class Retryable(enum.StrEnum):
    """How items have ended that can be tried again."""

    FAILED = ItemStatus.FAILED.value
    CANCELLED = ItemStatus.CANCELLED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRequest:
    """Which items to try again, and with what parameters besides those of their job."""

    statuses: list[Retryable] | None = None
    error_codes: list[str] | None = None
    item_ids: list[str] | None = None
    parameters: dict[str, Any] | None = None


class BatchJobRetryRequestSchema(WireSchema):
    """The body of a retry request; it may be empty: then all failed items are tried again as before."""

    statuses = Items(
        Choice(Retryable, by_value=Text),
        allow_none=True,
        metadata={
            "description": "Which items: `failed` ones, `cancelled` ones, or both; the failed ones when it is left out."
        },
    )
    error_codes = Items(
        Choice(Code, by_value=Text),
        allow_none=True,
        metadata={"description": "Of the failed items, only those that failed with one of these."},
    )
    item_ids = Items(Text(), allow_none=True, metadata={"description": "Only these of them."})
    parameters = Map(
        allow_none=True,
        metadata={"description": "Parse parameters merged over those of the job; null takes one out."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: object) -> RetryRequest:
        """Build the request."""
        return RetryRequest(**data)


class BatchJobCancelRequestSchema(WireSchema):
    """The body of a cancel request; it may be empty."""

    reason = Text(
        allow_none=True, load_default=None, metadata={"description": "Why; kept with the job for whoever looks at it."}
    )


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What a cancel request led to; `is_changed` is False when the job had ended before."""

    report: JobReport
    is_changed: bool

    @property
    def message(self) -> str:
        """What happened, in words, with the counts."""
        tally, status = self.report.tally, self.report.job.status.value
        counts = f"{tally.completed} of {tally.total} items were processed, {tally.failed} failed"
        rest = f"{tally.skipped} were skipped, {tally.cancelled} were cancelled"
        happened = "The job was cancelled" if self.is_changed else f"The job was already {status}, nothing changed"
        reason = f" Reason: {self.report.job.cancel_reason}" if self.report.job.cancel_reason else ""
        return f"{happened}: {counts}, {rest}.{reason}"


class BatchJobCancelResponseSchema(WireSchema):
    """What a cancel request led to."""

    job_id = Text(attribute="report.job.id", required=True, metadata={"description": "Id of the job."})
    status = Choice(
        JobStatus,
        by_value=Text,
        attribute="report.job.status",
        required=True,
        metadata={"description": "`cancelled`, or the unchanged status of a job that had ended."},
    )
    processed_items = fields.Integer(
        attribute="report.tally.completed", required=True, metadata={"description": "Items completed until then."}
    )
    message = Text(required=True, metadata={"description": "What happened, in words."})
