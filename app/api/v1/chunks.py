"""The results of parse jobs in chunks for retrieval, an extension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response
from flask.views import MethodView

from app.api import result_access
from app.api.base import Blueprint
from app.api.errors import abort
from engines.chunks import ChunkResult, chunks_of, has_markdown
from models.results import DirectJob
from models.states import JobType
from schemas.chunks import ChunkQuerySchema, ParsingChunksSchema

blueprint = Blueprint("Chunks", "/api/v1/parsing", "Results of parse jobs in chunks for retrieval, an extension.")
BLUEPRINTS = (blueprint,)

NO_MARKDOWN = "The result has no Markdown, of which chunks are made: parse the document again without fast_mode."


@blueprint.route("/job/<job_id>/result/chunks")
class ChunksResult(MethodView):
    """The chunks."""

    @blueprint.arguments(ChunkQuerySchema, location="query")
    @blueprint.response(200, ParsingChunksSchema)
    @blueprint.alt_response(404, description="There is no result, or not yet, or it has no Markdown")
    def get(self, query: dict[str, int], job_id: str) -> dict[str, Any]:
        """Get a result in chunks for retrieval, by headings and size"""
        result = _result_with_markdown(job_id)
        return {"chunks": _chunks(result, query), "job_metadata": result["job_metadata"]}


@blueprint.route("/job/<job_id>/result/raw/chunks")
class RawChunksResult(MethodView):
    """The chunks, a line for each."""

    @blueprint.arguments(ChunkQuerySchema, location="query")
    @blueprint.response(200, description="A line of JSON for each chunk", content_type="application/x-ndjson")
    @blueprint.alt_response(404, description="There is no result, or not yet, or it has no Markdown")
    def get(self, query: dict[str, int], job_id: str) -> Response:
        """Get a result in chunks for retrieval, each as a line of JSON"""
        chunks = _chunks(_result_with_markdown(job_id), query)
        return result_access.attachment(b"".join(orjson.dumps(one) + b"\n" for one in chunks), "application/x-ndjson")


def _result_with_markdown(job_id: str) -> result_access.ParseResult:
    direct: DirectJob = result_access.get_or_404(JobType.PARSE, job_id)
    result = result_access.result_of(direct)
    if not has_markdown(result["pages"]):
        abort(404, NO_MARKDOWN)
    return result


def _chunks(result: result_access.ParseResult, query: dict[str, int]) -> Iterator[ChunkResult]:
    return chunks_of(result["pages"], query["max_characters"], query["overlap"])
