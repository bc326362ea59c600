"""Uploads: the rows of new files and of their places in a directory, one or hundreds in a few statements.

The statements stand here ready-made, and the rows go past SQLAlchemy's unit of work: for one small row, building a statement
and keeping track of an object cost several times what the database does.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite

from models.base import Base, Session, new_uuid, now, sqlite_transaction, transaction
from models.files import UNIQUE_ID_LENGTH, Directory, DirectoryFile, File, TakenError, new_directory_file_id

Row = TypeVar("Row", bound=Base)

NAMES_AT_ONCE = 500
"""Names and hashes that one query asks for: databases bound the values of a statement."""

_FILES, _ENTRIES = cast("sa.Table", File.__table__), cast("sa.Table", DirectoryFile.__table__)
_IS_PLACE = sa.and_(
    Directory.id == sa.bindparam("directory_id"),
    Directory.project_id == sa.bindparam("project_id"),
    Directory.deleted_at.is_(None),
)
_FIND = sa.select(Directory.id, Directory.project_id, Directory.expires_at).where(_IS_PLACE)
_HOLDERS = (
    sa.select(DirectoryFile.unique_id, DirectoryFile.id, File.id, File.sha256, File.size)
    .join(File, File.id == DirectoryFile.file_id)
    .where(
        DirectoryFile.directory_id == sa.bindparam("directory_id"),
        DirectoryFile.unique_id.in_(sa.bindparam("names", expanding=True)),
        DirectoryFile.deleted_at.is_(None),
    )
)
_LIVING = (
    File.project_id == sa.bindparam("project_id"),
    File.sha256.in_(sa.bindparam("hashes", expanding=True)),
    File.deleted_at.is_(None),
)
# One row of each content, locked until the transaction ends: whoever deletes it finds the row that shares its bytes then.
_KNOWN = (
    sa.select(File.sha256, File.size, File.storage_key)
    .where(
        File.id.in_(sa.select(sa.func.max(File.id)).where(*_LIVING).group_by(File.sha256, File.size)),
        File.deleted_at.is_(None),
    )
    .order_by(File.sha256, File.size)  # two that lock the same rows wait for each other in one order
    .with_for_update(read=True)
)
_ADD_FILES = sa.insert(_FILES)
_OWN = [one for one in _FILES.c if one.name != "expires_at"]
_ADD_FILE_OF_PLACE = (
    sa.insert(_FILES)
    .from_select(
        [*_OWN, _FILES.c.expires_at],
        sa.select(*(sa.bindparam(f"file_{one.name}", type_=one.type) for one in _OWN), Directory.expires_at).where(
            _IS_PLACE
        ),
        include_defaults=False,
    )
    .execution_options(preserve_rowcount=True)
)
_ADD_ENTRIES = {
    dialect: insert(_ENTRIES).on_conflict_do_nothing().returning(_ENTRIES.c.id)
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def fresh(kind: type[Row], values: Mapping[str, Any]) -> Row:
    """A new object with these attributes, set at once: one by one, the bookkeeping of each costs more than its use."""
    one = kind()
    orm.attributes.instance_dict(one).update(values)
    return one


def add_files(connection: sa.Connection, files: Sequence[File]) -> None:
    """Write the rows of new files, all of whose columns are set."""
    connection.execute(_ADD_FILES, [_row(one) for one in files])


def add_file(file: File) -> None:
    """Write the row of a new file, all of whose columns are set, in a transaction of its own. Raises SQLAlchemy's errors."""
    if Session.kw["bind"].dialect.name == "sqlite":
        statement, columns = _of_sqlite()
        row = _row(file)
        values = [row[name] if convert is None else convert(row[name]) for name, convert in columns]
        with sqlite_transaction() as cursor:
            cursor.execute(statement, values)
    else:
        with transaction() as connection:
            add_files(connection, [file])


