"""Deliveries and their lanes: who finds none loses nothing, and is woken when one is free."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.batches import a_project
from support.receiver import Receiver

from models import Session, WebhookDelivery, read_session
from models.base import Base, make_engine
from models.sealed import Sealed
from models.webhooks import DeliveryStatus
from settings import Settings
from tasks import context, lanes, webhooks


@pytest.fixture
def woken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A worker of three threads in this process, over a database of its own; the deliveries that it wakes somebody up for."""
    context.close()
    monkeypatch.setenv("SHEAF_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SHEAF_OUTBOUND_ALLOW", "127.0.0.1")
    engine = make_engine(Settings.from_env().effective_database_url())
    Base.metadata.create_all(engine)
    engine.dispose()
    context.connect()
    monkeypatch.setattr(lanes, "DELIVERIES", lanes.Lanes(threads=3))
    found: list[str] = []
    monkeypatch.setattr(webhooks, "publish", found.extend)
    yield found
    context.close()


def due(url: str, *ids: str, project: str) -> None:
    """Deliveries to an address whose time has come."""
    target = Sealed.of({"url": url, "headers": {}, "format": "json"})
    with Session.begin() as session:
        fixed = {"project_id": a_project(session, project).id, "work_id": "pjb-1", "event_type": "parse.success"}
        session.add_all(WebhookDelivery(id=one, target=target, payload={}, **fixed) for one in ids)


def states() -> dict[str, tuple[DeliveryStatus, int]]:
    with read_session() as session:
        rows = session.execute(sa.select(WebhookDelivery.id, WebhookDelivery.status, WebhookDelivery.attempts))
        return {name: (status, attempts) for name, status, attempts in rows}


def test_without_a_free_lane_a_delivery_stays_due_and_no_attempt_counts(woken: list[str], receiver: Receiver) -> None:
    due(f"{receiver.url}/hook", "waits", project="a")
    with lanes.DELIVERIES.taken("b", "slow"), lanes.DELIVERIES.taken("c", "slower"):
        assert webhooks.deliver_webhook("waits").endswith("waits for a lane")
    assert states() == {"waits": (DeliveryStatus.PENDING, 0)}
    assert receiver.deliveries == []
    assert webhooks.deliver_webhook("waits").endswith("delivered")
    assert states() == {"waits": (DeliveryStatus.DELIVERED, 1)}


def test_the_next_one_is_woken_by_a_delivery_that_ends(woken: list[str], receiver: Receiver) -> None:
    due(f"{receiver.url}/hook", "first", "second", project="a")
    with lanes.DELIVERIES.taken("b", "slow"), lanes.DELIVERIES.taken("c", "slower"):
        webhooks.deliver_webhook("second")
    assert woken == []
    webhooks.deliver_webhook("first")
    assert woken == ["second"]


def test_projects_whose_lanes_are_full_are_passed_over(woken: list[str], receiver: Receiver) -> None:
    due(f"{receiver.url}/slow", "of the slow", project="slow")
    due(f"{receiver.url}/quick", "of the quick", project="quick")
    with read_session() as session:
        slow = session.scalars(sa.select(WebhookDelivery.project_id).where(WebhookDelivery.id == "of the slow")).one()
    with lanes.DELIVERIES.taken(slow, "hangs"):
        webhooks.deliver_due()
    assert woken == ["of the quick"]
