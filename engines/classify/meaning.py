"""Which known kinds a rule means, and how much."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Mapping

from engines.classify.kinds import Cue, Kind, contains, kinds
from engines.classify.words import FILLERS, is_telling, stem, tokens

NAMED, MENTIONED, ASKED = 1.0, 0.6, 0.9
"""Likeness of a rule to a kind after which its type is named; that its description mentions; that it describes fully."""
LEAST_SHARE = 0.55
"""Kinds this much less like the rule than the best are not meant."""


def meant(type_name: str, description: str) -> dict[str, float]:
    """Kind → how much of the meaning of a rule it is; the sum is at most 1, and 0 when no kind is known."""
    likeness = {key: like(kind, type_name, description) for key, kind in kinds().items()}
    best = max(likeness.values())
    if best < 0.25:
        return {}
    chosen = {key: value**2 for key, value in likeness.items() if value >= LEAST_SHARE * best}
    total = sum(chosen.values())
    return {key: value / total * min(1.0, best) for key, value in chosen.items()}


def like(kind: Kind, type_name: str, description: str) -> float:
    """How much a rule sounds like a kind, from 0."""
    named, described = sequence(type_name), sequence(description)
    own = max(NAMED * coverage(kind.names, named), MENTIONED * coverage(kind.names, described))
    parent = kinds()[kind.parent] if kind.parent else None
    if parent:
        generic = max(NAMED * coverage(parent.names, named), MENTIONED * coverage(parent.names, described))
        own = max(own, generic * 0.5)
    return own + ASKED * asked_share(kind, frozenset(named) | frozenset(described))


def coverage(names: Collection[Cue], words: Cue) -> float:
    """How much of some words is one of the names: longer names found whole count more."""
    best = 0.0
    for name in names:
        if contains(words, name):
            best = max(best, 0.7 + 0.3 * len(name) / max(len(name), min(len(words), 4)))
        elif len(name) > 1 and set(name) <= set(words):
            best = max(best, 0.7)
    return best


def sequence(text: str) -> Cue:
    """The stems of a type's name or a description."""
    return tuple(stem(word) for word in tokens(text.replace("_", " ").replace("-", " ")))


def asked_share(kind: Kind, words: Collection[str]) -> float:
    """How much of what a rule says is said of this kind: rare words count more; from 0 to 1."""
    rarity = asked_rarity()
    told = [word for word in words if word in rarity]
    if not told:
        return 0.0
    known = asked_words(kind)
    return sum(rarity[word] for word in told if word in known) / max(2.0, sum(rarity[word] for word in told))


def asked_words(kind: Kind) -> frozenset[str]:
    """The words by which rules speak of a kind."""
    return _asked()[kind.key]


@functools.cache
def _asked() -> Mapping[str, frozenset[str]]:
    fillers = {stem(word) for word in FILLERS}
    return {
        key: frozenset(word for cue in (*kind.asked, *kind.names) for word in cue if is_telling(word)) - fillers
        for key, kind in kinds().items()
    }


@functools.cache
def asked_rarity() -> Mapping[str, float]:
    """How rare a word is in what is asked of the kinds, from 0 to 1."""
    counts = Counter(word for words in _asked().values() for word in words)
    return {word: 1 / n**0.7 for word, n in counts.items()}
