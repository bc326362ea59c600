"""Batch jobs: create, list, status, cancel."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

import sqlalchemy as sa
from flask import g
from flask.views import MethodView
from marshmallow import ValidationError
from sqlalchemy import orm

from app.api import direct_jobs
from app.api.auth import key_id, project
from app.api.base import Blueprint
from app.api.errors import abort, abort_invalid, abort_invalid_all
from app.api.idempotency import HEADER_PARAMETER, RequestColumns, earlier_job, named_by_header
from app.api.learning import besides
from app.api.paging import ListPage, by_offset
from app.state import current
from engines.llm.usage import UsageResult
from models import BatchJob, ModelSpending, Session, read_session
from models.base import now
from models.batch import live_tallies
from models.snapshot import UnknownSourceError, create_batch
from models.states import JobStatus, Origin
from schemas import job_config
from schemas.batch import (
    BatchJobCancelRequestSchema,
    BatchJobCancelResponseSchema,
    BatchJobCreateRequestSchema,
    BatchJobQueryResponseSchema,
    BatchJobQuerySchema,
    BatchJobResponseSchema,
    BatchJobStatusQuerySchema,
    BatchJobStatusResponseSchema,
    BatchRequest,
    Cancellation,
    JobReport,
    new_job,
)
from schemas.job_config import JobConfig, parse_parameters_of
from tasks.batch import send_dispatch
from tasks.cancellation import cancel_batch
from tasks.fetching import outside_addresses

blueprint = Blueprint(
    "Batch", "/api/v1/beta/batch-processing", "Parse or classify the files of a directory, or items by id.", etag=True
)
BLUEPRINTS = (blueprint,)

TEMPORAL = {
    "in": "header",
    "name": "temporal-namespace",
    "schema": {"type": "string"},
    "description": "Accepted and ignored.",
}


class JobProgress(TypedDict):
    """A job and how far it is, in percent."""

    job: JobReport
    progress_percentage: float
    model_usage: NotRequired[UsageResult]


@blueprint.route("")
class BatchJobs(MethodView):
    """The jobs of a project."""

    @blueprint.arguments(BatchJobCreateRequestSchema)
    @blueprint.response(201, BatchJobResponseSchema)
    @blueprint.alt_response(404, description="The directory or an item does not exist")
    @blueprint.doc(parameters=[TEMPORAL, HEADER_PARAMETER])
    def post(self, payload: BatchRequest) -> JobReport:
        """Create a batch job

        Processes the files of `directory_id`, or `item_ids`, or with both those items of that directory. The job runs
        on its own: ask for its status until it is `completed`, `failed` or `cancelled`.
        """
        _require_bounded(payload)
        require_workable(payload.job_config)
        name = named_by_header()
        try:
            with Session.begin() as session:
                earlier = earlier_job(session, name)
                job = earlier or _accept(session, payload, name.columns)
                report = JobReport(job, job.tally(session))
        except UnknownSourceError as error:
            abort(404, str(error))
        if earlier is None and not job.is_terminal:
            send_dispatch(job.id)
        return report

    @blueprint.arguments(BatchJobQuerySchema, location="query")
    @blueprint.response(200, BatchJobQueryResponseSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List batch jobs

        Newest first. Filter by directory, type and status, and page with `limit` and `offset`.
        """
        jobs = sa.select(BatchJob).where(BatchJob.project_id == project(), BatchJob.origin == Origin.BATCH)
        for name in ("directory_id", "job_type", "status"):
            if name in query:
                jobs = jobs.where(getattr(BatchJob, name) == query[name])
        newest = (BatchJob.created_at.desc(), BatchJob.id.desc())
        with read_session() as session:
            page = by_offset(session, jobs, newest, limit=query["limit"], offset=query["offset"])
            open_jobs = [job for job in page.items if not job.is_terminal]
            live = live_tallies(session, open_jobs) if open_jobs else {}
            reports = [JobReport(job, live.get(job.id) or job.tally(session)) for job in page.items]
        return ListPage(reports, None, page.total_size)


@blueprint.route("/<job_id>")
class BatchJobById(MethodView):
    """One job."""

    @blueprint.arguments(BatchJobStatusQuerySchema, location="query")
    @blueprint.response(200, BatchJobStatusResponseSchema)
    @blueprint.alt_response(404, description="There is no such job")
    def get(self, query: dict[str, Any], job_id: str) -> JobProgress:
        """Get the status of a batch job

        The job with its counts and times, and its progress in percent.
        """
        with read_session() as session:
            job = get_or_404(session, job_id)
            report = JobReport(job, job.tally(session))
            used = ModelSpending.of_job(session, job_id) if "usage" in query["expand"] else None
        progress: JobProgress = {"job": report, "progress_percentage": report.progress_percentage}
        if used is not None:
            progress["model_usage"] = used
        return progress


@blueprint.route("/<job_id>/cancel")
class BatchJobCancel(MethodView):
    """The end of a job before its time."""

    @blueprint.arguments(BatchJobCancelRequestSchema, required=False)
    @blueprint.response(200, BatchJobCancelResponseSchema)
    @blueprint.alt_response(404, description="There is no such job")
    @blueprint.doc(parameters=[TEMPORAL])
    def post(self, payload: dict[str, Any], job_id: str) -> Cancellation:
        """Cancel a batch job

        Items that are not finished are cancelled at once, and work on them stops at its next page. A job that has
        ended stays as it is.
        """
        with Session.begin() as session:
            job = get_or_404(session, job_id)
            is_changed = cancel_batch(session, job.id, payload["reason"])
            session.refresh(job)
            return Cancellation(JobReport(job, job.tally(session)), is_changed)


def get_or_404(session: orm.Session, job_id: str) -> BatchJob:
    """The batch job of this project, else 404."""
    job = BatchJob.find_job(session, job_id, project())
    if job is None or job.origin is not Origin.BATCH:
        abort(404, f"Batch job {job_id} not found")
    return job


def _require_bounded(payload: BatchRequest) -> None:
    settings = current().settings
    if len(payload.item_ids or ()) > settings.snapshot_items:
        message = f"List should have at most {settings.snapshot_items} items; put more into a directory"
        abort_invalid(("body", "item_ids"), message, "too_long")


def require_workable(config: JobConfig, path: tuple[str, ...] = ("job_config",)) -> None:
    """Refuse a configuration that cannot work here, with 422; it stands at `path` in the request's body."""
    try:
        job_config.validate(config, direct_jobs.conditions(), path)
    except ValidationError as error:
        abort_invalid_all(error.messages)


def _accept(session: orm.Session, payload: BatchRequest, names: RequestColumns) -> BatchJob:
    """The new job of this request, which it remembers by `names`. An empty directory is finished before anybody asks."""
    job = new_job(
        payload.job_config,
        besides=besides(session, payload.job_config),
        request_id=g.request_id,
        project_id=project(),
        user_id=key_id(),
        directory_id=payload.directory_id or None,
        **names,
        **payload.paging(),
    )
    limit = current().settings.snapshot_items
    create_batch(
        session,
        job,
        item_ids=payload.item_ids,
        addresses=outside_addresses(parse_parameters_of(payload.job_config)),
        snapshot_limit=limit,
    )
    end_if_empty(session, job)
    return job


def end_if_empty(session: orm.Session, job: BatchJob) -> None:
    """End a job that was just stored if there is nothing for it to do."""
    if job.total_items == 0 and job.snapshot_cutoff_at is None:
        BatchJob.move(session, job.id, (JobStatus.PENDING,), JobStatus.DISPATCHED, started_at=now())
        BatchJob.finalize(session, job.id)
        session.refresh(job)
