"""Bytes: put, open, sign and delete over a local directory or an object store.

A key is a relative path with forward slashes, made by Sheaf and never from a name that a user chose.
"""

from __future__ import annotations

from storage.base import Storage, StorageError
from storage.local import LocalStorage
from storage.objects import ObjectStorage

__all__ = ["LocalStorage", "ObjectStorage", "Storage", "StorageError", "open_storage"]


def open_storage(url: str, *, endpoint: str = "", region: str = "") -> Storage:
    """The store behind `file:///path`, `s3://bucket/prefix`, `gs://…` or `az://…`; else raises ValueError."""
    if url.startswith("file:///"):
        return LocalStorage(url.removeprefix("file://"))
    if url.split("://", maxsplit=1)[0] in {"s3", "gs", "az"}:
        return ObjectStorage(url, endpoint=endpoint, region=region)
    message = f"SHEAF_STORAGE_URL must begin with file:///, s3://, gs:// or az://, not {url!r}"
    raise ValueError(message)
