"""Webhooks as a receiver sees them: which events arrive, in which form, and what happens when nobody takes them."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from support.batches import a_job, a_project, items_of
from support.receiver import Receiver
from support.running import BATCHES, RunningStack, Tenant, eventually

import models
from models import BatchItem, Session, WebhookDelivery
from models.base import new_uuid, now
from models.sealed import Sealed, use_key
from models.webhooks import DeliveryStatus
from storage import LocalStorage
from tasks import webhook_requests
from tasks.cancellation import cancel_batch

NOTE = ("note.md", b"# A note\n\nwith a line of text\n")
BROKEN = ("broken.pdf", b"%PDF-1.7\nthis was a document once\n")
SLOW = ("slow.txt", b"POISON dawdle")
"""Takes two minutes, page by page (tests/support/hostile)."""


def hook(url: str, **fields: Any) -> dict[str, Any]:
    """Parameters with one webhook."""
    return {"webhook_configurations": [{"webhook_url": url, **fields}]}


def works(items: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The parse jobs of the items that have one, by the items' names."""
    return {name: item["job_id"] for name, item in items.items() if item["job_id"]}


def lives(told: Callable[[], dict[str, list[str]]], count: int) -> dict[str, list[str]]:
    """What so many jobs have told in the order of their events, by their ids, once each has come to an end."""

    def ended() -> dict[str, list[str]]:
        found = told()
        ends = [one for events in found.values() for one in events if one.partition(".")[2] in ENDS]
        return found if len(ends) >= count else {}

    return eventually(ended)


def stored(stack: RunningStack, work: str) -> list[Any]:
    """The deliveries of a job as the database has them."""
    table = WebhookDelivery.__table__
    with stack.engine.connect() as connection:
        return list(connection.execute(sa.select(table).where(table.c.work_id == work)).all())


