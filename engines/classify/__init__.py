"""Types for documents, from rules in words and without a model.

Each rule becomes a weighted bag of words: its type's name, its description, and the words that documents of a type of
that name are known to use. Words that tell the rules apart weigh more (inverse document frequency over the rules). A
document is compared by the cosine of its bag and each rule's, over the words of the rules only, so that its length does
not matter. `python -m benchmarks.classify` measures this; the numbers below come from there.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engines.classify.vocabulary import FILLERS, KINDS, STOP_WORDS
from engines.results import ClassificationResult

THRESHOLD = 0.12
"""Confidence below which a document has no type, unless the caller says otherwise."""

NAME_WEIGHT, DESCRIPTION_WEIGHT, FILLER_WEIGHT = 1.5, 1.0, 0.3
KIND_WEIGHT, MENTIONED_KIND_WEIGHT = 0.5, 0.15
"""Of the words known of a kind that the type is named after, and of one that its description mentions."""
HEAD_CHARACTERS = 600
"""Documents say what they are at the top: words there count twice."""
MOST_CHARACTERS = 200_000
"""Longer texts are judged by their beginning."""

EVIDENCE = 16.0
"""Weight of words a document must share with the rules before its likeness to one counts fully."""
TEMPERATURE = 0.08
NOTHING = 0.15
"""Likeness that a document of no type has to its nearest rule; with the temperature it turns likeness into confidence."""

WORD = re.compile(r"[^\W_]{2,}")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""Scripts written without spaces between words."""
SUFFIXES = ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ed", "es", "s", "y", "e")
"""Endings of English inflection, stripped down to a stem of at least four letters."""

Bag = dict[str, float]
"""Weights by word, as a stem."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A type, and what documents of it are like. Several rules may describe one type."""

    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Classification:
    """The type found, None below the threshold; how sure that is, from 0 to 1; and why, in words."""

    type: str | None
    confidence: float
    reasoning: str

    def as_result(self) -> ClassificationResult:
        """As the result has it."""
        return {"type": self.type, "confidence": self.confidence, "reasoning": self.reasoning}


def classify(
    text: str, rules: Sequence[Rule], *, threshold: float = THRESHOLD, multimodal: bool = False
) -> Classification:
    """Find the rule that a text fits best; never raises.

    `multimodal` says that the caller asked for pictures to be judged too, which takes a model: the reasoning says so.
    """
    note = " Pictures were judged by the text read from them only, as no model is configured." if multimodal else ""
    if not text.strip():
        return Classification(None, 0.0, "The document has no text to judge by." + note)
    matcher = matcher_of(tuple(rules))
    counts, surfaces = counted(text[:MOST_CHARACTERS])
    evidence = matcher.document(counts)
    confidences = matcher.confidences(evidence)
    ranked = sorted(confidences, key=lambda one: -confidences[one])
    best = ranked[0] if ranked else None
    if best is None or confidences[best] == 0:
        return Classification(None, 0.0, "None of the words of the rules was found in the document." + note)
    confidence = round(confidences[best], 4)
    shared = [surfaces[word] for word in matcher.shared(best, evidence)[:8]]
    is_match = confidence >= threshold
    verdict = (
        f"Matches '{best}'" if is_match else f"No rule fits well enough (below {threshold:g}); nearest is '{best}'"
    )
    others = "".join(f" Next best: '{one}' at {confidences[one]:.2f}." for one in ranked[1:2] if confidences[one] > 0)
    reasoning = f"{verdict} at {confidence:.2f}: found {', '.join(shared)}.{others}{note}"
    return Classification(best if is_match else None, confidence, reasoning)


