"""What belongs to a file besides its bytes: pictures of its pages."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Moment, Text, WireSchema
from schemas.paging import CursorSchema, page_schema


class AttachmentSourceSchema(WireSchema):
    """Whose attachments are meant."""

    source_id = Text(required=True, metadata={"description": "Id of a file, or of its place in a directory (`dfl-…`)."})


class AttachmentListSchema(CursorSchema, AttachmentSourceSchema):
    """Query parameters of the list of attachments."""


class AttachmentSchema(WireSchema):
    """The picture of a page."""

    name = Text(required=True, metadata={"description": "`page_1.jpg` is the picture of the first page."})
    size = fields.Integer(required=True, metadata={"description": "In bytes."})
    last_modified = Moment(allow_none=True, metadata={"description": "When the job that made it ended."})


AttachmentPageSchema = page_schema(AttachmentSchema, "AttachmentPageSchema")
