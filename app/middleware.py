"""What happens around every request: it gets an id, leaves one line in the log, and no file open."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import IO, Any

import flask
import structlog
from flask import Flask, Response, g, request

from app.forms import FormParser

log = structlog.get_logger("sheaf.access")
ACCEPTED_ID = re.compile(r"[\w.:/+=-]{1,128}")
FAILED = "sheaf.failed"
"""Where the environment of a request holds the error that it ended with before Flask had it."""
QUIET = ("/livez", "/readyz", "/metrics")


class Request(flask.Request):
    """A request that closes the files of its form even when the form was never read to its end."""

    form_data_parser_class = FormParser

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._parts: list[IO[bytes]] = []

    def _get_file_stream(self, *arguments: Any, **options: Any) -> IO[bytes]:
        """See werkzeug's Request, which leaves the part that it was reading to the garbage collector."""
        part = super()._get_file_stream(*arguments, **options)
        self._parts.append(part)
        return part

    def close(self) -> None:
        """Close all that came with the request."""
        super().close()
        for part in self._parts:
            part.close()


class Application(Flask):
    """Flask, with requests of ours, and its line about an error nobody foresaw in our form."""

    request_class = Request

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """See Flask; nothing here is asynchronous, and it need not be found out again by each decorator of each request."""
        return func

    def dispatch_request(self) -> Any:
        """See Flask; whoever found out before what is wrong with this request has left the error for it."""
        if FAILED in request.environ:
            raise request.environ[FAILED]
        return super().dispatch_request()

    def log_exception(self, exc_info: Any) -> None:
        """Say where it happened."""
        log.error("a request failed", method=request.method, path=shown_path(request.path), exc_info=exc_info)


def register(app: Flask) -> None:
    """Bind the request id before, echo it after."""
    app.before_request(_begin)
    app.after_request(_end)


def begin(sent: str) -> str:
    """Bind the id that a client gave its request, or one of our own, to all that is logged from now on; answers it."""
    request_id = sent if ACCEPTED_ID.fullmatch(sent) else str(uuid.uuid4())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    return request_id


def _begin() -> None:
    g.request_id = begin(request.headers.get("X-Request-ID", ""))
    g.began = time.perf_counter()


def shown_path(path: str) -> str:
    """A path, without the part that opens a download to whoever reads the log."""
    return "/downloads/…" if path.startswith("/downloads/") else path


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    if request.path not in QUIET:
        tell(request.method, request.path, response.status_code, g.began)
    return response


def tell(method: str, path: str, status: int, began: float) -> None:
    """Write the line about a request that began at `began` of time.perf_counter()."""
    took = round(1000 * (time.perf_counter() - began), 1)
    log.info("request", method=method, path=shown_path(path), status=status, milliseconds=took)