ENDS = {"success", "partial_success", "error", "cancelled"}


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

    def test_a_cancelled_batch_tells_of_each_item_whose_page_was_sent(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver
    ) -> None:
        window = stack.settings.window_pages
        slow = [(f"slow-{number}.txt", SLOW[1] + b" %d" % number) for number in range(2 * window + 8)]
        job = tenant.batch(tenant.upload(slow), hook(f"{receiver.url}/cancel"), page_size=2)
        sent = eventually(lambda: len(named := works(tenant.items(job))) == 2 * window and named) or {}
        eventually(lambda: tenant.items(job, status="processing"))
        tenant.ask("POST", f"{BATCHES}/{job}/cancel", json={"reason": "wrong folder"})
        items = tenant.items(job)
        assert {item["status"] for item in items.values()} == {"cancelled"}
        assert works(items) == sent, "a job id stays, and whose page was not sent has none"
        told = lives(lambda: receiver.told("/cancel"), len(sent))
        assert told.keys() == set(sent.values())
        begun = ["parse.pending", "parse.running", "parse.cancelled"]
        assert begun in told.values()
        assert all(events in (begun, ["parse.pending", "parse.cancelled"]) for events in told.values())

    def test_a_cancelled_direct_job_tells_of_it(self, tenant: Tenant, receiver: Receiver) -> None:
        body = {"tier": "cost_effective", "version": "latest", "file_id": tenant.upload_file(*SLOW)}
        events = hook(f"{receiver.url}/direct", webhook_events=["parse.cancelled"])
        work = tenant.ask("POST", "/api/v2/parse", json=body | events)["id"]
        assert tenant.ask("POST", f"/api/v2/parse/{work}/cancel")["status"] == "CANCELLED"
        [delivery] = receiver.at("/direct", 1)
        assert delivery.event["data"]["job_id"] == work

    def test_an_item_that_was_already_processed_has_the_success_of_the_earlier_job(
        self, tenant: Tenant, receiver: Receiver
    ) -> None:
        directory = tenant.upload([NOTE])
        tenant.wait(tenant.batch(directory))
        again = tenant.batch(directory, hook(f"{receiver.url}/again", webhook_output_format="json"))
        tenant.wait(again)
        item = tenant.items(again)["note.md"]
        assert item["skip_reason"] == "already_processed"
        [success] = receiver.at("/again", 1)
        work = item["job_id"]
        assert success.event["event_type"] == "parse.success"
        assert success.event["data"] == {
            "id": work,
            "job_id": work,
            "item_id": item["item_id"],
            "sequence": 3,
            "skip_reason": "already_processed",
        }
        assert receiver.events("/again") == ["parse.success"], "nothing was begun"

    def test_an_item_that_is_too_large_has_an_error(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver
    ) -> None:
        large = b"x" * (stack.settings.max_file_mb * 1024 * 1024 + 1)
        config = {"webhook_url": f"{receiver.url}/legacy", "parameters": hook(f"{receiver.url}/large")}
        job = tenant.batch(tenant.upload([("large.txt", large)]), job_config=config)
        tenant.wait(job)
        item = tenant.items(job)["large.txt"]
        assert item["skip_reason"] == "size_limit_exceeded"
        told = lives(lambda: receiver.told("/large"), 1)
        assert told == {item["job_id"]: ["parse.pending", "parse.error"]}
        [legacy] = receiver.at("/legacy", 1)
        assert json.loads(legacy.body)["error_code"] == "size_limit_exceeded"

    def test_an_item_that_is_tried_again_tells_nothing_twice(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver
    ) -> None:
        items = tenant.run([("crash.txt", b"POISON crash once more")], hook(f"{receiver.url}/tries"))
        work = items["crash.txt"]["job_id"]
        told = lives(lambda: receiver.told("/tries"), 1)
        assert told == {work: ["parse.pending", "parse.running", "parse.error"]}
        assert len(stored(stack, work)) == 3

    def test_the_order_of_events_shows_in_each_of_them(self, tenant: Tenant, receiver: Receiver) -> None:
        tenant.run([NOTE], hook(f"{receiver.url}/order"))
        places = {"parse.pending": 1, "parse.running": 2, "parse.success": 3}
        for one in receiver.at("/order", 3):
            place = places.pop(one.event["event_type"])
            assert (one.event["data"]["sequence"], one.headers["X-Webhook-Sequence"]) == (place, str(place))

    def test_nothing_is_written_down_that_nobody_asked_for(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver
    ) -> None:
        items = tenant.run([NOTE], hook(f"{receiver.url}/one", webhook_events=["parse.success"]))
        assert [row.event_type for row in stored(stack, items["note.md"]["job_id"])] == ["parse.success"]

    def test_a_cancelled_classify_job_tells_of_it(self, tenant: Tenant, receiver: Receiver) -> None:
        rules = [{"type": "note", "description": "A short note with a line of text"}]
        hooks = hook(f"{receiver.url}/classify")
        configuration = {"rules": rules, "parsing_configuration": {"lang": "en"}}
        body = {"file_id": tenant.upload_file(*SLOW), "configuration": configuration}
        work = tenant.ask("POST", "/api/v2/classify", json=body | hooks)["id"]
        tenant.ask("POST", f"/api/v2/classify/{work}/cancel")
        told = lives(lambda: receiver.told("/classify"), 1)
        assert told[work][-1] == "classify.cancelled"

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


class TestWithoutTheReconciler:
    """One worker, one attempt for each item, and nobody who looks for what was forgotten."""

    def test_what_is_told_is_told_at_once_and_nothing_of_others(
        self, unaided: RunningStack, receiver: Receiver
    ) -> None:
        use_key(unaided.settings.secret())
        with orm.Session(unaided.engine) as session, session.begin():
            other = TestDelivery.a_delivery(a_project(session).id, url=f"{receiver.url}/stale")
            session.add(other)
        self.check_given_up(unaided, receiver)
        self.check_cancelled(unaided, receiver)
        assert not receiver.events("/stale"), "this one the reconciler sends"

    def check_given_up(self, unaided: RunningStack, receiver: Receiver) -> None:
        """What took its only process down is told by whoever finds its claim."""
        work = unaided.run([("crash.txt", b"POISON crash alone")], hook(f"{receiver.url}/lost"))["crash.txt"]["job_id"]
        life = ["parse.pending", "parse.running", "parse.error"]
        assert sorted(row.event_type for row in stored(unaided, work)) == sorted(life)
        assert lives(lambda: receiver.told("/lost"), 1) == {work: life}

    def check_cancelled(self, unaided: RunningStack, receiver: Receiver) -> None:
        """A request leaves the sending to a worker."""
        job = unaided.batch(unaided.upload([SLOW]), hook(f"{receiver.url}/cancelled"))
        work = eventually(lambda: works(unaided.items(job)))["slow.txt"]
        unaided.ask("POST", f"{BATCHES}/{job}/cancel", json={})
        told = lives(lambda: receiver.told("/cancelled"), 1)
        assert told[work][-1] == "parse.cancelled"


