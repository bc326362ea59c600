"""The upload as all SDKs send it, answered without the framework around it; whatever is unusual about one goes the long way.

Flask, its views and their decorators cost a small upload more than everything that is done for it. What a request means is
decided once, by the same schemas and functions on both ways: here stands only how little has to be looked at when it is the
usual one. Errors are answered on the long way, too.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask import Flask
from multipart import MultipartError  # type: ignore[import-untyped] # multipart has no types
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import ClientDisconnected

from app import middleware
from app.api.auth import key_in
from app.api.idempotency import RequestColumns, hash_of_upload
from app.api.key_cache import Caller
from app.api.uploads import put_into_directory, receive
from app.forms import SMALL_BYTES, UnusualError, read_usual
from app.state import state_of
from models import DirectoryFile, File
from models.base import transaction
from models.uploads import add_file
from schemas.directories import DirectoryFileResponseSchema, DirectoryFileUploadSchema
from schemas.files import FileUploadSchema, FileV2Schema
from storage import Storage

Environ = dict[str, Any]

FORM = re.compile(r"multipart/form-data; ?boundary=([\w'+.-]{1,70})", re.ASCII)
LENGTH = re.compile(r"\d{1,9}", re.ASCII)
FILES = re.compile(r"/api/v1/beta/files()", re.ASCII)
DIRECTORY_FILES = re.compile(r"/api/v1/beta/directories/([\w-]+)/files/upload", re.ASCII)
SPECIAL = ("QUERY_STRING", "SCRIPT_NAME", "HTTP_IDEMPOTENCY_KEY")
"""Where it stands what a request wants besides; empty in the usual ones."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A request, read."""

    storage: Storage
    caller: Caller
    path: str
    directory_id: str
    """Empty where the path names none."""
    form: list[tuple[str, str]]
    """Its fields besides the file, as they came."""
    values: dict[str, Any]
    """The same, as the schema reads them."""
    part: FileStorage

    def columns(self, file: File) -> RequestColumns:
        """How what is made of `file` remembers this request."""
        asked = hash_of_upload(self.caller.key_id, self.path, [], self.form, file)
        return {"idempotency_key": None, "request_hash": asked}


def make_file(upload: Upload) -> File:
    """A file of its own."""
    with receive(upload.storage, upload.part, upload.caller.project_id, **upload.values) as file:
        file.request_hash = upload.columns(file)["request_hash"]
        add_file(file)
        return file


def make_entry(upload: Upload) -> DirectoryFile:
    """A file and its place in a directory."""
    project_id, external_id = upload.caller.project_id, upload.values.pop("external_file_id")
    with (
        receive(upload.storage, upload.part, project_id, external_file_id=external_id) as file,
        transaction() as connection,
    ):
        columns = upload.columns(file)
        return put_into_directory(connection, upload.directory_id, project_id, file, upload.values, columns)


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the API's operations that has a short way."""

    path: re.Pattern[str]
    part: str
    """The field that is the file."""
    fields: ma.Schema
    names: frozenset[str]
    """The fields besides."""
    answer: ma.Schema
    make: Callable[[Upload], File | DirectoryFile]

    @classmethod
    def of(
        cls,
        path: re.Pattern[str],
        part: str,
        fields: ma.Schema,
        answer: ma.Schema,
        make: Callable[[Upload], File | DirectoryFile],
    ) -> Operation:
        """The operation at a path, whose group is the directory."""
        names = frozenset(one.data_key or name for name, one in fields.load_fields.items())
        return cls(path, part, fields, names, answer, make)


OPERATIONS = (
    Operation.of(FILES, "file", FileUploadSchema(), FileV2Schema(), make_file),
    Operation.of(
        DIRECTORY_FILES,
        "upload_file",
        DirectoryFileUploadSchema(),
        DirectoryFileResponseSchema(),
        make_entry,
    ),
)


class Shortcut:
    """WSGI middleware: `app.wsgi_app = Shortcut(app)`."""

    def __init__(self, app: Flask) -> None:
        self._app, self._long_way = app, app.wsgi_app

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """See PEP 3333."""
        began = time.perf_counter()
        answer, asked = None, asked_for(environ)
        if asked is not None:
            request_id = middleware.begin(environ.get("HTTP_X_REQUEST_ID", ""))
            try:
                answer = self._answer(environ, *asked)
            except Exception as error:  # noqa: BLE001 - whatever it is, the long way answers for it
                environ[middleware.FAILED] = error
        if answer is None:
            return self._long_way(environ, start_response)
        middleware.tell("POST", environ["PATH_INFO"], 201, began)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
        start_response("201 CREATED", [*headers, ("X-Request-ID", request_id)])
        return [answer]

    def _answer(self, environ: Environ, operation: Operation, directory_id: str) -> bytes | None:
        """The JSON of what an upload has made; None for any other request. Raises what making it raises."""
        upload = self._read(environ, operation, directory_id)
        if upload is None:
            return None
        return self._app.json.dumps(operation.answer.dump(operation.make(upload))).encode()

    def _read(self, environ: Environ, operation: Operation, directory_id: str) -> Upload | None:
        """What a request brings; None when that is not what an upload usually brings, or its key was not seen lately."""
        state = state_of(self._app)
        caller = state.keyring.seen(key_in(environ.get("HTTP_AUTHORIZATION", "")))
        boundary = FORM.fullmatch(environ.get("CONTENT_TYPE", ""))
        if caller is None or not caller.may_write or boundary is None:
            return None
        try:
            form, files = read_usual(body_of(environ), boundary[1])
            values = operation.fields.load(dict(form))
        except (MultipartError, UnusualError, ma.ValidationError):
            return None
        names = [name for name, _ in form]
        if [name for name, _ in files] != [operation.part] or len(names) != len(operation.names.intersection(names)):
            return None
        return Upload(
            *(state.storage, caller, environ["PATH_INFO"], directory_id),
            *(form, values, files[0][1]),
        )


def asked_for(environ: Environ) -> tuple[Operation, str] | None:
    """The operation that a request asks for, and the directory; None when it has no short way, or asks for more."""
    if environ["REQUEST_METHOD"] == "POST" and is_plain(environ):
        for operation in OPERATIONS:
            if found := operation.path.fullmatch(environ["PATH_INFO"]):
                return operation, found[1]
    return None


def is_plain(environ: Environ) -> bool:
    """Whether a request asks for nothing special, is its client's first attempt, and small."""
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        LENGTH.fullmatch(length) is not None
        and int(length) <= SMALL_BYTES
        and environ.get("HTTP_X_STAINLESS_RETRY_COUNT", "0") == "0"
        and not any(environ.get(name) for name in SPECIAL)
    )


def body_of(environ: Environ) -> bytes:
    """The body of a request, which can be read once more afterwards. Raises ClientDisconnected when it does not come."""
    stream, length = environ["wsgi.input"], int(environ["CONTENT_LENGTH"])
    try:
        body: bytes = stream.read(length)
    except (OSError, ValueError) as error:
        raise ClientDisconnected from error
    environ["wsgi.input"] = io.BytesIO(body)
    return body
