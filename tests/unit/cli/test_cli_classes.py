"""What a run that classifies leaves: a CSV of the types, and what was taken for what where the right types are known."""

from __future__ import annotations

import io
from pathlib import Path

import click
import pytest
from rich.console import Console

from app.cli.classes import print_confusion, read_labels, write_table
from app.cli.configuration import read_rules
from app.cli.outputs import DocumentReport

OUTCOMES = (
    DocumentReport(file="a/one.pdf", status="completed", type="invoice", confidence=0.91234),
    DocumentReport(file="a/two.pdf", status="completed", type="invoice", confidence=0.4),
    DocumentReport(file="three.pdf", status="completed", type=None, confidence=0.1),
    DocumentReport.failed("four.pdf", "broken"),
)
LABELS = "file,type\na/one.pdf,invoice\ntwo.pdf,receipt\nthree.pdf,\n"


def labels(folder: Path) -> dict[str, str]:
    (folder / "labels.csv").write_text(LABELS)
    return read_labels(folder / "labels.csv")


def test_the_csv_has_a_line_for_each_document(tmp_path: Path) -> None:
    write_table(tmp_path, OUTCOMES, {})
    assert (tmp_path / "classification.csv").read_text().splitlines() == [
        "file,status,type,confidence",
        "a/one.pdf,completed,invoice,0.9123",
        "a/two.pdf,completed,invoice,0.4000",
        "three.pdf,completed,,0.1000",
        "four.pdf,failed,,",
    ]


def test_the_right_types_stand_beside_those_found(tmp_path: Path) -> None:
    write_table(tmp_path, OUTCOMES, labels(tmp_path))
    lines = (tmp_path / "classification.csv").read_text().splitlines()
    assert [line.rsplit(",", 1)[1] for line in lines] == ["label", "invoice", "receipt", "none", ""]


def test_the_csv_of_a_run_can_be_the_labels_of_the_next(tmp_path: Path) -> None:
    write_table(tmp_path, OUTCOMES, {})
    assert read_labels(tmp_path / "classification.csv")["a/one.pdf"] == "invoice"


def test_the_confusion_table_counts_what_was_taken_for_what(tmp_path: Path) -> None:
    shown = io.StringIO()
    print_confusion(Console(file=shown, width=100), OUTCOMES, labels(tmp_path))
    rows = [line.split() for line in shown.getvalue().splitlines()]
    assert ["invoice", "1", "1/1"] in rows
    assert ["receipt", "1", "0/1"] in rows
    assert ["none", "1", "1/1"] in rows
    assert "2 of 3 right (0.667); 1 of the 1 with a confidence of 0.8 or more" in shown.getvalue()


def test_that_no_document_is_labelled_is_said() -> None:
    shown = io.StringIO()
    print_confusion(Console(file=shown, width=100), OUTCOMES, {"other.pdf": "invoice"})
    assert "none of the documents is among the labels" in shown.getvalue()


def test_labels_without_the_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("name;kind\na;b\n")
    with pytest.raises(click.BadParameter, match="no columns file and type"):
        read_labels(tmp_path / "labels.csv")


def test_rules_may_have_examples_and_a_mode(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("CORNER MARKET")
    (tmp_path / "rules.yaml").write_text(
        "mode: MULTIMODAL\nrules:\n"
        "  - {type: receipt, description: Proof of a purchase, examples: [one.txt, 'TOTAL 3.78']}\n"
    )
    rule = {"type": "receipt", "description": "Proof of a purchase", "examples": ["CORNER MARKET", "TOTAL 3.78"]}
    assert read_rules(tmp_path / "rules.yaml") == {"mode": "MULTIMODAL", "rules": [rule]}
