"""How well a document fits each rule, as probabilities: a conditional logit model over facts about document and rule."""

from __future__ import annotations

import functools
import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.classify.document import Sight, look
from engines.classify.examples import Examples
from engines.classify.kinds import Cue, evidence_of, found_in, kinds, titled, titles
from engines.classify.meaning import meant, sequence
from engines.classify.words import FILLERS, is_telling, stem, tokens

SHOWN_SHARE, SHOWN_FULLY = 0.5, 3
"""Of the meaning of a rule, what the kinds of its examples decide at least, and how many examples it takes for that."""
NAME_WEIGHT = 1.5
"""Of the words of a type's name, beside those of its description."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A type, and what documents of it are like. Several rules may describe one type."""

    type: str
    description: str
    examples: tuple[str, ...] = ()
    """Texts of documents of the type."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The coefficients of weights.toml."""

    kind: float
    """For each unit of evidence that the document is of the kinds that the rule means."""
    title: float
    """Where a title of such a kind is a whole line at the top."""
    words: float
    """For each word of the rule that the document has, rare ones among the rules counting fully."""
    unknown: float
    """The same where no known kind is meant, on top."""
    none: float
    """For no rule at all."""
    nearest: float
    """For a document of the words of an example, less the less alike they are."""
    profile: float
    """For the likeness of the evidence for all kinds to that for the rule's examples, above that of the other rules."""
    embedding: float
    """For the likeness to the rule by embeddings, above that to all rules on average; where there is an embedding model."""


