"""Files on the wire."""

from __future__ import annotations

import re

from marshmallow import fields, validate

from models.files import UNIQUE_ID_LENGTH
from schemas.base import Boolean, Items, Map, Moment, Object, Text, Whole, WireSchema
from schemas.paging import CursorSchema, QueryInteger, page_schema

LONGEST_NAME = 3000
"""In characters, as in the API reference; the column holds as many."""
NAMELESS = "upload"
"""What a file without a name is called; the official SDKs call it that, too."""
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that would break a header, a terminal or the order of reading."""
MOST_FILES = 1000
"""Files of one page of a query."""
ORDERABLE = ("created_at", "id", "last_modified_at", "name")
"""Columns that a list of files can be ordered by."""


class PresignedUrlSchema(WireSchema):
    """A link that works without a key until it expires."""

    url = Text(required=True, metadata={"format": "uri", "description": "Absolute."})
    expires_at = Moment(required=True, metadata={"description": "When the link stops working."})
    form_fields = Map(
        keys=Text(), values=Text(), allow_none=True, metadata={"description": "Always null: the link is a plain GET."}
    )


class FileV2Schema(WireSchema):
    """An uploaded file."""

    id = Text(required=True)
    name = Text(required=True, metadata={"description": "The name it was uploaded with; never a path."})
    external_file_id = Text(allow_none=True, metadata={"description": "The caller's own id."})
    file_type = Text(allow_none=True, metadata={"description": "The name's extension."})
    project_id = Text(required=True)
    last_modified_at = Moment(allow_none=True)
    expires_at = Moment(allow_none=True, metadata={"description": "When it is deleted by itself; null for never."})
    purpose = Text(allow_none=True, metadata={"description": "What it was uploaded for, as told."})
    download_url = Object(
        PresignedUrlSchema,
        allow_none=True,
        dump_default=None,
        metadata={"description": "A link to the bytes; only with `expand=download_url`."},
    )


FileQueryResponseV2Schema = page_schema(FileV2Schema, "FileQueryResponseV2")


def external_id() -> Text:
    """A caller's own id of a file; bounded, because it is indexed."""
    return Text(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=UNIQUE_ID_LENGTH),
        metadata={"description": "The caller's own id of the file."},
    )


class FileUploadSchema(WireSchema):
    """The text parts of an upload."""

    purpose = Text(
        required=True,
        metadata={"description": "What the file is for, such as `parse` or `classify`; kept, not interpreted."},
    )
    external_file_id = external_id()


class FilePartSchema(WireSchema):
    """The file part of an upload."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary", "description": "The document."})


class OlderFileQuerySchema(WireSchema):
    """What older clients say of an upload, in its query."""

    external_file_id = external_id()


class OlderFilePartSchema(WireSchema):
    """The file part of an upload by older clients."""

    upload_file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "The document."}
    )


class ExpandSchema(WireSchema):
    """What an answer should hold besides the usual."""

    expand = Items(
        Text(), load_default=list, metadata={"description": "`download_url` adds a link; other words are ignored."}
    )


def order_by(alone: str) -> Text:
    """The order of a list of files; `alone` says what a name without a direction means."""
    return Text(
        load_default=None,
        allow_none=True,
        metadata={
            "description": f"One of {', '.join(ORDERABLE)}, with ` asc` or ` desc` behind it; alone it means {alone}. "
            "Anything else means the order of creation."
        },
    )


class FileListQuerySchema(CursorSchema, ExpandSchema):
    """Query parameters of the list of files."""

    file_ids = Items(Text(), load_default=None, metadata={"description": "Only these, by id."})
    file_name = Text(load_default=None, metadata={"description": "Only files of exactly this name."})
    external_file_id = Text(load_default=None, metadata={"description": "Only files of this id of the caller's own."})
    order_by = order_by("ascending, but `created_at` newest first")


class FileFilterSchema(WireSchema):
    """Which files are asked for; every filter that is given must fit."""

    project_id = Text(allow_none=True)
    file_ids = Items(Text(), allow_none=True, validate=validate.Length(max=10_000))
    file_name = Text(allow_none=True)
    data_source_id = Text(allow_none=True, metadata={"description": "Sheaf has no data sources: nothing fits."})
    external_file_id = Text(allow_none=True)
    only_manually_uploaded = Boolean(allow_none=True, metadata={"description": "True of every file of Sheaf."})


class FileQueryRequestSchema(WireSchema):
    """The body of a query for files."""

    page_size = Whole(
        load_default=50,
        allow_none=True,
        validate=validate.Range(1),
        metadata={"description": f"Number of entries of one page; more than {MOST_FILES} means {MOST_FILES}."},
    )
    page_token = Text(load_default=None, allow_none=True)
    filter = Object(FileFilterSchema, load_default=dict, allow_none=True)
    order_by = order_by("ascending")


class LinkQuerySchema(WireSchema):
    """How long a link should work."""

    expires_at_seconds = QueryInteger(
        load_default=None,
        metadata={"description": "Seconds until the link expires, at most a week; 0 means the server's own choice."},
    )


def shown_name(name: str | None) -> str:
    """The last part of a path, fit to be shown: a name is for people, never for a file system."""
    last = re.split(r"[/\\]", name or "")[-1]
    return CONTROL.sub("", last).strip()[-LONGEST_NAME:] or NAMELESS