@functools.cache
def _of_sqlite() -> tuple[str, list[tuple[str, Callable[[Any], Any] | None]]]:
    """The statement that adds a file, and for each of its values the column and what makes SQLite's value of it."""
    dialect = sqlite.dialect()
    compiled = _ADD_FILES.compile(dialect=dialect)
    names = compiled.positiontup or []
    return str(compiled), [(name, _FILES.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]


def known_bytes(connection: sa.Connection, project_id: str, hashes: Collection[str]) -> dict[tuple[str, int], str]:
    """SHA-256 and size → where the project has such bytes. Until the transaction ends, nobody removes them."""
    found: dict[tuple[str, int], str] = {}
    for some in _batched(sorted(hashes), NAMES_AT_ONCE):
        rows = connection.execute(_KNOWN, {"project_id": project_id, "hashes": some})
        found |= {(row.sha256, row.size): row.storage_key for row in rows}
    return found


def remove_rows(connection: sa.Connection, file_ids: Collection[str]) -> None:
    """Take rows of files back that this transaction has written in vain."""
    for some in _batched(file_ids, NAMES_AT_ONCE):
        connection.execute(sa.delete(_FILES).where(_FILES.c.id.in_(some)))


def delete_rows(connection: sa.Connection, file_ids: Collection[str]) -> None:
    """Delete files as users do, so that their bytes are found and go (models.retention)."""
    for some in _batched(file_ids, NAMES_AT_ONCE):
        connection.execute(sa.update(_FILES).where(_FILES.c.id.in_(some)).values(deleted_at=now()))


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a file that was to have a name has come to lie."""

    entry_id: str
    file_id: str
    sha256: str
    size: int
    """In bytes."""
    is_new: bool
    """False when the directory had the name already: then this is what has it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A directory, as far as whoever puts files into it needs to know."""

    directory_id: str
    project_id: str
    expires_at: dt.datetime | None = None
    """When it is deleted by itself, as far as that was asked for."""

    @classmethod
    def find(cls, connection: sa.Connection, directory_id: str, project_id: str) -> Self | None:
        """The directory, if it is this project's and not deleted."""
        values = {"directory_id": directory_id, "project_id": project_id}
        row = connection.execute(_FIND, values).one_or_none()
        return None if row is None else cls(*row)

    @classmethod
    def of_new_file(cls, connection: sa.Connection, directory_id: str, project_id: str, file: File) -> Self | None:
        """The directory, as `find` gives it, with the row of a file that is to expire with it; None, and no row, without one."""
        place = {"directory_id": directory_id, "project_id": project_id}
        values = {f"file_{column}": value for column, value in _row(file).items()}
        written = connection.execute(_ADD_FILE_OF_PLACE, place | values).rowcount
        return cls(directory_id, project_id) if written else None

    def add(
        self, connection: sa.Connection, file: File, *, unique_id: str | None = None, **values: Any
    ) -> DirectoryFile:
        """Put `file`, whose row is there, into the directory; `values` are display_name and metadata_.

        Without a unique_id it is the file's external id or name, told apart by a suffix where several files of one name
        meet. Raises TakenError for a unique_id that was given and is there already.
        """
        default = (file.external_file_id or file.name)[:UNIQUE_ID_LENGTH]
        entry = self._entry(file, unique_id or default, **values)
        if not self._add_all(connection, [entry]):
            if unique_id:
                raise TakenError(unique_id)
            entry.unique_id = f"{default[: UNIQUE_ID_LENGTH - 9]}-{new_uuid()[:8]}"
            self._add_all(connection, [entry])
        return entry

    def add_named(
        self, connection: sa.Connection, files: Sequence[File], names: Sequence[str]
    ) -> tuple[list[Landing], list[str]]:
        """Put files, whose rows are there, into the directory: each has one of the names as its unique_id and display_name.

        Answers what has each name now, in their order, and the ids of the files that found theirs taken: their rows are of
        no use any more. Of two files of one name the first has it.
        """
        entries = [self._entry(file, name, display_name=name) for file, name in zip(files, names, strict=True)]
        added: set[str] = set()
        holders: dict[str, Landing] = {}
        left = entries
        while left:  # more than once when what has a name is deleted just then
            added |= self._add_all(connection, left)
            holders |= self.holders(connection, {entry.unique_id for entry in left if entry.id not in added})
            left = [entry for entry in left if entry.id not in added and entry.unique_id not in holders]
        landings = [
            Landing(entry.id, file.id, file.sha256, file.size, is_new=True)
            if entry.id in added
            else holders[entry.unique_id]
            for file, entry in zip(files, entries, strict=True)
        ]
        return landings, [entry.file_id for entry in entries if entry.id not in added]

    def holders(self, connection: sa.Connection, names: Collection[str]) -> dict[str, Landing]:
        """What has these names, as far as the directory knows them."""
        found: dict[str, Landing] = {}
        for some in _batched(names, NAMES_AT_ONCE):
            rows = connection.execute(_HOLDERS, {"directory_id": self.directory_id, "names": some})
            found |= {
                name: Landing(entry, file, sha256, size, is_new=False) for name, entry, file, sha256, size in rows
            }
        return found

    def _entry(self, file: File, unique_id: str, **values: Any) -> DirectoryFile:
        moment = now()
        facts = {
            "id": new_directory_file_id(),
            "project_id": self.project_id,
            "directory_id": self.directory_id,
            "file_id": file.id,
            "unique_id": unique_id,
            "created_at": moment,
            "updated_at": moment,
        }
        return fresh(DirectoryFile, {"display_name": file.name, "metadata_": {}, **values, **facts})

    def _add_all(self, connection: sa.Connection, entries: Sequence[DirectoryFile]) -> set[str]:
        """Write entries; the ids of those whose unique_id was free."""
        statement = _ADD_ENTRIES[connection.dialect.name]
        return set(connection.execute(statement, [_row(one) for one in entries]).scalars())


def _row(one: Base) -> dict[str, Any]:
    """An object's values by column."""
    values = orm.attributes.instance_dict(one)
    return {column: values.get(name) for column, name in _columns(type(one))}


@functools.cache
def _columns(kind: type[Base]) -> list[tuple[str, str]]:
    """The name of each column of a table, and that of its attribute."""
    return [(one.columns[0].name, one.key) for one in sa.inspect(kind).column_attrs]


def _batched(values: Iterable[str], size: int) -> Iterator[list[str]]:
    """The values, so many at a time."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
