"""Documents on their way to the server: what it has already is not sent again, and small ones go together."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console

from app.cli.documents import Local
from app.cli.progress import Meter, OnWait, at_once, do_nothing
from app.client import BulkRow, Client, ClientError, KnownFile

UPLOADS = 6
"""Groups of documents that are on their way at a time."""
GROUP_FILES, GROUP_BYTES = 100, 8 << 20
"""Documents of one group, and the bytes of all of them, as long as it is not a single one."""

REFUSED = frozenset({400, 413, 422})
"""Answers to an upload that concern this document only."""
PRESENT = 409
"""The answer to an upload that had arrived although its answer was lost: no two documents have the same name."""
NO_GROUPS = REFUSED | {404, 405, 415}
"""Answers to a group after which its documents are sent singly: a server that knows no groups gives some of them, too."""

Look = Callable[[Local], str]
"""Answers the SHA-256 of a document's bytes; may raise OSError."""


def sha256_of(document: Local) -> str:
    """The SHA-256 of a document's bytes. Raises OSError."""
    with document.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def upload(
    client: Client,
    console: Console,
    documents: Sequence[Local],
    name: str,
    tend: OnWait = do_nothing,
    look: Look = sha256_of,
) -> tuple[str, dict[str, str]]:
    """Send documents into a new ephemeral directory; answers its id, and why which documents could not be sent.

    `look` is shown each document before it is sent. Raises ClientError.
    """
    sending = Sending(client, client.create_directory(name), look)
    with Meter(console, "Uploading") as meter:
        at_once(UPLOADS, sending.send, list(grouped(documents)), meter, tend, len)
    return sending.directory_id, sending.reasons


def grouped(documents: Sequence[Local]) -> Iterator[list[Local]]:
    """The documents in groups that are sent together; a large one is a group of its own."""
    group: list[Local] = []
    left = GROUP_BYTES
    for document in documents:
        size = size_of(document)
        if group and (size > left or len(group) == GROUP_FILES):
            yield group
            group, left = [], GROUP_BYTES
        group.append(document)
        left -= size
    if group:
        yield group


def size_of(document: Local) -> int:
    """Bytes of a document; 0 for one that cannot be looked at, of which reading will tell why."""
    try:
        return document.path.stat().st_size
    except OSError:
        return 0


class Sending:
    """Sends groups of documents into one directory; safe for several threads."""

    def __init__(self, client: Client, directory_id: str, look: Look) -> None:
        self.directory_id = directory_id
        self.reasons: dict[str, str] = {}
        """Why which documents could not be sent."""
        self._client = client
        self._look = look

    def send(self, group: Sequence[Local]) -> None:
        """Send those of a group that the server lacks. Raises ClientError."""
        missing = self._unknown(group)
        if len(missing) > 1:
            missing = self._send_together(missing)
        for document in missing:
            self._send_one(document)

    def _unknown(self, group: Sequence[Local]) -> list[Local]:
        """Those whose bytes the project lacks; the others are in the directory then."""
        files: list[KnownFile] = []
        readable: list[Local] = []
        for document in group:
            try:
                files.append(
                    {"name": document.name, "sha256": self._look(document), "size": document.path.stat().st_size}
                )
                readable.append(document)
            except OSError as error:
                self._unreadable(document, error)
        if not files:
            return []
        try:
            return self._left(readable, self._client.attach(self.directory_id, files))
        except ClientError as error:
            if error.status not in NO_GROUPS:
                raise
            return readable

    def _send_together(self, documents: Sequence[Local]) -> list[Local]:
        """Send documents in one request; those that it did not settle are to be sent singly."""
        target = io.BytesIO()
        packed: list[Local] = []
        with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for document in documents:
                try:
                    content = document.path.read_bytes()
                except OSError as error:
                    self._unreadable(document, error)
                    continue
                header = tarfile.TarInfo(document.name)
                header.size = len(content)
                archive.addfile(header, io.BytesIO(content))
                packed.append(document)
        try:
            return self._left(packed, self._client.upload_archive(self.directory_id, target.getvalue()))
        except ClientError as error:
            if error.status not in NO_GROUPS:
                raise
            return packed

    def _left(self, documents: Sequence[Local], rows: Sequence[BulkRow]) -> list[Local]:
        """Those of which nothing came yet, by the server's rows; notes why which were refused."""
        left = []
        for document, row in zip(documents, rows, strict=True):
            if row["status"] == "failed":
                self.reasons[document.name] = f"cannot be sent: {row['error_message']}"
            elif row["status"] == "missing":
                left.append(document)
        return left

    def _send_one(self, document: Local) -> None:
        try:
            self._client.upload(self.directory_id, document.path, document.name)
        except OSError as error:
            self._unreadable(document, error)
        except ClientError as error:
            if error.status == PRESENT:
                return
            if error.status not in REFUSED:
                raise
            self.reasons[document.name] = f"cannot be sent: {error}"

    def _unreadable(self, document: Local, error: OSError) -> None:
        self.reasons[document.name] = f"cannot be read: {error.strerror or error}"
