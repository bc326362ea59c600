"""How like a document is to the examples of each rule: by its words, and by what it has of the known kinds and looks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from engines.classify.document import Sight, look

LONE = 0.25
"""Likeness that documents of different types commonly have: what is subtracted where one rule only has examples."""
LOOKS_SHARE = 3.0
"""Weight of a look, from 0 to 1, beside the evidence for a kind."""

Vector = Mapping[str, float]


class Examples:
    """The examples of all rules, made ready to compare documents with."""

    def __init__(self, of_rules: Sequence[Sequence[tuple[Sight, Vector]]]) -> None:
        frequency = Counter(word for examples in of_rules for sight, _ in examples for word in sight.counts)
        number = sum(map(len, of_rules))
        self._rarity = {word: math.log((1 + number) / (0.5 + n)) for word, n in frequency.items()}
        self._words = [[self._weighted(sight) for sight, _ in examples] for examples in of_rules]
        self._profiles = [centre([profile_of(*one) for one in examples]) for examples in of_rules]

    def likeness(self, sight: Sight, evidence: Vector) -> list[tuple[float, float]]:
        """Of each rule how near the nearest example is by its words, and how like all of them are by their profile.

        The former is the cube of the likeness, so that only documents made alike are near; the latter the difference to the
        mean of the rules that have examples. Both are 0 of rules that have none.
        """
        if not any(self._words):
            return [(0.0, 0.0)] * len(self._words)
        bag, profile = self._weighted(sight), profile_of(sight, evidence)
        nearest = [max((cosine(bag, one) for one in words), default=0.0) ** 3 for words in self._words]
        alike = [cosine(profile, one) if one else None for one in self._profiles]
        return list(zip(nearest, centred(alike), strict=True))

    def _weighted(self, sight: Sight) -> Vector:
        """The words of a document that examples have, of length 1."""
        rarity = self._rarity
        return unit({word: (1 + math.log(n)) * rarity[word] for word, n in sight.counts.items() if word in rarity})


def nearest_first(examples: Sequence[str], text: str) -> list[str]:
    """Texts, those before others that have more telling words in common with a document."""
    words = unit(look(text).counts)
    return sorted(examples, key=lambda example: -cosine(words, unit(look(example).counts)))


def profile_of(sight: Sight, evidence: Vector) -> Vector:
    """What a document has of the known kinds and looks, of length 1."""
    looks = {cue[0]: LOOKS_SHARE * value for cue, value in sight.strengths.items() if cue[0].startswith("#")}
    return unit({**evidence, **looks})


def centre(vectors: Sequence[Vector]) -> Vector:
    """The middle of some vectors, of length 1; empty when there are none."""
    total: Counter[str] = Counter()
    for vector in vectors:
        total.update(vector)
    return unit(total)


def centred(values: Sequence[float | None]) -> list[float]:
    """The differences of some values to their mean; 0 where there is none."""
    known = [value for value in values if value is not None]
    mean = sum(known) / len(known) if len(known) > 1 else LONE
    return [value - mean if value is not None else 0.0 for value in values]


def cosine(first: Vector, second: Vector) -> float:
    """The likeness of two vectors of length 1."""
    short, long = sorted((first, second), key=len)
    return sum(value * long[key] for key, value in short.items() if key in long)


def unit(vector: Vector) -> Vector:
    """The vector with length 1; an empty one stays empty."""
    length = math.sqrt(sum(value * value for value in vector.values()))
    return {key: value / length for key, value in vector.items()} if length else {}
