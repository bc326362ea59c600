"""A file that kills whatever reads it does so three times, and an identical one never again until it is released."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from support.notes import notes, rows
from support.papers import lines, pdf
from support.quarantined import command, listed
from support.running import BATCHES, RunningStack, Tenant, eventually, once

from engines.sandbox.procfs import descendants
from models import QuarantinedFile
from models.quarantine import blames_file


@pytest.fixture(scope="module")
def content() -> bytes:
    """The bytes of a poison document, the same in every test of this process."""
    return f"POISON crash {time.time_ns()}".encode()


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


@once
def test_another_project_is_not_affected(stack: RunningStack, tenant: Tenant, stranger: Tenant, content: bytes) -> None:
    assert code(tenant.run([("mine.txt", content)]), "mine.txt") == "WORKER_LOST"
    assert code(stranger.run([("theirs.txt", content)]), "theirs.txt") == "WORKER_LOST"


@once
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


@once
def test_the_last_death_names_the_page(stack: RunningStack, tenant: Tenant, tmp_path: Path) -> None:
    name = f"pages-{time.time_ns()}.pdf"
    pages = pdf(tmp_path / name, *(lines(f"Sheet {number}, {time.time_ns()}") for number in range(1, 31))).read_bytes()
    assert code(tenant.run([(name, b"POISON fall 23\n" + pages)]), name) == "WORKER_LOST"
    [entry] = listed(stack, name)
    assert [(death["how"], death["page"]) for death in entry["deaths"]] == [("SIGKILL", None), ("SIGKILL", 23)]
    assert re.search(rf"{name} +WORKER_LOST +23 ", command(stack, "list").stdout)
    assert "SIGKILL, on page 23" in command(stack, "show", entry["id"]).stdout


def test_identical_files_at_once_are_quarantined_once(stack: RunningStack, tenant: Tenant) -> None:
    stamp = time.time_ns()
    twins = [(f"{side}-{stamp}.txt", f"POISON crash {stamp}".encode()) for side in ("left", "right")]
    items = tenant.run(twins, page_size=1)
    assert {code(items, name) for name, _ in twins} <= {"WORKER_LOST", "FILE_IS_QUARANTINED"}
    assert len([entry for name, _ in twins for entry in listed(stack, name)]) == 1


@once
def test_a_retry_with_other_parameters_tries_it_again(stack: RunningStack, tenant: Tenant) -> None:
    poison = ("retried.txt", f"POISON crash {time.time_ns()}".encode())
    job = tenant.batch(tenant.upload([poison]))
    tenant.wait(job)

    def retried(**parameters: Any) -> str:
        again = tenant.ask("POST", f"{BATCHES}/{job}/retry", json={"parameters": parameters})["id"]
        tenant.wait(again)
        return code(tenant.items(again), "retried.txt")

    assert retried() == "FILE_IS_QUARANTINED"
    assert retried(page_separator="\n===\n") == "WORKER_LOST"


@once
def test_a_death_that_a_parameter_caused_is_held_against_its_configuration_on_this_file(
    stack: RunningStack, tenant: Tenant
) -> None:
    stamp = time.time_ns()
    name, fatal = f"fussy-{stamp}.txt", {"page_prefix": ">"}

    def ran(**parameters: Any) -> str:
        job = tenant.batch(tenant.upload([(name, f"POISON fuss {stamp}".encode())]), parameters)
        tenant.wait(job)
        return code(tenant.items(job), name)

    assert ran(**fatal) == "WORKER_LOST"
    assert ran(**fatal) == "FILE_IS_QUARANTINED"
    assert ran() == "None", "the document is as good as any"
    assert ran(page_suffix="<") == "None"
    assert ran(**fatal) == "FILE_IS_QUARANTINED"
    [entry] = listed(stack, name)
    assert entry["with"] == "page_prefix"
    assert re.search(r"with +page_prefix", command(stack, "show", entry["id"]).stdout)
    assert re.search(rf"{name} .* page_prefix ", command(stack, "list").stdout)
    command(stack, "release", entry["id"])
    assert ran(**fatal) == "WORKER_LOST"


@once
def test_a_file_that_dies_with_unlike_parameters_is_to_blame_itself(stack: RunningStack, tenant: Tenant) -> None:
    stamp = time.time_ns()
    name = f"blamed-{stamp}.txt"
    poison = (name, f"POISON crash {stamp}".encode())
    assert code(tenant.run([poison], {"page_prefix": ">"}), name) == "WORKER_LOST"
    assert code(tenant.run([poison], {"page_suffix": "<"}), name) == "WORKER_LOST"
    assert code(tenant.run([poison]), name) == "FILE_IS_QUARANTINED"
    assert code(tenant.run([poison], {"page_separator": "="}), name) == "FILE_IS_QUARANTINED"
    first, second = listed(stack, name)
    assert {first["with"], second["with"]} == {"any parameters"}
    said = command(stack, "release", first["id"]).stdout
    assert f"{second['id']} is the same file, and still held with page_prefix." in said


@pytest.mark.parametrize(
    ("deaths", "is_blamed"),
    [
        ([{}], True),
        ([{"lang": "de"}], False),
        ([{"lang": "de"}, {"lang": "fr"}], True),
        ([{"lang": "de"}, {"page_prefix": ">"}], True),
        ([{"lang": "de", "page_prefix": ">"}, {"lang": "de", "page_suffix": "<"}], False),
        ([{"lang": "de", "page_prefix": ">"}, {"lang": "de"}, {}], True),
    ],
)
def test_a_file_is_blamed_when_no_parameter_is_common_to_its_deaths(
    deaths: list[dict[str, Any]], is_blamed: bool
) -> None:
    assert blames_file([QuarantinedFile(parameters=one) for one in deaths]) is is_blamed


@once
def test_an_expression_that_takes_too_long_is_given_up_and_nothing_is_quarantined(
    stack: RunningStack, tenant: Tenant, tmp_path: Path
) -> None:
    name = f"endless-{time.time_ns()}.pdf"
    pages = pdf(tmp_path / name, lines("a" * 60 + f"! {time.time_ns()}"), lines("a" * 60 + "?")).read_bytes()
    parameters = {"auto_mode": True, "auto_mode_trigger_on_regexp_in_page": "(?:a|aa)+[!?] [a-z]"}
    items = tenant.run([(name, pages)], parameters)
    assert items[name]["status"] == "completed", items[name]["error_message"]
    found = tenant.parsed(items[name]["job_id"], "job_metadata")
    [note] = [one for one in found["job_metadata"]["warnings"] if one["code"] == "REGEXP_GIVEN_UP"]
    assert note["page"] == 1
    assert "(?:a|aa)+[!?] [a-z]: it takes more than 2 s" in note["message"]
    assert listed(stack, name) == []


@once
def test_a_worker_that_is_killed_is_no_evidence_against_its_document(stack: RunningStack, tenant: Tenant) -> None:
    name = f"slow-{time.time_ns()}.txt"
    job = tenant.batch(tenant.upload([(name, f"POISON dawdle {time.time_ns()}".encode())]))
    for attempt in range(1, stack.settings.max_attempts + 1):
        eventually(lambda attempt=attempt: (row := rows(stack, job)[name]).attempts == attempt and row.lease_until)
        for pid in descendants(stack.pid_of("documents")):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    tenant.wait(job)
    assert code(tenant.items(job), name) == "WORKER_LOST"
    assert rows(stack, job)[name].deaths is None
    assert listed(stack, name) == []


@once
def test_an_id_that_nothing_has_is_an_error_in_one_line(stack: RunningStack) -> None:
    refused = command(stack, "show", "qrt-none")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: no quarantined file qrt-none")
