"""What parameters are checked against, and what is said of those that cannot work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engines.parameters import ParseParameters


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that cannot work: where, as wire names and list positions, and a sentence."""

    path: tuple[str | int, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the rules must know of the server."""

    min_job_timeout_seconds: float = 120.0
    buckets: frozenset[str] | None = None
    """Buckets that jobs may name; None where that is not known, as in a client."""
    project_id: str | None = None
    """The project of whoever asks; None where that is not known."""
    ignores_models: bool = False
    """Whether parameters that lack their language model pass, and are ignored with a warning."""
    has_model: bool = False
    """Whether the server has a language model to ask."""
    models: Sequence[str] = ()
    """The names of models that jobs may use, to be told."""
    knows_model: Callable[[str], bool] = lambda _name: True
    """Whether a job may name a model so."""
    reaches: Callable[[ParseParameters], bool] = lambda _parameters: True
    """Whether it is known where the model of a job with these parameters is asked."""
    is_barred: Callable[[str], bool] = lambda _url: False
    """Whether the server may not go to a URL, as far as that can be told without asking for names.

    Raises ValueError for what only looks like a URL.
    """


ParameterRule = Callable[[ParseParameters, Conditions], Iterator[Complaint]]
