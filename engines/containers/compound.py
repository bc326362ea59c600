"""Compound files (MS-CFB), the containers of Outlook and of old Office: storages, like folders, that hold streams of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from olefile import STGTY_STORAGE, STGTY_STREAM, OleFileIO
from olefile.olefile import OleDirectoryEntry

from engines.errors import Code, DocumentError
from engines.salvage import DAMAGE, is_damage

READINGS = 4
"""How often all bytes of an honest file are read at most; a mail reads each of its streams once or twice."""
ENTRY = 128
"""Bytes of an entry of the directory (MS-CFB 2.6.1)."""
FLOOR = 1 << 20
"""Bytes that may be read of every file, however small: its streams are padded."""


@contextmanager
def opened_compound(path: Path) -> Iterator[CompoundStorage]:
    """The root of a compound file, whose streams can be read inside of this.

    Raises DocumentError: FILE_IS_BROKEN.
    """
    try:
        file = CompoundFile(str(path))
    except DAMAGE as error:
        if not is_damage(error):
            raise
        raise DocumentError(Code.FILE_IS_BROKEN, str(error)[:200]) from error
    with file:
        size = path.stat().st_size
        root = CompoundStorage(file, file.root, Reading(size, FLOOR + READINGS * size))
        root.reading.check(file.root.size, "the stream of small streams")
        yield root


class CompoundFile(OleFileIO):  # type: ignore[misc] # olefile has no types
    """A compound file whose directory may have any shape.

    Entries are meant to be in balanced trees. olefile walks those by calling itself, which ends at some hundred entries in
    a row, and compares each stream with all before it.
    """

    def loaddirectory(self, sect: int) -> None:
        """Read the directory, which begins in a sector: each entry once, wherever the others lead."""
        self.directory_fp = self._open(sect, force_FAT=True)
        self.direntries: list[OleDirectoryEntry | None] = [None] * (self.directory_fp.size // ENTRY)
        self.root = self._load_direntry(0)
        entries = [self.root]
        for entry in entries:  # it grows meanwhile
            waiting = [entry.sid_child]
            while waiting:
                number = waiting.pop()
                if number >= len(self.direntries) or self.direntries[number] is not None:
                    continue  # the end of a branch is the highest number of all
                kid = self._load_direntry(number)
                entry.kids.append(kid)
                entry.kids_dict[kid.name.lower()] = kid
                waiting += [kid.sid_left, kid.sid_right]
                entries.append(kid)

    def _check_duplicate_stream(self, first_sect: int, minifat: bool = False) -> None:
        """Nothing: that streams share bytes is bounded by `Reading`."""


@dataclass(slots=True)
class Reading:
    """What may still be read of a file: any number of its streams may name the same bytes."""

    file_bytes: int
    left: int
    """Bytes."""

    def check(self, size: int, name: str) -> None:
        """Refuse what says that it is larger than its file: it would be read from the same bytes over and over."""
        if size > self.file_bytes:
            raise DocumentError(Code.FILE_IS_BROKEN, f"{name} is larger than the file")

    def spend(self, size: int, name: str) -> None:
        """Take note that so many bytes are read. Raises DocumentError: FILE_IS_BROKEN when it is more than the file can hold."""
        self.check(size, name)
        if size > self.left:
            raise DocumentError(Code.FILE_IS_BROKEN, f"{name} shares its bytes with too many others")
        self.left -= size


@dataclass(frozen=True, slots=True)
class CompoundStorage:
    """A storage. Nothing of it is read before it is needed."""

    file: OleFileIO
    entry: OleDirectoryEntry
    reading: Reading
    """One for all storages of the file."""

    def stream(self, name: str) -> bytes | None:
        """The bytes of a stream of this storage; None when there is none of this name, in small letters or large.

        Raises DocumentError: FILE_IS_BROKEN for a stream of which less is there than it says.
        """
        entry = self.entry.kids_dict.get(name.lower())
        if entry is None or entry.entry_type != STGTY_STREAM:
            return None
        self.reading.spend(entry.size, name)
        # openstream looks at all names of a storage one after the other, for each of its streams
        data: bytes = self.file._open(entry.isectStart, entry.size).read()  # noqa: SLF001 - see test_seams.py
        if len(data) < entry.size:
            raise DocumentError(Code.FILE_IS_BROKEN, f"{name} is cut off")
        return data

    def storages(self, prefix: str) -> list[CompoundStorage]:
        """The storages in this one whose names begin so, sorted by their names."""
        found = (one for one in self.entry.kids if one.entry_type == STGTY_STORAGE and one.name.startswith(prefix))
        return [CompoundStorage(self.file, one, self.reading) for one in sorted(found, key=lambda one: str(one.name))]
