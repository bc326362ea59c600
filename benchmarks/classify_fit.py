"""The coefficients of engines/classify/weights.toml from documents of known types."""

from __future__ import annotations

import math
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from engines.classify.document import look
from engines.classify.scorer import Facts, Rule, Scorer

STEPS, RATE, RIDGE = 300, 0.05, 0.004
NONE_SHARE = 0.25
"""Of the cases, how many lack the rule of their document's type, so that none is right."""
NAMES = [*(field.name for field in fields(Facts)), "none"]


@dataclass(frozen=True)
class Case:
    """One document beside the rules of a job; `right` is the place of its rule, None when it has none."""

    facts: Sequence[Sequence[float]]
    right: int | None


def fit(wordings: Mapping[str, Mapping[str, Rule]], samples: Sequence[tuple[str, str]]) -> str:
    """Coefficients, as lines of TOML, that make what is right of these documents most probable.

    Each document comes as it is and in one line, beside the rules of each wording, all of them and some, with their
    known kinds and without, with examples of other documents and without.
    """
    cases = list(cases_of(wordings, samples))
    theta = dict.fromkeys(NAMES, 0.5)
    mean, spread = dict.fromkeys(NAMES, 0.0), dict.fromkeys(NAMES, 0.0)
    for step in range(1, STEPS + 1):
        gradient = gradient_of(cases, theta)
        for name in NAMES:
            slope = gradient[name] / len(cases) + RIDGE * theta[name]
            mean[name] = 0.9 * mean[name] + 0.1 * slope
            spread[name] = 0.99 * spread[name] + 0.01 * slope * slope
            speed = (mean[name] / (1 - 0.9**step)) / (math.sqrt(spread[name] / (1 - 0.99**step)) + 1e-8)
            theta[name] -= RATE * speed
    return "\n".join([f"# {len(cases)} cases", *(f"{name} = {theta[name]:.3f}" for name in NAMES)])


def cases_of(wordings: Mapping[str, Mapping[str, Rule]], samples: Sequence[tuple[str, str]]) -> Iterator[Case]:
    """The cases to fit to."""
    chance = random.Random(7)
    by_type: defaultdict[str, list[str]] = defaultdict(list)
    for kind, text in samples:
        by_type[kind].append(text)
    for rules in wordings.values():
        for variant in range(4):
            kinds = [kind for kind in rules if variant < 2 or chance.random() < 0.6]
            chosen = [rules[kind] for kind in kinds]
            if variant % 2:
                chosen = [
                    replace(one, examples=tuple(by_type[kind][:3])) for kind, one in zip(kinds, chosen, strict=True)
                ]
            scorer = Scorer(chosen)
            if variant >= 2:
                known = 0.6 if variant == 2 else 0.3
                scorer.meanings = [meaning if chance.random() < known else {} for meaning in scorer.meanings]
            for kind, text in samples:
                if variant % 2 and text in by_type[kind][:3]:
                    continue
                if kind not in kinds and chance.random() > NONE_SHARE:
                    continue
                seen = re.sub(r"\s+", " ", text) if chance.random() < 0.3 else text
                yield Case(
                    [numbers(one) for one in scorer.facts(look(seen))], kinds.index(kind) if kind in kinds else None
                )


def numbers(facts: Facts) -> list[float]:
    """The facts in the order of the coefficients, 0 for `none`."""
    return [getattr(facts, name, 0.0) for name in NAMES]


def gradient_of(cases: Sequence[Case], theta: Mapping[str, float]) -> dict[str, float]:
    """How the loss of all cases changes with each coefficient."""
    weights = [theta[name] for name in NAMES]
    nothing = [float(name == "none") for name in NAMES]
    gradient = [0.0] * len(NAMES)
    for case in cases:
        rows = [*case.facts, nothing]
        logits = [sum(x * w for x, w in zip(row, weights, strict=True)) for row in rows]
        highest = max(logits)
        odds = [math.exp(one - highest) for one in logits]
        total = sum(odds)
        right = len(rows) - 1 if case.right is None else case.right
        for at, row in enumerate(rows):
            push = odds[at] / total - (at == right)
            for column, x in enumerate(row):
                gradient[column] += push * x
    return dict(zip(NAMES, gradient, strict=True))
