"""Classify jobs of several files, as v1 answers them and is asked for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypedDict

from marshmallow.validate import Length

from engines.parameters import WebhookConfiguration
from engines.results import ClassificationResult
from models import BatchJob
from models.results import DirectJob
from models.states import JobStatus, Tally
from schemas.base import Choice, Items, Map, Moment, Object, Text, WireSchema
from schemas.classify_v2 import (
    ClassificationSchema,
    ParsingConfigurationSchema,
    RuleSchema,
    classify_error,
    outcome_of,
)
from schemas.derive import schema_of
from schemas.job_config import ClassifyJobConfig, ClassifyMode
from schemas.paging import page_schema
from schemas.parse import StatusEnum, v1_status


def config_of_v1(payload: Mapping[str, Any], job_id: str) -> ClassifyJobConfig:
    """The job that a loaded v1 request asks for."""
    return ClassifyJobConfig(
        id=job_id,
        rules=payload["rules"],
        mode=payload.get("mode"),
        parsing_configuration=payload.get("parsing_configuration"),
        webhook_configurations=payload.get("webhook_configurations"),
    )


class V1Configuration(TypedDict):
    """The configuration of a classify job in v1, as it was stored; where it says nothing, v1's defaults."""

    rules: list[dict[str, str]]
    mode: str
    parsing_configuration: dict[str, Any]


class V1ClassifyJob(V1Configuration):
    """A classify job in v1."""

    id: str
    project_id: str
    user_id: str
    status: StatusEnum
    error_message: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    effective_at: dt.datetime
    """When it ended; as long as it has not, when it was created."""


class V1FileClassification(TypedDict):
    """What became of one file of a v1 classify job."""

    id: str
    classify_job_id: str
    file_id: str | None
    result: ClassificationResult | None
    created_at: dt.datetime
    updated_at: dt.datetime


def classify_job(job: BatchJob, tally: Tally) -> V1ClassifyJob:
    """A direct job of classifications as v1 shows it."""
    config = job.config
    return {
        **_configuration(config),
        "id": job.id,
        "project_id": job.project_id,
        "user_id": config.get("user_id") or job.project_id,
        "status": job_status(job, tally),
        "error_message": job.error_message,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "effective_at": job.completed_at or job.created_at,
    }


def job_of_item(direct: DirectJob) -> V1ClassifyJob:
    """One item of a batch as a v1 classify job of one file."""
    return {
        **classify_job(direct.job, Tally()),
        "id": direct.id,
        "status": v1_status(direct),
        "error_message": classify_error(direct),
        "updated_at": direct.updated_at,
        "effective_at": direct.updated_at,
    }


def job_status(job: BatchJob, tally: Tally) -> StatusEnum:
    """The v1 state of a job of several files."""
    if not job.is_terminal:
        return StatusEnum.PENDING
    if job.status is JobStatus.CANCELLED:
        return StatusEnum.CANCELLED
    if job.status is JobStatus.FAILED or tally.completed == 0:
        return StatusEnum.ERROR
    return StatusEnum.SUCCESS if tally.completed == tally.total else StatusEnum.PARTIAL_SUCCESS


def file_classification(direct: DirectJob, job_id: str) -> V1FileClassification:
    """One file's outcome in v1."""
    return {
        "id": direct.id,
        "classify_job_id": job_id,
        "file_id": direct.item.file_id,
        "result": outcome_of(direct),
        "created_at": direct.created_at,
        "updated_at": direct.updated_at,
    }


def _configuration(config: Mapping[str, Any]) -> V1Configuration:
    parsing = config.get("parsing_configuration") or {"lang": "en", "max_pages": 5}
    return {"rules": config["rules"], "mode": config.get("mode") or "FAST", "parsing_configuration": parsing}


class ClassifierJobSchema(WireSchema):
    """A classify job of one or more files (v1)."""

    id = Text(required=True)
    project_id = Text(required=True)
    user_id = Text(required=True)
    status = Choice(StatusEnum, by_value=Text, required=True)
    rules = Items(Map(), required=True)
    mode = Text(required=True)
    parsing_configuration = Map(required=True)
    error_message = Text(allow_none=True)
    job_record_id = Text(allow_none=True)
    created_at = Moment(allow_none=True)
    updated_at = Moment(allow_none=True)
    effective_at = Moment(allow_none=True)


ClassifierJobPageSchema = page_schema(ClassifierJobSchema, "ClassifierJobPageSchema")


class FileClassificationSchema(WireSchema):
    """What became of one file of a v1 classify job."""

    id = Text(required=True)
    classify_job_id = Text(required=True)
    file_id = Text(allow_none=True)
    result = Object(ClassificationSchema, allow_none=True)
    created_at = Moment(allow_none=True)
    updated_at = Moment(allow_none=True)


ClassifierResultsSchema = page_schema(FileClassificationSchema, "ClassifierResultsSchema")


class ClassifierRequestSchema(WireSchema):
    """A v1 classify job to be made."""

    file_ids = Items(Text(), required=True, validate=Length(1, 500))
    rules = Items(Object(RuleSchema), required=True, validate=Length(min=1))
    mode = Choice(ClassifyMode, by_value=Text, allow_none=True)
    parsing_configuration = Object(ParsingConfigurationSchema, allow_none=True)
    webhook_configurations = Items(Object(schema_of(WebhookConfiguration)), allow_none=True)
