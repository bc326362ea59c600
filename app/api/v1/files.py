"""Upload of files as older clients do it; what else they ask for is answered by `app.api.beta.files`."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from werkzeug.datastructures import FileStorage

from app.api.auth import project
from app.api.base import Blueprint
from app.api.idempotency import HEADER_PARAMETER
from app.api.uploads import receive_once
from models import File
from schemas.files import FileV2Schema, OlderFilePartSchema, OlderFileQuerySchema

blueprint = Blueprint("Files (v1)", "/api/v1/files", "Upload as older clients do it; the rest is as in Files.")
BLUEPRINTS = (blueprint,)


@blueprint.route("")
class FileUploads(MethodView):
    """Uploads whose facts stand in the query."""

    @blueprint.arguments(OlderFileQuerySchema, location="query")
    @blueprint.arguments(OlderFilePartSchema, location="files")
    @blueprint.response(200, FileV2Schema)
    @blueprint.alt_response(413, description="Larger than this server accepts")
    @blueprint.doc(parameters=[HEADER_PARAMETER])
    def post(self, query: dict[str, Any], parts: dict[str, FileStorage]) -> File:
        """Upload a file, as older clients do it"""
        return receive_once(parts["upload_file"], project(), **query)
