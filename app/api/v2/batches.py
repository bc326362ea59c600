"""Batches as the second API has them: the jobs of the first (beta.batch), over a directory and with a saved configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import sqlalchemy as sa
from flask import g
from flask.views import MethodView
from marshmallow import ValidationError
from sqlalchemy import orm

from app.api import direct_jobs
from app.api.auth import key_id, project
from app.api.base import Blueprint
from app.api.beta.batch import end_if_empty
from app.api.beta.configurations import named_parameters
from app.api.beta.webhook_configs import named_webhooks
from app.api.errors import abort, abort_invalid_all
from app.api.idempotency import HEADER_PARAMETER, earlier_job, named_by_header, repeated_job
from app.api.learning import besides
from app.api.paging import ListPage, by_cursor
from app.state import current
from engines.parameters import WebhookConfiguration
from engines.parameters.validation import complaints_about_webhooks
from models import BatchItem, BatchJob, Session, read_session
from models.configurations import ProductType
from models.snapshot import UnknownSourceError, create_batch
from schemas.batch import PAGE_SIZE, new_job
from schemas.batches import (
    BatchCreateRequestSchema,
    BatchListQuerySchema,
    BatchQueryResponseSchema,
    BatchQuerySchema,
    BatchReport,
    BatchResponseSchema,
    endpoints_of_request,
    job_statuses,
    results_of,
    status_of,
)
from schemas.configurations import job_of
from schemas.job_config import JobConfig, by_path
from tasks.batch import send_dispatch
from tasks.batch_events import record_batch_event
from tasks.cancellation import cancel_batch
from tasks.webhooks import wake_in_request

blueprint = Blueprint(
    "Batches", "/api/v2/batches", "Parse or classify the files of a directory with a saved configuration.", etag=True
)
BLUEPRINTS = (blueprint,)


@blueprint.route("")
class Batches(MethodView):
    """The batches of a project that were made here."""

    @blueprint.arguments(BatchCreateRequestSchema)
    @blueprint.response(201, BatchResponseSchema)
    @blueprint.alt_response(404, description="There is no such directory, configuration or saved webhook")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, payload: dict[str, Any]) -> BatchReport:
        """Create a batch over the files of a directory

        It runs on its own: ask for it until it is `COMPLETED`, `FAILED` or `CANCELLED`. Each file becomes a parse or
        classify job; a document that fails does not fail its batch.
        """
        name = named_by_header()
        earlier = repeated_job(name)
        if earlier is not None:
            return BatchReport(earlier)
        told = _told(payload)
        config, webhook_ids = _requested_job(payload["config"]["job"])
        try:
            with Session.begin() as session:
                earlier = earlier_job(session, name)
                job = earlier or _accept(session, payload, config, **told, webhook_ids=webhook_ids, **name.columns)
        except UnknownSourceError as error:
            abort(404, str(error))
        if earlier is None and not job.is_terminal:
            send_dispatch(job.id)
        return BatchReport(job)

    @blueprint.arguments(BatchListQuerySchema, location="query")
    @blueprint.response(200, BatchQueryResponseSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List batches, newest first

        Those that were made here; jobs of `/api/v1/beta/batch-processing` are listed there, and these too.
        """
        batches = BatchJob.batches(project())
        if query["status"] is not None:
            batches = batches.where(BatchJob.status.in_(job_statuses(query["status"])))
        if query["source_directory_id"] is not None:
            batches = batches.where(BatchJob.directory_id == query["source_directory_id"])
        if query["created_at_on_or_after"] is not None:
            batches = batches.where(BatchJob.created_at >= query["created_at_on_or_after"])
        if query["created_at_on_or_before"] is not None:
            batches = batches.where(BatchJob.created_at <= query["created_at_on_or_before"])
        by = (BatchJob.created_at, BatchJob.id)
        with read_session() as session:
            page = by_cursor(session, batches, by, size=query["page_size"], token=query["page_token"], descending=True)
        return ListPage([BatchReport(job) for job in page.items], page.next_page_token, page.total_size)


