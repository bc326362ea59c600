"""Saved webhooks of the newer official Python SDK, through the running stack and into a real receiver (webhook_configs.py)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path

from support.receiver import Delivery, Receiver
from support.running import Tenant
from support.sdks import play_python, versions

PROGRAM = "webhook_configs.py"
pytestmark = versions("sdk", ["2.14.1", "2.19.0"], daily=("2.19.0", "postgresql+redis"))


def are_signed(deliveries: Iterable[Delivery], secret: str) -> bool:
    return all(
        one.headers["LC-Signature"] == "sha256=" + hmac.new(secret.encode(), one.body, hashlib.sha256).hexdigest()
        for one in deliveries
    )


def test_they_are_kept_read_changed_and_deleted(sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver) -> None:
    play_python(PROGRAM, sdk, tenant, "kept", documents, receiver.url)
    assert receiver.deliveries == []


def test_jobs_and_batches_that_name_them_tell_them_signed(
    sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play_python(PROGRAM, sdk, tenant, "used", documents, receiver.url)
    signed = receiver.at("/signed", len(report["signed"]))
    assert sorted(one.event["data"]["job_id"] for one in signed) == sorted(report["signed"])
    counts = {name: receiver.events("/signed").count(name) for name in receiver.events("/signed")}
    assert counts == {"parse.success": 3, "parse.error": 1, "classify.success": 1}
    assert {(one.headers["Authorization"], one.body[:1]) for one in signed} == {("Bearer hush", b"{")}
    batch = receiver.at("/batch", 3)
    assert receiver.told("/batch") == {report["batch"]: ["batch.pending", "batch.running", "batch.success"]}
    assert {one.event["data"]["status"] for one in batch} == {"PENDING", "RUNNING", "COMPLETED"}
    assert are_signed([*signed, *batch], report["secret"])
    assert [one.event["data"]["id"] for one in receiver.at("/inline", 1)] == [report["inline"]]
    assert len(receiver.deliveries) == len(report["signed"]) + 3 + 1, "each event once"


def test_a_change_holds_for_a_job_that_runs(sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver) -> None:
    report = play_python(PROGRAM, sdk, tenant, "changed", documents, receiver.url)
    [delivery] = receiver.at("/new", 1)
    assert (delivery.event["event_type"], delivery.event["data"]["id"]) == ("parse.cancelled", report["job"])
    assert are_signed([delivery], report["secret"])
    assert receiver.events("/gone") == []
