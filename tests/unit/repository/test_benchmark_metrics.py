"""The measures of parse quality say what they are said to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.by_document import by_document, read_scores, save_scores
from benchmarks.metrics import Node, Ordered, Scores, common_length, distance, scores, similarity

TABLE = "<table><tr><th>Item</th><th>Qty</th></tr><tr><td>Apple</td><td>10</td></tr></table>"


def slow_common_length(one: str, other: str) -> int:
    row = [0] * (len(other) + 1)
    for a in one:
        above, row = row, [0]
        for at, b in enumerate(other):
            row.append(above[at] + 1 if a == b else max(row[-1], above[at + 1]))
    return row[-1]


def test_the_common_length_is_that_of_the_textbook() -> None:
    dice = random.Random(7)
    for _ in range(200):
        one, other = ("".join(dice.choices("abcd", k=dice.randrange(40))) for _ in range(2))
        assert common_length(one, other) == slow_common_length(one, other)


def test_similarity_counts_what_is_neither_added_nor_removed() -> None:
    assert similarity("", "") == 1
    assert similarity("abc", "") == 0
    assert similarity("abcd", "abxd") == pytest.approx(6 / 8)


def tree(kind: str, *children: Node) -> Node:
    return Node(kind, children=list(children))


def test_the_distance_of_trees_is_that_of_zhang_and_shasha() -> None:
    one = tree("f", tree("d", tree("a"), tree("c", tree("b"))), tree("e"))
    other = tree("f", tree("c", tree("d", tree("a"), tree("b"))), tree("e"))
    assert distance(Ordered(one), Ordered(other)) == 2


def test_the_same_text_is_perfect_whatever_its_emphasis_spaces_and_table_notation() -> None:
    truth = f"# Title\n\nSome *bold* text.\n\n{TABLE}\n"
    found = "# Title\nSome  text **that is** bold.\n\n| Item | Qty |\n|---|---|\n| Apple | 10 |\n"
    measured = scores(truth, truth)
    assert (measured.order, measured.tables, measured.headings, measured.overall) == (1, 1, 1, 1)
    assert scores(truth, found).tables == 1


def test_measures_without_anything_to_measure_are_left_out() -> None:
    measured = scores("Just text", "# Just text")
    assert (measured.tables, measured.headings) == (None, None)
    assert measured.overall == measured.order


def test_what_is_missing_altogether_counts_as_nothing() -> None:
    measured = scores(f"# Title\n{TABLE}", "Title")
    assert (measured.tables, measured.headings) == (0, 0)


def test_a_changed_cell_costs_less_than_a_missing_one() -> None:
    changed = scores(TABLE, TABLE.replace("10", "11")).tables
    missing = scores(TABLE, TABLE.replace("<td>10</td>", "")).tables
    assert changed is not None
    assert missing is not None
    assert 1 > changed > missing > 0


def test_levels_of_headings_do_not_count_but_their_sections_do() -> None:
    truth = "# Intro\nWelcome\n## Details\nDeep dive"
    assert scores(truth, truth.replace("## D", "#### D")).headings == 1
    fewer = scores(truth, "# Intro\nWelcome").headings
    assert fewer is not None
    assert 0 < fewer < 1


def test_documents_are_shown_beside_another_reader_and_an_older_run_and_what_lost_most_comes_last(
    tmp_path: Path,
) -> None:
    run = {"better": Scores(0.9, None, 0.8), "worse": Scores(0.9, 0.5, None), "new": Scores(0.7, None, None)}
    save_scores(tmp_path / "old.json", {"better": Scores(0.8, None, 0.8), "worse": Scores(0.9, 0.75, None)})
    _, _, *lines = by_document(
        run, {"better": Scores(0.95, None, 0.0)}, read_scores(tmp_path / "old.json")
    ).splitlines()
    assert [line.split() for line in lines if not line.startswith("new")] == [
        ["better", "0.900", "-", "0.800", "-0.050", "-", "+0.800", "+0.100", "-", "="],
        ["worse", "0.900", "0.500", "-", "-", "-", "-", "=", "-0.250", "-"],
    ]
