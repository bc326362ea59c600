"""Receiving a file: from a request straight into the object store, measured and hashed on the way."""

from __future__ import annotations

import contextlib
import hashlib
import io
import posixpath
from collections.abc import Iterator, Mapping
from typing import IO, Any, BinaryIO, NoReturn, cast

import sqlalchemy as sa
from sqlalchemy import orm
from werkzeug.datastructures import FileStorage

from app.api.auth import project
from app.api.errors import abort
from app.api.idempotency import RequestColumns, earlier, may_come_again, named_by_upload
from app.state import current
from models import DirectoryFile, File
from models.base import new_uuid, now, transaction
from models.files import TakenError
from models.idempotency import Made
from models.uploads import Place, add_files, fresh
from schemas.files import shown_name
from storage import Storage


class Measured(io.RawIOBase):
    """Passes a stream through and keeps its length and SHA-256."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.size, self.hash = stream, 0, hashlib.sha256()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self.stream.read(size)
        self.size += len(piece)
        self.hash.update(piece)
        return piece


def store(storage: Storage, stream: IO[bytes], filename: str | None, project_id: str, **values: Any) -> File:
    """Put what a stream holds into a store, and give its row, to be added to the database; `values` are more columns.

    No transaction should be open meanwhile. Raises StorageError and what reading the stream raises; nothing is stored then.
    """
    file_id, name, moment = new_uuid(), shown_name(filename), now()
    key = f"{project_id}/files/{file_id}"
    measured = Measured(stream)
    storage.put_stream(key, cast("BinaryIO", measured), filename=name)
    facts = {
        "id": file_id,
        "project_id": project_id,
        "name": name,
        "file_type": type_of(name),
        "size": measured.size,
        "sha256": measured.hash.hexdigest(),
        "storage_key": key,
        "created_at": moment,
        "last_modified_at": moment,
    }
    return fresh(File, facts | values)


def type_of(name: str) -> str | None:
    """The extension of a file's name, without its dot."""
    return posixpath.splitext(name)[1][1:].lower() or None


@contextlib.contextmanager
def receive(storage: Storage, part: FileStorage, project_id: str, **values: Any) -> Iterator[File]:
    """Store what came in `part` and give its row, as `store` does.

    The bytes are removed again when the block fails, or takes the file's `storage_key` away because it is there already.
    """
    file = store(storage, part.stream, part.filename, project_id, **values)
    key = file.storage_key
    try:
        yield file
    except BaseException:
        storage.delete(key)
        raise
    if not file.storage_key:
        storage.delete(key)


def made_before(connection: sa.Connection, kind: type[Made], file: File) -> tuple[Made | None, RequestColumns]:
    """What the same upload made before, which then needs no `file`; and how something new remembers this request.

    In the transaction of `connection`. 422 when another request had the same name.
    """
    name = named_by_upload(file)
    if not may_come_again():
        return None, name.columns
    with orm.Session(connection) as session:  # whose end ends no transaction that others began
        made = earlier(session, kind, name)
    if made is not None:
        file.storage_key = ""
    return made, name.columns


def receive_once(part: FileStorage, project_id: str, **values: Any) -> File:
    """Store what came in `part` as a file of its own, unless this very request did so before; `values` are more columns."""
    with receive(current().storage, part, project_id, **values) as file, transaction() as connection:
        made, columns = made_before(connection, File, file)
        if made is None:
            file.idempotency_key, file.request_hash = columns["idempotency_key"], columns["request_hash"]
            add_files(connection, [file])
        return made or file


def put_into_directory(
    connection: sa.Connection,
    directory_id: str,
    project_id: str,
    file: File,
    values: Mapping[str, Any],
    columns: RequestColumns,
) -> DirectoryFile:
    """Write the rows of a new file and of its place in a directory; 404 without the directory, 409 for a unique_id in use.

    `values` are unique_id, display_name and metadata_, as far as something is said of them.
    """
    place = Place.of_new_file(connection, directory_id, project_id, file) or abort_without(directory_id)
    with refusing_taken():
        return place.add(connection, file, **without_blanks(values), **columns)


@contextlib.contextmanager
def refusing_taken() -> Iterator[None]:
    """Answer 409 for a unique_id that the directory has already."""
    try:
        yield
    except TakenError as error:
        abort(409, f"The directory already has a file with unique_id {error}")


def without_blanks(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was really said: null and an empty text stand for silence where nothing may be empty."""
    return {name: value for name, value in values.items() if value is not None and value != ""}


def existing_place(connection: sa.Connection, directory_id: str) -> Place:
    """The project's directory, as a place for files; else 404."""
    return Place.find(connection, directory_id, project()) or abort_without(directory_id)


def abort_without(directory_id: str) -> NoReturn:
    """Answer 404 for a directory that the project has not."""
    abort(404, f"Directory {directory_id} not found")
