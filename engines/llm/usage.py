"""What the work on one document has used of models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict


class UsageResult(TypedDict):
    """The usage of one document as its result has it."""

    requests: int
    """Sent in the attempt that ended, those tried again included."""
    kept: int
    """Questions that an earlier attempt had answered."""
    prompt_tokens: int
    completion_tokens: int


@dataclass(slots=True)
class Usage:
    """Counts, by whoever asks: never by what a sandboxed child says."""

    requests: int = 0
    """Sent, those tried again included."""
    kept: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, counted: Any) -> None:
        """Add what an endpoint has counted for one answer; many count nothing."""
        if counted is not None:
            self.prompt_tokens += counted.prompt_tokens or 0
            self.completion_tokens += counted.completion_tokens or 0

    def as_result(self) -> UsageResult:
        """As the result has it."""
        return {
            "requests": self.requests,
            "kept": self.kept,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }
