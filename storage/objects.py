"""An object store: S3 and what speaks its protocol, Google Cloud Storage, Azure."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import mimetypes
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from storage.base import Storage, StorageError

RETRIES = {
    "max_retries": 4,
    "retry_timeout": dt.timedelta(seconds=10),
    "backoff": {"init_backoff": dt.timedelta(milliseconds=100), "max_backoff": dt.timedelta(seconds=2), "base": 2},
}
"""A store that stays away longer is an outage, which items wait out without holding a worker."""
TIMEOUTS = {
    "connect_timeout": dt.timedelta(seconds=5),
    "read_timeout": dt.timedelta(seconds=20),
    "timeout": dt.timedelta(minutes=15),
}
"""A store that says nothing is away; a large object may take its time."""
PART_BYTES = 5 << 20
"""The smallest part that S3 accepts in a multipart upload."""


def _attributes(filename: str) -> Any:
    if not filename:
        return None
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    # RFC 5987: the only form of the header that carries any name.
    return {"Content-Type": kind, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}"}


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except BaseError as error:
        raise StorageError(str(error)) from error


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        with _translated():
            yield
    except (
        FileNotFoundError
    ) as error:  # of the bucket, and an outage: a missing object cannot be in the way of writing it
        raise StorageError(str(error)) from error


class ObjectStorage(Storage):
    """Objects below `scheme://bucket/prefix`; credentials come from the environment, as the provider has it."""

    def __init__(self, url: str, *, endpoint: str = "", region: str = "") -> None:
        self.root = url.rstrip("/")
        options: dict[str, Any] = {"retry_config": RETRIES, "client_options": dict(TIMEOUTS)}
        if endpoint:
            options["endpoint"] = endpoint
            options["client_options"]["allow_http"] = endpoint.startswith("http://")
        if region:
            options["region"] = region
        with _translated():
            self.store: Any = from_url(self.root, **options)

    def put(self, key: str, content: bytes) -> None:
        """See Storage."""
        with _writing():
            obstore.put(self.store, key, content)

    def put_stream(self, key: str, stream: BinaryIO, *, filename: str = "") -> None:
        """What fits in one part goes in one request; more is uploaded in parts, so that memory stays flat."""
        head = stream.read(PART_BYTES)
        with _writing():
            if len(head) < PART_BYTES:
                obstore.put(self.store, key, head, attributes=_attributes(filename))
            else:
                parts = itertools.chain([head], iter(lambda: stream.read(PART_BYTES), b""))
                obstore.put(self.store, key, parts, attributes=_attributes(filename))

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

    @contextlib.contextmanager
    def local_all(self, prefix: str) -> Iterator[Path | None]:
        """Temporary copies."""
        with tempfile.TemporaryDirectory(prefix="sheaf-") as name:
            folder = Path(name)
            with _translated():
                for listed in obstore.list(self.store, prefix):
                    for one in listed:
                        target = folder / str(one["path"]).rpartition("/")[2]
                        target.write_bytes(bytes(obstore.get(self.store, one["path"]).bytes()))
            yield folder if any(folder.iterdir()) else None

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """The keys below a prefix that is a folder, with their sizes in bytes, in their order."""
        with _translated():
            for listed in obstore.list(self.store, prefix):
                yield from sorted((str(one["path"]), int(one["size"])) for one in listed)

    def exists(self, key: str) -> bool:
        """See Storage."""
        try:
            with _translated():
                obstore.head(self.store, key)
        except FileNotFoundError:
            return False
        return True

    def folders(self, prefix: str) -> set[str]:
        """See Storage."""
        with _translated():
            found = obstore.list_with_delimiter(self.store, f"{prefix}/")
        return {str(path).rstrip("/").rpartition("/")[2] for path in found["common_prefixes"]}

    def delete(self, key: str) -> None:
        """See Storage."""
        with _translated(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self.store, key)

    def delete_all(self, prefix: str) -> None:
        """See Storage."""
        with _translated():
            for listed in obstore.list(self.store, prefix):
                paths = [entry["path"] for entry in listed]
                if paths:
                    obstore.delete(self.store, paths)

    def location(self, key: str) -> str:
        """See Storage."""
        return f"{self.root}/{key}"

    def url(self, key: str, seconds: int, *, filename: str) -> str | None:
        """A presigned link of the store itself, past Sheaf; the file name was fixed when the object was put."""
        del filename
        with _translated():
            return obstore.sign(self.store, "GET", key, dt.timedelta(seconds=seconds))
