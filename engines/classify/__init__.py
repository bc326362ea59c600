"""Types for documents, from rules in words and without a model.

A rule is understood by which known kinds of documents it speaks of (engines.classify.meaning, kinds/*.toml); a document
is looked at for the marks of all kinds: words, phrases, the title line, and how it is laid out (engines.classify.document,
form); a small logistic model whose coefficients stand in weights.toml turns what speaks for each rule into probabilities.
`python -m benchmarks.classify` measures this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engines.classify.document import Sight, look
from engines.classify.form import MEANINGS
from engines.classify.kinds import Cue
from engines.classify.scorer import Rule, scorer_of
from engines.results import ClassificationResult

THRESHOLD = 0.12
"""Confidence below which a document has no type, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Classification:
    """The type found, None below the threshold; how probable that is, from 0 to 1; and why, in words."""

    type: str | None
    confidence: float
    reasoning: str
    nearest: str | None = None
    """The type that fits best, however badly; None where nothing speaks for any."""

    def as_result(self) -> ClassificationResult:
        """As the result has it."""
        return {"type": self.type, "confidence": self.confidence, "reasoning": self.reasoning}


def classify(
    text: str,
    rules: Sequence[Rule],
    *,
    threshold: float = THRESHOLD,
    name: str = "",
    shown: Mapping[str, float] | None = None,
    alike: Sequence[float] | None = None,
) -> Classification:
    """Find the rule that a document fits best; never raises.

    `name` is that of its file. `shown` is what it shows besides its text (engines.classify.pages). `alike` is how like it is to
    each rule by embeddings (engines.llm.vectors), where there are any.
    """
    if not text.strip():
        return Classification(None, 0.0, "The document has no text to judge by.")
    if not rules:
        return Classification(None, 0.0, "There is no rule to judge by.")
    scorer = scorer_of(tuple(rules))
    sight = look(text, name, shown)
    confidences = scorer.confidences(sight, alike)
    ranked = sorted(confidences, key=lambda one: (-confidences[one], one))
    best = ranked[0]
    found = [described(mark, sight.surfaces) for mark in scorer.marks_for(best, sight)[:8]]
    if not (found or alike or any(rule.examples for rule in rules)):
        return Classification(None, 0.0, "Nothing that the rules speak of was found in the document.")
    confidence = round(confidences[best], 4)
    is_match = confidence >= threshold
    if any(rule.examples for rule in rules if rule.type == best):
        found.append("likeness to its examples")
    if alike:
        found.append("likeness by embeddings")
    verdict = (
        f"Matches '{best}'" if is_match else f"No rule fits well enough (below {threshold:g}); nearest is '{best}'"
    )
    others = "".join(f" Next best: '{one}' at {confidences[one]:.2f}." for one in ranked[1:2])
    reasoning = f"{verdict} at {confidence:.2f}: found {', '.join(found)}.{others}"
    return Classification(best if is_match else None, confidence, reasoning, best)


def described(mark: Cue, surfaces: Mapping[str, str]) -> str:
    """A mark in words, as it was written in the document."""
    return MEANINGS.get(mark[0]) or " ".join(surfaces.get(word, word) for word in mark)


__all__ = ["THRESHOLD", "Classification", "Rule", "Sight", "classify"]
