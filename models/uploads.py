"""Uploads: the rows of new files and of their places in a directory, one or hundreds in a few statements.

The statements stand here ready-made, and the rows go past SQLAlchemy's unit of work: for one small row, building a statement
and keeping track of an object cost several times what the database does.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite

from models.base import Base, new_uuid, now
from models.files import UNIQUE_ID_LENGTH, Directory, DirectoryFile, File, TakenError, new_directory_file_id

_FILES, _ENTRIES = cast("sa.Table", File.__table__), cast("sa.Table", DirectoryFile.__table__)
_FIND = sa.select(Directory.id, Directory.project_id, Directory.expires_at).where(
    Directory.id == sa.bindparam("directory_id"),
    Directory.project_id == sa.bindparam("project_id"),
    Directory.deleted_at.is_(None),
)
_ADD_FILES = sa.insert(_FILES)
_ADD_ENTRIES = {
    dialect: insert(_ENTRIES).on_conflict_do_nothing().returning(_ENTRIES.c.id)
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def add_files(connection: sa.Connection, files: Sequence[File]) -> None:
    """Write the rows of new files, all of whose columns are set."""
    connection.execute(_ADD_FILES, [_row(one) for one in files])


@dataclass(frozen=True, slots=True)
class Place:
    """A directory, as far as whoever puts files into it needs to know."""

    directory_id: str
    project_id: str
    expires_at: dt.datetime | None

    @classmethod
    def find(cls, connection: sa.Connection, directory_id: str, project_id: str) -> Self | None:
        """The directory, if it is this project's and not deleted."""
        values = {"directory_id": directory_id, "project_id": project_id}
        row = connection.execute(_FIND, values).one_or_none()
        return None if row is None else cls(*row)

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

    def _entry(self, file: File, unique_id: str, **values: Any) -> DirectoryFile:
        moment = now()
        return DirectoryFile(
            id=new_directory_file_id(),
            project_id=self.project_id,
            directory_id=self.directory_id,
            file_id=file.id,
            unique_id=unique_id,
            **{"display_name": file.name, "metadata_": {}, **values},
            created_at=moment,
            updated_at=moment,
        )

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
