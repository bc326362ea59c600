"""How like a document is to each rule by embeddings: those of its beginning, of the rules, and of their examples."""

from __future__ import annotations

import math
from collections.abc import Sequence

import orjson

from engines.classify import Rule
from engines.context import Progress
from engines.llm.asking import Model, ModelReply, ModelRequest, ModelRole

MOST_CHARACTERS = 2_000
"""Of a text that is embedded: about what every such model takes."""
MOST_EXAMPLES = 5
"""Examples of one rule that are embedded."""

Vector = Sequence[float]


class NoVectorsError(Exception):
    """The texts could not be embedded; the message says why."""


def likeness(text: str, rules: Sequence[Rule], model: Model, progress: Progress) -> list[float]:
    """How like a document is to each rule, above what it is to all of them on average, as a share of what it could be.

    Twice at most: by the rule's words, and by the nearest of its examples. Raises NoVectorsError, and as Model.ask does.
    """
    told = [[f"{rule.type}: {rule.description}", *rule.examples[:MOST_EXAMPLES]] for rule in rules]
    texts = [text, *(one for some in told for one in some)]
    requests = [request_for(one) for one in texts]
    document, *vectors = map(vector_of, model.ask(requests, lambda _done: progress(0, 1)))
    if any(len(one) != len(document) for one in vectors):
        raise NoVectorsError("they have different lengths")
    near = iter(cosine(document, one) for one in vectors)
    by_text = [[next(near) for _ in some] for some in told]
    by_words = centred([some[0] for some in by_text])
    by_examples = centred([max(some[1:], default=None) for some in by_text])
    return [words + examples for words, examples in zip(by_words, by_examples, strict=True)]


def request_for(text: str) -> ModelRequest:
    """The question for an embedding."""
    return ModelRequest(system="", user=text[:MOST_CHARACTERS].strip() or "-", role=ModelRole.EMBEDDING)


def vector_of(reply: ModelReply) -> Vector:
    """The vector of an answer, of length 1. Raises NoVectorsError."""
    if reply.failure:
        raise NoVectorsError(reply.failure)
    numbers: list[float] = orjson.loads(reply.text)
    length = math.sqrt(math.fsum(one * one for one in numbers))
    if not (numbers and 0 < length < math.inf):
        raise NoVectorsError("an embedding is no direction")
    return [one / length for one in numbers]


def cosine(one: Vector, other: Vector) -> float:
    """How near two vectors of length 1 are, from -1 to 1."""
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def centred(near: Sequence[float | None]) -> list[float]:
    """Of each how much nearer it is than the mean, as a share of what is left to 1: models differ in how near all things are."""
    known = [one for one in near if one is not None]
    mean = math.fsum(known) / len(known) if known else 0.0
    room = max(1.0 - mean, 0.01)
    return [0.0 if one is None or len(known) < 2 else (one - mean) / room for one in near]