@functools.cache
def weights() -> Weights:
    """The fitted coefficients."""
    return Weights(**tomllib.loads(Path(__file__).with_name("weights.toml").read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document beside one rule: one number for each coefficient but `none`."""

    kind: float = 0.0
    title: float = 0.0
    words: float = 0.0
    unknown: float = 0.0
    nearest: float = 0.0
    profile: float = 0.0

    def strength(self, by: Weights) -> float:
        """The logit of the rule."""
        return (
            by.kind * self.kind
            + by.title * self.title
            + by.words * self.words
            + by.unknown * self.unknown
            + by.nearest * self.nearest
            + by.profile * self.profile
        )


class Scorer:
    """Rules made ready to compare documents with."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        shown = [[(sight, evidence_of(sight.strengths)) for sight in map(look, rule.examples)] for rule in rules]
        self.meanings = [
            with_shown(meant(rule.type, rule.description), [evidence for _, evidence in one])
            for rule, one in zip(rules, shown, strict=True)
        ]
        self.bags = bags_of(rules)
        self.examples = Examples(shown)

    def facts(self, sight: Sight) -> list[Facts]:
        """What is known of a document beside each rule."""
        evidence = evidence_of(sight.strengths)
        scale = 3 / math.sqrt(4 + max(evidence.values()))
        tops = titles_of(sight)
        likeness = self.examples.likeness(sight, evidence)
        return [
            Facts(
                kind=scale * sum(share * evidence[key] for key, share in meaning.items()),
                title=sum(share * tops[key] for key, share in meaning.items()),
                words=(shared := sum(shared_words(bag, sight).values())),
                unknown=shared * (1 - sum(meaning.values())),
                nearest=nearest,
                profile=profile,
            )
            for meaning, bag, (nearest, profile) in zip(self.meanings, self.bags, likeness, strict=True)
        ]

    def confidences(self, sight: Sight, alike: Sequence[float] | None = None) -> dict[str, float]:
        """Of each type, how probable it is; of several rules of a type, the best counts. `alike` is how like each rule is."""
        by = weights()
        logits: dict[str, float] = {}
        near = alike or [0.0] * len(self.rules)
        for rule, facts, one in zip(self.rules, self.facts(sight), near, strict=True):
            logits[rule.type] = max(logits.get(rule.type, -math.inf), facts.strength(by) + by.embedding * one)
        highest = max(by.none, *logits.values())
        odds = {kind: math.exp(logit - highest) for kind, logit in logits.items()}
        total = sum(odds.values()) + math.exp(by.none - highest)
        return {kind: one / total for kind, one in odds.items()}

    def marks_for(self, type_name: str, sight: Sight) -> list[Cue]:
        """The marks of a document that speak for a type, the weightiest first."""
        found: Counter[Cue] = Counter()
        for rule, meaning, bag in zip(self.rules, self.meanings, self.bags, strict=True):
            if rule.type != type_name:
                continue
            for key, share in meaning.items():
                marks = {cue: value for cue, value in marks_found(key, sight).items() if value > 0}
                if not all(cue[0].startswith("#") for cue in marks):
                    found.update({cue: share * value for cue, value in marks.items()})
            found.update({title: 0.5 for title in titles_found(sight) if meaning.keys() & dict(titled()[title]).keys()})
            found.update({(word,): 0.3 * value for word, value in shared_words(bag, sight).items()})
        return sorted(found, key=lambda cue: (-found[cue], cue))


def with_shown(meaning: Mapping[str, float], shown: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """What a rule means by its words and by the kinds of its examples, which decide all that the words leave open."""
    found = Counter(max(evidence, key=lambda key: evidence[key]) for evidence in shown if any(evidence.values()))
    if not found:
        return dict(meaning)
    share = max(1 - sum(meaning.values()), SHOWN_SHARE * min(1.0, len(shown) / SHOWN_FULLY))
    kept = (1 - share) / (sum(meaning.values()) or 1)
    return {key: kept * meaning.get(key, 0.0) + share * found[key] / len(shown) for key in {**meaning, **found}}


def marks_found(key: str, sight: Sight) -> dict[Cue, float]:
    """The marks of a kind that the document has, as weight times strength."""
    strengths = sight.strengths
    return {cue: weight * strengths[cue] for cue, weight in kinds()[key].marks.items() if cue in strengths}


def titles_of(sight: Sight) -> defaultdict[str, float]:
    """Of each kind, how much of a line at the top is a title of it, from 0 to 1."""
    found: defaultdict[str, float] = defaultdict(float)
    for line, place in sight.head:
        for title in found_in(line, titles()):
            for key, rarity in titled()[title]:
                found[key] = max(found[key], place * clearness(title, line) * (0.5 + 0.5 * rarity))
    return found


def titles_found(sight: Sight) -> set[Cue]:
    """The titles of any kind that stand at the top, or in the name of the file."""
    return {title for line, _ in sight.head for title in found_in(line, titles())}


def clearness(title: Cue, line: Cue) -> float:
    """How much a line that holds a title is one, from 0 to 1: a phrase is more so than a word, a whole line most."""
    share = len(title) / len(line)
    return share if len(title) == 1 else (1 + share) / 2


def bags_of(rules: Sequence[Rule]) -> list[dict[str, float]]:
    """The words of each rule with their weights: 0 for a word that all of them have."""
    fillers = {stem(word) for word in FILLERS}
    bags = []
    for rule in rules:
        bag = {stem(word): 1.0 for word in tokens(rule.description) if is_telling(word)}
        bag |= {word: NAME_WEIGHT for word in sequence(rule.type) if is_telling(word)}
        bags.append({word: weight for word, weight in bag.items() if word not in fillers})
    counts = Counter(word for bag in bags for word in bag)
    full = math.log(len(bags) + 1)
    return [{word: weight * (1 - math.log(counts[word]) / full) for word, weight in bag.items()} for bag in bags]


def shared_words(bag: Mapping[str, float], sight: Sight) -> dict[str, float]:
    """The words of a rule that the document has, as weight times strength."""
    return {word: weight * sight.strengths[word,] for word, weight in bag.items() if (word,) in sight.strengths}


@functools.lru_cache(maxsize=32)
def scorer_of(rules: tuple[Rule, ...]) -> Scorer:
    """The scorer of these rules, made once for all documents of a job."""
    return Scorer(rules)
