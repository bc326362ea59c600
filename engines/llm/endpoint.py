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
    embedding_model: str = ""
    """For what texts mean as numbers; empty means that nobody asks for that."""
    azure_deployment: str = ""
    """With `azure_api_version`: `base_url` is an Azure OpenAI resource."""
    azure_api_version: str = ""
    concurrency: int = 4
    """Requests that one process has under way at once."""
    seconds: float = 120.0
    """The longest wait for one answer."""
    is_of_a_job: bool = False
    """Whether a job named the address, which then is reached as webhooks and downloads are."""
    belongs_to_a_job: bool = False
    """Whether a job brought the key: nobody can wait for ever until it is good for something."""

    @property
    def is_foreign(self) -> bool:
        """Whether its health is the business of the job that named it, or its key, alone."""
        return self.is_of_a_job or self.belongs_to_a_job

    @property
    def identity(self) -> tuple[str, str]:
        """What tells it from other endpoints, and from the same one with another key."""
        return self.base_url, self.key

    def name_of(self, role: ModelRole) -> str:
        """The name of its model for a role."""
        names = {
            ModelRole.SMALL: self.small_model,
            ModelRole.VISION: self.vision_model,
            ModelRole.EMBEDDING: self.embedding_model,
        }
        return names.get(role) or self.model
