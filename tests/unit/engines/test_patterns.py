"""Regular expressions of users: which are refused before a job exists, and how little the others can cost."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import regex
from flask.testing import FlaskClient

from engines.errors import Code
from engines.parameters import ParseParameters, pattern_bounds, pattern_trial
from engines.parameters.conditions import Complaint, Conditions
from engines.parameters.patterns import Search, pattern_in
from engines.parameters.validation import complaints_about

SIMPLE, ENTRIES = "auto_mode_trigger_on_regexp_in_page", "auto_mode_configuration_json"
PLACES: dict[str, Callable[[str], dict[str, str]]] = {
    "simple": lambda text: {SIMPLE: text},
    "regexp_in_page": lambda text: {ENTRIES: json.dumps([{"table_in_page": True}, {"regexp_in_page": text}])},
    "filename_regexp": lambda text: {ENTRIES: json.dumps([{"filename_regexp": text}])},
}
"""Where a user can write an expression."""

TOO_LARGE = {
    "((((a{100}){100}){100}){100})": "more than 10,000 parts",
    "(ab){2147483647}": "more than 10,000 parts",
    "(ab){99999999999999999999999}": "more than 10,000 parts",
    "(?:\\w{200}-){60}": "more than 10,000 parts",
    "(" * 40 + "a" + ")+" * 40: "more than 10,000 parts",
    "(" * 40 + "a" + "){1,}" * 40: "more than 10,000 parts",
    "(" * 51 + "a" + ")" * 51: "nested deeper than 50",
    "a" * 10_001: "longer than 10,000 characters",
}
NOT_TO_BE_JUDGED = [
    "(?R)?a",
    "(a(?1)?)",
    "(?<n>a(?&n)?)",
    "(?P<n>a(?P>n)?)",
    "(a)?(?(1)b|c)",
    "(?|a|b)",
    "(?x) a  # ((b",
    "(?V1)[[a]--[b]]",
    "a(*PRUNE)b",
    "(?:total){e<=3}",
    "(?:total){2i+2d<5}",
]
NO_EXPRESSION = ["(", "[", "a)", "a{3,2}", "\\", "(?<n>a)(?P=m)", "*a"]
GOOD = [
    r"/((total cost)|(tax))/gi",
    r"\b\d{4}-\d{2}-\d{2}\b",
    r"^(?:[A-Z]{2}\d{2})(?:\s?\w{4}){2,7}$",
    r"[[:alpha:]]+[^\]\\]*[]a]",
    r"(?i)invoice(?-i: No\.) (?P<n>\d+) (?P=n)",
    r"(?<!un)(?<=\s)paid(?=\.)(?! not)\p{Lu}*+",
    r'{"id": "[^"]*"}',
    r"${name}",
    "(" * 50 + "a" + ")" * 50,
    "(?:a|b)*" * 1000,
    "a{10000}",
    "\\u00df(?#a remark ((( )",
]


def refused(parameters: dict[str, Any]) -> list[Complaint]:
    return complaints_about(ParseParameters(auto_mode=True, **parameters), Conditions())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *TOO_LARGE.items(),
        *((text, "not supported here") for text in NOT_TO_BE_JUDGED),
        *((one, "") for one in NO_EXPRESSION),
    ],
    ids=lambda text: text[:20],
)
def test_an_expression_that_cannot_be_used_is_refused_wherever_it_stands(place: str, text: str, reason: str) -> None:
    parameters = PLACES[place](text)
    [complaint] = refused(parameters)
    assert complaint.path == tuple(parameters)
    assert reason in complaint.message
    assert place == "simple" or complaint.message.rpartition("entry ")[2][0] == (
        "1" if place == "filename_regexp" else "2"
    )


@pytest.mark.parametrize("text", GOOD, ids=lambda text: text[:20])
def test_what_people_write_is_accepted(text: str) -> None:
    assert refused({SIMPLE: text}) == []


def test_a_request_with_such_an_expression_is_422_and_takes_no_memory(client: FlaskClient) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for text in TOO_LARGE:
        config = {"parameters": {"auto_mode": True, SIMPLE: text}}
        answer = client.post("/api/v1/beta/batch-processing", json={"job_config": config, "item_ids": ["x"]})
        assert answer.status_code == 422, answer.text
        [said] = answer.get_json()["detail"]
        assert said["loc"] == ["body", "job_config", "parameters", SIMPLE]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024, "kilobytes"


@pytest.mark.parametrize("text", ["((((a{100}){100}){100}){100})", "(ab){2147483647}", "(" * 40 + "a" + ")+" * 40])
def test_what_the_bounds_would_miss_kills_only_the_process_that_tries_it(text: str) -> None:
    with pytest.raises(ValueError, match="more than"):
        pattern_bounds.check(text)
    position, reason = pattern_trial.verdict((("a", regex.V0), (text, regex.V0), ("(", regex.V0))) or (None, "")
    assert position == 1
    assert reason == "compiling it takes more than 2 s or 256 MB"


@pytest.mark.parametrize("trouble", ["killed", "late", "not started"])
def test_trouble_of_the_machine_is_not_held_against_an_expression(
    trouble: str, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"parameters": {"auto_mode": True, SIMPLE: f"invoice of {tmp_path.name}"}}
    body = {"job_config": config, "item_ids": ["x"]}
    with monkeypatch.context() as patch:
        if trouble == "killed":  # as the kernel does when memory is short
            (tmp_path / "trial.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
            patch.setattr(pattern_trial, "__file__", str(tmp_path / "trial.py"))
        elif trouble == "late":
            patch.setattr(pattern_trial, "WALL_SECONDS", 0)
        else:
            patch.setattr(sys, "executable", str(tmp_path / "nothing"))
        answer = client.post("/api/v1/beta/batch-processing", json=body)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "2")
    assert "regular expressions" in answer.get_json()["detail"]
    again = client.post("/api/v1/beta/batch-processing", json=body)
    assert SIMPLE not in again.text, "once the machine has room, it is judged"
    assert again.status_code < 500


def test_the_trial_imports_nothing_of_the_folder_that_it_is_started_in(tmp_path: Any) -> None:
    for name in ("json", "regex", "resource"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('from the wrong place')")
    code = "from engines.parameters import pattern_trial; print(pattern_trial.verdict((('a', 256), ('(', 256))))"
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "(1, 'missing ) at position 1')\n"


@pytest.mark.parametrize(
    ("described", "complaint"),
    [
        ([{"regexp_in_page": "a", "regexp_in_page_mode": ["i"]}], "regexp_in_page_mode is a text"),
        ([{"filename_match_glob": "[" * 1001}], "at most 100 patterns of 1000 characters"),
        ([{"filename_match_glob_list": ["*.pdf"] * 101}], "at most 100 patterns of 1000 characters"),
        ([{"table_in_page": True}] * 201, "more than 200 entries"),
    ],
)
def test_what_stands_beside_expressions_is_bounded_too(described: list[dict[str, Any]], complaint: str) -> None:
    [found] = refused({ENTRIES: json.dumps(described)})
    assert complaint in found.message


def test_a_search_that_does_not_end_is_given_up_once_for_the_whole_document() -> None:
    search, endless, good = Search(), pattern_in("(?:a|aa)+[!?]b"), pattern_in("a{9}")
    text = "a" * 60 + "!"
    assert [search.occurs(endless, text, page) for page in range(1, 1000)] == [False] * 999
    assert search.occurs(good, text, 2)
    [note] = search.notes
    assert (note.code, note.page) == (Code.REGEXP_GIVEN_UP, 1)
    assert "((?:a|aa)+[!?]b: it takes more than 2 s)" in note.message


def test_all_searches_of_a_document_together_have_an_end() -> None:
    search = Search(seconds=1e-9)
    search.occurs(pattern_in("a"), "b" * 100_000, 1)
    assert not search.occurs(pattern_in("b"), "b", 2)
    assert "all searches together take more than 1e-09 s" in search.notes[-1].message


def test_of_a_page_without_end_the_beginning_is_searched() -> None:
    search, text = Search(), "b" + "a" * 1_000_000 + "c"
    assert search.occurs(pattern_in("b"), text, 4)
    assert search.notes == []
    assert not search.occurs(pattern_in("c"), text, 4)
    [note] = search.notes
    assert "more than 1,000,000 characters" in note.message
