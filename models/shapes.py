"""The shapes of JSON that columns hold, where one module writes it and others read it."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from engines.llm.usage import UsageResult
from engines.results import ClassificationResult, WarningResult


class ResultDetails(TypedDict):
    """`ProcessingResult.details`, which answers call `output_metadata`. Rows of older versions may lack some: read with `get`."""

    pages: int
    warnings: list[WarningResult]
    failed_pages: list[int]
    """Numbers, from 1, of pages that could not be read."""
    cache_hit: bool
    seconds: float
    """How long the engine worked on it; 0 when the cache answered."""
    model_usage: NotRequired[UsageResult]
    """What was used of language models, where any was asked."""
    faithfulness: NotRequired[float]
    """From 0 to 1: of the words that a model has written, those that their pages have."""
    classification: NotRequired[ClassificationResult]
    """Of classify jobs only."""
    output_s3_path: NotRequired[str]
    """The address below which the job's own bucket has the outputs too."""


class WebhookTarget(TypedDict):
    """Where and how an endpoint is told of events; sealed in `WebhookDelivery.target`."""

    url: str
    headers: dict[str, str]
    """Of the caller's own, added to each request."""
    format: str
    """`string`, `json`, or `result` for the legacy push of the whole result."""
    signing_secret: str | None


class EventEchoes(TypedDict, total=False):
    """What the data of an event repeats of the configuration, where it says something."""

    custom_metadata: dict[str, Any]
    resource_info: dict[str, Any]


class InputReference(TypedDict):
    """How the request of a v2 classify job named its document."""

    type: str
    """`file_id` or `parse_job_id`."""
    value: str
    parse_job_id: NotRequired[str]


class RequestExtras(TypedDict, total=False):
    """The member `request` of a direct job's `config`: what its request said that is no configuration, and comes back."""

    user_metadata: dict[str, str]
    input: InputReference
    transaction_id: str | None
