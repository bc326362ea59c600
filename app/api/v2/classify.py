"""Classify jobs of one document each, version 2."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask.views import MethodView
from marshmallow import ValidationError
from sqlalchemy import orm

from app.api import direct_jobs, result_access
from app.api.auth import project
from app.api.base import Blueprint
from app.api.beta.configurations import named_parameters
from app.api.beta.webhook_configs import named_webhooks
from app.api.errors import abort, abort_invalid, abort_invalid_all
from app.api.idempotency import HEADER_PARAMETER, RequestColumns
from app.api.paging import ListPage, by_cursor
from models import BatchJob, Correction, File, Session, read_session
from models.base import new_uuid
from models.configurations import ProductType
from models.results import DirectJob
from models.shapes import InputReference, RequestExtras
from models.states import JobType
from schemas import job_config
from schemas.classify_v2 import (
    ClassifyJobPageSchema,
    ClassifyJobSchema,
    ClassifyListSchema,
    ClassifyQuerySchema,
    ClassifyRequestSchema,
    CorrectionPageSchema,
    CorrectionRequestSchema,
    CorrectionSchema,
    V2ConfigurationSchema,
    config_of_v2,
)
from schemas.paging import CursorSchema
from schemas.parse import DeletedJobSchema, item_states
from schemas.usage import MeteredJob

blueprint = Blueprint("Classify", "/api/v2/classify", "Find the type of a document by rules.")
BLUEPRINTS = (blueprint,)


class JobSource(NamedTuple):
    """The document of a job: its file, and how the request named it."""

    file: File
    reference: InputReference


@blueprint.route("")
class ClassifyJobs(MethodView):
    """The classify jobs of a project, those of batches too."""

    @blueprint.arguments(ClassifyListSchema, location="query")
    @blueprint.response(200, ClassifyJobPageSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List classify jobs, newest first"""
        status = query["status"]
        return result_access.list_direct_jobs(JobType.CLASSIFY, query, None if status is None else item_states(status))

    @blueprint.arguments(ClassifyRequestSchema)
    @blueprint.response(200, ClassifyJobSchema)
    @blueprint.alt_response(404, description="There is no such file, parse job, configuration or saved webhook")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, payload: dict[str, Any]) -> DirectJob:
        """Classify an uploaded file, or the file of a parse job"""
        transaction_id = payload.get("transaction_id")
        name = f"classify/{transaction_id}" if transaction_id else None
        return direct_jobs.direct_job_of(direct_jobs.once(lambda: prepared(payload), name))


@blueprint.route("/<job_id>")
class ClassifyJobById(MethodView):
    """One classify job."""

    @blueprint.arguments(ClassifyQuerySchema, location="query")
    @blueprint.response(200, ClassifyJobSchema)
    @blueprint.alt_response(404, description="There is no such job")
    def get(self, query: dict[str, Any], job_id: str) -> DirectJob:
        """Get a classify job with its result, and with `expand=usage` what it has used"""
        direct = result_access.get_or_404(JobType.CLASSIFY, job_id)
        result_access.refuse_expired(direct)
        return MeteredJob.of_job(direct) if "usage" in query["expand"] else direct

    @blueprint.response(200, DeletedJobSchema)
    @blueprint.alt_response(404, description="There is no such job")
    @blueprint.alt_response(409, description="The job has not ended")
    def delete(self, job_id: str) -> result_access.DeletedJob:
        """Delete a classify job that has ended, with its result; the document stays"""
        return result_access.delete_direct_job(JobType.CLASSIFY, job_id)


@blueprint.route("/<job_id>/cancel")
class ClassifyJobCancel(MethodView):
    """The end of a classify job before its time."""

    @blueprint.response(200, ClassifyJobSchema)
    @blueprint.alt_response(404, description="There is no such job")
    def post(self, job_id: str) -> DirectJob:
        """Cancel a classify job; one that has ended stays as it is"""
        return result_access.cancel_direct_job(JobType.CLASSIFY, job_id)


