"""Batches and saved configurations of the newer official Python SDK, through the running stack (batches.py beside this)."""

from __future__ import annotations

from pathlib import Path

from support.receiver import Receiver
from support.running import Tenant
from support.sdks import play_python, versions

PROGRAM = "batches.py"
VERSIONS = ["2.14.1", "2.19.0"]
"""The first one whose batches can be cancelled, and the one that the contract of this API was made from."""
pytestmark = versions("sdk", VERSIONS, daily=("2.19.0", "postgresql+redis"))


def test_a_directory_is_processed_with_a_preset_and_read(
    sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play_python(PROGRAM, sdk, tenant, "batch", documents, receiver.url)
    told = receiver.at("/batch", 3)
    data = sorted((one.event["data"] for one in told), key=lambda data: data["sequence"])
    assert [(one["id"], one["status"]) for one in data] == [
        (report["batch"], status) for status in ("PENDING", "RUNNING", "COMPLETED")
    ]
    receiver.at("/documents", 4)
    assert sorted(receiver.events("/documents")) == ["batch.success", *3 * ["parse.success"]]
    assert len(receiver.events("/batch")) == 3, "nothing of single documents"


def test_configurations_are_saved_used_and_deleted(
    sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    play_python(PROGRAM, sdk, tenant, "configurations", documents, receiver.url)


def test_a_batch_is_cancelled(sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver) -> None:
    report = play_python(PROGRAM, sdk, tenant, "cancel", documents, receiver.url)
    told = receiver.at("/cancel", 2)
    names = {one.event["event_type"] for one in told}
    assert {one.event["data"]["id"] for one in told} == {report["batch"]}
    assert {"batch.pending"} < names <= {"batch.pending", "batch.running", "batch.cancelled"}
