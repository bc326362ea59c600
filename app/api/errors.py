"""Every error as the SDKs read it: `{"detail": "text"}`, for 422 `{"detail": [{"loc": …, "msg": …, "type": …}]}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypedDict

import flask_smorest
import sqlalchemy as sa
import structlog
from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException, InternalServerError

from app.server import NotHttpError
from engines.parameters.pattern_trial import UntriedError
from schemas.errors import DetailSchema
from storage import StorageError

Loc = Sequence[str | int]
log = structlog.get_logger("sheaf.api")

RETRY_SECONDS = "2"
"""What `Retry-After` says while the database or the store is away."""
REASONS = {
    404: "Not found",
    405: "Method not allowed",
    413: "The request is too large",
    415: "The content type is not supported; send application/json",
}
ABSENT = re.compile(
    r"/api/(?:v\d/)?(?:alpha/|beta/|files/[^/]+/)?"
    r"(?P<name>extract|extraction|extraction-agents|split|sheets|indexes|pipelines|retrievers|retrieval|chat|agent-data|verify|data-sources"
    r"|data-sinks|embedding-model-configs|usage-metrics|directory-sync-jobs|page-figures|page_screenshots)(?:/.*)?"
)
"""Where clients look for products of LlamaCloud that Sheaf is not."""
PRESENT = (
    "it parses and classifies documents, singly and in batches, and has files, directories, projects, configurations "
    "and webhooks for that; GET /openapi.json lists all operations"
)
PLACES = {"json": "body", "form": "body", "files": "body", "query": "query", "headers": "header", "path": "path"}
MISSING_IN_SCHEMA = {"42P01", "42703"}
"""PostgreSQL's codes for tables and columns that are not there."""
MISSING = {"Field required", "Missing data for required field."}


class Problem(TypedDict):
    """One thing that is wrong with a request, as FastAPI says it."""

    loc: list[str | int]
    """Where: `body`, `query`, `path` or `header`, then names and positions, counted from 0."""
    msg: str
    type: str
    """The kind of error, such as `missing` or `value_error`."""


Detail = str | list[Problem]


class RefusedError(Exception):
    """Ends a request with a status, a detail and headers; raised by `abort` and `abort_invalid`."""

    def __init__(self, status: int, detail: Detail, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}


def abort(status: int, detail: str, headers: Mapping[str, str] | None = None) -> NoReturn:
    """End this request with `{"detail": detail}`; a 409 also tells the SDKs not to send it again."""
    raise RefusedError(status, detail, {"x-should-retry": "false", **(headers or {})} if status == 409 else headers)


def abort_invalid(loc: Loc, message: str, kind: str = "value_error") -> NoReturn:
    """End this request with a 422 that names one place, such as `("body", "page_size")`."""
    raise RefusedError(422, [{"loc": list(loc), "msg": message, "type": kind}])


def abort_invalid_all(messages: Any, place: str = "body") -> NoReturn:
    """End this request with a 422 for all of marshmallow's `messages` below `place`."""
    raise RefusedError(422, list(_flat(messages, (place,))))


def answer(status: int, detail: Detail, headers: Mapping[str, str] | None = None) -> Response:
    """The response of an error."""
    response = jsonify({"detail": detail})
    response.status_code = status
    response.headers.extend(dict(headers or {}))
    return response


class Api(flask_smorest.Api):  # type: ignore[misc] # flask-smorest has no types
    """flask-smorest, with errors in the shape that the SDKs expect."""

    ERROR_SCHEMA = DetailSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Say `error` in our shape; the messages of webargs become a list of places."""
        if isinstance(error, InternalServerError) and error.original_exception is not None:
            return _unexpected()
        data: dict[str, Any] = getattr(error, "data", None) or {}
        status = error.code or 500
        headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
        if "messages" in data:
            problems = [
                one for place, some in data["messages"].items() for one in _flat(some, (PLACES.get(place, place),))
            ]
            return answer(422, problems)
        reason = absent_product(request.path) if status == 404 else None
        return answer(status, str(data.get("message") or reason or REASONS.get(status) or error.description), headers)


def absent_product(path: str) -> str | None:
    """A sentence for a path of a product that this server is not; None for any other path."""
    found = ABSENT.fullmatch(path)
    return f"This server has no {re.sub('[-_]', ' ', found['name'])}: {PRESENT}" if found else None


def register(app: Flask) -> None:
    """Answer for the failures that are ours to explain."""
    app.register_error_handler(RefusedError, lambda error: answer(error.status, error.detail, error.headers))
    app.register_error_handler(sa.exc.DataError, _not_storable)
    app.register_error_handler(OverflowError, _not_storable)
    app.register_error_handler(RecursionError, _not_storable)
    app.register_error_handler(NotHttpError, _not_http)
    app.register_error_handler(sa.exc.ProgrammingError, _wrong_schema)
    app.register_error_handler(UntriedError, _untried)
    for outage in (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, StorageError):
        app.register_error_handler(outage, _outage)


def _flat(messages: Any, loc: tuple[str | int, ...]) -> Iterator[Problem]:
    """One entry for each message of marshmallow's tree."""
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            yield from _flat(value, loc if key == "_schema" else (*loc, key))
    elif isinstance(messages, list):
        for one in messages:
            yield from _flat(one, loc)
    elif str(messages) in MISSING:
        yield {"loc": list(loc), "msg": "Field required", "type": "missing"}
    else:
        yield {"loc": list(loc), "msg": str(messages), "type": "value_error"}


def _not_storable(error: Exception) -> Response:
    """A value that passed the schema but that no column holds, such as a number beyond 64 bits."""
    log.info("value refused by the database", error=type(error).__name__)
    message = "A value cannot be stored: it contains a NUL character, is out of range, or is nested too deeply"
    return answer(422, [{"loc": ["body"], "msg": message, "type": "value_error"}])


def _not_http(error: Exception) -> Response:
    """A body in chunks that are none: gunicorn finds out while it is read."""
    return answer(400, f"The request is not valid HTTP: {error}")


def _wrong_schema(error: sa.exc.ProgrammingError) -> Response:
    """A table or column is missing: this version was started before its migration. Raises what is something else."""
    if getattr(error.orig, "sqlstate", "") not in MISSING_IN_SCHEMA:
        raise error
    log.warning("the database has another schema", reason=str(error.orig).splitlines()[0][:200])
    message = "The database has another schema than this version needs: run `sheaf migrate`"
    return answer(503, message, {"Retry-After": RETRY_SECONDS})


def _outage(error: Exception) -> Response:
    log.warning("service away", error=type(error).__name__, reason=str(error).splitlines()[0][:200])
    what = "object store" if isinstance(error, StorageError) else "database"
    return answer(503, f"The {what} is not available, try again in a moment", {"Retry-After": RETRY_SECONDS})


def _untried(error: UntriedError) -> Response:
    log.warning("regular expressions cannot be judged", reason=str(error))
    message = "The server has no room to check the regular expressions of the job, try again in a moment"
    return answer(503, message, {"Retry-After": RETRY_SECONDS})


def _unexpected() -> Response:
    """Flask has logged the error with its traceback, and with the request id that is bound to the log."""
    request_id = g.get("request_id", "unknown")
    return answer(500, f"Something went wrong on the server. It was logged with the correlation ID: {request_id}")
