"""Parse jobs and their results, version 2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypedDict

from flask import request
from flask.views import MethodView
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.api import direct_jobs, result_access
from app.api.base import Blueprint
from app.api.beta.configurations import named_parameters
from app.api.beta.webhook_configs import named_webhooks
from app.api.errors import RefusedError, abort, abort_invalid, abort_invalid_all
from app.api.idempotency import HEADER_PARAMETER, RequestColumns
from app.api.paging import ListPage
from app.state import current
from engines.render import workbook
from models import BatchJob
from models.configurations import ProductType
from models.results import DirectJob
from models.shapes import RequestExtras
from models.states import JobType
from schemas import results
from schemas.files import FilePartSchema
from schemas.job_config import ParseJobConfig
from schemas.parse import (
    PARSE_VERSIONS,
    DeletedJobSchema,
    ParseJobPageSchema,
    ParseJobSchema,
    ParseListSchema,
    ParseResultQuerySchema,
    ParseResultSchema,
    ParseVersionsSchema,
    item_states,
    masked_parameters_of,
)
from schemas.parse_v2_options import CONFIGURED, ParseRequestSchema, ParseUploadSchema, Tier, job_of_v2, laid_over
from schemas.shapes import ImageMetadata
from schemas.usage import MeteredJob

blueprint = Blueprint("Parse", "/api/v2/parse", "Parse jobs and their results.")
BLUEPRINTS = (blueprint,)

NOT_WHEN_FAST = "Markdown expansion is not available for FAST tier jobs."

PAGES: dict[str, Callable[[Iterable[results.Page]], object]] = {
    "text": results.text_pages,
    "markdown": results.markdown_pages,
    "items": results.item_pages,
    "metadata": results.metadata_pages,
    "forms": results.form_pages,
}
"""Parts of a result that are made of its pages."""

WHOLE = {"text_full": "output.txt", "markdown_full": "output.md"}
"""Parts of a result that are stored as they are."""

FILES = {
    "text": ("text", "output.txt"),
    "text_full": ("fullText", "output.txt"),
    "markdown": ("md", "output.md"),
    "markdown_full": ("fullMd", "output.md"),
    "items": ("json", "output.json"),
    "metadata": ("metadata", "output.json"),
    "forms": ("forms", "forms.json"),
    "xlsx": ("xlsx", "output.xlsx"),
    "output_pdf": ("outputPDF", "output.pdf"),
    "raw_words": ("rawWords", "raw_words.jsonl"),
}
"""`<name>_content_metadata`: the key in `result_content_metadata`, and the stored file it tells of."""


class StoredFile(TypedDict):
    """A stored output: its size in bytes, whether it exists, and a link to it; 0 and None where it does not."""

    size_bytes: int
    exists: bool
    presigned_url: str | None


class ImagesMetadata(TypedDict):
    """The pictures of a result."""

    total_count: int
    images: list[ImageMetadata]


@blueprint.route("")
class ParseJobs(MethodView):
    """The parse jobs of a project, those of batches too."""

    @blueprint.arguments(ParseListSchema, location="query")
    @blueprint.response(200, ParseJobPageSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List parse jobs, newest first"""
        status = query["status"]
        return result_access.list_direct_jobs(JobType.PARSE, query, None if status is None else item_states(status))

    @blueprint.arguments(ParseRequestSchema)
    @blueprint.response(200, ParseJobSchema)
    @blueprint.alt_response(404, description="There is no such file, configuration or saved webhook")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, _checked: dict[str, Any]) -> DirectJob:
        """Parse an uploaded file, as a job of its own"""
        return direct_jobs.direct_job_of(direct_jobs.once(prepared))


