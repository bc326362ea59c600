"""What is done of a long document is not done again after its process was killed, and the result is the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.notes import rows
from support.papers import FOX, lines, pdf, scan, writing
from support.running import RunningStack, Tenant, eventually, running

from engines.sandbox.procfs import descendants


def test_after_each_kill_only_the_missing_ranges_run_again(stack: RunningStack, tenant: Tenant, tmp_path: Path) -> None:
    """The document dies after each of its first two ranges, and whenever one that was finished is read again."""
    plain = pdf(tmp_path / "plain.pdf", *(lines(f"Sheet {number}") for number in range(1, 251))).read_bytes()
    documents = [("plain.pdf", plain), ("stumbling.pdf", b"POISON stumble\n" + plain)]
    job = tenant.batch(tenant.upload(documents), page_size=1)
    tenant.wait(job)
    items, stored = tenant.items(job), rows(stack, job)
    assert items["stumbling.pdf"]["status"] == "completed", items["stumbling.pdf"]["error_message"]
    assert stored["stumbling.pdf"].attempts == 3
    stumbled, expected = (
        tenant.parsed(items[name]["job_id"], "markdown_full", "text_full", "items")
        for name in ("stumbling.pdf", "plain.pdf")
    )
    assert {**stumbled, "job": None} == {**expected, "job": None}
    assert len(expected["items"]["pages"]) == 250
    assert not list(Path(stack.settings.data_dir, "store").glob(f"*/{job}/checkpoints/*")), "an ended item leaves none"


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack with time for long documents, each of them in a child."""
    variables = {"SHEAF_ISOLATION": "always", "SHEAF_RECONCILE_SECONDS": "1", "SHEAF_WORKERS": "1"}
    with running("sqlite+valkey", variables, tmp_path_factory.mktemp("patient")) as stack:
        yield stack


def child_of(stack: RunningStack) -> int | None:
    """The process that reads the document; the guardian that it forked comes after it."""
    for pid in sorted(descendants(stack.pid_of("documents"))):
        line = Path(f"/proc/{pid}/cmdline")
        if line.exists() and b"engines.sandbox.child" in line.read_bytes():
            return pid
    return None


def test_a_killed_child_is_followed_by_one_that_goes_on_where_it_was(patient: RunningStack, tmp_path: Path) -> None:
    tenant: Tenant = patient
    words = [
        "apple",
        "bread",
        "chair",
        "dream",
        "eagle",
        "flame",
        "grape",
        "horse",
        "island",
        "juice",
        "knife",
        "lemon",
    ]
    many = pdf(tmp_path / "many.pdf", *(scan(writing(f"Sheet {word}", FOX, FOX)) for word in words))
    job = tenant.batch(tenant.upload([("many.pdf", many.read_bytes())]))
    kept = Path(patient.settings.data_dir, "store")
    eventually(lambda: len(list(kept.glob(f"*/{job}/checkpoints/*/page-*"))) >= 3)
    os.kill(eventually(lambda: child_of(patient)) or 0, signal.SIGKILL)
    assert tenant.wait(job)["processed_items"] == 1
    assert rows(patient, job)["many.pdf"].attempts == 2
    log = (patient.logs / "documents.log").read_text()
    count = int(log.partition("goes on after ")[2].partition(" checkpoints")[0])
    assert count >= 3
    text = tenant.parsed(tenant.items(job)["many.pdf"]["job_id"], "text_full")["text_full"]
    assert [word for word in words if f"Sheet {word}" not in text] == []
    eventually(lambda: not list(kept.glob(f"*/{job}/checkpoints/*")))
