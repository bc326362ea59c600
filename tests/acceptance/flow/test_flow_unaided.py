"""The flow of a batch where nobody helps: one worker, which a document that goes on would keep, and no reconciler."""

from __future__ import annotations

from support.notes import notes, poison, statuses
from support.running import BATCHES, RunningStack, eventually


def test_each_finished_page_sends_the_next_until_the_job_ends(unaided: RunningStack) -> None:
    directory = unaided.upload(notes(12))
    job = unaided.batch(directory, page_size=1, continue_as_new_threshold=2)
    assert unaided.wait(job)["processed_items"] == 12


def test_a_worker_learns_that_its_document_was_cancelled_and_takes_the_next(unaided: RunningStack) -> None:
    endless = unaided.batch(unaided.upload([poison("linger")]))
    eventually(lambda: statuses(unaided.items(endless)) == ["processing"])
    unaided.ask("POST", f"{BATCHES}/{endless}/cancel", json={})
    assert unaided.wait(unaided.batch(unaided.upload(notes(2, "next"))))["processed_items"] == 2
