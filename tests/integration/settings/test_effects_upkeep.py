"""What settings change in what runs by itself: reconciler, webhooks, chords, logs, workers."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from support.inprocess import NOTE, Service, Start
from support.running import BATCHES, QUICK, RunningStack
from support.waiting import eventually

from models import BatchJob, BatchPage, Session, WebhookDelivery, read_session
from models.base import now, utc_now
from models.sealed import Sealed
from models.webhooks import DeliveryStatus
from settings import Settings
from tasks import logs, reconciler
from tasks.celery import create
from tasks.webhooks import deliver_webhook


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what the reconciler sends."""
    names: list[str] = []
    monkeypatch.setattr(reconciler, "send", lambda task, *_arguments, **_options: names.append(task.name))
    monkeypatch.setattr(reconciler, "send_page", lambda _plan, number: names.append(f"page {number}"))
    return names


@pytest.mark.setting("dispatch_seconds")
@pytest.mark.parametrize(("patience", "woken"), [(30, True), (90, False)])
def test_a_job_that_waits_for_longer_is_woken_up(service: Start, sent: list[str], patience: int, woken: bool) -> None:
    made = service(dispatch_seconds=patience)
    made.post(BATCHES, json={"job_config": {}, "item_ids": [made.upload("note.html", NOTE)]})
    with Session.begin() as session:
        session.execute(sa.update(BatchJob).values(updated_at=now() - dt.timedelta(seconds=60)))
    reconciler.reconcile()
    assert ("batch.dispatch" in sent) is woken


@pytest.mark.setting("stalled_seconds")
@pytest.mark.parametrize(("patience", "again"), [(30, ["page 0"]), (90, [])])
def test_a_page_that_nobody_takes_for_longer_is_sent_again(
    service: Start, sent: list[str], patience: int, again: list[str]
) -> None:
    service(stalled_seconds=patience).job(("note.html", NOTE))
    with Session.begin() as session:
        session.execute(sa.update(BatchPage).values(last_sent_at=utc_now(-60)))
    reconciler.reconcile()
    assert sent == again


@pytest.mark.setting("reconcile_seconds", "sweep_seconds")
def test_the_clock_ticks_as_the_settings_say() -> None:
    schedule = create(Settings(reconcile_seconds=7, sweep_seconds=70)).conf.beat_schedule
    assert {name: one["schedule"] for name, one in schedule.items()} == {"reconcile": 7.0, "sweep": 70.0}


@pytest.mark.setting("broker_url", "result_url", "item_memory_mb")
def test_chords_are_counted_where_the_settings_say() -> None:
    def backend(broker: str, result: str = "") -> str | None:
        found: str | None = create(Settings(broker_url=broker, result_url=result)).conf.result_backend
        return found

    assert backend("redis://one") == "redis://one"
    assert backend("amqp://one") is None
    assert backend("amqp://one", "redis://two") == "redis://two"
    assert create(Settings(item_memory_mb=300)).conf.worker_max_memory_per_child == 300 * 1024


def undelivered(made: Service, hours: float = 0) -> str:
    """The id of a delivery of so many hours ago to an address where nobody listens."""
    fixed = {"work_id": "pjb-1", "event_type": "parse.success", "payload": {}}
    target = Sealed.of({"url": "http://127.0.0.1:9/", "headers": {}, "format": "json"})
    created = now() - dt.timedelta(hours=hours)
    with Session.begin() as session:
        session.add(WebhookDelivery(id="w", project_id=made.project, target=target, created_at=created, **fixed))
    return "w"


@pytest.mark.setting("webhook_hours")
@pytest.mark.parametrize(("hours", "status"), [(2, DeliveryStatus.DEAD), (4, DeliveryStatus.PENDING)])
def test_an_undelivered_webhook_is_given_up_after_these_hours(
    service: Start, hours: int, status: DeliveryStatus
) -> None:
    deliver_webhook(undelivered(service(webhook_hours=hours), hours=3))
    with read_session() as session:
        assert session.scalar(sa.select(WebhookDelivery.status)) is status


@pytest.mark.setting("outbound_allow")
@pytest.mark.parametrize(("allowed", "problem"), [("", "RefusedAddressError"), ("127.0.0.0/8", "ConnectError")])
def test_private_addresses_are_reached_where_the_setting_names_them(service: Start, allowed: str, problem: str) -> None:
    delivery = undelivered(service(outbound_allow=allowed))
    deliver_webhook(delivery)
    with read_session() as session:
        assert str(session.scalar(sa.select(WebhookDelivery.last_error))).startswith(problem)


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[Settings], str]]:
    """What stands on standard error after a message of each of two levels."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def write(settings: Settings) -> str:
        logs.configure(settings)
        logging.getLogger("sheaf.test").info("a message")
        logging.getLogger("sheaf.test").warning("a warning")
        return capsys.readouterr().err

    yield write
    root.handlers[:], root.level = before


@pytest.mark.setting("log_level", "log_format")
def test_logs_have_the_form_and_the_level_of_the_settings(written: Callable[[Settings], str]) -> None:
    lines = [json.loads(line) for line in written(Settings(log_format="json")).splitlines()]
    assert [one["event"] for one in lines] == ["a message", "a warning"]
    lines = [json.loads(line) for line in written(Settings(log_format="json", log_level="WARNING")).splitlines()]
    assert [one["event"] for one in lines] == ["a warning"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(written(Settings(log_format="console")).splitlines()[0])


@pytest.mark.setting("workers")
def test_so_many_processes_read_documents(stack: RunningStack) -> None:
    eventually(lambda: stack.ask("GET", "/readyz")["workers"]["parse"] == int(QUICK["SHEAF_WORKERS"]))
