"""Directories and the files in them: the usual input of a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import request
from flask.views import MethodView
from sqlalchemy import orm
from werkzeug.datastructures import FileStorage

from app.api.auth import project
from app.api.base import Blueprint
from app.api.bulk import attach_known, receive_archive
from app.api.downloads import Linked, with_download_urls
from app.api.errors import abort
from app.api.idempotency import HEADER_PARAMETER, earlier, named_by_header
from app.api.paging import ListPage, by_cursor
from app.api.uploads import (
    existing_place,
    made_before,
    put_into_directory,
    receive,
    refusing_taken,
    without_blanks,
)
from app.forms import SMALL_BYTES
from app.state import current
from models import Directory, DirectoryFile, File, Session, read_session
from models.base import now, transaction
from models.files import DirectoryType
from schemas.directories import (
    DirectoryCreateRequestSchema,
    DirectoryFileBulkDeleteRequestSchema,
    DirectoryFileCreateRequestSchema,
    DirectoryFileListQuerySchema,
    DirectoryFilePartSchema,
    DirectoryFileQueryResponseSchema,
    DirectoryFileResponseSchema,
    DirectoryFileUpdateRequestSchema,
    DirectoryFileUploadSchema,
    DirectoryListQuerySchema,
    DirectoryQueryResponseSchema,
    DirectoryResponseSchema,
    DirectoryUpdateRequestSchema,
)
from schemas.files import ExpandSchema
from schemas.uploads import BulkAttachRequestSchema, BulkResponseSchema

ARCHIVES = ("application/x-tar", "application/gzip")
"""How an archive may be sent."""
BINARY = {"type": "string", "format": "binary"}

blueprint = Blueprint("Directories", "/api/v1/beta/directories", "Named sets of files, the usual input of a batch.")
BLUEPRINTS = (blueprint,)


@blueprint.route("")
class Directories(MethodView):
    """The directories of a project."""

    @blueprint.arguments(DirectoryCreateRequestSchema)
    @blueprint.response(201, DirectoryResponseSchema)
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, values: dict[str, Any]) -> Directory:
        """Create a directory"""
        name = named_by_header()
        values["type"] = values["type"] or DirectoryType.USER
        if values["type"] is DirectoryType.EPHEMERAL and values["expires_at"] is None:
            values["expires_at"] = now() + dt.timedelta(days=current().settings.ephemeral_days)
        with Session.begin() as session:
            directory = earlier(session, Directory, name)
            if directory is None:
                directory = Directory(project_id=project(), **values, **name.columns)
                session.add(directory)
        return directory

    @blueprint.arguments(DirectoryListQuerySchema, location="query")
    @blueprint.response(200, DirectoryQueryResponseSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List directories"""
        types = [*query["types"], *filter(None, [query["type"]])]
        directories = Directory.listing(
            project(), name=query["name"], types=types, include_deleted=query["include_deleted"]
        )
        by = (Directory.created_at, Directory.id)
        with read_session() as session:
            return by_cursor(session, directories, by, size=query["page_size"], token=query["page_token"])


@blueprint.route("/<directory_id>")
class DirectoryById(MethodView):
    """One directory."""

    @blueprint.response(200, DirectoryResponseSchema)
    @blueprint.alt_response(404, description="No such directory")
    def get(self, directory_id: str) -> Directory:
        """Get a directory"""
        with read_session() as session:
            return existing_directory(session, directory_id)

    @blueprint.arguments(DirectoryUpdateRequestSchema)
    @blueprint.response(200, DirectoryResponseSchema)
    @blueprint.alt_response(404, description="No such directory")
    def patch(self, values: dict[str, Any], directory_id: str) -> Directory:
        """Change a directory's name or description"""
        with Session.begin() as session:
            directory = existing_directory(session, directory_id)
            directory.name = values.get("name") or directory.name
            if "description" in values:
                directory.description = values["description"]
        return directory

    @blueprint.response(204)
    @blueprint.alt_response(404, description="No such directory")
    def delete(self, directory_id: str) -> None:
        """Delete a directory; its files stay, and jobs that were accepted before are not touched"""
        with Session.begin() as session:
            if not Directory.delete(session, Directory.id == directory_id, Directory.project_id == project()):
                abort(404, f"Directory {directory_id} not found")


