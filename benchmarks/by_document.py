"""The measures of each document beside those of another reader and of an older run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks.metrics import Scores

MEASURES = ("order", "tables", "headings")
SEEN = 0.0005
"""Difference of two scores from which they are shown as different."""

Run = Mapping[str, Scores]
"""Scores by the name of the document."""


def by_document(run: Run, other: Run, older: Run | None = None) -> str:
    """A line for each document: its measures, and by how much they exceed those of the other reader and of the older run.

    Those that lost most against the older run come last, or those with the lowest mean where there is none. Measures that do
    not apply, and documents that a run does not have, are shown as `-`.
    """
    groups = [f"{'':22}", *(f"{name:^21}" for name in ("score", "− liteparse", "− older")[: 3 if older else 2])]
    names = [f"{'':22}", *[f"{'order':>6} {'tables':>6} {'heads':>6}  "] * (len(groups) - 1)]
    lines = ["".join(groups).rstrip(), "".join(names).rstrip()]
    for name in sorted(run, key=lambda one: place(run[one], older.get(one) if older else None), reverse=True):
        parts = [shown(run[name]), difference(run[name], other.get(name))]
        if older:
            parts.append(difference(run[name], older.get(name)))
        lines.append(f"{name[-20:]:22}" + "  ".join(parts))
    return "\n".join(lines)


def place(scores: Scores, older: Scores | None) -> float:
    """What documents are sorted by."""
    return scores.overall - older.overall if older else scores.overall


def shown(scores: Scores) -> str:
    """The measures of one document."""
    values = (getattr(scores, measure) for measure in MEASURES)
    return " ".join(f"{'-':>6}" if value is None else f"{value:6.3f}" for value in values)


def difference(scores: Scores, other: Scores | None) -> str:
    """By how much each measure exceeds another one."""
    pairs = ((getattr(scores, measure), getattr(other, measure, None)) for measure in MEASURES)
    return " ".join(
        f"{'-':>6}" if one is None or two is None else f"{one - two:+6.3f}" if abs(one - two) > SEEN else f"{'=':>6}"
        for one, two in pairs
    )


def save_scores(path: Path, run: Run) -> None:
    """Keep a run as JSON."""
    path.write_text(json.dumps({name: asdict(scores) for name, scores in run.items()}, indent=1), encoding="utf-8")


def read_scores(path: Path) -> dict[str, Scores]:
    """A run that was kept."""
    return {name: Scores(**values) for name, values in json.loads(path.read_text(encoding="utf-8")).items()}
