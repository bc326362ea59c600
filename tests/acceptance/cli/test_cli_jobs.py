"""The client commands: submit, watch, items, cancel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.served import Served, environment

from app.cli import main

PAGE = "<h1>A page</h1>"


def ask(served: Served, *arguments: str | Path, **variables: str) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)], env={**served.client_environment, **variables})


@pytest.fixture
def job(served: Served, tmp_path: Path) -> str:
    """A finished job of one good and one torn document."""
    (tmp_path / "good.html").write_text(PAGE)
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.7 and no more")
    done = ask(served, "submit", tmp_path, "--watch")
    assert done.exit_code == 1, done.output
    return done.stdout.splitlines()[0]


def test_submit_prints_the_job_and_watch_tells_its_end(served: Served, job: str) -> None:
    done = ask(served, "watch", job)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == f"{job} completed: 1 processed, 1 failed, 0 skipped of 2"


def test_items_lists_what_became_of_each(served: Served, job: str) -> None:
    listed = ask(served, "items", job).stdout
    assert "good.html" in listed
    assert "PDF_IS_BROKEN" in listed
    failed = json.loads(ask(served, "items", job, "--status", "failed", "--json").stdout)
    assert [(item["item_name"], item["status"]) for item in failed] == [("torn.pdf", "failed")]


def test_cancelling_a_finished_job_changes_nothing(served: Served, job: str) -> None:
    done = ask(served, "cancel", job, "--reason", "no longer wanted")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{job} completed: ")


def test_submit_takes_a_directory_of_the_server(served: Served, tmp_path: Path) -> None:
    missing = ask(served, "submit", "--directory", "dir-unknown")
    assert missing.exit_code == 1
    assert "(404)" in missing.stderr


@pytest.mark.parametrize("arguments", [["submit"], ["submit", ".", "--directory", "dir-1"]])
def test_submit_wants_paths_or_a_directory(served: Served, arguments: list[str]) -> None:
    assert "either paths or --directory" in ask(served, *arguments).stderr


@pytest.mark.parametrize("command", ["watch", "items", "cancel"])
def test_an_unknown_job_is_one_line(served: Served, command: str) -> None:
    refused = ask(served, command, "bjb-unknown")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: ")
    assert refused.stderr.strip().endswith("(404)")


def test_a_wrong_key_is_one_line(served: Served) -> None:
    refused = ask(served, "watch", "bjb-unknown", SHEAF_API_KEY="wrong")
    assert refused.exit_code == 1
    assert refused.stderr.strip().endswith("(401)")


def test_a_local_server_is_found_by_its_data_directory(
    served: Served, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("SHEAF_BASE_URL", "SHEAF_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    done = CliRunner().invoke(main, ["watch", job], env={"SHEAF_DATA_DIR": str(served.data_dir)})
    assert done.exit_code == 1, done.output
    assert job in done.stdout


def test_without_a_server_it_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SHEAF_BASE_URL", "SHEAF_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    refused = CliRunner().invoke(main, ["watch", "bjb-1"], env={"SHEAF_DATA_DIR": str(tmp_path)})
    assert refused.exit_code == 1
    assert "sheaf serve" in refused.stderr


def test_a_remote_server_needs_a_key(tmp_path: Path) -> None:
    variables = environment(tmp_path, SHEAF_BASE_URL="http://127.0.0.1:9", SHEAF_API_KEY="")
    refused = CliRunner().invoke(main, ["watch", "bjb-1"], env=variables)
    assert refused.exit_code == 1
    assert "SHEAF_API_KEY" in refused.stderr
