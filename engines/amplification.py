"""How much a document may become: bounds on what a small file can ask for by repetition, merged cells and references.

A document costs one unit for each character, besides `ITEM` for each block and `PLACE` for each place of a table; that is about
a fifth of the bytes that its outputs have in the end. It may cost `FLOOR`, or `FACTOR` times the bytes of its (packed) file
where that is more. The smallest attacks of other people's making start at 10,000 times.

Whoever adds content says what it costs before it is made, so that nothing has to be made to be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

from engines.errors import Code, DocumentError

FLOOR = 2_000_000
"""What every document may cost, however small: some 10 MB of outputs."""
FACTOR = 100
ITEM = 60
PLACE = 10
MOST_PICTURE_BYTES = 1 << 30
"""Bytes of all pictures of a document together: the same one may stand on every page, and each page keeps its own."""


class Allowance:
    """What is left of it for one document."""

    def __init__(self, units: float, picture_bytes: float = MOST_PICTURE_BYTES) -> None:
        self.units = units
        self.picture_bytes = picture_bytes


UNBOUNDED = Allowance(inf, inf)
_current: ContextVar[Allowance] = ContextVar("allowance")
"""Of the document that this thread reads: content is added in too many places to hand it to each."""


@contextmanager
def allowed(file_bytes: int) -> Iterator[None]:
    """Read a document whose file has so many bytes inside of this."""
    token = _current.set(Allowance(max(FLOOR, FACTOR * file_bytes)))
    try:
        yield
    finally:
        _current.reset(token)


def afford(units: int) -> None:
    """Check that so much can still be added. Raises DocumentError: OUTPUT_TOO_LARGE."""
    if units > _current.get(UNBOUNDED).units:
        raise DocumentError(Code.OUTPUT_TOO_LARGE)


def spend(units: int) -> None:
    """Take note that so much is added. Raises DocumentError: OUTPUT_TOO_LARGE."""
    afford(units)
    _current.get(UNBOUNDED).units -= units


def spend_picture(size: int) -> bool:
    """Take note of a picture of so many bytes; False when there is no room for it."""
    allowance = _current.get(UNBOUNDED)
    if size > allowance.picture_bytes:
        return False
    allowance.picture_bytes -= size
    return True
