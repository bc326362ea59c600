"""Classify jobs of several files, version 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask.views import MethodView
from marshmallow import ValidationError
from sqlalchemy import orm

from app.api import direct_jobs, result_access
from app.api.auth import project
from app.api.base import Blueprint
from app.api.errors import abort_invalid_all
from app.api.idempotency import HEADER_PARAMETER, RequestColumns
from app.api.paging import ListPage, by_cursor
from models import BatchItem, BatchJob, read_session
from models.base import new_uuid
from models.batch import live_tallies
from models.results import DirectJob
from models.states import JobType, Origin
from schemas import job_config
from schemas.classify_v1 import (
    ClassifierJobPageSchema,
    ClassifierJobSchema,
    ClassifierRequestSchema,
    ClassifierResultsSchema,
    V1ClassifyJob,
    classify_job,
    config_of_v1,
    file_classification,
    job_of_item,
)
from schemas.paging import CursorSchema

blueprint = Blueprint("Classifier (v1)", "/api/v1/classifier/jobs", "Find the types of files, as older clients ask.")
BLUEPRINTS = (blueprint,)


@blueprint.route("")
class ClassifierJobs(MethodView):
    """The jobs of a project that were not part of a batch."""

    @blueprint.arguments(CursorSchema, location="query")
    @blueprint.response(200, ClassifierJobPageSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List classify jobs, newest first"""
        jobs = sa.select(BatchJob).where(*_direct_jobs())
        by = (BatchJob.created_at, BatchJob.id)
        with read_session() as session:
            page = by_cursor(session, jobs, by, size=query["page_size"], token=query["page_token"], descending=True)
            return ListPage(_v1_jobs(session, page.items), page.next_page_token, page.total_size)

    @blueprint.arguments(ClassifierRequestSchema)
    @blueprint.response(200, ClassifierJobSchema)
    @blueprint.alt_response(404, description="There is no such file")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, payload: dict[str, Any]) -> V1ClassifyJob:
        """Classify uploaded files"""
        job = direct_jobs.once(lambda: _prepared(payload))
        with read_session() as session:
            return _v1_jobs(session, [job])[0]


@blueprint.route("/<classify_job_id>")
class ClassifierJobById(MethodView):
    """One job, or the job behind an item of a batch."""

    @blueprint.response(200, ClassifierJobSchema)
    @blueprint.alt_response(404, description="There is no such job")
    def get(self, classify_job_id: str) -> V1ClassifyJob:
        """Get the status of a classify job"""
        with read_session() as session:
            job = _find_direct(session, classify_job_id)
            if job is not None:
                return _v1_jobs(session, [job])[0]
        return job_of_item(result_access.get_or_404(JobType.CLASSIFY, classify_job_id))


@blueprint.route("/<classify_job_id>/results")
class ClassifierJobResults(MethodView):
    """What became of the files of a job."""

    @blueprint.response(200, ClassifierResultsSchema)
    @blueprint.alt_response(404, description="There is no such job")
    def get(self, classify_job_id: str) -> ListPage:
        """Get the type of each file of a classify job; all on one page"""
        with read_session() as session:
            job = _find_direct(session, classify_job_id)
            items = sa.select(BatchItem).where(
                BatchItem.job_id == (job.id if job else None), BatchItem.work_id.is_not(None)
            )
            directs = DirectJob.of(session, session.scalars(items.order_by(BatchItem.position)).all()) if job else []
        if job is None:
            directs = [result_access.get_or_404(JobType.CLASSIFY, classify_job_id)]
        for one in directs:
            result_access.refuse_expired(one)
        return ListPage([file_classification(one, classify_job_id) for one in directs], None, len(directs))


def _prepared(payload: dict[str, Any]) -> direct_jobs.Make:
    """How to make the job that a request asks for, else 422."""
    job_id = new_uuid()
    config = config_of_v1(payload, job_id)
    try:
        job_config.validate(config, direct_jobs.conditions())
    except ValidationError as error:
        abort_invalid_all(error.messages)

    def make(session: orm.Session, columns: RequestColumns) -> BatchJob:
        files = direct_jobs.require_files(session, payload["file_ids"])
        work_ids = [job_id] if len(files) == 1 else [new_uuid() for _ in files]
        return direct_jobs.accept(session, config, files, work_ids, id=job_id, **columns)

    return make


def _direct_jobs() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        BatchJob.project_id == project(),
        BatchJob.origin == Origin.DIRECT,
        BatchJob.job_type == JobType.CLASSIFY,
        sa.exists().where(BatchItem.job_id == BatchJob.id, BatchItem.work_id.is_not(None)),  # not deleted
    )


def _find_direct(session: orm.Session, job_id: str) -> BatchJob | None:
    return session.scalars(sa.select(BatchJob).where(BatchJob.id == job_id, *_direct_jobs())).one_or_none()


def _v1_jobs(session: orm.Session, jobs: Sequence[BatchJob]) -> list[V1ClassifyJob]:
    open_jobs = [job for job in jobs if not job.is_terminal]
    live = live_tallies(session, open_jobs) if open_jobs else {}
    return [classify_job(job, live.get(job.id) or job.tally(session)) for job in jobs]