@blueprint.route("/<directory_id>/files")
class DirectoryFiles(MethodView):
    """The files of a directory."""

    @blueprint.arguments(DirectoryFileCreateRequestSchema)
    @blueprint.response(201, DirectoryFileResponseSchema)
    @blueprint.alt_response(404, description="No such directory or file")
    @blueprint.alt_response(409, description="The directory has a file of this unique_id")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, values: dict[str, Any], directory_id: str) -> DirectoryFile:
        """Put an uploaded file into a directory"""
        name, file_id = named_by_header(), values.pop("file_id")
        with refusing_taken(), Session.begin() as session:
            if made := earlier(session, DirectoryFile, name):
                return made
            place = existing_place(session.connection(), directory_id)
            file = File.find_file(session, file_id, project())
            if file is None:
                abort(404, f"File {file_id} not found")
            file.keep_until(place.expires_at)
            return place.add(session.connection(), file, **without_blanks(values), **name.columns)

    @blueprint.arguments(DirectoryFileListQuerySchema, location="query")
    @blueprint.response(200, DirectoryFileQueryResponseSchema)
    @blueprint.alt_response(404, description="No such directory")
    def get(self, query: dict[str, Any], directory_id: str) -> ListPage:
        """List the files of a directory"""
        expand, size, token = (query.pop(name) for name in ("expand", "page_size", "page_token"))
        by = (DirectoryFile.created_at, DirectoryFile.id)
        with read_session() as session:
            existing_directory(session, directory_id)
            page = by_cursor(session, DirectoryFile.listing(directory_id, **query), by, size=size, token=token)
            items = with_entry_links(session, page.items, expand)
        return ListPage(items, page.next_page_token, page.total_size)


@blueprint.route("/<directory_id>/files/upload")
class DirectoryUpload(MethodView):
    """Uploads straight into a directory."""

    @blueprint.arguments(DirectoryFileUploadSchema, location="form")
    @blueprint.arguments(DirectoryFilePartSchema, location="files")
    @blueprint.response(201, DirectoryFileResponseSchema)
    @blueprint.alt_response(404, description="No such directory")
    @blueprint.alt_response(409, description="The directory has a file of this unique_id")
    @blueprint.alt_response(413, description="Larger than this server accepts")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, values: dict[str, Any], parts: dict[str, FileStorage], directory_id: str) -> DirectoryFile:
        """Upload a file into a directory"""
        external_id, part = values.pop("external_file_id"), parts["upload_file"]
        if (request.content_length or SMALL_BYTES) >= SMALL_BYTES:  # storing a smaller one costs less than another look
            with read_session() as session:
                existing_place(session.connection(), directory_id)
        with (
            receive(current().storage, part, project(), external_file_id=external_id) as file,
            transaction() as connection,
        ):
            made, columns = made_before(connection, DirectoryFile, file)
            if made is None:
                made = put_into_directory(connection, directory_id, project(), file, values, columns)
            return made


@blueprint.route("/<directory_id>/files/bulk-upload")
class DirectoryBulkUpload(MethodView):
    """Uploads of many files in one request."""

    @blueprint.response(200, BulkResponseSchema)
    @blueprint.alt_response(404, description="No such directory")
    @blueprint.alt_response(413, description="More than this server accepts at once; what came before stays")
    @blueprint.alt_response(415, description="Not sent as a tar archive")
    @blueprint.doc(requestBody={"required": True, "content": {kind: {"schema": BINARY} for kind in ARCHIVES}})
    def post(self, directory_id: str) -> dict[str, Any]:
        """Upload the files of a tar archive into a directory

        An extension: LlamaCloud has no such operation. The archive may be compressed by gzip. Each file in it is named by its
        path there, which becomes its `unique_id` and `display_name`; directories do not count. What cannot be taken of one file
        costs the others nothing, and its row says why. The same archive sent again makes no second copies.
        """
        if request.mimetype not in ARCHIVES:
            abort(415, f"Send a tar archive as {' or '.join(ARCHIVES)}, not as {request.mimetype or 'nothing'}")
        return {"results": receive_archive(request.stream, directory_id)}


