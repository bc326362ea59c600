"""Documents that would keep a worker for ever, or take all its memory, cost their own attempts and nothing of their neighbours.

They run side by side in one job, on a stack that has less patience than the others: each takes all of it twice. What the
database has to do with it is the same for every document that takes its process down: see TestPoison in test_flow.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from support.notes import notes, poison, rows, statuses
from support.quarantined import listed
from support.running import BATCHES, KINDS, QUICK, RunningStack, eventually, running

CODES = {"hang": "TIMEOUT", "grip": "TIMEOUT", "gorge": "OUT_OF_MEMORY"}
"""How each of them ends."""


class Ended(NamedTuple):
    """What became of all of them and of some notes, by name: as the API and as the database have it."""

    items: dict[str, dict[str, Any]]
    rows: dict[str, Any]


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack that gives up after seconds."""
    impatient = {
        "SHEAF_ITEM_TIMEOUT_SECONDS": "10",
        "SHEAF_MAX_ATTEMPTS": "2",
        "SHEAF_MESSAGE_TIMEOUT_SECONDS": "8",
        "SHEAF_WORKERS": "3",
    }
    with running(KINDS[0], QUICK | impatient, tmp_path_factory.mktemp("hasty"), measured=False) as stack:
        yield stack


@pytest.fixture(scope="module")
def ended(hasty: RunningStack) -> Ended:
    documents = [one for word in CODES for one in (*notes(2, word), poison(word), *notes(1, f"more {word}"))]
    job = hasty.batch(hasty.upload(documents), page_size=4)
    assert hasty.wait(job)["status"] == "completed"
    return Ended(hasty.items(job), rows(hasty, job))


@pytest.mark.parametrize(("word", "code"), CODES.items())
def test_it_fails_after_its_attempts_with_a_code_that_says_why(
    hasty: RunningStack, ended: Ended, word: str, code: str
) -> None:
    item = ended.items[f"{word}.txt"]
    assert (item["status"], item["error_message"].split(":")[0]) == ("failed", code)
    assert ended.rows[f"{word}.txt"].attempts == hasty.settings.max_attempts


def test_its_neighbours_are_completed_and_are_charged_no_attempt_for_it(ended: Ended) -> None:
    neighbours = {name for name in ended.items if name.removesuffix(".txt") not in CODES}
    assert statuses({name: ended.items[name] for name in neighbours}) == ["completed"]
    assert {ended.rows[name].attempts for name in neighbours} <= {0, 1}


def test_none_holds_a_process_of_the_worker_afterwards(hasty: RunningStack, ended: Ended) -> None:
    slow = [(f"{number}-{name}", content) for number in range(3) for name, content in [poison("dawdle")]]
    job = hasty.batch(hasty.upload(slow), page_size=1)
    eventually(lambda: statuses(hasty.items(job)) == ["processing"])
    hasty.ask("POST", f"{BATCHES}/{job}/cancel", json={})


@pytest.mark.parametrize("word", CODES)
def test_it_is_quarantined_with_its_numbers(hasty: RunningStack, ended: Ended, word: str) -> None:
    [entry] = listed(hasty, f"{word}.txt")
    assert {death["code"] for death in entry["deaths"]} == {CODES[word]}
    if word == "gorge":
        assert max(death["memory_mb"] for death in entry["deaths"]) > hasty.settings.item_memory_mb / 2
    else:
        assert min(death["seconds"] for death in entry["deaths"]) >= hasty.settings.item_timeout_seconds
