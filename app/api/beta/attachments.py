"""Attachments of files: the pictures of their pages that parse jobs made."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from flask.views import MethodView

from app.api.auth import project
from app.api.base import Blueprint
from app.api.downloads import PresignedUrl
from app.api.errors import abort, abort_invalid
from app.api.paging import ListPage
from app.api.result_access import object_link
from engines.results import screenshot_page
from models import File, ProcessingResult, read_session
from models.states import JobType
from schemas.attachments import AttachmentListSchema, AttachmentPageSchema, AttachmentSourceSchema
from schemas.files import PresignedUrlSchema
from schemas.results import IMAGES

blueprint = Blueprint("Attachments", "/api/v1/beta/attachments", "Pictures of the pages of files.")
BLUEPRINTS = (blueprint,)

MOST_RESULTS = 1000
"""Results of one file, the newest, whose pictures are looked through."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """The picture of a page."""

    name: str
    size: int
    """In bytes."""
    last_modified: dt.datetime
    page: int
    """The number of the page, from 1."""
    key: str
    """Where the bytes are in the store."""


@blueprint.route("")
class Attachments(MethodView):
    """The attachments of a file."""

    @blueprint.arguments(AttachmentListSchema, location="query")
    @blueprint.response(200, AttachmentPageSchema)
    @blueprint.alt_response(404, description="No such file")
    def get(self, query: dict[str, Any]) -> ListPage:
        """List the attachments of a file

        The pictures of its pages, in their order, that parse jobs with the file made; of several of one page the newest.
        """
        found = attachments_of(query["source_id"])
        first = _first_page(query["page_token"])
        rest = [one for one in found if one.page >= first]
        size: int = query["page_size"]
        token = str(rest[size].page) if len(rest) > size else None
        return ListPage(rest[:size], token, len(found))


@blueprint.route("/<attachment_name>")
class AttachmentByName(MethodView):
    """One attachment."""

    @blueprint.arguments(AttachmentSourceSchema, location="query")
    @blueprint.response(200, PresignedUrlSchema)
    @blueprint.alt_response(404, description="No such file or attachment")
    def get(self, query: dict[str, Any], attachment_name: str) -> PresignedUrl:
        """Get a link to an attachment that works without a key"""
        found = {one.name: one for one in attachments_of(query["source_id"])}
        if attachment_name not in found:
            abort(404, f"Attachment {attachment_name} not found")
        return object_link(found[attachment_name].key, attachment_name)


def attachments_of(source_id: str) -> list[Attachment]:
    """The pictures of a file's pages, by page; 404 unless the id is one of the project's files or places in directories."""
    with read_session() as session:
        file = File.behind(session, source_id, project())
        if file is None:
            abort(404, f"File {source_id} not found")
        results = ProcessingResult.of_file(session, file, JobType.PARSE, MOST_RESULTS)
    newest: dict[int, Attachment] = {}
    for result in results:
        for output, size in result.outputs.items():
            name = output.removeprefix(IMAGES)
            page = screenshot_page(name) if output.startswith(IMAGES) else None
            if page is not None and page not in newest:
                key = f"{result.prefix}/{output}"
                newest[page] = Attachment(name, size, result.processed_at, page, key)
    return [newest[page] for page in sorted(newest)]


def _first_page(token: str | None) -> int:
    """The number of the page to begin with; 422 for a token that this server did not make."""
    if token is None:
        return 1
    if not re.fullmatch("[0-9]{1,9}", token):
        abort_invalid(("query", "page_token"), "This is no token of this list")
    return int(token)
