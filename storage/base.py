"""What every store can do."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO


class StorageError(Exception):
    """The object store failed or did not answer; the same call may succeed later."""


class Storage(abc.ABC):
    """A place for bytes. Methods raise StorageError when the store fails, FileNotFoundError for an unknown key."""

    @abc.abstractmethod
    def put(self, key: str, content: bytes) -> None:
        """Store `content`, replacing what was there; readers never see half of it."""

    def put_all(self, prefix: str, files: Mapping[str, bytes]) -> None:
        """Store several files below `prefix`."""
        for name, content in files.items():
            self.put(f"{prefix}/{name}", content)

    @abc.abstractmethod
    def put_stream(self, key: str, stream: BinaryIO, *, filename: str = "") -> None:
        """Store all of `stream`, read from where it stands, without holding it in memory.

        `stream.read(n)` returns fewer than n bytes only at the end. `filename` is offered to whoever downloads the
        object by a link of the store's own.
        """

    @abc.abstractmethod
    def get(self, key: str) -> bytes:
        """Read a whole object."""

    @abc.abstractmethod
    def chunks(self, key: str, size: int = 1 << 18) -> Iterator[bytes]:
        """Read an object piece by piece."""

    @abc.abstractmethod
    def local(self, key: str) -> contextlib.AbstractContextManager[Path]:
        """A local file with the object's bytes, to be read only, for as long as the context lasts."""

    @abc.abstractmethod
    def local_all(self, prefix: str) -> contextlib.AbstractContextManager[Path | None]:
        """A local folder with every object directly below `prefix/`, to be read only; None when there is none."""

    @abc.abstractmethod
    def exists(self, key: str) -> bool:
        """Whether there is such an object."""

    @abc.abstractmethod
    def folders(self, prefix: str) -> set[str]:
        """Names of what lies directly below `prefix/` and has objects below itself."""

    @abc.abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object; an unknown key is no error."""

    @abc.abstractmethod
    def delete_all(self, prefix: str) -> None:
        """Remove every object below `prefix/`."""

    @abc.abstractmethod
    def location(self, key: str) -> str:
        """Where the object is, as users may see it: `s3://bucket/key`, or `file:///` relative to the store's root."""

    def url(self, key: str, seconds: int, *, filename: str) -> str | None:
        """A signed link that works without a key for `seconds`; None when the API must serve the bytes itself."""
        del key, seconds, filename
        return None
