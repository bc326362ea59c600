"""Who is asking: the bearer key names one project, and every query stays inside it."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request

from app.api.errors import abort
from app.state import current
from models import Project, read_session
from models.projects import Scope

READING = ("GET", "HEAD", "OPTIONS")
"""Methods of requests that change nothing."""


def authenticate() -> None:
    """Before a request: read the key and set `g.project`, `g.organization` and `g.key_id`.

    401 without a valid one, 403 for one that may only read where something is to change.
    """
    key = key_in(request.headers.get("Authorization", ""))
    if not key:
        abort(401, "Invalid authentication token", {"WWW-Authenticate": "Bearer"})
    caller = current().keyring.find_caller(key)
    if caller is None:
        abort(401, "Invalid API Key", {"WWW-Authenticate": "Bearer"})
    if not (caller.may_write or only_reads()):
        abort(403, "This key may only read: its scope is `read`")
    g.key_id, g.project, g.organization = caller.key_id, caller.project_id, caller.organization_id
    g.is_admin = caller.scope is Scope.ADMIN


def only_reads() -> bool:
    """Whether this request changes nothing: by its method, or because its view says so (`only_reads`)."""
    view = getattr(current_app.view_functions.get(request.endpoint or ""), "view_class", None)
    return request.method in READING or getattr(view, "only_reads", False)


def key_in(authorization: str) -> str:
    """The key of the header `Authorization`: everything after the first `Bearer `, since keys may contain spaces; else empty."""
    scheme, _, key = authorization.partition(" ")
    return key if scheme.lower() == "bearer" else ""


def check_scope() -> None:
    """Before a request: `project_id` and `organization_id` of the query must be the key's own, else 404.

    A key with the scope `admin` works in the project that it names.
    """
    named = request.args.get("project_id")
    if g.is_admin and named and "\x00" not in named:  # which PostgreSQL takes in no text
        with read_session() as session:
            other = session.get(Project, named)
        if other is not None:
            g.project, g.organization = other.id, other.organization_id
    for name, own in (("project_id", g.project), ("organization_id", g.organization)):
        value = request.args.get(name)
        if value and value != own:
            abort(404, f"{name.removesuffix('_id').capitalize()} {value} not found")


def project() -> str:
    """Id of the project whose key came with this request."""
    return cast("str", g.project)


def organization() -> str:
    """Id of the organization of that project."""
    return cast("str", g.organization)


def key_id() -> str:
    """Id (not the secret) of the key that came with this request."""
    return cast("str", g.key_id)
