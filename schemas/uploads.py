"""Many files at once, on the wire: what is sent for them, and a row of the answer for each."""

from __future__ import annotations

import enum
import re

from marshmallow import validate

from engines.errors import Code
from models.files import UNIQUE_ID_LENGTH
from schemas.base import Choice, Items, Object, Text, Whole, WireSchema
from schemas.files import CONTROL

MOST_FILES = 10_000
"""Files of one request."""


class UploadStatus(enum.StrEnum):
    """What came of a file."""

    ADDED = "added"
    PRESENT = "present"
    """The directory has had it before, with just these bytes: the request came twice."""
    MISSING = "missing"
    """The project has no such bytes: they are to be sent."""
    FAILED = "failed"


class BulkResultSchema(WireSchema):
    """What came of one of many files."""

    name = Text(required=True, metadata={"description": "As it was sent; the entry's `unique_id` and `display_name`."})
    status = Choice(
        UploadStatus,
        by_value=Text,
        required=True,
        metadata={
            "description": "`present` when the directory had this file before, with the same bytes; `missing` when the project has "
            "no such bytes."
        },
    )
    id = Text(allow_none=True, metadata={"description": "Id of the directory file, the `item_id` of batches."})
    file_id = Text(allow_none=True)
    sha256 = Text(allow_none=True, metadata={"description": "Of the bytes, in hexadecimal digits."})
    size = Whole(allow_none=True, metadata={"description": "In bytes."})
    error_code = Choice(Code, by_value=Text, allow_none=True, metadata={"description": "Why it failed."})
    error_message = Text(allow_none=True, metadata={"description": "The same in words, and what to do."})


class BulkResponseSchema(WireSchema):
    """What came of many files."""

    results = Items(
        Object(BulkResultSchema),
        required=True,
        metadata={"description": "A row for each file, in the order of the request."},
    )


class KnownFileSchema(WireSchema):
    """A file whose bytes the project may have."""

    name = Text(
        required=True, metadata={"description": "A relative path with forward slashes, once in each directory."}
    )
    sha256 = Text(
        required=True,
        validate=validate.Regexp(r"[0-9a-fA-F]{64}\Z", error="Input should be 64 hexadecimal digits"),
        metadata={"description": "Of its bytes."},
    )
    size = Whole(required=True, validate=validate.Range(min=0), metadata={"description": "In bytes."})


class BulkAttachRequestSchema(WireSchema):
    """Files to be put into a directory without sending their bytes."""

    files = Items(Object(KnownFileSchema), required=True, validate=validate.Length(1, MOST_FILES))


def upload_name(spelt: str) -> str | None:
    """The name of a file of many, without a leading `./`; None for what is no relative path of readable text."""
    name = re.sub(r"^(\./+)+", "", spelt)
    is_relative = not name.startswith("/") and ".." not in name.split("/")
    is_text = 0 < len(name) <= UNIQUE_ID_LENGTH and not CONTROL.search(name)
    return name if is_relative and is_text and not name.endswith("/") else None
