"""Waiting for a database that is away: work that is done must not be lost because the place to record it restarts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")


def is_outage(error: BaseException) -> bool:
    """Whether a database error means that the database is away or busy, so that the same statement may succeed later."""
    return isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def retry_on_disconnect(action: Callable[[], Answer], seconds: float) -> Answer:
    """Do `action`, again and again while the database is away, for up to `seconds`; then raise what it raised.

    It is called anew each time, so it has to open its own transaction.
    """
    deadline = time.monotonic() + seconds
    pause = 0.2
    while True:
        try:
            return action()
        except DBAPIError as error:
            if not is_outage(error) or time.monotonic() + pause > deadline:
                raise
            logger.warning("the database is away; trying again in %.1f s: %s", pause, error.orig)
        time.sleep(pause)
        pause = min(pause * 2, 5.0)
