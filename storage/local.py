"""A directory on this machine (or one that all machines mount)."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from storage.base import Storage, StorageError

PIECE_BYTES = 1 << 20
"""How much of a stream is in memory at a time."""


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(str(error)) from error


def _write(file: io.FileIO, content: bytes) -> None:
    """Write all of it: a disk that fills up takes a part first, without an error."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


_for_this_user = functools.partial(os.open, mode=0o600)
"""Opens files that nobody else on the machine reads."""


class LocalStorage(Storage):
    """Objects as files below a root. Writing goes to a name of its own first, then is renamed into place."""

    def __init__(self, root: str) -> None:
        self.root = Path(root)
        self._prefix = os.fspath(self.root)
        with _translated():
            self.root.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        """The file of `key`. Raises ValueError for a key that would leave the root."""
        self._check(key)
        return self.root / key

    @staticmethod
    def _check(key: str) -> None:
        if key.startswith("/") or ".." in key.split("/"):
            message = f"not a storage key: {key!r}"
            raise ValueError(message)

    def put(self, key: str, content: bytes) -> None:
        """See Storage."""
        with _translated(), self._replacing(key) as file:
            _write(file, content)

    def put_all(self, prefix: str, files: Mapping[str, bytes]) -> None:
        """Store several files below `prefix`, a place that nobody reads before the caller has recorded it."""
        root = self.path(prefix)
        with _translated():
            root.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                path = self.path(f"{prefix}/{name}")
                if "/" in name:
                    path.parent.mkdir(parents=True, exist_ok=True)
                with io.FileIO(path, "wb", opener=_for_this_user) as file:
                    _write(file, content)

    def put_stream(self, key: str, stream: BinaryIO, *, filename: str = "") -> None:
        """See Storage. Links to these files are the API's own, which knows their names."""
        del filename
        with _translated(), self._replacing(key) as file:
            while piece := stream.read(PIECE_BYTES):
                _write(file, piece)

    @contextlib.contextmanager
    def _replacing(self, key: str) -> Iterator[io.FileIO]:
        """A file to write for this user alone, under a name of its own until the block ends; its folder is made if need be."""
        self._check(key)
        path = f"{self._prefix}/{key}"
        temporary = f"{path}.{os.urandom(4).hex()}"
        try:
            file = io.FileIO(temporary, "xb", opener=_for_this_user)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            file = io.FileIO(temporary, "xb", opener=_for_this_user)
        try:
            with file:
                yield file
            os.replace(temporary, path)  # noqa: PTH105 - a Path costs as much as the system's call
        except BaseException:  # a full disk needs the room, and nobody else knows of the file
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)  # noqa: PTH108 - as above
            raise

    def get(self, key: str) -> bytes:
        """See Storage."""
        with _translated():
            return self.path(key).read_bytes()

    def chunks(self, key: str, size: int = 1 << 18) -> Iterator[bytes]:
        """See Storage."""
        with _translated(), self.path(key).open("rb") as file:
            while piece := file.read(size):
                yield piece

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """The file itself: nothing is copied."""
        path = self.path(key)
        if not path.is_file():
            raise FileNotFoundError(key)
        yield path

    @contextlib.contextmanager
    def local_all(self, prefix: str) -> Iterator[Path | None]:
        """The folder itself: nothing is copied."""
        path = self.path(prefix)
        yield path if path.is_dir() else None

    def exists(self, key: str) -> bool:
        """See Storage."""
        return self.path(key).is_file()

    def folders(self, prefix: str) -> set[str]:
        """See Storage."""
        with _translated():
            try:
                return {path.name for path in self.path(prefix).iterdir() if path.is_dir()}
            except FileNotFoundError:
                return set()

    def delete(self, key: str) -> None:
        """See Storage."""
        with _translated():
            self.path(key).unlink(missing_ok=True)

    def delete_all(self, prefix: str) -> None:
        """See Storage."""
        with _translated(), contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.path(prefix))

    def location(self, key: str) -> str:
        """Relative to the root, so that tenants learn nothing of the server's paths."""
        return f"file:///{key}"
