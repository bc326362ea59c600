"""How `sheaf run` learns which items of a long job have ended: each once, in few requests."""

from __future__ import annotations

import random
from typing import Any

import pytest

from app.cli.harvest import BLOCK, Arrivals, Harvest
from app.cli.outputs import DocumentReport
from app.cli.progress import do_nothing

ITEMS = 10_000
IN_WORK = 64
"""Items that the workers hold at a time."""


class Listing:
    """A job's list of items as the API gives it, and how often it was asked for."""

    def __init__(self, total: int) -> None:
        self.statuses = ["pending"] * total
        self.requests = 0

    def item_page(self, _job_id: str, *, offset: int, limit: int) -> dict[str, Any]:
        self.requests += 1
        page = self.statuses[offset : offset + limit]
        items = [{"item_id": str(offset + place), "status": status} for place, status in enumerate(page)]
        return {"items": items, "total_size": len(self.statuses)}


def test_each_item_is_told_once_and_ended_blocks_are_not_asked_for_again() -> None:
    listing, chance = Listing(ITEMS), random.Random(9)
    arrivals = Arrivals(listing, "bjb-1")  # type: ignore[arg-type] # all that it asks of a client
    told: list[str] = []
    looks = 0
    straggler, waiting = 7, list(range(ITEMS))
    while waiting:
        for place in chance.sample(waiting[:IN_WORK], min(40, len(waiting))):
            if place != straggler or len(waiting) == 1:
                listing.statuses[place] = chance.choice(["completed", "failed", "skipped"])
                waiting.remove(place)
        listing.statuses[straggler] = "processing" if straggler in waiting else "completed"
        told += [item["item_id"] for item in arrivals.take(is_over=not waiting)]
        looks += 1
    assert sorted(map(int, told)) == list(range(ITEMS))
    assert listing.requests < 4 * looks, "the block of the straggler, those in work, and the next"
    assert listing.requests < 4 * looks < ITEMS / 5


def test_the_end_of_a_job_tells_the_rest_wherever_it_stopped() -> None:
    listing = Listing(5 * BLOCK)
    arrivals = Arrivals(listing, "bjb-1")  # type: ignore[arg-type] # all that it asks of a client
    assert list(arrivals.take(is_over=False)) == []
    assert listing.requests == 1, "nothing has begun behind it either"
    listing.statuses[3:] = ["cancelled"] * (5 * BLOCK - 3)
    listing.statuses[:3] = ["completed"] * 3
    assert len(list(arrivals.take(is_over=True))) == 5 * BLOCK


def test_a_list_that_is_still_being_written_is_read_on() -> None:
    listing = Listing(3)
    arrivals = Arrivals(listing, "bjb-1")  # type: ignore[arg-type] # all that it asks of a client
    listing.statuses = ["completed"] * 3
    assert len(list(arrivals.take(is_over=False))) == 3
    listing.statuses = ["completed"] * (2 * BLOCK)
    assert len(list(arrivals.take(is_over=False))) == 2 * BLOCK - 3


def test_an_error_that_nobody_foresaw_ends_the_run_and_drops_no_document_silently() -> None:
    def write(item: dict[str, Any]) -> DocumentReport:
        return DocumentReport(file=item["item_name"], status=item["status"])

    harvest = Harvest(write)
    harvest.add_items([{"item_name": "one", "status": "completed"}, {"item_name": "two"}])
    with pytest.raises(KeyError, match="status"):
        list(harvest.finish(do_nothing))
    assert harvest.outcomes().keys() == {"one"}
    harvest.close()
