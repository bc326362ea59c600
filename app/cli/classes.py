"""How a run that classifies ends: its types as a CSV, and beside the right ones where these are known."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from app.cli.outputs import DocumentReport, write_file

CSV_NAME = "classification.csv"
SURE = 0.8
"""Answers of at least this confidence are counted apart."""
NONE = "none"
"""Shown for a document without a type."""


def read_labels(path: Path) -> dict[str, str]:
    """The right types by file, from a CSV with the columns `file` and `type`, as a run writes it. Raises click.BadParameter.

    A file is named as the run names it, or by its last part alone. An empty type says that no rule is right.
    """
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{path} is not a text: {error}", param_hint="--labels") from error
    if not rows or not {"file", "type"} <= rows[0].keys():
        raise click.BadParameter(f"{path} has no columns file and type", param_hint="--labels")
    return {row["file"]: row["type"] or NONE for row in rows}


def label_of(file: str, labels: Mapping[str, str]) -> str | None:
    """The right type of a file, None where nobody told."""
    return labels.get(file, labels.get(Path(file).name))


def write_table(out: Path, outcomes: Sequence[DocumentReport], labels: Mapping[str, str]) -> str:
    """Write `classification.csv`: file, status, type, confidence, and the right type where it is known. Raises OSError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "status", "type", "confidence", *(["label"] if labels else [])])
    for one in outcomes:
        confidence = "" if one.confidence is None else f"{one.confidence:.4f}"
        label = [label_of(one.file, labels) or ""] if labels else []
        writer.writerow([one.file, one.status, one.type or "", confidence, *label])
    return write_file(out, CSV_NAME, text.getvalue().encode())


def print_confusion(console: Console, outcomes: Sequence[DocumentReport], labels: Mapping[str, str]) -> None:
    """A table of what documents of each right type were taken for, and how many were right."""
    judged = [
        (label, one.type or NONE, one.confidence or 0.0)
        for one in outcomes
        if one.confidence is not None and (label := label_of(one.file, labels)) is not None
    ]
    if not judged:
        console.print("none of the documents is among the labels")
        return
    pairs = Counter((label, found) for label, found, _ in judged)
    types = sorted(
        {label for label, _, _ in judged} | {found for _, found, _ in judged}, key=lambda one: (one == NONE, one)
    )
    table = Table(box=box.SIMPLE_HEAD, title="Right types, and what they were taken for", title_justify="left")
    table.add_column("Label", overflow="fold")
    for name in (*types, "Right"):
        table.add_column(name, justify="right", overflow="fold")
    for label in types:
        total = sum(pairs[label, found] for found in types)
        if total:
            cells = [str(pairs[label, found] or "") for found in types]
            table.add_row(label, *cells, f"{pairs[label, label]}/{total}")
    console.print(table)
    sure = [label == found for label, found, confidence in judged if confidence >= SURE]
    right = sum(label == found for label, found, _ in judged)
    console.print(
        f"{right} of {len(judged)} right ({right / len(judged):.3f}); "
        f"{sum(sure)} of the {len(sure)} with a confidence of {SURE} or more"
    )