class TestRecording:
    """The outbox of many items is written by one statement."""

    def test_a_cancel_costs_the_same_number_of_statements_however_many_items_it_tells_of(self, database: str) -> None:
        engine = models.connect(database, "a key")
        assert len({self.statements(engine, items) for items in (2, 1000)}) == 1
        engine.dispose()

    def statements(self, engine: sa.Engine, count: int) -> int:
        """How many statements cancel a job of so many items with two endpoints."""
        parameters = {"webhook_configurations": [{"webhook_url": f"https://receiver.example/{n}"} for n in range(2)]}
        config = {"job_name": "parse_raw_file_job", "parameters": parameters}
        with Session.begin() as session:
            job = a_job(session, "one")
            job.config = config
            first = items_of(session, job)[0]
            names = ["source_id", "name", "size", "sha256", "storage_key", "page"]
            row = {name: getattr(first, name) for name in names} | {"job_id": job.id}
            session.execute(sa.insert(BatchItem), [row | {"position": n} for n in range(1, count)])
            BatchItem.name_work(session, BatchItem.job_id == job.id, "pjb-")
        seen: list[str] = []
        sa.event.listen(engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
        with Session.begin() as session:
            assert cancel_batch(session, job.id, None)
            seen_in_all = len(seen)
            assert not cancel_batch(session, job.id, None)
            told = sa.select(WebhookDelivery.endpoint, sa.func.count()).where(
                WebhookDelivery.item_id.in_(sa.select(BatchItem.id).where(BatchItem.job_id == job.id))
            )
            assert dict(session.execute(told.group_by(WebhookDelivery.endpoint)).all()) == {0: count, 1: count}
        return seen_in_all


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

    def test_no_header_that_is_asked_for_stands_in_place_of_ours(self, tenant: Tenant, receiver: Receiver) -> None:
        forged = {"x-webhook-event-id": "forged", "X-WEBHOOK-EVENT-TYPE": "parse.error", "lc-signature": "sha256=0"}
        parameters = hook(f"{receiver.url}/forged", webhook_events=["parse.success"], webhook_headers=forged)
        tenant.run([NOTE], parameters)
        [delivery] = receiver.at("/forged", 1)
        assert delivery.headers.get_all("X-Webhook-Event-ID") == [delivery.event["event_id"]]
        assert delivery.headers.get_all("X-Webhook-Event-Type") == ["parse.success"]
        assert delivery.headers.get_all("LC-Signature") is None

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
        self, database: str, receiver: Receiver, tmp_path: Path
    ) -> None:
        models.connect(database, "a key")
        delivery, storage = self.a_delivery("p", url=f"{receiver.url}/private"), LocalStorage(str(tmp_path))
        problem = webhook_requests.post_delivery(delivery, None, storage, allowed=[])
        assert problem is not None
        assert "SHEAF_OUTBOUND_ALLOW" in problem
        assert receiver.deliveries == []
        assert webhook_requests.post_delivery(delivery, None, storage, allowed=["127.0.0.1"]) is None

    def test_one_that_nobody_takes_for_a_day_is_dead(self, database: str) -> None:
        engine = models.connect(database, "a key")
        patience = dt.timedelta(hours=24)
        with Session.begin() as session:
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
            assert delivery.id not in WebhookDelivery.due(session, 200)
        engine.dispose()

    def test_of_two_messages_one_sends(self, database: str) -> None:
        engine = models.connect(database, "a key")
        with Session.begin() as session:
            delivery = self.a_delivery(a_project(session).id)
            session.add(delivery)
        with Session.begin() as session:
            assert WebhookDelivery.claim(session, delivery.id, 60)
        with Session.begin() as session:
            assert not WebhookDelivery.claim(session, delivery.id, 60)
        engine.dispose()

    @staticmethod
    def a_delivery(
        project_id: str, age: dt.timedelta = dt.timedelta(), url: str = "https://receiver.example"
    ) -> WebhookDelivery:
        """A recorded event of that age."""
        target = {"url": url, "headers": {}, "format": "json"}
        return WebhookDelivery(
            id=new_uuid(),
            project_id=project_id,
            work_id="pjb-1",
            event_type="parse.success",
            target=Sealed.of(target),
            payload={"data": {}},
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