@blueprint.route("/<directory_id>/files/bulk-attach")
class DirectoryBulkAttach(MethodView):
    """Files whose bytes need not be sent."""

    @blueprint.arguments(BulkAttachRequestSchema)
    @blueprint.response(200, BulkResponseSchema)
    @blueprint.alt_response(404, description="No such directory")
    def post(self, values: dict[str, Any], directory_id: str) -> dict[str, Any]:
        """Put files into a directory whose bytes the project has already

        An extension: LlamaCloud has no such operation. The bytes are named by their SHA-256 and size, and looked for among the
        files of this project only; those that it lacks are `missing`, and are to be sent.
        """
        return {"results": attach_known(directory_id, values["files"])}


@blueprint.route("/<directory_id>/files/bulk-delete")
class DirectoryBulkDelete(MethodView):
    """Deletion of several entries."""

    @blueprint.arguments(DirectoryFileBulkDeleteRequestSchema)
    @blueprint.response(204)
    @blueprint.alt_response(
        404, description="No such directory, or an entry that it never had; nothing is deleted then"
    )
    def post(self, values: dict[str, Any], directory_id: str) -> None:
        """Delete entries of a directory; those deleted before count as deleted"""
        entry_ids = set(values["directory_file_ids"])
        with Session.begin() as session:
            existing_directory(session, directory_id)
            ever = DirectoryFile.listing(directory_id, include_deleted=True).where(DirectoryFile.id.in_(entry_ids))
            unknown = entry_ids - {entry.id for entry in session.scalars(ever)}
            if unknown:
                abort(404, f"Directory file {min(unknown)} not found")
            DirectoryFile.delete(session, DirectoryFile.id.in_(entry_ids))


@blueprint.route("/<directory_id>/files/<directory_file_id>")
class DirectoryFileById(MethodView):
    """One file of a directory."""

    @blueprint.arguments(ExpandSchema, location="query")
    @blueprint.response(200, DirectoryFileResponseSchema)
    @blueprint.alt_response(404, description="No such directory, or not in it")
    def get(self, query: dict[str, Any], directory_id: str, directory_file_id: str) -> DirectoryFile | Linked:
        """Get a file of a directory"""
        with read_session() as session:
            entry = existing_entry(session, directory_id, directory_file_id)
            return with_entry_links(session, [entry], query["expand"])[0]

    @blueprint.arguments(DirectoryFileUpdateRequestSchema)
    @blueprint.response(200, DirectoryFileResponseSchema)
    @blueprint.alt_response(404, description="No such directory, or not in it")
    @blueprint.alt_response(409, description="The directory has a file of this unique_id")
    def patch(self, values: dict[str, Any], directory_id: str, directory_file_id: str) -> DirectoryFile:
        """Change what a directory says of a file, or move the file to another directory"""
        older_name = values.pop("directory_id", None)
        target_id = values.pop("target_directory_id", None) or older_name
        with refusing_taken(), Session.begin() as session:
            entry = existing_entry(session, directory_id, directory_file_id)
            target = existing_directory(session, target_id) if target_id else None
            entry.change(session, target=target, **without_blanks(values))
        return entry

    @blueprint.response(204)
    @blueprint.alt_response(404, description="No such directory, or not in it")
    def delete(self, directory_id: str, directory_file_id: str) -> None:
        """Take a file out of a directory; the file itself stays"""
        with Session.begin() as session:
            entry = existing_entry(session, directory_id, directory_file_id)
            DirectoryFile.delete(session, DirectoryFile.id == entry.id)


def existing_directory(session: orm.Session, directory_id: str) -> Directory:
    """The project's directory, else 404."""
    directory = Directory.find_directory(session, directory_id, project())
    if directory is None:
        abort(404, f"Directory {directory_id} not found")
    return directory


def existing_entry(session: orm.Session, directory_id: str, entry_id: str) -> DirectoryFile:
    """The entry of the project's directory, else 404."""
    existing_directory(session, directory_id)
    entry = DirectoryFile.find_entry(session, entry_id, directory_id)
    if entry is None:
        abort(404, f"Directory file {entry_id} not found")
    return entry


def with_entry_links(
    session: orm.Session, entries: Sequence[DirectoryFile], expand: Sequence[str]
) -> Sequence[DirectoryFile | Linked]:
    """The entries, each with a link to its file's bytes when that is asked for and they are still there."""
    if "download_url" not in expand:
        return entries
    return with_download_urls(entries, DirectoryFile.contents(session, entries))
