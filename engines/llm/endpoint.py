"""Where models are asked: an OpenAI-compatible address, a key, and the names of its models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engines.llm.asking import ModelRole

Resolve = Callable[[str, int], str]
"""The IP address of a host and port that may be reached; raises OSError for one that may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One place to ask models at."""

    base_url: str
    """Such as `https://api.openai.com/v1`."""
    key: str = field(default="", repr=False)
    model: str
    small_model: str = ""
    """For easier work; empty means `model`."""
    vision_model: str = ""
    """For pictures; empty means `model`."""
    azure_deployment: str = ""
    """With `azure_api_version`: `base_url` is an Azure OpenAI resource."""
    azure_api_version: str = ""
    concurrency: int = 4
    """Requests that one process has under way at once."""
    seconds: float = 120.0
    """The longest wait for one answer."""
    is_of_a_job: bool = False
    """Whether a job named the address, which then is reached as webhooks and downloads are."""

    def name_of(self, role: ModelRole) -> str:
        """The name of its model for a role."""
        names = {ModelRole.SMALL: self.small_model, ModelRole.VISION: self.vision_model}
        return names.get(role) or self.model
