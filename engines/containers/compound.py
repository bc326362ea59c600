"""Compound files (MS-CFB), the containers of Outlook and of old Office: storages, like folders, that hold streams of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from olefile import STGTY_STREAM, OleFileIO

from engines.errors import Code, DocumentError
from engines.salvage import DAMAGE, is_damage


@contextmanager
def opened_compound(path: Path) -> Iterator[CompoundStorage]:
    """The root of a compound file, whose streams can be read inside of this.

    Raises DocumentError: FILE_IS_BROKEN.
    """
    try:
        file = OleFileIO(str(path))
    except DAMAGE as error:
        if not is_damage(error):
            raise
        raise DocumentError(Code.FILE_IS_BROKEN, str(error)[:200]) from error
    with file:
        root = CompoundStorage(file, path.stat().st_size)
        root.check(file.root.size, "the stream of small streams")
        yield root


@dataclass(frozen=True, slots=True)
class CompoundStorage:
    """A storage. Nothing of it is read before it is needed, as any number of streams may name the same bytes."""

    file: OleFileIO
    file_bytes: int
    path: tuple[str, ...] = ()
    """The names from the root to it."""

    def stream(self, name: str) -> bytes | None:
        """The bytes of a stream of this storage; None when there is none of this name, in small letters or large.

        Raises DocumentError: FILE_IS_BROKEN for a stream of which less is there than it says.
        """
        path = [*self.path, name]
        if self.file.get_type(path) != STGTY_STREAM:
            return None
        size = self.file.get_size(path)
        self.check(size, name)
        data: bytes = self.file.openstream(path).read()
        if len(data) < size:
            raise DocumentError(Code.FILE_IS_BROKEN, f"{name} is cut off")
        return data

    def storages(self, prefix: str) -> list[CompoundStorage]:
        """The storages in this one whose names begin so, sorted by their names."""
        depth = len(self.path)
        return [
            CompoundStorage(self.file, self.file_bytes, tuple(path))
            for path in self.file.listdir(streams=False, storages=True)
            if len(path) == depth + 1 and tuple(path[:depth]) == self.path and path[-1].startswith(prefix)
        ]

    def check(self, size: int, name: str) -> None:
        """Refuse what says that it is larger than its file: it would be read from the same bytes over and over."""
        if size > self.file_bytes:
            raise DocumentError(Code.FILE_IS_BROKEN, f"{name} is larger than the file")
