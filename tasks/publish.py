"""Publishing a task: at once or not at all. SQL knows what has to be done, so a message that cannot be sent is only late."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, TimeoutError  # noqa: A004 - the one that futures raise
from typing import Any

from celery import Task
from celery.exceptions import CeleryError
from kombu.exceptions import KombuError
from kombu.exceptions import OperationalError as BrokerError

logger = logging.getLogger(__name__)

BOUND_SECONDS = 2.0
"""How long a request may wait for the broker; what it did not send the reconciler sends."""

WAITING = 100
"""How many messages of requests may wait for a broker that hangs; more would only use up memory, since SQL knows of all."""

BROKER_ERRORS = (BrokerError, KombuError, CeleryError, OSError)

dropped: Counter[str] = Counter()
"""How many messages of this process were not even tried to send, by task."""

_publisher = ThreadPoolExecutor(max_workers=4, thread_name_prefix="publish")
_room = threading.Semaphore(WAITING)
_counting = threading.Lock()


def send(task: Task[Any, Any], *args: Any, **options: Any) -> bool:
    """Publish a task; False, and a line in the log, when the broker is away: the reconciler sends it later."""
    try:
        task.apply_async(args, retry=False, **options)
    except BROKER_ERRORS as error:
        logger.warning("%s could not be sent and waits for the reconciler: %s", task.name, error)
        return False
    return True


def send_bounded(task: Task[Any, Any], *args: Any, **options: Any) -> bool:
    """Publish a task from inside a request: a broker that hangs costs it at most BOUND_SECONDS, and no memory beyond WAITING.

    False when it was not sent, or not yet: the reconciler sends it later.
    """
    if not _room.acquire(blocking=False):
        with _counting:
            dropped[task.name] += 1
        logger.warning("%s is dropped and left to the reconciler: %d messages wait for the broker", task.name, WAITING)
        return False
    context = contextvars.copy_context()  # the message names the request
    publishing = _publisher.submit(context.run, _send_and_make_room, task, *args, **options)
    try:
        return publishing.result(timeout=BOUND_SECONDS)
    except TimeoutError:
        logger.warning("%s was not sent within %.0f s and waits for the reconciler", task.name, BOUND_SECONDS)
        return False


def _send_and_make_room(task: Task[Any, Any], *args: Any, **options: Any) -> bool:
    try:
        return send(task, *args, **options)
    finally:
        _room.release()
