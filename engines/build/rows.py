"""Rows of text: what stands side by side on a page, of native and of recognised words alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Member = TypeVar("Member")


class Placed(Protocol):
    """What has a place on a page, in points from its top left corner: a Box, or a word of the native reader."""

    @property
    def x(self) -> float:
        """Its left edge."""

    @property
    def y(self) -> float:
        """Its upper edge."""

    @property
    def height(self) -> float:
        """From its upper edge to its lower one."""


def middle(one: Placed) -> float:
    """Height of the middle of something on its page, in points from the top."""
    return one.y + one.height / 2


def stretches(members: Iterable[Member], goes_on: Callable[[list[Member], Member], bool]) -> Iterator[list[Member]]:
    """Members in their order, cut where the stretch so far does not go on with the next one."""
    stretch: list[Member] = []
    for member in members:
        if stretch and not goes_on(stretch, member):
            yield stretch
            stretch = []
        stretch.append(member)
    if stretch:
        yield stretch


def rows_of(ordered: Iterable[Member], place: Callable[[Member], Placed]) -> Iterator[list[Member]]:
    """Members that come from the top, as rows, each from the left.

    A row goes on for as long as middles differ from that of its first member by no more than half of the first one's height.
    """

    def is_beside(row: list[Member], member: Member) -> bool:
        first = place(row[0])
        return abs(middle(place(member)) - middle(first)) <= first.height / 2

    for row in stretches(ordered, is_beside):
        yield sorted(row, key=lambda member: place(member).x)
