"""Files: upload, list, look up, link, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.views import MethodView
from werkzeug.datastructures import FileStorage

from app.api.auth import project
from app.api.base import Blueprint
from app.api.downloads import Linked, PresignedUrl, signed_url, with_download_urls
from app.api.errors import abort
from app.api.idempotency import HEADER_PARAMETER
from app.api.paging import Column, ListPage, by_cursor
from app.api.uploads import receive_once
from app.state import current
from models import File, Session, read_session
from models.retention import discard_bytes
from schemas.files import (
    MOST_FILES,
    ORDERABLE,
    ExpandSchema,
    FileListQuerySchema,
    FilePartSchema,
    FileQueryRequestSchema,
    FileQueryResponseV2Schema,
    FileUploadSchema,
    FileV2Schema,
    LinkQuerySchema,
    PresignedUrlSchema,
)

blueprint = Blueprint("Files", "/api/v1/beta/files", "Documents, uploaded once and processed by any number of jobs.")
BLUEPRINTS = (blueprint,)


@blueprint.route("")
class Files(MethodView):
    """The files of a project."""

    @blueprint.arguments(FileUploadSchema, location="form")
    @blueprint.arguments(FilePartSchema, location="files")
    @blueprint.response(201, FileV2Schema)
    @blueprint.alt_response(413, description="Larger than this server accepts")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, values: dict[str, Any], parts: dict[str, FileStorage]) -> File:
        """Upload a file"""
        return receive_once(parts["file"], project(), **values)

    @blueprint.arguments(FileListQuerySchema, location="query")
    @blueprint.response(200, FileQueryResponseV2Schema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List files"""
        expand, size, token, order = (query.pop(name) for name in ("expand", "page_size", "page_token", "order_by"))
        # Clients of this list know `created_at` as newest first; those of the query, older ones, as ascending.
        return _page(query, size, token, "created_at desc" if order == "created_at" else order, expand)


@blueprint.route("/query")
class FileQuery(MethodView):
    """The list of files with its filters in a body; the list itself can do the same."""

    only_reads = True

    @blueprint.arguments(FileQueryRequestSchema)
    @blueprint.response(200, FileQueryResponseV2Schema)
    def post(self, query: dict[str, Any]) -> ListPage:
        """List files, asked for in a body"""
        filters = query["filter"] or {}
        filters.pop("only_manually_uploaded", None)
        elsewhere = filters.pop("project_id", None) not in {None, project()}
        if filters.pop("data_source_id", None) or elsewhere:
            return ListPage([], None, 0)
        size = min(query["page_size"] or 50, MOST_FILES)
        return _page(filters, size, query["page_token"], query["order_by"], [])


@blueprint.route("/<file_id>")
class FileById(MethodView):
    """One file."""

    @blueprint.arguments(ExpandSchema, location="query")
    @blueprint.response(200, FileV2Schema)
    @blueprint.alt_response(404, description="No such file")
    def get(self, query: dict[str, Any], file_id: str) -> File | Linked:
        """Get a file's facts"""
        return with_file_links([existing_file(file_id)], query["expand"])[0]

    @blueprint.response(204)
    @blueprint.alt_response(404, description="No such file")
    def delete(self, file_id: str) -> None:
        """Delete a file; jobs that were accepted before still read it"""
        with Session.begin() as session:
            deleted = File.delete(session, File.id == file_id, File.project_id == project())
        if not deleted:
            abort(404, f"File {file_id} not found")
        discard_bytes(current().storage, deleted)


@blueprint.route("/<file_id>/content")
class FileContent(MethodView):
    """The bytes of a file."""

    @blueprint.arguments(LinkQuerySchema, location="query")
    @blueprint.response(200, PresignedUrlSchema)
    @blueprint.alt_response(404, description="No such file")
    def get(self, query: dict[str, Any], file_id: str) -> PresignedUrl:
        """Get a link to a file's bytes that works without a key"""
        file = existing_file(file_id)
        return signed_url(file.storage_key, file.name, query["expires_at_seconds"])


def existing_file(file_id: str) -> File:
    """The project's file, else 404."""
    with read_session() as session:
        file = File.find_file(session, file_id, project())
    if file is None:
        abort(404, f"File {file_id} not found")
    return file


def with_file_links(files: Sequence[File], expand: Sequence[str]) -> Sequence[File | Linked]:
    """The files, each with a link to its bytes when that is asked for."""
    if "download_url" not in expand:
        return files
    return with_download_urls(files, [(file.storage_key, file.name) for file in files])


def _page(filters: dict[str, Any], size: int, token: str | None, order: str | None, expand: Sequence[str]) -> ListPage:
    column, descending = _order(order or "")
    with read_session() as session:
        page = by_cursor(
            session,
            File.listing(project(), **filters),
            (column, File.id),
            size=size,
            token=token,
            descending=descending,
        )
    return ListPage(with_file_links(page.items, expand), page.next_page_token, page.total_size)


def _order(order_by: str) -> tuple[Column, bool]:
    """The column to sort by and whether downwards, from words such as `name desc`; by creation unless they make sense."""
    name, _, direction = order_by.split(",", maxsplit=1)[0].strip().partition(" ")
    if name not in ORDERABLE:
        return File.created_at, False
    return getattr(File, name), direction.strip().lower() == "desc"
