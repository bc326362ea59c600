"""What a model is asked and what it answers, as plain data: both cross the pipe between a worker and its sandboxed child."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

Tick = Callable[[int], None]
"""Called while answers are waited for, several times a second, with how many have come; it may raise, and no more is asked."""

DOUBT = 0.8
"""Confidence below which a type found without a model is doubtful: above it nearly all are right (docs/classification.md)."""


class ModelRole(enum.StrEnum):
    """Which of an endpoint's models is meant; the endpoint knows their names."""

    DEFAULT = "default"
    SMALL = "small"
    VISION = "vision"
    EMBEDDING = "embedding"
    """What a text means as numbers: the answer is a JSON array of them, and `user` is all that is told."""


class ModelUse(enum.StrEnum):
    """Which documents of classify jobs a model is asked about; the operator says so (SHEAF_CLASSIFY_MODEL)."""

    NEVER = "never"
    DOUBTFUL = "doubtful"
    ALWAYS = "always"

    def wants(self, confidence: float) -> bool:
        """Whether to ask about a document whose type was found with this confidence without a model."""
        return self is ModelUse.ALWAYS or (self is ModelUse.DOUBTFUL and confidence < DOUBT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One question. What a document says stands in `user` and `pictures` only, never in `system`."""

    system: str
    user: str
    pictures: tuple[bytes, ...] = ()
    """JPEG or PNG."""
    role: ModelRole = ModelRole.DEFAULT
    wants_json: bool = False
    schema: Mapping[str, Any] | None = None
    """JSON Schema of the answer, when it is to be JSON of that shape."""
    most_tokens: int = 8192
    """Tokens of the longest answer."""
    entry: int | None = None
    """The entry of auto mode, from 0, whose model is meant; None means the job's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    """One answer, or why there is none."""

    text: str = ""
    failure: str = ""
    """Why the question was not answered, in words; empty when it was."""
    limit: str = ""
    """The setting whose ceiling kept it from being asked; empty when none did."""


class Model(Protocol):
    """Somebody to ask."""

    @property
    def sees(self) -> bool:
        """Whether there is a model for pictures, apart from those that a job asks for by name."""

    def ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
        """The answer to each question, in their order; several are asked at once.

        Raises ModelUnavailableError, ModelDeniedError, and whatever `tick` raises.
        """


@dataclass(frozen=True, slots=True)
class OfEntry:
    """A model as the pages of an entry of auto mode ask it, which may name another one."""

    model: Model
    entry: int

    @property
    def sees(self) -> bool:
        """See Model."""
        return self.model.sees

    def ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
        """See Model."""
        return self.model.ask([replace(one, entry=self.entry) for one in requests], tick)


class ModelUnavailableError(Exception):
    """The endpoint is down or has too much to do: nothing is wrong with the document, which waits for so many `seconds`."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class ModelDeniedError(Exception):
    """The endpoint does not know the key or the model: asking again changes nothing."""
