"""Who is asking: the bearer key names one project, and every query stays inside it."""

from __future__ import annotations

from typing import cast

from flask import g, request

from app.api.errors import abort
from app.api.key_cache import Caller
from app.state import current


def authenticate() -> None:
    """Before a request: read the key and set `g.project`, `g.organization` and `g.key_id`; 401 without a valid one."""
    key = key_in(request.headers.get("Authorization", ""))
    if not key:
        abort(401, "Invalid authentication token", {"WWW-Authenticate": "Bearer"})
    caller = current().keyring.find_caller(key)
    if caller is None:
        abort(401, "Invalid API Key", {"WWW-Authenticate": "Bearer"})
    _set(caller)


def key_in(authorization: str) -> str:
    """The key of the header `Authorization`: everything after the first `Bearer `, since keys may contain spaces; else empty."""
    scheme, _, key = authorization.partition(" ")
    return key if scheme.lower() == "bearer" else ""


def check_scope() -> None:
    """Before a request: `project_id` and `organization_id` of the query must be the key's own, else 404."""
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


def _set(caller: Caller) -> None:
    g.key_id, g.project, g.organization = caller.key_id, caller.project_id, caller.organization_id