@blueprint.route("/upload")
class ParseUploads(MethodView):
    """Files that are parsed as soon as they are here."""

    @blueprint.arguments(ParseUploadSchema, location="form")
    @blueprint.arguments(FilePartSchema, location="files")
    @blueprint.response(200, ParseJobSchema)
    @blueprint.alt_response(404, description="There is no such configuration or saved webhook")
    @blueprint.alt_response(413, description="Larger than this server accepts")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, values: dict[str, str], parts: dict[str, FileStorage]) -> DirectJob:
        """Upload a file and parse it, as a job of its own"""
        try:
            asked = requested_job(direct_jobs.configuration_in(values["configuration"]))
        except RefusedError:
            if earlier := direct_jobs.parse_uploaded_before(parts["file"]):
                return earlier
            raise
        return direct_jobs.parse_upload(parts["file"], asked.config, **asked.details)


@blueprint.route("/versions")
class ParseVersions(MethodView):
    """The versions that a job may ask for."""

    @blueprint.response(200, ParseVersionsSchema)
    def get(self) -> Mapping[str, object]:
        """List the versions of each tier, and those that `latest` stands for"""
        return PARSE_VERSIONS


@blueprint.route("/<job_id>")
class ParseJobById(MethodView):
    """One parse job."""

    @blueprint.arguments(ParseResultQuerySchema, location="query")
    @blueprint.response(200, ParseResultSchema)
    @blueprint.alt_response(400, description="The tier does not make what was asked for")
    @blueprint.alt_response(404, description="There is no such job")
    def get(self, query: dict[str, Any], job_id: str) -> dict[str, Any]:
        """Get a parse job, and the parts of its result named by `expand`"""
        direct = result_access.get_or_404(JobType.PARSE, job_id)
        names: frozenset[str] = query["expand"]
        if names & {"markdown", "items", "markdown_full"} and masked_parameters_of(direct).get("tier") == Tier.FAST:
            abort(400, NOT_WHEN_FAST)
        answer: dict[str, Any] = {"job": MeteredJob.of_job(direct) if "usage" in names else direct}
        if "raw_parameters" in names:
            answer["raw_parameters"] = masked_parameters_of(direct)
        if direct.result is None:
            return answer | {name: None for name in names & ParseResultSchema().fields.keys() if name not in answer}
        if names - answer.keys() - {"usage"}:
            result_access.refuse_expired(direct)
        return answer | result_parts(direct, names, query["image_filenames"])

    @blueprint.response(200, DeletedJobSchema)
    @blueprint.alt_response(404, description="There is no such job")
    @blueprint.alt_response(409, description="The job has not ended")
    def delete(self, job_id: str) -> result_access.DeletedJob:
        """Delete a parse job that has ended, with its result; the document stays"""
        return result_access.delete_direct_job(JobType.PARSE, job_id)


@blueprint.route("/<job_id>/cancel")
class ParseJobCancel(MethodView):
    """The end of a parse job before its time."""

    @blueprint.response(200, ParseJobSchema)
    @blueprint.alt_response(404, description="There is no such job")
    def post(self, job_id: str) -> DirectJob:
        """Cancel a parse job; one that has ended stays as it is"""
        return result_access.cancel_direct_job(JobType.PARSE, job_id)


