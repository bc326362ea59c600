"""What the resources of results share: the job behind an id, its stored outputs, and links to them."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any, TypedDict

import orjson
import sqlalchemy as sa
from flask import Response

from app.api.auth import project
from app.api.downloads import PresignedUrl, signed_url
from app.api.errors import abort
from app.api.paging import ListPage, by_cursor
from app.state import current
from engines.parameters.effective import effective_parameters, without_inert
from engines.results import JobMetadata, PageResult
from models import BatchItem, BatchJob, Session, read_session
from models.results import DirectJob
from models.retention import forget_direct
from models.states import OPEN_ITEM, ItemStatus, JobType
from schemas.job_config import load, parse_parameters_of
from storage import StorageError
from tasks.cancellation import cancel_direct
from tasks.language_models import reads_with_model

AGAIN = "process the document again to have another."
NOT_READY = "Result not found. Check job status to see if it has completed."
"""The text that clients know for a result that is not there, or not yet."""

logger = logging.getLogger(__name__)


def get_or_404(job_type: JobType, work_id: str) -> DirectJob:
    """The parse or classify job of this id in the caller's project, else 404."""
    with read_session() as session:
        direct = DirectJob.find_direct(session, project(), job_type, work_id)
    if direct is None:
        abort(404, f"{job_type.value.capitalize()} job not found")
    return direct


def cancel_direct_job(job_type: JobType, work_id: str) -> DirectJob:
    """Cancel the job of this id and answer what it is now; one that has ended stays as it is."""
    get_or_404(job_type, work_id)
    with Session.begin() as session:
        direct = DirectJob.find_direct(session, project(), job_type, work_id)
        if direct is not None:
            cancel_direct(session, direct)
    return get_or_404(job_type, work_id)


class DeletedJob(TypedDict):
    """A parse or classify job that was deleted."""

    id: str
    project_id: str


def delete_direct_job(job_type: JobType, work_id: str) -> DeletedJob:
    """Delete the job of this id, with its result and the bytes of it; 409 unless it has ended."""
    direct = get_or_404(job_type, work_id)
    if direct.item.status in OPEN_ITEM:
        abort(409, f"The job {work_id} has not ended: cancel it, or wait for its end, before it is deleted")
    try:
        forget_direct(current().storage, direct)
    except StorageError as error:  # the job is gone all the same
        logger.warning("the bytes of %s stay until the sweeper takes them: %s", work_id, error)
    return {"id": direct.id, "project_id": direct.job.project_id}


def list_direct_jobs(job_type: JobType, query: dict[str, Any], states: list[ItemStatus] | None) -> ListPage:
    """One page of the jobs of the caller's project, newest first, by the filters that both versions share."""
    items = DirectJob.items(project(), job_type)
    if states is not None:
        items = items.where(BatchItem.status.in_(states))
    if query["job_ids"]:
        items = items.where(BatchItem.work_id.in_(query["job_ids"]))
    items = items.where(*_created(query["created_at_on_or_after"], query["created_at_on_or_before"]))
    if query.get("configuration_id"):
        items = items.where(BatchJob.configuration_id == query["configuration_id"])
    if query.get("pipeline_id"):
        items = items.where(BatchJob.config["parameters"]["pipeline_id"].as_string() == query["pipeline_id"])
    with read_session() as session:
        by = (BatchItem.id, BatchItem.work_id)
        page = by_cursor(session, items, by, size=query["page_size"], token=query["page_token"], descending=True)
        return ListPage(DirectJob.of(session, page.items), page.next_page_token, page.total_size)


def _created(after: dt.datetime | None, before: dt.datetime | None) -> list[sa.ColumnElement[bool]]:
    bounds = [(after, BatchJob.created_at.__ge__), (before, BatchJob.created_at.__le__)]
    return [compare(moment) for moment, compare in bounds if moment is not None]


def refuse_expired(direct: DirectJob) -> None:
    """Answer 404, with a sentence that says so, when the job's result has expired."""
    result = direct.result
    if result is not None and result.is_expired:
        abort(404, f"The result expired on {result.expires_at:%Y-%m-%d %H:%M} UTC (SHEAF_RESULT_DAYS): {AGAIN}")


def output_sizes(direct: DirectJob) -> dict[str, int]:
    """The stored outputs and their sizes in bytes; none as long as there is no result."""
    return dict(direct.result.outputs) if direct.result is not None else {}


def is_partial(direct: DirectJob) -> bool:
    """Whether some pages of the result failed."""
    return direct.result is not None and direct.result.partial


def key_of(direct: DirectJob, name: str) -> str:
    """The storage key of an output. The name is looked up, never built into a path as it came; else 404."""
    refuse_expired(direct)
    if direct.result is None or name not in direct.result.outputs:
        abort(404, NOT_READY)
    return f"{direct.result.prefix}/{name}"


def output_bytes(direct: DirectJob, name: str) -> bytes:
    """The bytes of an output, else 404."""
    try:
        return current().storage.get(key_of(direct, name))
    except FileNotFoundError:
        abort(404, NOT_READY)


class ResultMetadata(JobMetadata):
    """The `job_metadata` of a result as it is answered."""

    job_seconds: float | None
    """How long the engine worked for this job; 0 when the cache answered, None in results of a time when it was not noted."""


class ParseResult(TypedDict):
    """The stored `output.json` of a parse job as it is answered (docs/results.md)."""

    pages: list[PageResult]
    job_metadata: ResultMetadata


def result_of(direct: DirectJob) -> ParseResult:
    """The stored `output.json`; what is true of this job and not of the one that may have filled the cache is put in. Else 404."""
    result = orjson.loads(output_bytes(direct, "output.json"))
    details = direct.result.details if direct.result else None
    is_cache_hit = bool(details and details.get("cache_hit"))
    own: dict[str, Any] = {"job_is_cache_hit": is_cache_hit, "job_seconds": details.get("seconds") if details else None}
    if details and is_cache_hit:
        config = load(direct.job.config)
        parameters = parse_parameters_of(config)
        own |= {"warnings": details.get("warnings", []), "pipeline_id": parameters.pipeline_id}
        has_model = reads_with_model(config, current().settings)
        own["effective_parameters"] = effective_parameters(without_inert(parameters, has_model=has_model))
    result["job_metadata"] = (result.get("job_metadata") or {}) | own
    answer: ParseResult = result
    return answer


def output_link(direct: DirectJob, name: str) -> PresignedUrl:
    """A link to an output that works without a key; else 404."""
    return object_link(key_of(direct, name), name)


def object_link(key: str, name: str) -> PresignedUrl:
    """A link to a stored object, to be saved under the last part of `name`."""
    return signed_url(key, name.rsplit("/", 1)[-1], current().settings.download_seconds)


def attachment(body: bytes, media_type: str) -> Response:
    """Bytes as an answer that no browser takes for a page of ours."""
    response = Response(body, mimetype=media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
