"""Items of batch jobs, and what came of a document over all jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask.views import MethodView
from sqlalchemy import orm

from app.api.auth import project
from app.api.base import Blueprint
from app.api.beta.batch import get_or_404
from app.api.errors import abort
from app.api.paging import ListPage, by_offset
from app.state import current
from models import BatchItem, BatchJob, DirectoryFile, File, ProcessingResult, read_session
from schemas.items import (
    BatchItemListResponseSchema,
    BatchItemQuerySchema,
    ItemProcessingResultsResponseSchema,
    ItemReport,
    Lineage,
    ProcessingResultQuerySchema,
    ResultReport,
)

blueprint = Blueprint("Batch items", "/api/v1/beta/batch-processing", "The documents of batch jobs.", etag=True)
BLUEPRINTS = (blueprint,)

MOST_RESULTS = 1000
"""Results of one document in an answer, which the API reference does not page."""
WHOLE = "output.json"
"""The output that every result has, of parse and classify jobs alike."""


@blueprint.route("/<job_id>/items")
class BatchItems(MethodView):
    """The items of a job."""

    @blueprint.arguments(BatchItemQuerySchema, location="query")
    @blueprint.response(200, BatchItemListResponseSchema)
    @blueprint.alt_response(404, description="There is no such job")
    def get(self, query: dict[str, Any], job_id: str) -> ListPage:
        """List the items of a batch job

        In the order of the job. Filter by status, and page with `limit` and `offset`.
        """
        with read_session() as session:
            job = get_or_404(session, job_id)
            items = sa.select(BatchItem).where(BatchItem.job_id == job.id)
            if "status" in query:
                items = items.where(BatchItem.status == query["status"])
            page = by_offset(session, items, (BatchItem.position.asc(),), limit=query["limit"], offset=query["offset"])
            return ListPage([ItemReport(item, job) for item in page.items], None, page.total_size)


@blueprint.route("/items/<item_id>/processing-results")
class ProcessingResults(MethodView):
    """The history of a document."""

    @blueprint.arguments(ProcessingResultQuerySchema, location="query")
    @blueprint.response(200, ItemProcessingResultsResponseSchema)
    @blueprint.alt_response(404, description="There is no such item")
    def get(self, query: dict[str, Any], item_id: str) -> Lineage:
        """Get the processing results of an item

        Everything that came of a directory file or file, over all jobs, newest first.
        """
        results = (
            sa.select(ProcessingResult, BatchJob)
            .join(BatchJob, BatchJob.id == ProcessingResult.job_id)
            .where(ProcessingResult.source_id == item_id, ProcessingResult.project_id == project())
            .order_by(ProcessingResult.processed_at.desc(), ProcessingResult.id)
            .limit(MOST_RESULTS)
        )
        if "job_type" in query:
            results = results.where(ProcessingResult.job_type == query["job_type"])
        location = current().storage.location
        with read_session() as session:
            name = _name(session, item_id)
            if name is None:
                abort(404, f"Item {item_id} not found")
            reports = [
                ResultReport(result, job, _address(result, location)) for result, job in session.execute(results)
            ]
        return Lineage(item_id, name, reports)


def _address(result: ProcessingResult, location: Callable[[str], str]) -> str:
    """Where the pages of a result lie as JSON, in the job's own bucket or in the store; empty once they are gone."""
    own = result.details.get("output_s3_path")
    if own:
        return f"{own}/{WHOLE}"
    return location(f"{result.prefix}/{WHOLE}") if result.prefix else ""


def _name(session: orm.Session, source_id: str) -> str | None:
    """The name of a document of this project; of a deleted one, the name that its last job remembers."""
    mine = project()
    places = (
        sa.select(DirectoryFile.display_name).where(DirectoryFile.id == source_id, DirectoryFile.project_id == mine),
        sa.select(File.name).where(File.id == source_id, File.project_id == mine),
        sa.select(BatchItem.name)
        .join(BatchJob, BatchJob.id == BatchItem.job_id)
        .where(BatchItem.source_id == source_id, BatchJob.project_id == mine)
        .order_by(BatchItem.id.desc())
        .limit(1),
    )
    for query in places:
        name = session.scalar(query)
        if name is not None:
            return name
    return None
