"""How well documents are classified without a model: `python -m benchmarks.classify [FILE.jsonl …] [--fit] [--picture F.svg]`.

Judged are the documents of classify.yaml, those of SHEAF_CORPUS (classify/docs.jsonl) where that is set, and of every
FILE (objects with `type` and `text`; types as in classify.yaml). For each wording of the rules, without and with three
examples a type, are printed: top-1, precision and share of the answers of a confidence of at least .8, CPU time, and
whom the types were taken for. Of each type every second document is held back from `--fit`, which prints the
coefficients for engines/classify/weights.toml; only the held half is reported, the examples are of the other.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.classify_fit import fit
from benchmarks.classify_picture import calibration_picture
from engines.classify import Rule, classify

CORPUS_RULES = {
    "recipe": "How to cook a dish: ingredients and steps",
    "technical_specification": "A proposal that specifies how a piece of software or a protocol works, and why",
    "meeting_transcript": "What people said in a meeting, word by word, with the speakers' names",
    "software_license": "The legal text that allows the use and distribution of software",
    "terms_and_policy": "Terms of service or privacy policy of an online service",
}
"""Rules for the five types of the development corpus."""
EXAMPLES = 3
SURE = 0.8


@dataclass(frozen=True)
class Sample:
    """A document of a known type, and where it is from."""

    type: str
    text: str
    origin: str


@dataclass(frozen=True)
class Answer:
    """What a document was taken for."""

    sample: Sample
    type: str | None
    confidence: float

    @property
    def is_right(self) -> bool:
        return self.type == self.sample.type


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    data = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    samples = [Sample(one["type"], one["text"], "own") for one in data["documents"]]
    samples += [one for path in options.files for one in read(path)]
    wordings = {name: rules_of(entries) for name, entries in data["wordings"].items()}
    tuned, held = halves(samples)
    if options.fit:
        print(fit(wordings, [(one.type, one.text) for one in tuned]))
        return
    answers = []
    for name, rules in wordings.items():
        answers += judged(f"{name}", rules, held)
        judged(f"{name}, {EXAMPLES} examples a type", with_examples(rules, tuned), held)
    opaque = {kind: Rule(f"type {at}", "Documents of one sort") for at, kind in enumerate(wordings["plain"])}
    judged(f"saying nothing, {EXAMPLES} examples", with_examples(opaque, tuned), held)
    judged("plain, in one line", wordings["plain"], [replace(one, text=re.sub(r"\s+", " ", one.text)) for one in held])
    judged_without(wordings["plain"], held)
    if corpus := os.environ.get("SHEAF_CORPUS"):
        found = list(read(Path(corpus) / "classify" / "docs.jsonl"))
        judged("corpus", {kind: Rule(kind, text) for kind, text in CORPUS_RULES.items()}, found)
    print_confusion(answers)
    print_calibration(answers)
    if options.picture:
        points = [(one.confidence, one.is_right) for one in answers]
        options.picture.write_text(calibration_picture(points), encoding="utf-8")


def read(path: Path) -> Iterator[Sample]:
    """The documents of a file with an object a line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        yield Sample(one["type"], one["text"], path.name)


def rules_of(entries: dict[str, Any]) -> dict[str, Rule]:
    """The rule of each type."""
    return {kind: Rule(one.get("type", kind), one["description"]) for kind, one in entries.items()}


def halves(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Every first and every second document of each type and origin."""
    parts: tuple[list[Sample], list[Sample]] = ([], [])
    seen: Counter[tuple[str, str]] = Counter()
    for one in samples:
        parts[seen[one.type, one.origin] % 2].append(one)
        seen[one.type, one.origin] += 1
    return parts


def with_examples(rules: dict[str, Rule], samples: Sequence[Sample]) -> dict[str, Rule]:
    """The rules with the first documents of their types as examples."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for one in samples:
        texts[one.type].append(one.text)
    return {kind: replace(rule, examples=tuple(texts[kind][:EXAMPLES])) for kind, rule in rules.items()}


def judged(name: str, rules: dict[str, Rule], samples: Sequence[Sample]) -> list[Answer]:
    """Classify documents, print how well that went, and give the answers."""
    chosen = tuple(rules.values())
    kinds = {rule.type: kind for kind, rule in rules.items()}
    classify("warm up", chosen)
    started = time.process_time()
    found = [classify(one.text, chosen, threshold=0.0) for one in samples]
    milliseconds = 1000 * (time.process_time() - started) / len(samples)
    answers = [
        Answer(sample, kinds.get(one.type or ""), one.confidence) for sample, one in zip(samples, found, strict=True)
    ]
    sure = [one.is_right for one in answers if one.confidence >= SURE]
    print(
        f"{name:32}{len(answers):5} documents  top-1 {share([one.is_right for one in answers]):.3f}   at >= {SURE}:"
        f" precision {share(sure):.3f} of {len(sure) / len(answers):.2f}   {milliseconds:.1f} ms CPU"
    )
    return answers


def judged_without(rules: dict[str, Rule], samples: Sequence[Sample]) -> None:
    """Print how sure answers are where the rule of the document's type is left out, so that all are wrong."""
    confidences = []
    for one in samples:
        others = tuple(rule for kind, rule in rules.items() if kind != one.type)
        confidences.append(classify(one.text, others, threshold=0.0).confidence)
    below = {bound: share([one < bound for one in confidences]) for bound in (0.5, SURE)}
    name = "plain, without its own rule"
    print(f"{name:32}{len(confidences):5} documents  {below[0.5]:.2f} below .5, {below[SURE]:.2f} below {SURE}")


def print_confusion(answers: Sequence[Answer]) -> None:
    """Of each type that was mistaken: how many were right, and what the others were taken for."""
    print("\ntype                    right   taken for")
    for kind in sorted({one.sample.type for one in answers}):
        own = [one for one in answers if one.sample.type == kind]
        wrong = Counter(one.type or "none" for one in own if not one.is_right)
        taken = ", ".join(f"{other} {n}" for other, n in wrong.most_common())
        print(f"{kind:22}{len(own) - sum(wrong.values()):4}/{len(own):<4} {taken}")


def print_calibration(answers: Sequence[Answer]) -> None:
    """How often answers of a confidence are right."""
    print("\nconfidence   answers   right")
    for low in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9):
        high = {0.8: 0.9, 0.9: 1.01}.get(low, low + 0.2)
        right = [one.is_right for one in answers if low <= one.confidence < high]
        print(f"{low:.1f}-{min(high, 1):.1f}{len(right):14}{share(right):10.3f}")


def share(facts: Sequence[bool]) -> float:
    return sum(facts) / len(facts) if facts else float("nan")


if __name__ == "__main__":
    main()
