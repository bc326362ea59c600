"""Lanes: what one project or one endpoint may hold of a worker's threads."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tasks.lanes import Lanes


def held(lanes: Lanes, requests: list[tuple[str, str]], stack: ExitStack) -> list[bool]:
    """Whether each request finds a lane while those before it go on."""
    return [stack.enter_context(lanes.taken(project, endpoint)) for project, endpoint in requests]


@pytest.mark.parametrize(
    ("requests", "found"),
    [
        ([(f"p{number}", f"e{number}") for number in range(9)], 8),
        ([("p", f"e{number}") for number in range(9)], 6),
        ([(f"p{number}", "e") for number in range(9)], 4),
    ],
    ids=["in all", "of a project", "to an endpoint"],
)
def test_of_twelve_threads_some_are_left(requests: list[tuple[str, str]], found: int) -> None:
    with ExitStack() as stack:
        assert held(Lanes(threads=12), requests, stack) == [True] * found + [False] * (9 - found)


def test_a_project_that_fills_its_lanes_leaves_some_to_others() -> None:
    lanes = Lanes(threads=12)
    with ExitStack() as stack:
        held(lanes, [("slow", f"e{number}") for number in range(40)], stack)
        assert lanes.full_projects() == ["slow"]
        assert held(lanes, [("other", "e"), ("third", "e")], stack) == [True, True]


def test_a_project_with_a_full_endpoint_is_passed_over_and_not_forgotten() -> None:
    lanes = Lanes(threads=12)
    with ExitStack() as stack:
        held(lanes, [("slow", "its only one")] * 4, stack)
        with ExitStack() as others:
            assert held(lanes, [*[("other", f"e{number}") for number in range(4)], ("third", "e")], others)[-1] is False
        assert lanes.full_projects() == ["slow"]
        assert [lanes.awaited(), lanes.awaited()] == [4, 4], "the slow one's next wait for its own lanes"
    assert [lanes.awaited(), lanes.awaited()] == [8, 0]


def test_a_worker_of_one_thread_has_a_lane() -> None:
    with Lanes(threads=1).taken("p", "e") as is_free:
        assert is_free


def test_a_lane_is_free_again_after_a_request_and_after_an_error() -> None:
    lanes = Lanes(threads=1)
    with pytest.raises(OSError, match="away"), lanes.taken("p", "e"):
        raise OSError("away")
    with lanes.taken("p", "e") as is_free:
        assert is_free
    assert lanes.full_projects() == []


def test_only_who_was_turned_away_is_awaited() -> None:
    lanes = Lanes(threads=1)
    with lanes.taken("p", "e"):
        assert lanes.awaited() == 0
        with lanes.taken("q", "e") as is_free:
            assert not is_free
    assert lanes.awaited() == 1
    assert lanes.awaited() == 0
