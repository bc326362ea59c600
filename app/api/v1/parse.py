"""Parse jobs and their results, version 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, request
from flask.views import MethodView
from marshmallow import ValidationError
from werkzeug.datastructures import FileStorage

from app.api import direct_jobs, result_access
from app.api.base import Blueprint
from app.api.downloads import PresignedUrl
from app.api.errors import abort, abort_invalid_all
from app.api.idempotency import HEADER_PARAMETER
from app.state import current
from engines.formats.registry import supported_extensions
from engines.parameters.validation import SOURCES
from engines.render import workbook
from models.results import DirectJob
from models.states import JobType
from schemas import results
from schemas.files import PresignedUrlSchema
from schemas.forms import InvalidJsonError, ParseFormSchema, ParsePartSchema, parameters_of_form
from schemas.parse import (
    ParsingJobSchema,
    ParsingJsonSchema,
    ParsingMarkdownSchema,
    ParsingStructuredSchema,
    ParsingTextSchema,
    V1Job,
    masked_parameters_of,
    v1_details,
    v1_job,
)
from schemas.parse_v2_options import checked_job
from tasks.context import tools_of

blueprint = Blueprint("Parsing (v1)", "/api/v1/parsing", "Parse jobs and their results, as older clients read them.")
BLUEPRINTS = (blueprint,)

UNVERSIONED = "/api/parsing/"
"""Where `llama-parse` asks for these resources; its model of a result wants a number where v1 has a list."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def direct_job(job_id: str) -> DirectJob:
    """The parse job, else 404."""
    return result_access.get_or_404(JobType.PARSE, job_id)


@blueprint.route("/supported_file_extensions")
class SupportedExtensions(MethodView):
    """What this server can read."""

    @blueprint.response(200)
    def get(self) -> Any:
        """List the file extensions that can be parsed here, with a leading dot"""
        return _json([f".{extension}" for extension in supported_extensions(tools_of(current().settings))])


@blueprint.route("/job/<job_id>")
class ParsingJobById(MethodView):
    """One parse job."""

    @blueprint.response(200, ParsingJobSchema)
    @blueprint.alt_response(404, description="There is no such job")
    def get(self, job_id: str) -> V1Job:
        """Get the status of a parse job"""
        return v1_job(direct_job(job_id))


@blueprint.route("/job/<job_id>/details")
class ParsingJobDetails(MethodView):
    """What went wrong."""

    @blueprint.response(200)
    @blueprint.alt_response(404, description="There is no such job")
    def get(self, job_id: str) -> Any:
        """Get the errors and warnings of a parse job, of the document and of its pages, and its parameters"""
        direct = direct_job(job_id)
        failed = (
            results.failed_pages(result_access.result_of(direct)["pages"]) if result_access.is_partial(direct) else []
        )
        return _json(v1_details(direct, failed))


@blueprint.route("/job/<job_id>/parameters")
class ParsingJobParameters(MethodView):
    """What was asked for."""

    @blueprint.response(200)
    @blueprint.alt_response(404, description="There is no such job")
    def get(self, job_id: str) -> Any:
        """Get the parameters of a parse job, secrets masked"""
        return _json(masked_parameters_of(direct_job(job_id)))


@blueprint.route("/job/<job_id>/read/<path:filename>")
class ParsingJobFile(MethodView):
    """A stored file."""

    @blueprint.response(200, PresignedUrlSchema)
    @blueprint.alt_response(404, description="There is no such job or file")
    def get(self, job_id: str, filename: str) -> PresignedUrl:
        """Get a link to an output file, such as `output.md`, that works without a key"""
        return result_access.output_link(direct_job(job_id), filename)


@blueprint.route("/job/<job_id>/result/text")
class TextResult(MethodView):
    """The text."""

    @blueprint.response(200, ParsingTextSchema)
    @blueprint.alt_response(404, description="There is no result, or not yet")
    def get(self, job_id: str) -> dict[str, Any]:
        """Get the text of a result"""
        return _enveloped(direct_job(job_id), "text", text)


@blueprint.route("/job/<job_id>/result/markdown")
class MarkdownResult(MethodView):
    """The Markdown."""

    @blueprint.response(200, ParsingMarkdownSchema)
    @blueprint.alt_response(404, description="There is no result, or not yet")
    def get(self, job_id: str) -> dict[str, Any]:
        """Get the Markdown of a result"""
        return _enveloped(direct_job(job_id), "markdown", markdown)


@blueprint.route("/job/<job_id>/result/json")
class JsonResult(MethodView):
    """The pages."""

    @blueprint.response(200, ParsingJsonSchema)
    @blueprint.alt_response(404, description="There is no result, or not yet")
    def get(self, job_id: str) -> dict[str, Any]:
        """Get the pages of a result with their items, pictures and links"""
        return result_of(direct_job(job_id))


@blueprint.route("/job/<job_id>/result/structured")
class StructuredResult(MethodView):
    """The answer after a schema."""

    @blueprint.response(200, ParsingStructuredSchema)
    @blueprint.alt_response(404, description="There is no such result, or not yet")
    def get(self, job_id: str) -> dict[str, Any]:
        """Get the structured output of a result"""
        return _enveloped(direct_job(job_id), "structured", lambda direct: orjson.loads(structured(direct)))


@blueprint.route("/job/<job_id>/result/xlsx")
@blueprint.route("/job/<job_id>/result/raw/xlsx")
@blueprint.route("/job/<job_id>/raw/result/xlsx")
class WorkbookResult(MethodView):
    """The tables."""

    @blueprint.response(200, description="The bytes", content_type="application/octet-stream")
    @blueprint.alt_response(404, description="There is no result, or not yet")
    def get(self, job_id: str) -> Response:
        """Get the tables of a result as an Excel workbook, a sheet for each"""
        return result_access.attachment(workbook(result_access.result_of(direct_job(job_id))), XLSX)


@blueprint.route("/job/<job_id>/result/pdf")
@blueprint.route("/job/<job_id>/result/raw/pdf")
@blueprint.route("/job/<job_id>/raw/result/pdf")
class PdfResult(MethodView):
    """The document as a PDF."""

    @blueprint.response(200, description="The bytes", content_type="application/octet-stream")
    @blueprint.alt_response(404, description="There is no such result, or not yet")
    def get(self, job_id: str) -> Response:
        """Get the document as a PDF, when `output_pdf_of_document` asked for one"""
        return result_access.attachment(result_access.output_bytes(direct_job(job_id), "output.pdf"), "application/pdf")


@blueprint.route("/job/<job_id>/result/raw/<flavour>")
@blueprint.route("/job/<job_id>/raw/result/<flavour>")
class RawResult(MethodView):
    """A result without its envelope."""

    @blueprint.response(200, description="The bytes", content_type="application/octet-stream")
    @blueprint.alt_response(404, description="There is no such result, or not yet")
    def get(self, job_id: str, flavour: str) -> Response:
        """Get the text, Markdown, JSON or structured output of a result as it is"""
        if flavour not in RAW:
            abort(404, "Not found")
        read, media_type = RAW[flavour]
        return result_access.attachment(read(direct_job(job_id)), media_type)


@blueprint.route("/job/<job_id>/result/image/<name>")
class ImageResult(MethodView):
    """A picture."""

    @blueprint.response(200, description="The bytes", content_type="application/octet-stream")
    @blueprint.alt_response(404, description="There is no such picture")
    def get(self, job_id: str, name: str) -> Response:
        """Get a picture of a result by its name"""
        return result_access.attachment(
            result_access.output_bytes(direct_job(job_id), results.IMAGES + name), results.image_type(name)
        )


@blueprint.route("/screenshot")
class ParsingScreenshots(MethodView):
    """Files whose pages are made into pictures."""

    @blueprint.arguments(ParseFormSchema, location="form")
    @blueprint.arguments(ParsePartSchema, location="files")
    @blueprint.response(200, ParsingJobSchema)
    @blueprint.alt_response(400, description="There is no document, or a field holds no JSON")
    @blueprint.alt_response(413, description="Larger than this server accepts")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, _checked: dict[str, str], parts: dict[str, FileStorage]) -> V1Job:
        """Upload a file and make a picture of each page, as a job of its own"""
        return parse_form(parts, internal_is_screenshot_job=True)


@blueprint.route("/upload")
class ParsingUploads(MethodView):
    """Files that are parsed as soon as they are here."""

    @blueprint.arguments(ParseFormSchema, location="form")
    @blueprint.arguments(ParsePartSchema, location="files")
    @blueprint.response(200, ParsingJobSchema)
    @blueprint.alt_response(400, description="There is no document, or a field holds no JSON")
    @blueprint.alt_response(413, description="Larger than this server accepts")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, _checked: dict[str, str], parts: dict[str, FileStorage]) -> V1Job:
        """Upload a file and parse it, as a job of its own"""
        return parse_form(parts)


def parse_form(parts: dict[str, FileStorage], **more: Any) -> V1Job:
    """A new job from the form of this request, with `more` parameters by wire name; 400 or 422 where it makes none."""
    try:
        parameters = parameters_of_form(request.form.to_dict(flat=False)) | more
        config = checked_job(parameters, direct_jobs.conditions())
    except InvalidJsonError as error:
        abort(400, str(error))
    except ValidationError as error:
        abort_invalid_all(error.messages)
    if any(parameters.get(name) for name in SOURCES):
        direct = direct_jobs.parse_address(config)
    elif "file" in parts:
        direct = direct_jobs.parse_upload(parts["file"], config)
    else:
        abort(400, "Either file, input_url, or input_s3_path must be provided.")
    return {"error_code": None, "error_message": None, **v1_job(direct)}


def text(direct: DirectJob) -> bytes:
    """The text of all pages."""
    return result_access.output_bytes(direct, "output.txt")


def markdown(direct: DirectJob) -> bytes:
    """The Markdown of all pages."""
    return result_access.output_bytes(direct, "output.md")


def structured(direct: DirectJob) -> bytes:
    """The answer after a schema."""
    return result_access.output_bytes(direct, "structured.json")


def pages(direct: DirectJob) -> bytes:
    """The pages and the metadata of the job."""
    return orjson.dumps(result_of(direct))


def result_of(direct: DirectJob) -> dict[str, Any]:
    """Pages and metadata of a result; the unversioned paths tell how many pages triggered auto mode, not which. Else 404."""
    result: dict[str, Any] = {**result_access.result_of(direct)}
    if request.path.startswith(UNVERSIONED):
        metadata = result["job_metadata"]
        name = "job_auto_mode_triggered_pages"
        result["job_metadata"] = {**metadata, name: len(metadata.get(name) or ())}
    return result


RAW: dict[str, tuple[Callable[[DirectJob], bytes], str]] = {
    "text": (text, "text/plain"),
    "markdown": (markdown, "text/markdown"),
    "json": (pages, "application/json"),
    "structured": (structured, "application/json"),
}
"""How each flavour of result is read, and its media type."""


def _enveloped(direct: DirectJob, name: str, read: Callable[[DirectJob], Any]) -> dict[str, Any]:
    content = read(direct)
    body = content.decode() if isinstance(content, bytes) else content
    return {name: body, "job_metadata": result_of(direct)["job_metadata"]}


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), mimetype="application/json")