@blueprint.route("/corrections")
class Corrections(MethodView):
    """What the project's classify jobs learn from."""

    @blueprint.arguments(CursorSchema, location="query")
    @blueprint.response(200, CorrectionPageSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List the corrections of a project, newest first: an extension"""
        by = (Correction.created_at, Correction.id)
        with read_session() as session:
            return by_cursor(
                session,
                Correction.listing(project()),
                by,
                size=query["page_size"],
                token=query["page_token"],
                descending=True,
            )


@blueprint.route("/<job_id>/correction")
class ClassifyJobCorrection(MethodView):
    """What a caller says of an answer that was wrong."""

    @blueprint.arguments(CorrectionRequestSchema)
    @blueprint.response(200, CorrectionSchema)
    @blueprint.alt_response(404, description="There is no such job, or no result of it any more")
    @blueprint.alt_response(409, description="The job has no result yet")
    def put(self, payload: dict[str, Any], job_id: str) -> Correction:
        """Tell the right type of a document: later jobs of the project learn from it; an extension"""
        direct = result_access.get_or_404(JobType.CLASSIFY, job_id)
        if direct.result is None:
            abort(409, f"The job {job_id} has no result that could be corrected")
        types = {rule["type"] for rule in direct.job.config["rules"]}
        if payload["type"] not in types:
            abort_invalid(("body", "type"), f"Input should be a type of the job's rules: {', '.join(sorted(types))}")
        text = result_access.output_bytes(direct, "output.txt").decode()
        with Session.begin() as session:
            return Correction.record(session, project(), job_id, payload["type"], text)

    @blueprint.response(204)
    @blueprint.alt_response(404, description="Nothing was said of this job")
    def delete(self, job_id: str) -> None:
        """Forget what was said of a classify job"""
        with Session.begin() as session:
            if not Correction.forget(session, project(), job_id):
                abort(404, f"No correction of the classify job {job_id} found")


def prepared(payload: dict[str, Any]) -> direct_jobs.Make:
    """How to make the job that a request asks for; else 422, or 404 where it names what is not there."""
    chosen = payload.get("configuration_id") or None
    if bool(chosen) == bool(payload.get("configuration")):
        abort_invalid(("body", "configuration"), "Exactly one of configuration and configuration_id must be provided")
    if chosen:
        saved = named_parameters(chosen, ProductType.CLASSIFY_V2, ("body", "configuration_id"))
        payload["configuration"] = V2ConfigurationSchema().load(saved)
    job_id = new_uuid()
    try:
        config = config_of_v2(payload, job_id)
        job_config.validate(config, direct_jobs.conditions())
    except ValidationError as error:
        abort_invalid_all(error.messages)
    webhook_ids = named_webhooks(payload.get("webhook_configuration_ids"))

    def make(session: orm.Session, columns: RequestColumns) -> BatchJob:
        source = document(session, payload)
        extras: RequestExtras = {"input": source.reference, "transaction_id": payload.get("transaction_id")}
        details = {"id": job_id, "configuration_id": chosen, "webhook_ids": webhook_ids, **columns}
        return direct_jobs.accept(session, config, [source.file], [job_id], extras=extras, **details)

    return make


def document(session: orm.Session, payload: dict[str, Any]) -> JobSource:
    """The document that a request names by exactly one of three fields, else 422 or 404."""
    names = [name for name in ("file_input", "file_id", "parse_job_id") if payload.get(name)]
    if len(names) != 1:
        abort_invalid(("body", "file_input"), "Exactly one of file_input, file_id and parse_job_id must be provided")
    value: str = payload[names[0]]
    file = File.behind(session, value, project()) if names[0] != "parse_job_id" else None
    if file is not None:
        return JobSource(file, {"type": "file_id", "value": value})
    parsed = DirectJob.find_direct(session, project(), JobType.PARSE, value) if names[0] != "file_id" else None
    if parsed is None:
        abort(404, f"{'Parse job' if names[0] == 'parse_job_id' else 'File'} {value} not found")
    file = File.find_file(session, parsed.item.file_id or "", project())
    if file is None:
        abort(404, "Source file not found in storage")
    return JobSource(file, {"type": "parse_job_id", "value": value, "parse_job_id": value})
