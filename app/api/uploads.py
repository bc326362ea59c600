"""Receiving a file: from the part of a form straight into the object store, measured and hashed on the way."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, cast

from werkzeug.datastructures import FileStorage

from app.state import current
from models import File
from models.base import new_uuid, now
from schemas.files import shown_name


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


@contextlib.contextmanager
def receive(part: FileStorage, project_id: str, **values: Any) -> Iterator[File]:
    """Store what came in `part` and give its row, to be added to the database (models.uploads); `values` are more columns.

    The bytes are removed again when the block fails. No transaction should be open meanwhile. Raises StorageError.
    """
    storage, file_id, name = current().storage, new_uuid(), shown_name(part.filename)
    key = f"{project_id}/files/{file_id}"
    measured = Measured(part.stream)
    storage.put_stream(key, cast("BinaryIO", measured), filename=name)
    moment = now()
    file = File(
        id=file_id,
        project_id=project_id,
        name=name,
        file_type=PurePosixPath(name).suffix[1:].lower() or None,
        size=measured.size,
        sha256=measured.hash.hexdigest(),
        storage_key=key,
        created_at=moment,
        last_modified_at=moment,
        **values,
    )
    try:
        yield file
    except BaseException:
        storage.delete(key)
        raise
