"""What the tools take and answer, as their clients see it: each field with a sentence."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, Field

Format = Literal["markdown", "text", "json", "chunks", "classification"]


class Rule(BaseModel):
    """A type of documents."""

    type: str = Field(description="Short name of the type, such as invoice.")
    description: str = Field(description="What such documents are, in a sentence.")
    examples: list[str] = Field(default=[], description="Texts of documents of this type.")


class Excerpt(BaseModel):
    """A part of a text that may be longer."""

    text: str
    offset: int = Field(description="Where the text begins in the whole, in characters.")
    next_offset: int | None = Field(description="The offset to go on from; null at the end.")
    total_characters: int


class ParsedFile(Excerpt):
    """What was read of a file: the beginning of its Markdown."""

    job_id: str = Field(description="For job_status, while the status is running.")
    status: Literal["completed", "running"] = Field(description="running: not done within wait_seconds; look again.")
    result_id: str | None = Field(description="For read_result, once the status is completed.")
    pages: int | None = Field(description="Pages of the result.")
    warnings: list[str] = Field(description="What the reader has to say, each a code and a sentence.")

    @classmethod
    def running(cls, job_id: str) -> Self:
        """What is known of a file that is not done."""
        return cls(
            text="",
            offset=0,
            next_offset=None,
            total_characters=0,
            job_id=job_id,
            status="running",
            result_id=None,
            pages=None,
            warnings=[],
        )


class SubmittedFolder(BaseModel):
    """A job over the documents of a folder."""

    job_id: str = Field(description="For job_status.")
    documents: int = Field(description="How many were sent.")
    unsent: dict[str, str] = Field(description="Why which documents could not be sent.")
    left_out: str | None = Field(description="What was not taken for a document.")


class ItemState(BaseModel):
    """A document of a job."""

    name: str
    status: str = Field(description="pending, processing, completed, failed, skipped or cancelled.")
    result_id: str | None = Field(description="For read_result, once it is completed.")
    reason: str | None = Field(description="Why it failed or was skipped: a code and a sentence.")


class JobState(BaseModel):
    """How far a job is, and some of its documents."""

    job_id: str
    status: str = Field(
        description="pending, running, dispatched (all sent, not all done), completed, failed or cancelled."
    )
    progress_percentage: float
    total_items: int
    processed_items: int
    failed_items: int
    skipped_items: int
    error_message: str | None = Field(description="Why the job itself failed or was cancelled.")
    items: list[ItemState]
    next_offset: int | None = Field(description="The offset of further documents; null at the end.")


class ReadResult(Excerpt):
    """A result, or a part of it."""

    result_id: str
    format: Format


class Classified(BaseModel):
    """The type that was found for a file."""

    job_id: str
    status: Literal["completed", "running"] = Field(
        description="running: not done within wait_seconds; job_status tells the result_id later, for read_result."
    )
    type: str | None = Field(description="null when no rule fits, and while it is running.")
    confidence: float | None = Field(description="How sure that is, from 0 to 1.")
    reasoning: str | None
