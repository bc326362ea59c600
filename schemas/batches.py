"""Batches of the second API on the wire: the same jobs as those of the first (schemas.batch), in other words."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from marshmallow import ValidationError, fields

from engines.parameters import WebhookConfiguration
from models.batch import BatchJob
from models.configurations import ProductType
from models.states import OPEN_ITEM, ItemStatus, JobStatus, JobType
from schemas.base import Choice, Items, Moment, Names, Object, Text, WireSchema
from schemas.configurations import refusal
from schemas.derive import schema_of
from schemas.paging import CursorSchema, page_schema
from schemas.webhook_configs import webhook_ids


class BatchStatus(enum.StrEnum):
    """States of a batch. Nothing is ever THROTTLED here: a batch that waits for workers is PENDING or RUNNING."""

    PENDING = "PENDING"
    THROTTLED = "THROTTLED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


STATUSES: Mapping[JobStatus, BatchStatus] = {
    JobStatus.PENDING: BatchStatus.PENDING,
    JobStatus.RUNNING: BatchStatus.RUNNING,
    JobStatus.DISPATCHED: BatchStatus.RUNNING,
    JobStatus.COMPLETED: BatchStatus.COMPLETED,
    JobStatus.FAILED: BatchStatus.FAILED,
    JobStatus.CANCELLED: BatchStatus.CANCELLED,
}
EVENTS: Mapping[BatchStatus, str] = {
    BatchStatus.PENDING: "batch.pending",
    BatchStatus.RUNNING: "batch.running",
    BatchStatus.COMPLETED: "batch.success",
    BatchStatus.FAILED: "batch.error",
    BatchStatus.CANCELLED: "batch.cancelled",
}
"""What webhooks are told when a batch enters a state."""
PRODUCTS: Mapping[JobType, ProductType] = {
    JobType.PARSE: ProductType.PARSE_V2,
    JobType.CLASSIFY: ProductType.CLASSIFY_V2,
}


def status_of(job: BatchJob) -> BatchStatus:
    """The state of a batch in the second API."""
    return STATUSES[job.status]


def job_statuses(status: BatchStatus) -> list[JobStatus]:
    """The states of jobs that the second API calls so."""
    return [ours for ours, theirs in STATUSES.items() if theirs is status]


class JobReference(TypedDict):
    """The parse or classify job behind a file of a batch."""

    type: ProductType
    id: str


class BatchResult(TypedDict):
    """What became of one file of a batch."""

    source_directory_file_id: str
    job_reference: JobReference | None
    error_message: str | None


@dataclass(frozen=True, slots=True)
class BatchReport:
    """A batch, and what became of its files; None where that was not asked for."""

    job: BatchJob
    results: list[BatchResult] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """What it does, as it was asked for."""
        return {"job": {"type": PRODUCTS[self.job.job_type], "configuration_id": self.job.configuration_id}}


def results_of(job: BatchJob, items: Sequence[tuple[str, str | None, ItemStatus]]) -> list[BatchResult]:
    """What became of files, given as (directory file, its parse or classify job or None, state)."""
    product = PRODUCTS[job.job_type]
    return [
        {
            "source_directory_file_id": source_id,
            "job_reference": None if work_id is None else {"type": product, "id": work_id},
            "error_message": reason_of(job, status) if work_id is None and status not in OPEN_ITEM else None,
        }
        for source_id, work_id, status in items
    ]


def reason_of(job: BatchJob, status: ItemStatus) -> str:
    """Why a file that has ended has no job."""
    if status is not ItemStatus.CANCELLED:
        return "The job of this file was deleted"
    return job.error_message or "The batch was cancelled before a job was made for this file"


def endpoints_of_request(configurations: Sequence[WebhookConfiguration] | None) -> list[dict[str, Any]]:
    """The endpoints of a batch as JSON. One that names no events is told those of the batch, not of its documents."""
    dumped: list[dict[str, Any]] = schema_of(WebhookConfiguration)(many=True).dump(configurations or [])
    return [{"webhook_events": list(EVENTS.values()), **one} for one in dumped]


def _require_product(value: str) -> None:
    if value not in ProductType:
        raise ValidationError(refusal(value))


class BatchConfigJobSchema(WireSchema):
    """The job to be made for each file."""

    type = Text(
        required=True,
        validate=_require_product,
        metadata={"enum": list(ProductType), "description": "`classify_v2` is an extension of the API reference."},
    )
    configuration_id = Text(
        required=True,
        metadata={"description": "A saved configuration of this type, or a preset such as `cfg-PARSE_AGENTIC`."},
    )


class BatchConfigSchema(WireSchema):
    """What a batch does."""

    job = Object(BatchConfigJobSchema, required=True)


class BatchCreateRequestSchema(WireSchema):
    """The body of a create request."""

    source_directory_id = Text(
        required=True, metadata={"description": "The directory whose files are processed, as they are listed now."}
    )
    config = Object(BatchConfigSchema, required=True)
    webhook_configurations = Items(
        Object(schema_of(WebhookConfiguration)),
        allow_none=True,
        load_default=None,
        metadata={"description": "Addresses that are told of events of the batch."},
    )
    webhook_configuration_ids = webhook_ids(load_default=None)


class BatchListQuerySchema(CursorSchema):
    """Which batches to list."""

    created_at_on_or_after = Moment(load_default=None)
    created_at_on_or_before = Moment(load_default=None)
    status = Choice(BatchStatus, by_value=Text, load_default=None)
    source_directory_id = Text(load_default=None, metadata={"description": "Only batches over this directory."})


class BatchQuerySchema(WireSchema):
    """What to tell of a batch."""

    expand = Names("`results`: what became of each file. Repeated or with commas; others are ignored.")


class BatchJobReferenceSchema(WireSchema):
    """The job behind a file."""

    type = Choice(ProductType, by_value=Text, required=True)
    id = Text(
        required=True, metadata={"description": "Of a parse or classify job: its state and result are read there."}
    )


class BatchResultSchema(WireSchema):
    """What became of one file."""

    source_directory_file_id = Text(required=True)
    job_reference = Object(
        BatchJobReferenceSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null until the file has a job. Whether a document failed is told by its job."},
    )
    error_message = Text(
        required=True, allow_none=True, metadata={"description": "Why no job could be made for the file."}
    )


class BatchResponseSchema(WireSchema):
    """A batch."""

    id = Text(attribute="job.batch_id", required=True)
    project_id = Text(attribute="job.project_id", required=True)
    source_directory_id = Text(attribute="job.directory_id", required=True)
    config = Object(BatchConfigSchema, required=True)
    status = fields.Function(
        lambda report: status_of(report.job), required=True, metadata={"type": "string", "enum": list(BatchStatus)}
    )
    results = Items(
        Object(BatchResultSchema),
        required=True,
        allow_none=True,
        metadata={"description": "One row for each file, also while the batch runs; null unless `expand=results`."},
    )
    created_at = Moment(attribute="job.created_at", allow_none=True)
    updated_at = Moment(attribute="job.updated_at", allow_none=True)


BatchQueryResponseSchema = page_schema(BatchResponseSchema, "BatchQueryResponse")
