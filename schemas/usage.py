"""What a job has used, counted in credits: a credit is a page that an engine read for it.

Sheaf bills nobody: clients of the API's original read credits, and here they are pages. What costs no work costs none: a
result from the cache, as there; a page, document or job that failed; a job that was cancelled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

from marshmallow import fields

from models.results import DirectJob
from models.states import OPEN_ITEM


@dataclass(frozen=True, slots=True)
class MeteredJob(DirectJob):
    """A parse or classify job whose usage was asked for; of others it is not told."""

    @classmethod
    def of_job(cls, direct: DirectJob) -> MeteredJob:
        """The same job, with its usage."""
        return cls(direct.item, direct.job, direct.result)


class JobUsage(TypedDict):
    """What a parse job has used."""

    credits: int | None
    """None until the job has ended."""


class ClassifyUsage(JobUsage):
    """What a classify job has used: all of it for reading the document."""

    parse_credits: int | None
    """As `credits`; None also where the document of an earlier parse job was classified, which has paid for it."""


def credits_of(direct: DirectJob) -> int | None:
    """How many pages were read for a job; None until it has ended."""
    if direct.item.status in OPEN_ITEM:
        return None
    details = direct.result.details if direct.result is not None else None
    if details is None or details.get("cache_hit"):
        return 0
    return details.get("pages", 0) - len(details.get("failed_pages", ()))


def parse_usage(direct: DirectJob) -> JobUsage | None:
    """What a parse job has used, if that was asked for."""
    return {"credits": credits_of(direct)} if isinstance(direct, MeteredJob) else None


def classify_usage(direct: DirectJob) -> ClassifyUsage | None:
    """What a classify job has used, if that was asked for."""
    if not isinstance(direct, MeteredJob):
        return None
    used = credits_of(direct)
    reference = direct.request.get("input")
    if used is not None and reference and reference.get("parse_job_id"):
        return {"credits": 0, "parse_credits": None}
    return {"credits": used, "parse_credits": used}


CREDITS = {"type": ["integer", "null"], "description": "Pages that were read for the job; null until it has ended."}
PARSE_CREDITS = {
    "type": ["integer", "null"],
    "description": "As `credits`; null where the document of an earlier parse job was classified.",
}


def usage_field(usage: Callable[[DirectJob], JobUsage | None], **more: Any) -> fields.Function:
    """The member `usage` of a job, whose credits and `more` numbers OpenAPI describes."""
    description = "What the job has used; only with `expand=usage`, else null."
    metadata = {"type": ["object", "null"], "properties": {"credits": CREDITS, **more}, "description": description}
    return fields.Function(usage, metadata=metadata)
