"""Links to stored bytes that work without a key: the store's own where it signs some, else ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypedDict

from flask import Response, g, request, send_file
from flask.views import MethodView
from itsdangerous import BadSignature, URLSafeSerializer

from app.api.base import Blueprint
from app.api.errors import abort
from app.state import current
from models.base import now

LONGEST_SECONDS = 7 * 24 * 3600
"""No link lives longer than a week; object stores refuse to sign more."""
NAME_LENGTH = 120
"""Longest file name inside a link, in characters: web servers bound the length of a URL."""

blueprint = Blueprint("Downloads", "/downloads", "Bytes behind signed links.", secured=False)
BLUEPRINTS = (blueprint,)


class PresignedUrl(TypedDict):
    """A link that works without a key until it expires."""

    url: str
    expires_at: dt.datetime
    form_fields: None
    """The link is a plain GET."""


class Linked:
    """A row together with a link to its bytes; everything else is read from the row."""

    def __init__(self, row: Any, download_url: PresignedUrl | None) -> None:
        self.row, self.download_url = row, download_url

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def signed_url(key: str, filename: str, seconds: int | None = None) -> PresignedUrl:
    """A presigned URL to the object `key`, offered as a download named `filename`.

    Works for `seconds`, at most a week; None, 0 and less mean the operator's choice. Raises StorageError.
    """
    state = current()
    seconds = min(seconds if seconds and seconds > 0 else state.settings.download_seconds, LONGEST_SECONDS)
    expires_at = now() + dt.timedelta(seconds=seconds)
    url = state.storage.url(key, seconds, filename=filename) or _own_url(key, filename, expires_at)
    return {"url": url, "expires_at": expires_at, "form_fields": None}


def _own_url(key: str, filename: str, expires_at: dt.datetime) -> str:
    base = current().settings.public_url or request.host_url
    token = _signer().dumps([key, filename[-NAME_LENGTH:], int(expires_at.timestamp())])
    return f"{base.rstrip('/')}/downloads/{token}"


def _signer() -> URLSafeSerializer:
    # Kept for the request: a list with links signs hundreds.
    if "download_signer" not in g:
        g.download_signer = URLSafeSerializer(current().settings.secret(), salt="sheaf.download")
    signer: URLSafeSerializer = g.download_signer
    return signer


@blueprint.route("/<token>")
class Download(MethodView):
    """What a signed link points to."""

    @blueprint.response(200, description="The bytes", content_type="application/octet-stream")
    @blueprint.alt_response(403, description="The link has expired")
    @blueprint.alt_response(404, description="Not a link of this server, or the bytes are gone")
    def get(self, token: str) -> Response:
        """Download what a signed link points to; needs no key"""
        try:
            key, filename, expires = _signer().loads(token)
        except BadSignature:
            abort(404, "Not a download link of this server")
        if expires < now().timestamp():
            abort(403, "This download link has expired")
        return _sent(key, filename)


def _sent(key: str, filename: str) -> Response:
    try:
        with current().storage.local(key) as path:
            # Opened here, so that a temporary copy may vanish while it is still being sent.
            response = send_file(path, as_attachment=True, download_name=filename, conditional=True)
    except FileNotFoundError:
        abort(404, "The file is gone")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


def with_download_urls(rows: Iterable[Any], links: Iterable[tuple[str, str]]) -> list[Linked]:
    """Each of `rows` with a link to its bytes; `links` are their storage keys, empty for none, and names, in order."""
    return [Linked(row, signed_url(key, name) if key else None) for row, (key, name) in zip(rows, links, strict=True)]
