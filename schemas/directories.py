"""Directories and the files in them, on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from marshmallow import ValidationError, fields, validate

from models.files import UNIQUE_ID_LENGTH, DirectoryType
from schemas.base import AnyValue, Boolean, Choice, Items, Map, Moment, Object, Text, WireSchema
from schemas.files import LONGEST_NAME, ExpandSchema, PresignedUrlSchema, external_id
from schemas.paging import CursorSchema, page_schema

NOT_EMPTY = validate.Length(min=1, max=LONGEST_NAME)


class MetadataValue(AnyValue):
    """A string, a number, a boolean, null, or a list of strings."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        value = super()._deserialize(value, attr, data, **kwargs)
        is_plain = isinstance(value, str | int | float | bool)
        if not (is_plain or (isinstance(value, list) and all(isinstance(one, str) for one in value))):
            message = "Input should be a string, a number, a boolean, a list of strings or null"
            raise ValidationError(message)
        return value


class MetadataText(Map):
    """The same map as JSON in a text part of a form."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            decoded = orjson.loads(value or "{}")
        except orjson.JSONDecodeError as error:
            raise ValidationError(f"Input should be a JSON object: {error}") from error
        return super()._deserialize(decoded or {}, attr, data, **kwargs)  # type: ignore[no-untyped-call] # marshmallow's own


def metadata_of(kind: type[Map], **options: Any) -> Map:
    """The field of a file's metadata."""
    description = "The caller's own facts about the file, kept and returned."
    return kind(
        keys=Text(),
        values=MetadataValue(allow_none=True),
        allow_none=True,
        metadata={"description": description},
        **options,
    )


def unique_id(**options: Any) -> Text:
    """The caller's own name of an entry; bounded, because it is indexed."""
    return Text(
        allow_none=True,
        validate=validate.Length(min=1, max=UNIQUE_ID_LENGTH),
        metadata={"description": "The caller's own name for this entry, once in each directory."},
        **options,
    )


class DirectoryResponseSchema(WireSchema):
    """A named set of files, the usual input of a batch."""

    id = Text(required=True)
    project_id = Text(required=True)
    name = Text(required=True)
    description = Text(allow_none=True)
    type = Choice(DirectoryType, by_value=Text)
    system_metadata = Map(keys=Text(), values=AnyValue(allow_none=True), allow_none=True)
    connector_subscription_id = fields.Constant(
        None, metadata={"type": "null", "description": "Sheaf has no connectors: files are uploaded."}
    )
    created_at = Moment(allow_none=True)
    updated_at = Moment(allow_none=True)
    expires_at = Moment(allow_none=True, metadata={"description": "When it is deleted by itself; null for never."})
    deleted_at = Moment(allow_none=True)


DirectoryQueryResponseSchema = page_schema(DirectoryResponseSchema, "DirectoryQueryResponse")


class DirectoryCreateRequestSchema(WireSchema):
    """A directory to be made."""

    name = Text(required=True, validate=NOT_EMPTY)
    description = Text(load_default=None, allow_none=True)
    type = Choice(
        DirectoryType,
        by_value=Text,
        load_default=DirectoryType.USER,
        allow_none=True,
        validate=validate.OneOf(
            [DirectoryType.USER, DirectoryType.EPHEMERAL], error="Input should be user or ephemeral"
        ),
        metadata={"description": "An `ephemeral` directory is deleted by itself, with what was uploaded into it."},
    )
    expires_at = Moment(load_default=None, allow_none=True)
    system_metadata = Map(keys=Text(), values=AnyValue(allow_none=True), load_default=None, allow_none=True)


class DirectoryUpdateRequestSchema(WireSchema):
    """What should change about a directory; what is left out stays."""

    name = Text(allow_none=True, validate=NOT_EMPTY)
    description = Text(allow_none=True)


class DirectoryListQuerySchema(CursorSchema):
    """Query parameters of the list of directories."""

    name = Text(load_default=None, metadata={"description": "Only directories of exactly this name."})
    type = Choice(DirectoryType, by_value=Text, load_default=None)
    types = Items(Choice(DirectoryType, by_value=Text), load_default=list)
    include_deleted = Boolean(load_default=False)


class DirectoryFileResponseSchema(WireSchema):
    """A file's place in a directory: the item that a batch processes."""

    id = Text(required=True, metadata={"description": "Also the `item_id` of batches."})
    directory_id = Text(required=True)
    project_id = Text(required=True)
    unique_id = Text(required=True)
    display_name = Text(required=True)
    file_id = Text(allow_none=True)
    metadata = Map(attribute="metadata_", keys=Text(), values=fields.Raw(allow_none=True))
    created_at = Moment(allow_none=True)
    updated_at = Moment(allow_none=True)
    deleted_at = Moment(allow_none=True)
    download_url = Object(
        PresignedUrlSchema,
        allow_none=True,
        dump_default=None,
        metadata={"description": "A link to the bytes; only with `expand=download_url`."},
    )


DirectoryFileQueryResponseSchema = page_schema(DirectoryFileResponseSchema, "DirectoryFileQueryResponse")


class DirectoryFileCreateRequestSchema(WireSchema):
    """An uploaded file to be put into a directory."""

    file_id = Text(required=True)
    unique_id = unique_id(load_default=None)
    display_name = Text(load_default=None, allow_none=True, validate=NOT_EMPTY)
    metadata_ = metadata_of(Map, data_key="metadata", load_default=dict)


class DirectoryFileUploadSchema(WireSchema):
    """The text parts of an upload into a directory."""

    unique_id = unique_id(load_default=None)
    display_name = Text(load_default=None, validate=validate.Length(max=LONGEST_NAME))
    external_file_id = external_id()
    metadata_ = metadata_of(MetadataText, data_key="metadata", load_default=dict)


class DirectoryFilePartSchema(WireSchema):
    """The file part of an upload into a directory."""

    upload_file = fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": "The document."}
    )


class DirectoryFileUpdateRequestSchema(WireSchema):
    """What should change about an entry; what is left out or null stays."""

    unique_id = unique_id()
    display_name = Text(allow_none=True, validate=NOT_EMPTY)
    metadata_ = metadata_of(Map, data_key="metadata")
    target_directory_id = Text(allow_none=True, metadata={"description": "Moves the entry to this directory."})
    directory_id = Text(allow_none=True, metadata={"description": "The older name of `target_directory_id`."})


class DirectoryFileBulkDeleteRequestSchema(WireSchema):
    """Entries to be deleted together."""

    directory_file_ids = Items(Text(), required=True, validate=validate.Length(1, 100))


class DirectoryFileListQuerySchema(CursorSchema, ExpandSchema):
    """Query parameters of the list of a directory's files."""

    display_name = Text(load_default=None)
    display_name_contains = Text(load_default=None, metadata={"description": "Without regard to case."})
    unique_id = Text(load_default=None)
    file_id = Text(load_default=None)
    include_deleted = Boolean(load_default=False)
    updated_from = Moment(load_default=None, data_key="updated_at_on_or_after")
    updated_until = Moment(load_default=None, data_key="updated_at_on_or_before")