@blueprint.route("/<batch_id>")
class BatchById(MethodView):
    """One batch."""

    @blueprint.arguments(BatchQuerySchema, location="query")
    @blueprint.response(200, BatchResponseSchema)
    @blueprint.alt_response(404, description="There is no such batch")
    def get(self, query: dict[str, Any], batch_id: str) -> BatchReport:
        """Get a batch, and with `expand=results` the job behind each of its files"""
        with read_session() as session:
            job = get_or_404(session, batch_id)
            if "results" not in query["expand"]:
                return BatchReport(job)
            items = sa.select(BatchItem.source_id, BatchItem.work_id, BatchItem.status)
            rows = session.execute(items.where(BatchItem.job_id == job.id).order_by(BatchItem.position)).all()
        return BatchReport(job, results_of(job, [(row.source_id, row.work_id, row.status) for row in rows]))


@blueprint.route("/<batch_id>/cancel")
class BatchCancel(MethodView):
    """The end of a batch before its time."""

    @blueprint.response(200, BatchResponseSchema)
    @blueprint.alt_response(400, description="The batch has ended")
    @blueprint.alt_response(404, description="There is no such batch")
    def post(self, batch_id: str) -> BatchReport:
        """Cancel a batch

        Files that are not finished are cancelled at once, and work on them stops at its next page; finished ones keep
        their results.
        """
        with Session.begin() as session:
            job = get_or_404(session, batch_id)
            is_changed = cancel_batch(session, job.id, None)
            session.refresh(job)
        if not is_changed:
            abort(400, f"Batch {batch_id} is {status_of(job)}: one that has ended cannot be cancelled")
        return BatchReport(job)


def get_or_404(session: orm.Session, batch_id: str) -> BatchJob:
    """The batch of this project that was made here, else 404."""
    job = BatchJob.find_batch(session, batch_id, project())
    if job is None:
        abort(404, f"Batch {batch_id} not found")
    return job


def _requested_job(wanted: dict[str, str]) -> tuple[JobConfig, list[str]]:
    """What to do with each file, by the configuration that a request names, and the saved webhooks in that.

    404 or 422 when it names none that works.
    """
    loc = ("body", "config", "job", "configuration_id")
    parameters = named_parameters(wanted["configuration_id"], ProductType(wanted["type"]), loc)
    try:
        config = job_of(parameters, direct_jobs.conditions())
    except ValidationError as error:  # it was saved under other rules
        abort_invalid_all({"config": {"job": {"configuration_id": error.messages}}})
    return config, named_webhooks(parameters.get("webhook_configuration_ids"))


class Told(TypedDict):
    """Who is told of a batch."""

    endpoints: list[dict[str, Any]]
    """As JSON."""
    batch_webhook_ids: list[str]


def _told(payload: dict[str, Any]) -> Told:
    """Whom a request wants to be told, else 422, or 404 for a saved webhook that is not there."""
    configurations: Sequence[WebhookConfiguration] = payload["webhook_configurations"] or []
    if problems := complaints_about_webhooks(list(configurations), direct_jobs.conditions()):
        abort_invalid_all(by_path(problems))
    return {
        "endpoints": endpoints_of_request(configurations),
        "batch_webhook_ids": named_webhooks(payload["webhook_configuration_ids"]),
    }


def _accept(session: orm.Session, payload: dict[str, Any], config: JobConfig, **columns: Any) -> BatchJob:
    """The new batch of this request. Over an empty directory it has ended at once."""
    job = new_job(
        config,
        besides=besides(session, config),
        request_id=g.request_id,
        project_id=project(),
        user_id=key_id(),
        directory_id=payload["source_directory_id"],
        configuration_id=payload["config"]["job"]["configuration_id"],
        page_size=PAGE_SIZE,
        cycle_items=PAGE_SIZE,
        **columns,
    )
    create_batch(session, job, snapshot_limit=current().settings.snapshot_items)
    record_batch_event(session, job.id, wake=wake_in_request)
    end_if_empty(session, job)
    if job.is_terminal:
        record_batch_event(session, job.id, wake=wake_in_request)
    return job
