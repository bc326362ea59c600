"""For whoever runs the service: is it alive, may it be given work, and how much of it is there."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from app.api.base import Blueprint
from app.api.errors import abort
from app.metrics import exposition
from models import Session, WorkerProcess, migration, read_session
from tasks.celery import app as celery
from tasks.publish import BROKER_ERRORS
from tasks.queues import QUEUES

blueprint = Blueprint("Health", "", "For whoever runs the service; without a key.", secured=False)
BLUEPRINTS = (blueprint,)


class Readiness(TypedDict):
    """Whether the process may be given work: `ready`, or `degraded` where a queue has no worker, which `detail` says in words."""

    status: Literal["ready", "degraded"]
    workers: dict[str, int]
    """Live worker processes by queue."""
    detail: NotRequired[str]


@blueprint.route("/livez")
@blueprint.response(200, description="The process answers")
def livez() -> dict[str, str]:
    """Tell whether the process is alive"""
    return {"status": "alive"}


@blueprint.route("/readyz")
@blueprint.response(200, description="The database fits and the broker answers; `degraded` where a queue has no worker")
@blueprint.alt_response(503, description="What is missing, in words")
def readyz() -> Readiness:
    """Tell whether the process may be given work

    It may when the database has the schema of this version, and the broker answers. Live worker processes are counted for each
    queue; where there is none the status is `degraded`, and what is accepted waits.
    """
    try:
        is_current = migration.is_current(Session.kw["bind"])
    except SQLAlchemyError:
        abort(503, "The database is not available", {"Retry-After": "2"})
    if not is_current:
        abort(503, "The database has another schema than this version needs: run `sheaf migrate`", {"Retry-After": "5"})
    if not _broker_answers():
        abort(503, "The broker is not available", {"Retry-After": "2"})
    return _served()


@blueprint.route("/metrics")
@blueprint.response(200, description="Counts of jobs, items, webhooks and waiting messages", content_type="text/plain")
def metrics() -> Response:
    """Tell how much there is to do, for Prometheus"""
    return Response(exposition(), content_type=CONTENT_TYPE_LATEST)


def _served() -> Readiness:
    """How many workers each queue has, and what it means when one has none (docs/decisions/0023)."""
    try:
        with read_session() as session:
            living = WorkerProcess.living(session)
    except SQLAlchemyError:
        abort(503, "The database is not available", {"Retry-After": "2"})
    workers = {name: living[name] for name in QUEUES}
    if missing := [name for name, count in workers.items() if not count]:
        detail = f"No worker serves {', '.join(missing)}: what is accepted waits until one does"
        return {"status": "degraded", "detail": detail, "workers": workers}
    return {"status": "ready", "workers": workers}


def _broker_answers() -> bool:
    try:
        with celery.connection_for_write(connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except BROKER_ERRORS:
        return False
    return True
