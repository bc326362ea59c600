"""What the work on one document has used of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict


class UsageResult(TypedDict):
    """The usage of one document as its result has it."""

    requests: int
    """Sent in the attempt that ended, those tried again included."""
    kept: int
    """Questions that an earlier attempt had answered."""
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """In the currency of SHEAF_LLM_PRICES; None where it has no price of a model that was asked."""


Prices = Mapping[str, tuple[float, float]]
"""By name of a model, what a million tokens of questions and of answers cost."""


MOST_TOKENS = 10_000_000
"""Of one question or answer: no model takes more, and sums of it fit into every database."""


def believable(count: object) -> int:
    """What an endpoint says that it has counted, where that can be: any JSON value may stand there."""
    return count if isinstance(count, int) and 0 <= count <= MOST_TOKENS else 0


@dataclass(slots=True)
class Usage:
    """Counts, by whoever asks: never by what a sandboxed child says."""

    requests: int = 0
    """Sent, those tried again included."""
    kept: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prices: Prices = field(default_factory=dict)
    _cost: float = 0.0
    _is_priced: bool = True

    def add(self, model: str, counted: Any) -> None:
        """Add what an endpoint has counted for one answer; many count nothing."""
        if counted is None:
            return
        asked, answered = believable(counted.prompt_tokens), believable(getattr(counted, "completion_tokens", 0))
        self.prompt_tokens += asked
        self.completion_tokens += answered
        price = self.prices.get(model)
        if price is None:
            self._is_priced = False
        else:
            self._cost += (asked * price[0] + answered * price[1]) / 1e6

    def as_result(self) -> UsageResult:
        """As the result has it."""
        return {
            "requests": self.requests,
            "kept": self.kept,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost": round(self._cost, 6) if self._is_priced and self.prices else None,
        }