def completed(configuration: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The configuration of a request on top of the saved one that it names, and the id of that; None when it names none.

    404 or 422 for an id that names no parse configuration.
    """
    chosen = configuration.get("configuration_id")
    if not chosen:
        return configuration, None
    if not isinstance(chosen, str):
        abort_invalid(("body", "configuration_id"), "Input should be a valid string")
    saved = named_parameters(chosen, ProductType.PARSE_V2, ("body", "configuration_id"))
    kept = {name: value for name, value in saved.items() if name != "product_type"}
    said = {name: value for name, value in configuration.items() if name != "configuration_id"}
    for name in ("tier", "version"):
        if said.get(name) == CONFIGURED:
            del said[name]
    return laid_over(kept, said), chosen


class RequestedJob(NamedTuple):
    """What a request asks for."""

    configuration: dict[str, Any]
    """As it was said, on top of the saved one."""
    config: ParseJobConfig
    details: dict[str, Any]
    """What `direct_jobs.accept` takes besides."""


def requested_job(said: dict[str, Any]) -> RequestedJob:
    """The job that a v2 configuration asks for, else 422, or 404 where it names what is not there."""
    configuration, chosen = completed(said)
    try:
        config = job_of_v2(configuration, direct_jobs.conditions())
    except ValidationError as error:
        abort_invalid_all(error.messages)
    webhook_ids = named_webhooks(configuration.get("webhook_configuration_ids"))
    details = {"extras": extras_of(configuration), "configuration_id": chosen, "webhook_ids": webhook_ids}
    return RequestedJob(configuration, config, details)


def prepared() -> direct_jobs.Make:
    """How to make the job that this request asks for, over a file or an address; else 422 or 404."""
    configuration, config, details = requested_job(request.get_json())
    file_id = configuration.get("file_id")
    if file_id and configuration.get("source_url"):
        abort_invalid(("body", "source_url"), "Provide either file_id or source_url")
    if not file_id and not configuration.get("source_url"):
        abort_invalid(("body", "file_id"), "Field required", "missing")

    def make(session: Session, columns: RequestColumns) -> BatchJob:
        files = direct_jobs.require_files(session, [file_id] if file_id else [])
        return direct_jobs.accept(session, config, files, [direct_jobs.new_parse_id()], **details, **columns)

    return make


def extras_of(configuration: dict[str, Any]) -> RequestExtras:
    """What a configuration says that is no parameter, and comes back with the job."""
    return {"user_metadata": configuration["user_metadata"]} if configuration.get("user_metadata") else {}


def result_parts(direct: DirectJob, names: frozenset[str], image_filenames: str | None) -> dict[str, Any]:
    """The parts of a result that were asked for."""
    parts: dict[str, Any] = {}
    for name in names & WHOLE.keys():
        parts[name] = result_access.output_bytes(direct, WHOLE[name]).decode()
    files = {FILES[name][0]: file_of(direct, FILES[name][1]) for name in FILES if f"{name}_content_metadata" in names}
    if files:
        parts["result_content_metadata"] = files
    if names & {*PAGES, "job_metadata", "images_content_metadata"}:
        result = result_access.result_of(direct)
        parts |= {name: PAGES[name](result["pages"]) for name in names & PAGES.keys()}
        if "job_metadata" in names:
            parts["job_metadata"] = result["job_metadata"]
        if "images_content_metadata" in names:
            parts["images_content_metadata"] = images(direct, result, image_filenames)
    return parts


def file_of(direct: DirectJob, name: str) -> StoredFile:
    """Size of a stored file and a link to it; the workbook is made now, when it is first asked for."""
    size = result_access.output_sizes(direct).get(name)
    if name == "output.xlsx" and size is None:
        return store_workbook(direct)
    if size is None:
        return {"size_bytes": 0, "exists": False, "presigned_url": None}
    return {"size_bytes": size, "exists": True, "presigned_url": result_access.output_link(direct, name)["url"]}


def store_workbook(direct: DirectJob) -> StoredFile:
    """Make the workbook of tables beside the other outputs, so that a link can lead to it; it goes when they go."""
    content = workbook(result_access.result_of(direct))
    key = result_access.key_of(direct, "output.json").removesuffix("output.json") + "output.xlsx"
    current().storage.put(key, content)
    return {
        "size_bytes": len(content),
        "exists": True,
        "presigned_url": result_access.object_link(key, "output.xlsx")["url"],
    }


def images(direct: DirectJob, result: result_access.ParseResult, image_filenames: str | None) -> ImagesMetadata:
    """The pictures of a result with a link to each, or those of them that were named."""
    pictures = results.images_of(result["pages"], result_access.output_sizes(direct))
    if image_filenames:
        named = {name.strip() for name in image_filenames.split(",")}
        pictures = [one for one in pictures if one["filename"] in named]
    for one in pictures:
        one["presigned_url"] = result_access.output_link(direct, results.IMAGES + one["filename"])["url"]
    return {"total_count": len(pictures), "images": pictures}
