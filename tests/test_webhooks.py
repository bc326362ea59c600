"""Webhooks as a receiver sees them: which events arrive, in which form, and what happens when nobody takes them."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from batches import a_project
from receiver import Receiver
from running import BATCHES, RunningStack, Tenant, eventually

import models
from models import Transaction, WebhookDelivery
from models.base import now
from models.secrets import Sealed
from models.webhooks import DeliveryStatus

NOTE = ("note.md", b"# A note\n\nwith a line of text\n")
BROKEN = ("broken.pdf", b"%PDF-1.7\nthis was a document once\n")
SLOW = ("slow.txt", b"POISON dawdle")
"""Takes two minutes, page by page (tests/hostile)."""


def hook(url: str, **fields: Any) -> dict[str, Any]:
    """Parameters with one webhook."""
    return {"webhook_configurations": [{"webhook_url": url, **fields}]}


def stored(stack: RunningStack, work: str) -> list[Any]:
    """The deliveries of a job as the database has them."""
    table = WebhookDelivery.__table__
    with stack.engine.connect() as connection:
        return list(connection.execute(sa.select(table).where(table.c.work_id == work)).all())


class TestEvents:
    def test_all_events_arrive_when_none_are_named(self, tenant: Tenant, receiver: Receiver) -> None:
        tenant.run([NOTE], hook(f"{receiver.url}/none", webhook_events=None))
        receiver.at("/none", 3)
        assert sorted(receiver.events("/none")) == ["parse.pending", "parse.running", "parse.success"]

    def test_only_the_named_events_arrive(self, tenant: Tenant, receiver: Receiver) -> None:
        configurations = [
            {"webhook_url": f"{receiver.url}/success", "webhook_events": ["parse.success", "classify.success"]},
            {"webhook_url": f"{receiver.url}/error", "webhook_events": ["parse.error"]},
            {"webhook_url": f"{receiver.url}/nothing", "webhook_events": []},
            {"webhook_url": f"{receiver.url}/everything"},
        ]
        items = tenant.run([NOTE, BROKEN], {"webhook_configurations": configurations})
        receiver.at("/everything", 6)
        [success], [error] = receiver.at("/success", 1), receiver.at("/error", 1)
        assert success.event["data"]["job_id"] == items["note.md"]["job_id"]
        assert error.event["data"]["job_id"] == items["broken.pdf"]["job_id"]
        assert not receiver.events("/nothing")

    def test_a_cancelled_batch_tells_of_what_was_begun(self, tenant: Tenant, receiver: Receiver) -> None:
        job = tenant.batch(tenant.upload([SLOW]), hook(f"{receiver.url}/cancel"))
        item = eventually(lambda: next((one for one in tenant.items(job, status="processing").values()), None)) or {}
        tenant.ask("POST", f"{BATCHES}/{job}/cancel", json={"reason": "wrong folder"})
        cancelled = receiver.at("/cancel", 3)[-1]
        assert sorted(receiver.events("/cancel")) == ["parse.cancelled", "parse.pending", "parse.running"]
        assert cancelled.event["data"]["job_id"] == item["job_id"]

    def test_a_cancelled_single_job_tells_of_it(self, tenant: Tenant, receiver: Receiver) -> None:
        body = {"tier": "cost_effective", "version": "latest", "file_id": tenant.upload_file(*SLOW)}
        events = hook(f"{receiver.url}/single", webhook_events=["parse.cancelled"])
        work = tenant.ask("POST", "/api/v2/parse", json=body | events)["id"]
        assert tenant.ask("POST", f"/api/v2/parse/{work}/cancel")["status"] == "CANCELLED"
        [delivery] = receiver.at("/single", 1)
        assert delivery.event["data"]["job_id"] == work

    def test_an_item_that_was_already_processed_is_silent(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver
    ) -> None:
        directory = tenant.upload([NOTE])
        parameters = hook(f"{receiver.url}/again")
        for _ in range(2):
            job = tenant.batch(directory, parameters)
            tenant.wait(job)
        item = tenant.items(job)["note.md"]
        assert item["skip_reason"] == "already_processed"
        assert len(stored(stack, item["job_id"])) == 3, "only the events of the first run"
        with stack.engine.connect() as connection:
            project = stored(stack, item["job_id"])[0].project_id
            count = sa.select(sa.func.count()).where(WebhookDelivery.project_id == project)
            assert connection.scalar(count) == 3

    def test_a_classify_job_tells_of_its_documents(self, tenant: Tenant, receiver: Receiver) -> None:
        rules = [{"type": "note", "description": "A short note with a line of text"}]
        body = {"file_ids": [tenant.upload_file(*NOTE)], "rules": rules}
        later = {"webhook_url": f"{receiver.url}/later", "webhook_events": ["classify.running"]}
        hooks = [{"webhook_url": f"{receiver.url}/classify"}, later]
        tenant.ask("POST", "/api/v1/classifier/jobs", json=body | {"webhook_configurations": hooks})
        receiver.at("/classify", 2)
        receiver.at("/later", 1)
        assert sorted(receiver.events("/classify")) == ["classify.pending", "classify.success"]
        assert receiver.events("/later") == ["classify.running"], "an event that only later clients know"


class TestForm:
    def test_the_body_is_a_string_unless_an_object_is_asked_for(self, tenant: Tenant, receiver: Receiver) -> None:
        configurations = [
            {"webhook_url": f"{receiver.url}/default"},
            {"webhook_url": f"{receiver.url}/string", "webhook_output_format": "string"},
            {"webhook_url": f"{receiver.url}/json", "webhook_output_format": "json"},
        ]
        for one in configurations:
            one["webhook_events"] = ["parse.success"]  # type: ignore[assignment] # JSON
        tenant.run([NOTE], {"webhook_configurations": configurations})
        for path, kind in {"/default": str, "/string": str, "/json": dict}.items():
            [delivery] = receiver.at(path, 1)
            assert type(json.loads(delivery.body)) is kind, path

    def test_event_and_headers_are_those_of_the_documentation(self, tenant: Tenant, receiver: Receiver) -> None:
        before = time.time()
        headers = {"Authorization": "Bearer abc", "X-Team": "invoices"}
        parameters = hook(f"{receiver.url}/form", webhook_events=["parse.success"], webhook_headers=headers)
        items = tenant.run([NOTE], parameters | {"custom_metadata": {"customer": 7}})
        [delivery] = receiver.at("/form", 1)
        work = items["note.md"]["job_id"]
        event = delivery.event
        assert event.keys() == {"event_id", "event_type", "timestamp", "data"}
        assert (event["event_type"], event["data"]["id"], event["data"]["job_id"]) == ("parse.success", work, work)
        assert event["data"]["custom_metadata"] == {"customer": 7}
        assert before - 1 < event["timestamp"] < time.time() + 1
        expected = {
            "Content-Type": "application/json",
            "User-Agent": "llamaindex-webhook-service/1.0",
            "X-Webhook-Event-ID": event["event_id"],
            "X-Webhook-Event-Type": "parse.success",
            **headers,
        }
        assert {name: delivery.headers[name] for name in expected} == expected

    def test_a_signature_shows_who_sent_the_body(self, tenant: Tenant, receiver: Receiver) -> None:
        fields = {"webhook_events": ["parse.success"], "webhook_signing_secret": "a shared secret"}
        tenant.run([NOTE], hook(f"{receiver.url}/signed", **fields))
        [delivery] = receiver.at("/signed", 1)
        digest = hmac.new(b"a shared secret", delivery.body, hashlib.sha256).hexdigest()
        assert delivery.headers["LC-Signature"] == f"sha256={digest}"

    def test_the_legacy_address_gets_each_whole_result_once(self, tenant: Tenant, receiver: Receiver) -> None:
        directory = tenant.upload([NOTE, BROKEN])
        config = {"webhook_url": f"{receiver.url}/legacy", "parameters": {"webhook_url": f"{receiver.url}/legacy"}}
        tenant.wait(tenant.batch(directory, job_config=config))
        bodies = [json.loads(delivery.body) for delivery in receiver.at("/legacy", 2)]
        done, failed = sorted(bodies, key=lambda body: "status" in body)
        assert done.keys() == {"txt", "md", "json", "images"}
        assert done["md"].startswith("# A note")
        assert "with a line of text" in done["txt"]
        assert (done["json"][0]["page"], done["images"]) == (1, [])
        assert (failed["status"], failed["error_code"], failed["md"]) == ("ERROR", "PDF_IS_BROKEN", "")
        assert len(receiver.deliveries) == 2


class TestDelivery:
    def test_it_is_tried_again_under_the_same_id_until_it_is_taken(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver
    ) -> None:
        receiver.answers += [500, 500]
        items = tenant.run([NOTE], hook(f"{receiver.url}/again", webhook_events=["parse.success"]))
        tries = receiver.at("/again", 3)
        assert len({one.headers["X-Webhook-Event-ID"] for one in tries}) == 1
        assert len({one.body for one in tries}) == 1
        pauses = [after.at - before.at for before, after in pairwise(tries)]
        assert pauses[0] == pytest.approx(1, abs=0.9)
        assert pauses[1] == pytest.approx(2, abs=1.5)
        assert pauses[1] > pauses[0]
        work = items["note.md"]["job_id"]
        [row] = eventually(lambda: [one for one in stored(stack, work) if one.status == "delivered"])
        assert (row.attempts, row.last_error) == (3, None)
        assert len(receiver.deliveries) == 3, "what was taken is not sent again"

    def test_a_private_address_gets_nothing_unless_the_operator_allows_it(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver
    ) -> None:
        elsewhere = receiver.url.replace("127.0.0.1", "127.0.0.2")
        items = tenant.run([NOTE], hook(f"{elsewhere}/private", webhook_events=["parse.success"]))
        work = items["note.md"]["job_id"]
        [row] = eventually(lambda: [one for one in stored(stack, work) if one.last_error])
        assert (row.status, receiver.deliveries) == ("pending", [])
        assert "SHEAF_OUTBOUND_ALLOW" in row.last_error

    def test_one_that_nobody_takes_for_a_day_is_dead(self, database: str) -> None:
        engine = models.connect(database, "a key")
        patience = dt.timedelta(hours=24)
        with Transaction.begin() as session:
            delivery = self.a_delivery(a_project(session).id, age=dt.timedelta(hours=23))
            session.add(delivery)
            session.flush()
            taken = WebhookDelivery.claim(session, delivery.id, 60)
            assert taken
            taken.settle(session, "the endpoint answered 500", 0, patience)
            session.refresh(taken)
            assert (taken.status, taken.attempts) == (DeliveryStatus.PENDING, 1)
            taken.created_at -= dt.timedelta(hours=2)
            session.flush()
            assert WebhookDelivery.claim(session, delivery.id, 60)
            taken.settle(session, "the endpoint answered 500", 0, patience)
            session.refresh(taken)
            assert (taken.status, taken.last_error) == (DeliveryStatus.DEAD, "the endpoint answered 500")
            assert not WebhookDelivery.claim(session, delivery.id, 60), "the dead stay dead"
            assert delivery.id not in WebhookDelivery.due(session)
        engine.dispose()

    def test_of_two_messages_one_sends(self, database: str) -> None:
        engine = models.connect(database, "a key")
        with Transaction.begin() as session:
            delivery = self.a_delivery(a_project(session).id)
            session.add(delivery)
        with Transaction.begin() as session:
            assert WebhookDelivery.claim(session, delivery.id, 60)
        with Transaction.begin() as session:
            assert not WebhookDelivery.claim(session, delivery.id, 60)
        engine.dispose()

    @staticmethod
    def a_delivery(project_id: str, age: dt.timedelta = dt.timedelta()) -> WebhookDelivery:
        """A recorded event of that age."""
        target = {"url": "https://receiver.example", "headers": {}, "format": "json"}
        return WebhookDelivery(
            project_id=project_id,
            work_id="pjb-1",
            event_type="parse.success",
            target=Sealed.of(target),
            payload={},
            created_at=now() - age,
            next_attempt_at=now() - dt.timedelta(seconds=1),
        )


class TestSecrets:
    def test_secrets_of_a_webhook_are_in_no_answer_no_log_and_not_readable_in_the_database(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver
    ) -> None:
        fields = {"webhook_headers": {"X-Token": "hush-header"}, "webhook_signing_secret": "hush-signing"}
        receiver.answers += [500]
        items = tenant.run([NOTE], hook(f"{receiver.url}/secret", webhook_events=["parse.success"], **fields))
        first, _ = receiver.at("/secret", 2)
        assert first.headers["X-Token"] == "hush-header"
        item, work = items["note.md"]["item_id"], items["note.md"]["job_id"]
        answers = [
            tenant.client.get(f"{BATCHES}/items/{item}/processing-results").text,
            tenant.client.get(f"/api/v2/parse/{work}", params={"expand": ["raw_parameters", "job_metadata"]}).text,
            tenant.client.get(f"/api/v1/parsing/job/{work}/details").text,
            tenant.client.get(f"/api/v1/parsing/job/{work}/parameters").text,
        ]
        assert receiver.url in answers[0], "the address itself is no secret"
        raw = [str(row) for row in raw_rows(stack, work)]
        logs = [Path(log).read_text(errors="replace") for log in stack.logs.glob("*.log")]
        assert len(logs) >= 4
        for text in [*answers, *raw, *logs]:
            assert "hush-" not in text


def raw_rows(stack: RunningStack, work: str) -> list[Any]:
    """What the database holds about a job, as it lies there."""
    with stack.engine.connect() as connection:
        deliveries = connection.exec_driver_sql(f"SELECT * FROM webhook_delivery WHERE work_id = '{work}'").all()
        jobs = connection.exec_driver_sql(
            f"SELECT j.* FROM batch_job j JOIN batch_item i ON i.job_id = j.id WHERE i.work_id = '{work}'"
        ).all()
    assert deliveries
    assert jobs
    return [*deliveries, *jobs]