class Matcher:
    """Rules made ready to compare documents with."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        bags = [bag_of(rule) for rule in rules]
        frequency = Counter(word for bag in bags for word in bag)
        self.weights = {word: math.log((1 + len(rules)) / (1 + n)) + 1 for word, n in frequency.items()}
        weighted = ({word: count * self.weights[word] for word, count in bag.items()} for bag in bags)
        self.vectors = [(rule.type, scaled(bag, norm(bag))) for rule, bag in zip(rules, weighted, strict=True)]

    def document(self, counts: Counter[str]) -> Bag:
        """The vector of a document: little evidence makes it short."""
        bag = {word: (1 + math.log(n)) * self.weights[word] for word, n in counts.items() if word in self.weights}
        return scaled(bag, math.hypot(norm(bag), EVIDENCE))

    def confidences(self, document: Bag) -> dict[str, float]:
        """Of each type, how sure it is: a softmax over the likeness to each rule, and to none; 0 where no word is shared."""
        likeness = dict.fromkeys((kind for kind, _ in self.vectors), 0.0)
        for kind, vector in self.vectors:
            likeness[kind] = max(likeness[kind], sum(x * vector.get(word, 0.0) for word, x in document.items()))
        strengths = {kind: math.expm1(value / TEMPERATURE) for kind, value in likeness.items()}
        total = math.expm1(NOTHING / TEMPERATURE) + sum(strengths.values())
        return {kind: strength / total for kind, strength in strengths.items()}

    def shared(self, kind: str, document: Bag) -> list[str]:
        """Words, as stems, that speak for a type, the weightiest first."""
        weights: Counter[str] = Counter()
        for one, vector in self.vectors:
            if one == kind:
                weights.update({word: x * vector[word] for word, x in document.items() if word in vector})
        return [word for word, _ in weights.most_common()]


@functools.lru_cache(maxsize=32)
def matcher_of(rules: tuple[Rule, ...]) -> Matcher:
    """The matcher of these rules, made once for all documents of a job."""
    return Matcher(rules)


def bag_of(rule: Rule) -> Bag:
    """The weighted words of one rule."""
    bag: Bag = defaultdict(float)
    names = [stem(word) for word in words(rule.type)]
    for name in names:
        bag[name] += NAME_WEIGHT
    for word in words(rule.description):
        bag[stem(word)] += FILLER_WEIGHT if word in FILLERS else DESCRIPTION_WEIGHT
    mentioned = {stem(word) for word in words(rule.description)}
    for origin, weight in ((set(names), KIND_WEIGHT), (mentioned, MENTIONED_KIND_WEIGHT)):
        for word in sorted(known_words(origin)):
            bag[word] += weight
    return bag


def known_words(names: set[str]) -> set[str]:
    """Words of the kinds that bear one of these names; of those that bear most of them, where several do."""
    hits = [(len(names & kind_names), kind_words) for kind_names, kind_words in stemmed_kinds()]
    most = max(count for count, _ in hits)
    return set().union(*(kind_words for count, kind_words in hits if count == most)) if most else set()


@functools.cache
def stemmed_kinds() -> list[tuple[set[str], set[str]]]:
    """The names and the words of every kind, as stems."""
    return [({stem(w) for w in words(names)}, {stem(w) for w in words(text)}) for names, text in KINDS.items()]


def counted(text: str) -> tuple[Counter[str], dict[str, str]]:
    """How often each stem occurs, words at the top counted twice; and of each stem a word as it was written."""
    raw = Counter(words(text))
    raw.update(words(text[:HEAD_CHARACTERS]))
    counts: Counter[str] = Counter()
    surfaces: dict[str, str] = {}
    for word, count in raw.most_common():
        one = stem(word)
        counts[one] += count
        surfaces.setdefault(one, word)
    return counts, surfaces


def words(text: str) -> Iterator[str]:
    """The words of a text in lower case, without those of every text; pairs of characters where no spaces divide words."""
    for word in WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if UNSPACED.search(word):
            yield from (word[at : at + 2] for at in range(len(word) - 1))
        elif word not in STOP_WORDS:
            yield word


def stem(word: str) -> str:
    """The word without its ending, so that `payments` and `payment` count as one."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word[: -len(suffix)]
    return word[:-1] if len(word) >= 4 and word.endswith("s") and not word.endswith("ss") else word


def norm(bag: Bag) -> float:
    """The length of a vector."""
    return math.sqrt(sum(x * x for x in bag.values()))


def scaled(bag: Bag, length: float) -> Bag:
    """The vector divided by a length; an empty one stays empty."""
    return {word: x / length for word, x in bag.items()} if length else {}
