"""No order of events loses an item, does one twice or brings one back: see support/state_machine.py for the events."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from support.state_machine import Jobs, machine

__all__ = ["machine"]
"""A fixture."""
EXAMPLES = {"sqlite": 15, "postgresql": 5}
"""On a server each costs five times as much."""


def test_bytes_that_kill_and_bytes_that_are_shared_answer_for_each_other_only(machine: type[Jobs]) -> None:
    jobs = machine()
    for _ in range(2):
        jobs.create(kinds=["poison", "twin", "plague", "fine", "twin", "plague"], page_size=6, cycle=6)
    jobs.teardown()


def test_nothing_is_lost_doubled_or_brought_back_to_life(machine: type[Jobs], database: str) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call] # hypothesis leaves it untyped
        machine,
        settings=settings(
            max_examples=EXAMPLES[database.partition(":")[0].partition("+")[0]],
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            database=None,
        ),
    )
