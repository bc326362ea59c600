"""Documents that lie elsewhere: `input_url` and `input_s3_path`.

They become items with an address in place of a key. Whoever claims such an item first fetches its bytes into Sheaf's own store, as
a file of the project, and notes on the item where they are; from then on it is an item as any other, which a retry or another
worker need not fetch again, and whose content the cache and the quarantine know.
"""

from __future__ import annotations

import contextlib
import hashlib
import mimetypes
import tempfile
import time
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, TypedDict
from urllib.parse import unquote, urlsplit

import httpx

from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from engines.parameters.masking import shown_address, without_credentials
from models import BatchItem, File, Session
from models.base import new_uuid
from schemas.files import shown_name
from settings import Settings
from storage import ObjectStorage, StorageError
from tasks import egress
from tasks.buckets import bucket_at
from tasks.context import WorkerContext
from tasks.job_spec import JobSpec

SECONDS = 300.0
"""How long one attempt at a download may take."""
PAUSES = (1.0, 3.0, 0.0)
"""Seconds after each attempt that failed for a reason that may pass."""


class FetchedColumns(TypedDict):
    """Where the bytes of an item are once they were fetched, by its columns."""

    file_id: str
    name: str
    size: int
    """In bytes."""
    sha256: str
    storage_key: str


def fetch(context: WorkerContext, spec: JobSpec, item: BatchItem) -> bool:
    """Bring the bytes of an item in and note where they are; False when the item belongs to somebody else by now.

    Raises DocumentError: INPUT_DOWNLOAD_FAILED. StorageError when our own store is away.
    """
    with tempfile.TemporaryFile() as target:
        name = download(item, spec.parameters, context.settings, target)
        size = target.tell()
        target.seek(0)
        digest = hashlib.file_digest(target, "sha256").hexdigest()
        target.seek(0)
        file_id = new_uuid()
        key = f"{spec.project_id}/files/{file_id}"
        context.storage.put_stream(key, target, filename=name)
    values: FetchedColumns = {"file_id": file_id, "name": name, "size": size, "sha256": digest, "storage_key": key}
    try:
        is_ours = _note(spec, item, values)
    except BaseException:  # no row knows of the bytes, so nobody would ever remove them
        with contextlib.suppress(StorageError):
            context.storage.delete(key)
        raise
    if not is_ours:
        context.storage.delete(key)
        return False
    for column, value in values.items():
        setattr(item, column, value)
    return True


def _note(spec: JobSpec, item: BatchItem, values: FetchedColumns) -> bool:
    """Record the file and that the item is it; False, and no file, when the item belongs to somebody else by now."""
    with Session.begin() as session:
        file = File(
            id=values["file_id"],
            project_id=spec.project_id,
            name=values["name"],
            file_type=PurePosixPath(values["name"]).suffix[1:].lower() or None,
            size=values["size"],
            sha256=values["sha256"],
            storage_key=values["storage_key"],
            purpose="parse",
        )
        session.add(file)
        session.flush()
        is_ours = BatchItem.bring_in(session, item.id, str(item.token), **values)
        if not is_ours:
            session.rollback()
    return is_ours


def download(item: BatchItem, parameters: ParseParameters, settings: Settings, target: BinaryIO) -> str:
    """Download an item into a file, and answer with its name. What may pass is tried again. Raises DocumentError."""
    problem = ""
    for pause in PAUSES:
        target.seek(0)
        target.truncate()
        try:
            if item.storage_key.startswith("s3://"):
                return from_bucket(item.storage_key, parameters, settings, target)
            answer = egress.download(
                parameters.input_url or item.storage_key,
                target,
                allowed=settings.outbound_allow,
                seconds=SECONDS,
                most_bytes=settings.max_file_mb << 20,
                proxy=parameters.http_proxy or "",
            )
        except (egress.RefusedAddressError, egress.RefusedAnswerError, httpx.InvalidURL, FileNotFoundError) as error:
            raise DocumentError(Code.INPUT_DOWNLOAD_FAILED, without_credentials(str(error))[:200]) from error
        except (httpx.HTTPError, StorageError) as error:
            problem = without_credentials(f"{type(error).__name__}: {error}").splitlines()[0][:200]
            time.sleep(pause)
        else:
            return shown_name(with_extension(answer.name or item.name, answer.media_type))
    raise DocumentError(Code.INPUT_DOWNLOAD_FAILED, problem)


def from_bucket(address: str, parameters: ParseParameters, settings: Settings, target: BinaryIO) -> str:
    """Download an object of a bucket that the operator has opened, and answer with its name.

    Raises FileNotFoundError, StorageError, egress.RefusedAnswerError for more bytes than the server takes.
    """
    store, key = bucket_at(address, parameters.input_s3_region, settings)
    size = 0
    for piece in store.chunks(key):
        size += len(piece)
        if size > settings.max_file_mb << 20:
            raise egress.RefusedAnswerError(f"it has more than {settings.max_file_mb} MB")
        target.write(piece)
    return shown_name(key)


def outside_addresses(parameters: ParseParameters) -> list[tuple[str, str]] | None:
    """The document that a job names by its address, with its name; nothing when it names none, no document yet for a folder."""
    if parameters.input_url:
        name = shown_name(unquote(urlsplit(parameters.input_url).path).rstrip("/"))
        return [(shown_address(parameters.input_url), name)]  # the whole of it is kept among the job's secrets
    if not parameters.input_s3_path:
        return None
    is_folder = parameters.input_s3_path.endswith("/")
    return [] if is_folder else [(parameters.input_s3_path, shown_name(parameters.input_s3_path))]


def list_folder(parameters: ParseParameters, settings: Settings) -> list[tuple[str, str]]:
    """The addresses and names of all objects of a folder. Raises StorageError, FileNotFoundError."""
    address = parameters.input_s3_path or ""
    store, folder = bucket_at(address, parameters.input_s3_region, settings)
    return [(f"{store.root}/{key}", shown_name(key)) for key, _size in objects(store, folder)]


def objects(store: ObjectStorage, folder: str) -> Iterator[tuple[str, int]]:
    """The objects below a folder; those that only stand for folders are none."""
    return ((key, size) for key, size in store.keys(folder.rstrip("/")) if not key.endswith("/"))


def with_extension(name: str, media_type: str) -> str:
    """A name with an extension: that of the media type where it has none of its own."""
    if PurePosixPath(name).suffix:
        return name
    kind = media_type.partition(";")[0].strip().lower()
    return name + (mimetypes.guess_extension(kind) or "" if kind not in ("", "application/octet-stream") else "")
