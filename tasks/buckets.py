"""Buckets that jobs name for their documents and results, of those that the operator has opened: `s3://BUCKET/KEY`."""

from __future__ import annotations

import functools

from settings import Settings
from storage import ObjectStorage


def bucket_at(address: str, region: str | None, settings: Settings) -> tuple[ObjectStorage, str]:
    """The bucket that an address names, in a region or in the operator's, and the key or folder in it.

    Raises StorageError for what is no bucket's name.
    """
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return _opened(f"s3://{bucket}", settings.s3_endpoint, region or settings.s3_region), key


@functools.lru_cache(maxsize=16)
def _opened(url: str, endpoint: str, region: str) -> ObjectStorage:
    return ObjectStorage(url, endpoint=endpoint, region=region)
