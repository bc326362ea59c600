"""A create request that comes twice makes one thing: how a request is named, and what it made before (models.idempotency)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

import orjson
from flask import request
from sqlalchemy import orm

from app.api.auth import key_id, project
from app.api.errors import abort_invalid
from models import BatchJob, File, Session, idempotency
from models.idempotency import Made

HEADER = "Idempotency-Key"
FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}
HEADER_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "maxLength": 255},
    "description": "A name for this request: sent again, it answers with what it made. Another body is refused.",
}
"""The header in the OpenAPI document of an operation."""


class RequestColumns(TypedDict):
    """How a job, or whatever else a request makes, remembers that request."""

    idempotency_key: str | None
    request_hash: str


@dataclass(frozen=True, slots=True)
class RequestName:
    """How a create request is recognised when it comes again."""

    key: str | None
    """What its client calls it; None when only an SDK's count of attempts can tell."""
    request_hash: str
    """The same for the same request to the same address under the same API key."""
    place: tuple[str, str]
    """Where clients say the key: for the error when two requests have the same."""

    @property
    def columns(self) -> RequestColumns:
        """How what is made remembers its request, by column."""
        return {"idempotency_key": self.key, "request_hash": self.request_hash}


def named_by_header() -> RequestName:
    """The name of this request by its `Idempotency-Key`, under which its body counts too; 422 for a key too long."""
    return RequestName(_key(), _hashed(_body()), ("header", HEADER))


def named_by_upload(file: File) -> RequestName:
    """The name of this request, which brought `file`: its fields count, and the file's name and content."""
    args, form = request.args.items(multi=True), request.form.items(multi=True)
    return RequestName(_key(), hash_of_upload(key_id(), request.path, args, form, file), ("header", HEADER))


def hash_of_upload(
    key_id: str, path: str, args: Iterable[tuple[str, str]], form: Iterable[tuple[str, str]], file: File
) -> str:
    """What is the same for the same upload: by whom, where to, with which arguments and fields, and of what."""
    return _hash(key_id, path, orjson.dumps([sorted(args), sorted(form), file.name, file.sha256]))


def named_by_transaction(key: str | None) -> RequestName:
    """The name of this request by its `transaction_id`, under which the rest of its body does not count."""
    return RequestName(key, _hashed(key.encode() if key else _body()), ("body", "transaction_id"))


def earlier(session: orm.Session, kind: type[Made], name: RequestName) -> Made | None:
    """What this very request made before, or None; 422 when another request had the same name.

    Until the transaction ends, the same request waits here on other connections.
    """
    try:
        return idempotency.earlier(
            session, kind, project(), name.request_hash, idempotency_key=name.key, is_retry=_is_retry()
        )
    except idempotency.DifferentRequestError:
        abort_invalid(name.place, f"This {name.place[1]} was used for a different request")


def earlier_job(session: orm.Session, name: RequestName) -> BatchJob | None:
    """The job that this very request made before; see `earlier`."""
    return earlier(session, BatchJob, name)


def repeated_job(name: RequestName) -> BatchJob | None:
    """As `earlier_job`, before what the request names is looked at: that may be gone meanwhile."""
    if name.key is None and not _is_retry():
        return None
    with Session.begin() as session:
        return earlier_job(session, name)


def may_come_again() -> bool:
    """Whether this request may have come before: it has a name, or an SDK says that it is not its first attempt."""
    return bool(request.headers.get(HEADER)) or _is_retry()


def _key() -> str | None:
    """What the client calls this request; 422 for a name too long."""
    key = request.headers.get(HEADER) or None
    if key is not None and len(key) > 255:
        abort_invalid(("header", HEADER), "String should have at most 255 characters")
    return key


def _is_retry() -> bool:
    return request.headers.get("x-stainless-retry-count", "0") != "0"


def _body() -> bytes:
    """The body's JSON, the same however it is spaced and ordered, or the fields of its form."""
    if request.mimetype in FORMS:
        return orjson.dumps(sorted(request.form.items(multi=True)))
    return orjson.dumps(request.get_json(silent=True, force=True), option=orjson.OPT_SORT_KEYS)


def _hashed(content: bytes) -> str:
    return _hash(key_id(), request.path, content)


def _hash(key_id: str, path: str, content: bytes) -> str:
    return hashlib.sha256(b"\n".join([key_id.encode(), path.encode(), content])).hexdigest()
