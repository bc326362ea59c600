"""Chunks of a result for retrieval, an extension (engines/chunks)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from engines.chunks import LARGEST, SIZE, SMALLEST
from schemas.base import AnyValue, Items, Number, Object, Text, Whole, WireSchema
from schemas.paging import bounded


class ChunkQuerySchema(WireSchema):
    """How a result is divided."""

    max_characters = bounded(SIZE, SMALLEST, LARGEST, "The most characters of a chunk, `context` not counted.")
    overlap = bounded(
        0,
        0,
        LARGEST,
        "Where a section goes on in the next chunk, so many characters of the end of the one before are repeated at most.",
    )

    @validates_schema
    def _check(self, data: dict[str, Any], **_: object) -> None:
        if data["overlap"] >= data["max_characters"]:
            raise ValidationError("Input should be less than max_characters", "overlap")


class ChunkBoxSchema(WireSchema):
    """A rectangle on a page, in points from its upper left corner."""

    page = Whole(required=True)
    x = Number(required=True)
    y = Number(required=True)
    w = Number(required=True)
    h = Number(required=True)


class ChunkSchema(WireSchema):
    """A part of a document that can be found by itself."""

    id = Text(
        required=True,
        metadata={"description": "Unique in its document; the same as long as the headings and the text are."},
    )
    index = Whole(required=True, metadata={"description": "Its place among the chunks, from 0."})
    text = Text(required=True, metadata={"description": "Markdown."})
    context = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "Caption and header of the table, or the first line of the code, within which it begins."
        },
    )
    headings = Items(
        Text(), required=True, metadata={"description": "The titles that it stands under, the outermost first."}
    )
    kinds = Items(Text(), required=True, metadata={"description": "The types of the items it is made of."})
    pages = Items(Whole(), required=True, metadata={"description": "Numbers of its pages, from 1."})
    boxes = Items(
        Object(ChunkBoxSchema),
        required=True,
        metadata={"description": "Where its items stand; none where the format knows no places."},
    )


class ParsingChunksSchema(WireSchema):
    """The chunks of a result (v1)."""

    chunks = Items(Object(ChunkSchema), required=True)
    job_metadata = AnyValue(required=True)
