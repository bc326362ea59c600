"""Many files in one request: those of an archive as it arrives, and those whose bytes the project has already."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import sqlalchemy as sa

from app.api.auth import project
from app.api.errors import abort, abort_invalid
from app.api.uploads import existing_place, store, type_of
from app.state import current
from app.tar import Member, TarError, TarTooLargeError, read_members
from engines.errors import SENTENCES, Code
from models import File, read_session
from models.base import new_uuid, now, transaction
from models.retention import discard_bytes
from models.uploads import Landing, Place, add_files, delete_rows, fresh, known_bytes, remove_rows
from schemas.files import shown_name
from schemas.uploads import MOST_FILES, UploadStatus, upload_name
from storage import StorageError

FILES_AT_ONCE = 200
"""Files of one transaction: what a broken request has brought by then stays."""


@dataclass(slots=True)
class Row:
    """What came of one file: schemas.uploads.BulkResultSchema says what each field is."""

    name: str
    status: UploadStatus
    id: str | None = None
    file_id: str | None = None
    sha256: str | None = None
    size: int | None = None
    error_code: Code | None = None

    @property
    def error_message(self) -> str | None:
        """The sentence of the code."""
        return SENTENCES[self.error_code] if self.error_code else None

    def fail(self, code: Code) -> None:
        """It was not taken."""
        self.status, self.error_code = UploadStatus.FAILED, code

    def land(self, landing: Landing, sha256: str, size: int) -> None:
        """It lies in the directory; or what has its name does, which may be something else."""
        if not landing.is_new and (landing.sha256, landing.size) != (sha256, size):
            self.fail(Code.UPLOAD_NAME_TAKEN)
            return
        self.status = UploadStatus.ADDED if landing.is_new else UploadStatus.PRESENT
        self.id, self.file_id, self.sha256, self.size = landing.entry_id, landing.file_id, sha256, size


def receive_archive(stream: IO[bytes], directory_id: str) -> list[Row]:
    """Put the files of a tar archive into a directory; answers a row for each member that is no directory, in their order.

    What cannot be taken of one costs the others nothing. 413 and 422 for an archive that is too large or damaged: what came
    whole before is in the directory then, and counts as present when it is sent again.
    """
    with read_session() as session:
        existing_place(session.connection(), directory_id)
    arrivals = Arrivals(directory_id)
    megabytes = current().settings.max_upload_mb
    try:
        with arrivals.kept():
            for member in read_members(stream, megabytes << 20):
                arrivals.take(member)
    except TooManyError:
        abort(413, f"The archive holds more than {MOST_FILES:,} files: send several; {arrivals.told()}")
    except TarTooLargeError:
        abort(413, f"The archive holds more than {megabytes} MB, which is too much for one request; {arrivals.told()}")
    except TarError as error:
        abort_invalid(("body",), f"The archive cannot be read: {error}; {arrivals.told()}")
    return arrivals.rows


class TooManyError(Exception):
    """An archive holds more members than one request may."""


class Arrivals:
    """The files of one archive on their way into a directory."""

    def __init__(self, directory_id: str) -> None:
        self.rows: list[Row] = []
        self._directory_id = directory_id
        self._stored: list[tuple[Row, File]] = []
        """Files whose bytes are stored, and whose rows are not written yet."""

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """When the block ends, even by an error of the archive or its connection, what came whole is kept."""
        try:
            try:
                yield
            except (StorageError, sa.exc.SQLAlchemyError):
                raise
            except Exception:
                self._record()
                raise
            self._record()
        except BaseException:
            self._abandon()
            raise

    def take(self, member: Member) -> None:
        """Store a file. Raises TooManyError, StorageError, SQLAlchemy's errors and those of the archive."""
        if len(self.rows) == MOST_FILES:
            raise TooManyError
        name = upload_name(member.name)
        row = Row(member.name.encode(errors="replace").decode(), UploadStatus.FAILED)
        self.rows.append(row)
        if name is None:
            row.fail(Code.UPLOAD_NAME_INVALID)
        elif not member.is_file:
            row.fail(Code.UPLOAD_NOT_A_FILE)
        else:
            row.name = name
            self._stored.append((row, store(current().storage, member.body, name, project())))  # type: ignore[arg-type] # as far as it is read
        if len(self._stored) >= FILES_AT_ONCE:
            self._record()

    def told(self) -> str:
        """How far it has come, for an error."""
        count = sum(row.id is not None for row in self.rows)
        return f"{count:,} of its files are in the directory, and count as present when they are sent again"

    def _record(self) -> None:
        """Write the rows of what is stored, in one transaction. Raises SQLAlchemy's errors, StorageError."""
        if not self._stored:
            return
        files = [file for _, file in self._stored]
        with transaction() as connection:
            place = existing_place(connection, self._directory_id)
            for file in files:
                file.expires_at = place.expires_at
            add_files(connection, files)
            landings, useless = place.add_named(connection, files, [row.name for row, _ in self._stored])
            delete_rows(connection, useless)
        for (row, file), landing in zip(self._stored, landings, strict=True):
            row.land(landing, file.sha256, file.size)
        self._stored = []
        if useless:
            discard_bytes(current().storage, useless, limit=len(useless))

    def _abandon(self) -> None:
        for _, file in self._stored:
            current().storage.delete(file.storage_key)
        self._stored = []


def attach_known(directory_id: str, wanted: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Put files into a directory whose bytes, by SHA-256 and size, the project has; the rows of the others say `missing`."""
    rows = [Row(one["name"], UploadStatus.MISSING) for one in wanted]
    asked: list[tuple[Row, tuple[str, int]]] = []
    for row, one in zip(rows, wanted, strict=True):
        name = upload_name(row.name)
        if name is None:
            row.fail(Code.UPLOAD_NAME_INVALID)
        else:
            row.name = name
            asked.append((row, (one["sha256"].lower(), one["size"])))
    with transaction() as connection:
        place = existing_place(connection, directory_id)
        known = known_bytes(connection, place.project_id, {sha256 for _, (sha256, _) in asked})
        here = [(row, content) for row, content in asked if content in known]
        files = [_sharing(row.name, content, known[content], place) for row, content in here]
        landings = _put(connection, place, files, [row.name for row, _ in here])
        missing = [row for row, content in asked if content not in known]
        taken = place.holders(connection, {row.name for row in missing})
    for (row, content), landing in zip(here, landings, strict=True):
        row.land(landing, *content)
    for row in missing:
        if row.name in taken:  # by other bytes, since the project has none such
            row.fail(Code.UPLOAD_NAME_TAKEN)
    return rows


def _put(connection: sa.Connection, place: Place, files: Sequence[File], names: Sequence[str]) -> list[Landing]:
    if not files:
        return []
    add_files(connection, files)
    landings, useless = place.add_named(connection, files, names)
    remove_rows(connection, useless)
    return landings


def _sharing(name: str, content: tuple[str, int], storage_key: str, place: Place) -> File:
    """The row of a file whose bytes lie where another one's do."""
    sha256, size = content
    own, moment = shown_name(name), now()
    facts = {
        "id": new_uuid(),
        "project_id": place.project_id,
        "name": own,
        "file_type": type_of(own),
        "size": size,
        "sha256": sha256,
        "storage_key": storage_key,
        "created_at": moment,
        "last_modified_at": moment,
        "expires_at": place.expires_at,
    }
    return fresh(File, facts)
