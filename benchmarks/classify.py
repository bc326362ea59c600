"""How well documents are classified without a model: `python -m benchmarks.classify [FILE.yaml]`.

The file holds `rules` (type, description) and `documents` (type or null, text); the one beside this program is made up.
Printed are the share of documents whose type is found at several thresholds, of those without a type the share left
without one, how often an answer of some confidence is right, and the time for one document.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import yaml

from engines.classify import THRESHOLD, Rule, classify

BANDS = ((0.0, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01))


def main(path: Path) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules = tuple(Rule(**one) for one in data["rules"])
    classify("warm up", rules)
    started = time.process_time()
    found = [classify(one["text"], rules, threshold=0.0) for one in data["documents"]]
    seconds = time.process_time() - started
    answers = [
        (one["type"], answer.type, answer.confidence) for one, answer in zip(data["documents"], found, strict=True)
    ]
    print(f"{len(answers)} documents, {len(rules)} rules, {1000 * seconds / len(answers):.2f} ms CPU each\n")
    print_thresholds(answers)
    print_calibration(answers)
    for one, answer in zip(data["documents"], found, strict=True):
        if one["type"] and answer.type != one["type"]:
            print(f"{one['type']} taken for {answer.type}: {one['text'].split(chr(10))[0][:60]!r} {answer.reasoning}")


def print_thresholds(answers: list[Any]) -> None:
    print("threshold   typed, found   untyped, left so")
    for threshold in sorted({0.0, 0.05, 0.08, THRESHOLD, 0.2, 0.3}):
        found = [kind == guess and sure >= threshold for kind, guess, sure in answers if kind]
        left = [sure < threshold or guess is None for kind, guess, sure in answers if not kind]
        print(f"{threshold:9.2f}{share(found):15.3f}{share(left):19.3f}")


def print_calibration(answers: list[Any]) -> None:
    print("\nconfidence   answers   right")
    for low, high in BANDS:
        right = [kind == guess for kind, guess, sure in answers if low <= sure < high]
        print(f"{low:.1f}-{min(high, 1):.1f}{len(right):14}{share(right):10.3f}")
    print()


def share(facts: list[bool]) -> float:
    return sum(facts) / len(facts) if facts else float("nan")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".yaml"))
