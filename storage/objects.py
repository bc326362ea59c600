"""An object store: S3 and what speaks its protocol, Google Cloud Storage, Azure."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from storage.base import Storage, StorageError


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except BaseError as error:
        raise StorageError(str(error)) from error


class ObjectStorage(Storage):
    """Objects below `scheme://bucket/prefix`; credentials come from the environment, as the provider's own tools take them."""

    def __init__(self, url: str, *, endpoint: str = "", region: str = "") -> None:
        self.root = url.rstrip("/")
        options: dict[str, Any] = {}
        if endpoint:
            options |= {"endpoint": endpoint, "client_options": {"allow_http": endpoint.startswith("http://")}}
        if region:
            options["region"] = region
        with _translated():
            self.store: Any = from_url(self.root, **options)

    def put(self, key: str, content: bytes) -> None:
        """See Storage."""
        with _translated():
            obstore.put(self.store, key, content)

    def put_stream(self, key: str, stream: BinaryIO) -> None:
        """Uploaded in parts, so that memory stays flat."""
        with _translated():
            obstore.put(self.store, key, stream)

    def get(self, key: str) -> bytes:
        """See Storage."""
        with _translated():
            return bytes(obstore.get(self.store, key).bytes())

    def chunks(self, key: str, size: int = 1 << 18) -> Iterator[bytes]:
        """See Storage."""
        with _translated():
            for piece in obstore.get(self.store, key).stream(min_chunk_size=size):
                yield bytes(piece)

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """A temporary copy."""
        directory = Path(tempfile.mkdtemp(prefix="sheaf-"))
        try:
            path = directory / "input"
            with path.open("wb") as file:
                for piece in self.chunks(key):
                    file.write(piece)
            yield path
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def exists(self, key: str) -> bool:
        """See Storage."""
        try:
            with _translated():
                obstore.head(self.store, key)
        except FileNotFoundError:
            return False
        return True

    def delete(self, key: str) -> None:
        """See Storage."""
        with _translated(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self.store, key)

    def delete_all(self, prefix: str) -> None:
        """See Storage."""
        with _translated():
            for listed in obstore.list(self.store, prefix):
                paths = [cast("str", entry["path"]) for entry in listed]
                if paths:
                    obstore.delete(self.store, paths)

    def location(self, key: str) -> str:
        """See Storage."""
        return f"{self.root}/{key}"

    def url(self, key: str, seconds: int, *, filename: str) -> str | None:
        """A presigned link of the store itself; the bytes do not pass through Sheaf."""
        del filename
        with _translated():
            return cast("str", obstore.sign(self.store, "GET", key, dt.timedelta(seconds=seconds)))
