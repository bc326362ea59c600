"""A file that kills whatever reads it does so three times, and an identical one never again until it is released."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import Any

import pytest
from running import RunningStack, Tenant
from served import environment, sheaf
from test_flow import notes, rows


@pytest.fixture(scope="module")
def content() -> bytes:
    """The bytes of a poison document, the same in every test of this process."""
    return f"POISON crash {time.time_ns()}".encode()


def command(stack: RunningStack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `sheaf quarantine …` beside the stack."""
    variables = {
        "SHEAF_DATABASE_URL": stack.settings.effective_database_url(),
        "SHEAF_SECRET_KEY": stack.settings.secret_key,
        "COLUMNS": "200",
    }
    return sheaf("quarantine", *arguments, env=environment(stack.settings.data_dir, **variables))


def listed(stack: RunningStack, name: str) -> list[dict[str, Any]]:
    found = json.loads(command(stack, "list", "--all", "--json").stdout)
    return [entry for entry in found if entry["file"] == name]


def code(items: dict[str, dict[str, Any]], name: str) -> str:
    return str(items[name]["error_message"]).partition(":")[0]


def test_an_identical_file_fails_at_once_and_points_to_what_is_known(stack: RunningStack, tenant: Tenant) -> None:
    poison = f"POISON crash {time.time_ns()}".encode()
    first = tenant.run([("first.txt", poison), *notes(15)])
    assert code(first, "first.txt") == "WORKER_LOST"
    job = tenant.batch(tenant.upload([("second.txt", poison), *notes(3, "other")]))
    assert tenant.wait(job)["failed_items"] == 1
    items = tenant.items(job)
    assert code(items, "second.txt") == "FILE_IS_QUARANTINED"
    assert rows(stack, job)["second.txt"].deaths is None, "no process has died of it again"
    [entry] = listed(stack, "first.txt")
    assert entry["id"] in items["second.txt"]["error_message"]
    assert [death["how"] for death in entry["deaths"]] == ["SIGSEGV"] * 3, "the message that they shared is no attempt"
    assert tenant.items(job)["other-000.md"]["status"] == "completed"


def test_another_project_is_not_affected(stack: RunningStack, tenant: Tenant, stranger: Tenant, content: bytes) -> None:
    assert code(tenant.run([("mine.txt", content)]), "mine.txt") == "WORKER_LOST"
    assert code(stranger.run([("theirs.txt", content)]), "theirs.txt") == "WORKER_LOST"


def test_a_released_file_runs_again(stack: RunningStack, tenant: Tenant) -> None:
    poison = f"POISON crash {time.time_ns()}".encode()
    name = f"released-{time.time_ns()}.txt"
    tenant.run([(name, poison)])
    [entry] = listed(stack, name)
    shown = command(stack, "show", entry["id"]).stdout
    assert "death 2: WORKER_LOST, SIGSEGV" in shown
    assert "memory peak" in shown
    assert f"{entry['id']} ({name}) is released." in command(stack, "release", entry["id"]).stdout
    assert "had been released before" in command(stack, "release", entry["id"]).stdout
    assert code(tenant.run([(f"again-{name}", poison)]), f"again-{name}") == "WORKER_LOST"


def test_an_id_that_nothing_has_is_an_error_in_one_line(stack: RunningStack) -> None:
    refused = command(stack, "show", "qrt-none")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: no quarantined file qrt-none")


@pytest.mark.parametrize(("word", "expected"), [("hang", "TIMEOUT"), ("gorge", "OUT_OF_MEMORY")])
def test_what_hangs_or_takes_all_memory_is_quarantined_with_its_numbers(
    stack: RunningStack, tenant: Tenant, word: str, expected: str
) -> None:
    name = f"{word}-{os.getpid()}-{time.time_ns()}.txt"
    tenant.run([(name, f"POISON {word} {time.time_ns()}".encode())])
    [entry] = listed(stack, name)
    assert {death["code"] for death in entry["deaths"]} == {expected}
    if word == "gorge":
        assert max(death["memory_mb"] for death in entry["deaths"]) > stack.settings.item_memory_mb / 2
    else:
        assert min(death["seconds"] for death in entry["deaths"]) >= stack.settings.item_timeout_seconds
