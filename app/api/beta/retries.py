"""Retries: the failed or cancelled items of a job, tried again as a job of their own. An extension of the API reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import ValidationError
from sqlalchemy import orm

from app.api.auth import key_id, project
from app.api.base import Blueprint
from app.api.beta.batch import get_or_404, require_workable
from app.api.errors import abort, abort_invalid, abort_invalid_all
from app.api.idempotency import HEADER_PARAMETER, earlier_job, named_by_header
from app.api.learning import besides
from models import BatchItem, BatchJob, Session, read_session
from models.sealed import UnreadableError
from models.snapshot import create_retry
from models.states import ItemStatus
from schemas import job_config
from schemas.batch import (
    BatchJobResponseSchema,
    BatchJobRetryRequestSchema,
    JobReport,
    Retryable,
    RetryRequest,
    new_job,
)
from schemas.job_config import JobConfig
from schemas.secrets import join_secrets
from schemas.webhook_configs import OF_BATCH, OF_DOCUMENTS
from tasks.batch import send_dispatch
from tasks.batch_events import record_batch_event
from tasks.webhooks import wake_in_request

blueprint = Blueprint("Batch retries", "/api/v1/beta/batch-processing", "Failed and cancelled documents, tried again.")
BLUEPRINTS = (blueprint,)


@blueprint.route("/<job_id>/retry")
class BatchJobRetry(MethodView):
    """What failed or was cancelled, again."""

    @blueprint.arguments(BatchJobRetryRequestSchema, required=False)
    @blueprint.response(201, BatchJobResponseSchema)
    @blueprint.alt_response(400, description="The job has not ended, or no item fits")
    @blueprint.alt_response(404, description="There is no such job")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, payload: RetryRequest, job_id: str) -> JobReport:
        """Retry the failed items of a batch job

        An extension: LlamaCloud has no such operation. Makes a new job, linked by `retry_of`, over the items of an ended
        job that failed: all of them, those with one of `error_codes`, or those of `item_ids`. With `cancelled` among
        `statuses`, also over those that were cancelled. It has the configuration of the first job, with `parameters`
        merged over it; null takes a parameter out.
        """
        with read_session() as session:
            whole = _whole_config(get_or_404(session, job_id))
        config = _config(whole, payload.parameters)
        require_workable(config, path=())  # outside of the transaction: it may take seconds
        name = named_by_header()
        with Session.begin() as session:
            earlier = earlier_job(session, name)
            told = {"endpoints": whole.get("webhook_configurations") or (), **name.columns}
            job = earlier or _retried(session, get_or_404(session, job_id), config, payload, **told)
            report = JobReport(job, job.tally(session))
        if earlier is None:
            send_dispatch(job.id)
        return report


def _retried(
    session: orm.Session, first: BatchJob, config: JobConfig, payload: RetryRequest, **columns: Any
) -> BatchJob:
    """The new job over what is chosen of the first one, which tells whom the first one told."""
    if not first.is_terminal:
        abort(400, f"Job {first.id} is {first.status}: wait until it has ended, or cancel it, and retry then")
    job = new_job(
        config,
        besides=besides(session, config),
        request_id=g.request_id,
        project_id=project(),
        user_id=key_id(),
        directory_id=first.directory_id,
        page_size=first.page_size,
        cycle_items=first.cycle_items,
        retry_of=first.id,
        webhook_ids=first.config.get(OF_DOCUMENTS, ()),
        batch_webhook_ids=first.config.get(OF_BATCH, ()),
        **columns,
    )
    statuses = [ItemStatus(one) for one in payload.statuses or [Retryable.FAILED]]
    create_retry(session, job, statuses=statuses, error_codes=payload.error_codes, source_ids=payload.item_ids)
    if not job.total_items:
        abort(400, _nothing_fits(session, first, statuses))
    record_batch_event(session, job.id, wake=wake_in_request)
    return job


def _nothing_fits(session: orm.Session, first: BatchJob, statuses: Sequence[ItemStatus]) -> str:
    """Why there is nothing to try again, and what there would be."""
    failures = BatchItem.failures(session, first.id)
    counts = ", ".join(f"{count} {code}" for code, count in sorted(failures.items())) or "none at all"
    message = f"No {' or '.join(statuses)} item of job {first.id} fits; failed are: {counts}"
    cancelled = first.tally(session).cancelled
    return f"{message}; {cancelled} were cancelled (`statuses` chooses)" if cancelled else message


def _whole_config(first: BatchJob) -> dict[str, Any]:
    """The configuration of the first job with its secrets; 400 when they cannot be read."""
    try:
        return join_secrets(first.config, first.open_secrets())
    except UnreadableError as error:
        abort(400, f"The secrets of job {first.id} cannot be read, create a new job: {error}")


def _config(whole: Mapping[str, Any], changes: Mapping[str, Any] | None) -> JobConfig:
    """A whole configuration with other parameters, checked as in a create request."""
    config = dict(whole)
    if changes:
        if "rules" in config:
            abort_invalid(
                ("body", "parameters"), "A classify job has no parse parameters; create a new job with other rules"
            )
        merged = {**(config.get("parameters") or {}), **changes}
        config["parameters"] = {name: value for name, value in merged.items() if value is not None}
    try:
        return job_config.load(config)
    except ValidationError as error:
        abort_invalid_all(error.messages)
