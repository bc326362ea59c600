"""What the logs of a message name: the request that led to it, its task and its id, then job, item and work as they are known.

The request's id travels in the headers of messages, from the API to whatever one message leads to. It is bound like all else by
structlog's context variables, so that lines of libraries carry it too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import celery.worker.request
import structlog
from celery import Task

from models import BatchItem
from tasks import noise

HEADER = "request_id"
"""Name of the request's id, both in the headers of a message and in the lines of a log."""


def headers(request_id: str | None) -> dict[str, str]:
    """The headers of a message that is sent on behalf of a request, whoever sends it."""
    return {HEADER: request_id} if request_id else {}


def take_along(headers: dict[str, Any] | None = None, **_: object) -> None:
    """Put the id of the request at hand into the headers of a message that names none; called before it is sent."""
    request_id = structlog.contextvars.get_contextvars().get(HEADER)
    if headers is not None and request_id:
        headers.setdefault(HEADER, request_id)


def begin(task_id: str = "", task: Task[Any, Any] | None = None, args: Sequence[Any] = (), **_: object) -> None:
    """Forget what the former message was about, and name this one. Only the next one ends it: chords send after the task."""
    structlog.contextvars.clear_contextvars()
    if task is not None:
        structlog.contextvars.bind_contextvars(**_ids(task.name, task_id, args, task.request.get(HEADER)))


def _ids(task: str, message: str, args: Sequence[Any], request_id: str | None) -> dict[str, str]:
    """What is known of a message before it is begun: those of a batch begin with the id of the job."""
    job = {"job": args[0]} if task.startswith("batch.") and args else {}
    return {"task": task, "message": message, **job, **headers(request_id)}


def about(**ids: object) -> None:
    """Name what the rest of this message is about."""
    structlog.contextvars.bind_contextvars(**ids)


@contextlib.contextmanager
def about_job(job_id: str, request_id: str | None) -> Iterator[None]:
    """Name one of several jobs, and the request that made it, within the block; messages sent in it are on its behalf."""
    with structlog.contextvars.bound_contextvars(job=job_id, **headers(request_id)):
        yield


@contextlib.contextmanager
def about_item(item: BatchItem) -> Iterator[None]:
    """Name an item, by the ids that the API shows, in all lines within the block, and in those of what libraries print."""
    noise.tell()
    with structlog.contextvars.bound_contextvars(item=item.source_id, work=item.work_id):
        try:
            yield
        finally:
            noise.tell()


class MessageRequest(celery.worker.request.Request):
    """A message as the worker's own process sees it: what that logs of a message whose process died names the message too."""

    def on_failure(self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> Any:
        """See Celery."""
        ids = _ids(self.name, self.id, self.args or (), self.request_dict.get(HEADER))
        with structlog.contextvars.bound_contextvars(**ids):
            return super().on_failure(exc_info, send_failed_event, return_ok)


class MessageTask(Task[Any, Any]):
    """The base of all tasks."""

    Request = "tasks.log_context:MessageRequest"
