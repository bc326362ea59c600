"""Ctrl-C of `sheaf run`: what is done is there, the job is cancelled, the next run goes on, and nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from support.running import HOSTILE
from support.runs import FORMS, LEDGER, engine_runs, results, run
from support.served import ROOT, SHEAF, Served, command_lines, environment, group_of, serving, until

from app.cli import main

WAITING = {"PYTHONPATH": os.pathsep.join([str(HOSTILE), str(ROOT)]), "SHEAF_MESSAGE_ITEMS": "1", "SHEAF_WORKERS": "2"}
"""Of a service with documents that wait until they are let go."""


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("slow"), **WAITING) as served:
        yield served


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Twenty documents that are ready at once, then ten that wait for the file `gate`."""
    made = tmp_path / "documents"
    made.mkdir()
    for number in range(20):
        (made / f"a{number:02}.txt").write_text(f"Number {number} of {made}")
    for number in range(10):
        (made / f"b{number:02}.txt").write_text(f"POISON wait {tmp_path / 'gate'}\nNumber {number} of {made}")
    return made


def begin(variables: dict[str, str], place: Path, out: Path, **options: Any) -> subprocess.Popen[str]:
    command = [*SHEAF, "run", str(place), "--out", str(out)]
    streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=variables, **streams, **options)


def last_job(served: Served) -> dict[str, Any]:
    with httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {served.key}"}) as client:
        [job, *_] = client.get("/api/v1/beta/batch-processing").json()["items"]
    return dict(job)


def test_results_are_there_the_job_is_cancelled_and_the_next_run_goes_on(
    slow: Served, place: Path, tmp_path: Path, out: Path
) -> None:
    """Also for a run that was started to ignore SIGINT, as shells do with what a script starts in the background."""
    before = engine_runs(slow)
    ignoring = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    with begin(slow.client_environment, place, out, **ignoring) as running:
        until(lambda: len(results(out)) >= 10)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "Traceback" not in said
    done = results(out)
    left = 30 - len(done)
    assert "Cancelling; what is completed is written" in said
    assert f"Interrupted: {len(done)} of 30 documents are done, {left} are left; results in {out}." in said
    assert said.endswith("Run the same command again to go on.\n")
    files = {path.name for path in out.iterdir() if path.name != LEDGER}
    assert files == {f"{name}.{form}" for name in done for form in FORMS}
    assert last_job(slow)["status"] == "cancelled"
    (tmp_path / "gate").touch()
    again = run(slow, place, out=out)
    assert (len(again["documents"]), again["job"]["total_items"]) == (30, left)
    assert sum(one["is_earlier"] for one in again["documents"].values()) == len(done)
    assert len(results(out)) == 30
    assert engine_runs(slow) - before == 30


def test_what_was_written_before_a_kill_is_not_done_again(slow: Served, place: Path, tmp_path: Path, out: Path) -> None:
    with begin(slow.client_environment, place, out) as running:
        until(lambda: (out / LEDGER).exists() and (out / LEDGER).read_text().count("\n") >= 10)
        running.kill()
    done = {json.loads(line)["outcome"]["file"] for line in (out / LEDGER).read_text().splitlines()}
    (tmp_path / "gate").touch()
    again = run(slow, place, out=out)
    assert {name for name, one in again["documents"].items() if one["is_earlier"]} == done
    assert len(results(out)) == 30


def test_cancelled_items_are_tried_again(slow: Served, place: Path, tmp_path: Path) -> None:
    def ask(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, arguments, env=slow.client_environment)
        assert done.exit_code == code, done.output
        return done.stdout

    job = ask("submit", str(place)).strip()
    ask("cancel", job)
    cancelled = len(json.loads(ask("items", job, "--status", "cancelled", "--json")))
    assert cancelled >= 10
    (tmp_path / "gate").touch()
    ask("retry", job, code=1)  # nothing failed
    assert f": {cancelled} processed, 0 failed, 0 skipped of {cancelled}" in ask("retry", job, "--cancelled", "--watch")


def test_a_second_one_ends_a_run_that_cannot_cancel(place: Path, tmp_path: Path, out: Path) -> None:
    """With a stack of its own, of which nothing stays."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    variables = environment(tmp_path / "data", TMPDIR=str(temporary), **WAITING)
    variables.pop("XDG_RUNTIME_DIR", None)
    with begin(variables, place, out) as running:
        until(lambda: len(results(out)) >= 3)
        group = group_of(running)
        for pid in members(group, "sheaf-api"):
            os.kill(pid, signal.SIGSTOP)  # it will not answer
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        assert any("Cancelling" in line for line in running.stderr)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=120) == 130
    until(lambda: not members(group))
    until(lambda: not list(temporary.iterdir()))


def members(group: int, text: str = "") -> list[int]:
    """The processes of a group whose command lines hold `text`; dead ones have none."""
    return [pid for pid, line in command_lines().items() if line and text in line and is_in(pid, group)]


def is_in(pid: int, group: int) -> bool:
    try:
        return os.getpgid(pid) == group
    except ProcessLookupError:
        return False
