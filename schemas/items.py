"""Items of batch jobs on the wire, and what came of a document over all jobs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from marshmallow import fields

from models.batch import BatchJob
from models.items import BatchItem
from models.results import ProcessingResult
from models.shapes import ResultDetails
from models.states import ItemStatus, JobType, SkipReason
from schemas.base import Choice, Items, Moment, Object, Text, WireSchema
from schemas.job_config import JobConfigField
from schemas.paging import LARGEST, bounded, page_schema


@dataclass(frozen=True, slots=True)
class ItemReport:
    """An item of a job, as it is told to callers."""

    item: BatchItem
    job: BatchJob

    @property
    def effective_at(self) -> dt.datetime:
        """When the item entered its present status."""
        return self.item.completed_at or self.item.started_at or self.job.created_at

    @property
    def error_message(self) -> str | None:
        """`CODE: sentence` of a failed item."""
        code, sentence = self.item.error_code, self.item.error_message
        if code and sentence and not sentence.startswith(code):
            return f"{code}: {sentence}"
        return sentence or code


class BatchItemDetailSchema(WireSchema):
    """An item of a batch job."""

    item_id = Text(
        attribute="item.source_id", required=True, metadata={"description": "Id of the directory file or file."}
    )
    item_name = Text(attribute="item.name", required=True, metadata={"description": "Its name when the job began."})
    status = Choice(
        ItemStatus, by_value=Text, attribute="item.status", required=True, metadata={"description": "Its status."}
    )
    job_id = Text(
        attribute="item.work_id",
        allow_none=True,
        metadata={
            "description": "Id of the parse or classify job behind the item, under which its result is read; null until the "
            "item's page is sent, and when that job was deleted. The earlier job's when the item was already processed."
        },
    )
    job_record_id = Text(
        attribute="item.work_id", dump_only=True, allow_none=True, metadata={"description": "As `job_id`."}
    )
    error_message = Text(allow_none=True, metadata={"description": "Why it failed: a code and a sentence."})
    skip_reason = Choice(
        SkipReason,
        by_value=Text,
        attribute="item.skip_reason",
        allow_none=True,
        metadata={"description": "Why it was not processed."},
    )
    effective_at = Moment(metadata={"description": "When the item entered its status."})
    started_at = Moment(attribute="item.started_at", allow_none=True)
    completed_at = Moment(attribute="item.completed_at", allow_none=True)


class BatchItemQuerySchema(WireSchema):
    """Which items to list."""

    status = Choice(ItemStatus, by_value=Text, metadata={"description": "Only items in this status."})
    limit = bounded(100, 1, 1000, "Largest number of items in the answer.")
    offset = bounded(0, 0, LARGEST, "Number of items to leave out before the first.")


BatchItemListResponseSchema = page_schema(BatchItemDetailSchema, "BatchItemListResponseSchema")


class OutputLifetime(TypedDict, total=False):
    """Of an output that expires, when (ISO 8601), and whether it has; of others nothing."""

    expires_at: str
    expired: bool


class OutputMetadata(ResultDetails, OutputLifetime):
    """What is kept about an output."""


@dataclass(frozen=True, slots=True)
class ResultReport:
    """One result of a document, with the job that made it and where its outputs are."""

    result: ProcessingResult
    job: BatchJob
    output_s3_path: str

    @property
    def output_metadata(self) -> OutputMetadata:
        """What is kept about the output, and its lifetime."""
        until = self.result.expires_at
        lifetime: OutputLifetime = {"expires_at": until.isoformat(), "expired": self.result.is_expired} if until else {}
        return {**self.result.details, **lifetime}


class ProcessingResultSchema(WireSchema):
    """One result of a document."""

    result_id = Text(attribute="result.id", required=True, metadata={"description": "Id of this result."})
    item_id = Text(attribute="result.source_id", required=True, metadata={"description": "The document."})
    job_type = Choice(
        JobType,
        by_value=Text,
        attribute="result.job_type",
        required=True,
        metadata={"description": "What was done with it."},
    )
    job_config = JobConfigField(
        attribute="job.config", required=True, metadata={"description": "Configuration of the job, secrets masked."}
    )
    parameters_hash = Text(
        attribute="result.parameters_hash",
        required=True,
        metadata={"description": "The same for configurations that lead to the same output."},
    )
    output_s3_path = Text(
        required=True,
        metadata={
            "description": "Where `output.json` lies, with the other outputs beside it: `s3://bucket/…`, or `file:///…` "
            "relative to the root of a store on disk. `GET /api/v1/parsing/job/{job_id}/read/output.json` links to it."
        },
    )
    output_metadata = fields.Raw(
        metadata={"description": "Facts about the output, such as pages and warnings, and when it expires."}
    )
    processed_at = Moment(attribute="result.processed_at", required=True, metadata={"description": "When."})


class ProcessingResultQuerySchema(WireSchema):
    """Which results to list."""

    job_type = Choice(JobType, by_value=Text, metadata={"description": "Only results of jobs of this type."})


@dataclass(frozen=True, slots=True)
class Lineage:
    """A document and everything that came of it."""

    item_id: str
    item_name: str
    processing_results: Sequence[ResultReport]


class ItemProcessingResultsResponseSchema(WireSchema):
    """A document and everything that came of it."""

    item_id = Text(required=True, metadata={"description": "The document."})
    item_name = Text(required=True, metadata={"description": "Its name."})
    processing_results = Items(
        Object(ProcessingResultSchema), metadata={"description": "Its results, newest first, at most 1000."}
    )
