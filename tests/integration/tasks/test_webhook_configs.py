"""Saved webhooks as a receiver sees them: what jobs that name them send, and what a change of one does to what is on its way."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from typing import Any

import sqlalchemy as sa
from support.receiver import Delivery, Receiver
from support.running import RunningStack, Tenant, eventually

from models import WebhookDelivery
from models.webhooks import DeliveryStatus

WEBHOOKS = "/api/v1/beta/webhook-configs"
CONFIGURATIONS = "/api/v1/beta/configurations"
NOTE = ("note.md", b"# A note\n\nwith a line of text\n")
AGENTIC = "cfg-PARSE_AGENTIC"
BROKEN = ("broken.pdf", b"%PDF-1.7\nthis was a document once\n")
RULES = [{"type": "note", "description": "A short note with a line of text"}]
PARSE = {"tier": "cost_effective", "version": "latest"}
LIFE = ["parse.pending", "parse.running", "parse.success"]


def saved(tenant: Tenant, url: str, **fields: Any) -> str:
    """The id of a new saved webhook."""
    return str(tenant.ask("POST", WEBHOOKS, expect=201, json={"webhook_url": url, **fields})["id"])


def parse(tenant: Tenant, *webhooks: str, **body: Any) -> str:
    """The id of a new parse job that names saved webhooks."""
    file = tenant.upload_file(*NOTE)
    request = {**PARSE, "file_id": file, "webhook_configuration_ids": list(webhooks), **body}
    return str(tenant.ask("POST", "/api/v2/parse", json=request)["id"])


def batch(tenant: Tenant, configuration: str, directory: str, *webhooks: str, **fields: Any) -> str:
    """The id of a new batch that names saved webhooks."""
    config = {"job": {"type": "parse_v2", "configuration_id": configuration}}
    body = {"source_directory_id": directory, "config": config, "webhook_configuration_ids": list(webhooks), **fields}
    return str(tenant.ask("POST", "/api/v2/batches", expect=201, json=body)["id"])


def retried(tenant: Tenant, job: str) -> str:
    """The id of a job that tries again what failed."""
    return str(tenant.ask("POST", f"/api/v1/beta/batch-processing/{job}/retry", expect=201, json={})["id"])


def is_signed(delivery: Delivery, secret: str) -> bool:
    digest = hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest()
    return delivery.headers["LC-Signature"] == f"sha256={digest}"


def rows(stack: RunningStack, work: str) -> list[Any]:
    """The deliveries of a job as the database has them."""
    table = WebhookDelivery.__table__
    with stack.engine.connect() as connection:
        return list(connection.execute(sa.select(table).where(table.c.work_id == work)).all())


def told(receiver: Receiver, path: str, count: int) -> Counter[str]:
    """How often each event arrived at a path, once so many have."""
    receiver.at(path, count)
    return Counter(receiver.events(path))


class TestDeliveries:
    def test_they_have_its_form_and_headers_are_signed_and_those_it_asked_for(
        self, tenant: Tenant, receiver: Receiver
    ) -> None:
        fields = {"webhook_signing_secret": "a shared secret", "webhook_headers": {"X-Team": "invoices"}}
        signed = saved(
            tenant,
            f"{receiver.url}/signed",
            webhook_output_format="json",
            webhook_events=["parse.success", "sheets.success"],
            **fields,
        )
        plain = saved(tenant, f"{receiver.url}/all")
        inline = [{"webhook_url": f"{receiver.url}/inline"}]
        work = parse(tenant, signed, plain, signed, webhook_configurations=inline)
        assert told(receiver, "/all", 3) == Counter(LIFE)
        assert told(receiver, "/inline", 3) == Counter(LIFE)
        [delivery] = receiver.at("/signed", 1)
        assert is_signed(delivery, "a shared secret")
        assert delivery.headers["X-Team"] == "invoices"
        event = json.loads(delivery.body)
        assert (event["event_type"], event["data"]["job_id"]) == ("parse.success", work)
        [text, *_] = receiver.at("/all", 1)
        assert isinstance(json.loads(text.body), str)
        assert text.headers["LC-Signature"] is None
        assert receiver.events("/signed") == ["parse.success"]

    def test_uploads_and_classify_jobs_name_them_too(self, tenant: Tenant, receiver: Receiver) -> None:
        hook = saved(tenant, f"{receiver.url}/both")
        configuration = {**PARSE, "webhook_configuration_ids": [hook]}
        parsed = tenant.ask(
            "POST", "/api/v2/parse/upload", data={"configuration": json.dumps(configuration)}, files={"file": NOTE}
        )["id"]
        receiver.at("/both", 3)
        body = {"file_id": tenant.upload_file(*NOTE), "configuration": {"rules": RULES}}
        classified = tenant.ask("POST", "/api/v2/classify", json={**body, "webhook_configuration_ids": [hook]})["id"]
        receiver.at("/both", 6)
        classify = ["classify.pending", "classify.running", "classify.success"]
        assert receiver.told("/both") == {parsed: LIFE, classified: classify}

    def test_a_batch_tells_of_itself_and_its_configuration_of_the_documents(
        self, tenant: Tenant, receiver: Receiver
    ) -> None:
        whole, single = saved(tenant, f"{receiver.url}/batch"), saved(tenant, f"{receiver.url}/documents")
        ends = saved(tenant, f"{receiver.url}/ends", webhook_events=["parse.success", "parse.error", "batch.success"])
        parameters = {"product_type": "parse_v2", **PARSE, "webhook_configuration_ids": [single, ends]}
        configuration = tenant.ask("POST", CONFIGURATIONS, json={"name": "told", "parameters": parameters})["id"]
        made = batch(tenant, configuration, tenant.upload([NOTE, BROKEN]), whole, ends)
        names = ["batch.pending", "batch.running", "batch.success"]
        told(receiver, "/batch", 3)
        assert receiver.told("/batch") == {made: names}
        statuses = {one.event["data"]["sequence"]: one.event["data"]["status"] for one in receiver.at("/batch", 3)}
        assert statuses == {1: "PENDING", 2: "RUNNING", 3: "COMPLETED"}
        life = Counter({"parse.pending": 2, "parse.running": 2, "parse.success": 1, "parse.error": 1})
        assert told(receiver, "/documents", 6) == life
        once = Counter(["parse.success", "parse.error", "batch.success"])
        assert told(receiver, "/ends", 3) == once, "named twice, told once"

    def test_a_retry_tells_those_of_the_request_too_of_itself_and_of_the_documents(
        self, tenant: Tenant, receiver: Receiver
    ) -> None:
        whole = saved(tenant, f"{receiver.url}/saved")
        ends = saved(tenant, f"{receiver.url}/ends", webhook_events=["parse.error", "batch.success"])
        inline = [{"webhook_url": f"{receiver.url}/inline", "webhook_headers": {"X-Team": "invoices"}}]
        made = batch(tenant, AGENTIC, tenant.upload([BROKEN]), whole, ends, webhook_configurations=inline)
        first = made.replace("bat-", "bjb-")
        assert tenant.wait(first)["failed_items"] == 1
        again = retried(tenant, first)
        assert tenant.wait(again)["failed_items"] == 1
        names = ["batch.pending", "batch.running", "batch.success"]
        told(receiver, "/saved", 6)
        assert receiver.told("/saved") == {made: names, again: names}
        assert {one.headers["X-Team"] for one in receiver.at("/inline", 6)} == {"invoices"}
        assert receiver.told("/inline") == {made: names, again: names}
        assert told(receiver, "/ends", 4) == Counter({"parse.error": 2, "batch.success": 2})
        third = retried(tenant, again)
        told(receiver, "/saved", 9)
        assert receiver.told("/saved")[third] == names

    def test_a_retry_tells_those_of_the_configuration(self, tenant: Tenant, receiver: Receiver) -> None:
        single = saved(tenant, f"{receiver.url}/again", webhook_events=["parse.error"])
        parameters = {"product_type": "parse_v2", **PARSE, "webhook_configuration_ids": [single]}
        configuration = tenant.ask("POST", CONFIGURATIONS, json={"name": "again", "parameters": parameters})["id"]
        job = batch(tenant, configuration, tenant.upload([BROKEN])).replace("bat-", "bjb-")
        assert tenant.wait(job)["failed_items"] == 1
        retried(tenant, job)
        assert len({one.event["data"]["job_id"] for one in receiver.at("/again", 2)}) == 2


class TestChanges:
    """Jobs copy nothing of a saved webhook: what is not delivered yet goes by how it is now."""

    def test_a_moved_address_and_a_new_secret_hold_for_what_is_on_its_way(
        self, tenant: Tenant, receiver: Receiver
    ) -> None:
        receiver.answers += [500, 500]
        hook = saved(tenant, f"{receiver.url}/old", webhook_signing_secret="old", webhook_events=["parse.success"])
        parse(tenant, hook)
        [first] = receiver.at("/old", 1)
        changes = {"webhook_url": f"{receiver.url}/new", "webhook_signing_secret": "new"}
        tenant.ask("PUT", f"{WEBHOOKS}/{hook}", json={**changes, "webhook_headers": {"X-New": "v"}})
        [moved] = receiver.at("/new", 1)
        assert is_signed(first, "old")
        assert is_signed(moved, "new")
        assert moved.headers["X-New"] == "v"
        assert moved.event == first.event

    def test_events_that_it_no_longer_asks_for_are_not_told(self, tenant: Tenant, receiver: Receiver) -> None:
        hook = saved(tenant, f"{receiver.url}/less")
        tenant.ask("PUT", f"{WEBHOOKS}/{hook}", json={"webhook_events": ["parse.success"]})
        parse(tenant, hook)
        receiver.at("/less", 1)
        assert receiver.events("/less") == ["parse.success"]

    def test_a_deletion_stops_what_is_on_its_way(self, stack: RunningStack, tenant: Tenant, receiver: Receiver) -> None:
        receiver.answers += [500] * 20
        hook = saved(tenant, f"{receiver.url}/gone", webhook_events=["parse.success"])
        work = parse(tenant, hook)
        receiver.at("/gone", 1)
        tenant.ask("DELETE", f"{WEBHOOKS}/{hook}")
        [row] = eventually(lambda: [one for one in rows(stack, work) if one.status == DeliveryStatus.DEAD])
        assert row.last_error == "the saved webhook was deleted"
        assert len(rows(stack, work)) == 1

    def test_a_job_whose_webhook_is_gone_goes_on_and_tells_the_others(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver
    ) -> None:
        gone, kept = saved(tenant, f"{receiver.url}/gone"), saved(tenant, f"{receiver.url}/kept")
        slow = {"file_id": tenant.upload_file("slow.txt", b"POISON dawdle")}
        work = parse(tenant, gone, kept, **slow)
        eventually(lambda: "parse.running" in receiver.events("/kept") and "parse.running" in receiver.events("/gone"))
        tenant.ask("DELETE", f"{WEBHOOKS}/{gone}")
        assert tenant.ask("POST", f"/api/v2/parse/{work}/cancel")["status"] == "CANCELLED"
        told(receiver, "/kept", 3)
        assert receiver.told("/kept") == {work: ["parse.pending", "parse.running", "parse.cancelled"]}
        assert receiver.events("/gone").count("parse.cancelled") == 0
        assert {row.event_type for row in rows(stack, work) if row.webhook_config_id == gone} == set(LIFE[:2])
