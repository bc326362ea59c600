"""The newer official Python SDK, through the running stack: batches and saved configurations (batches.py beside this), and each
operation of the other resources with each of its parameters (operations.py)."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from support.packages import installed, run
from support.receiver import Receiver
from support.running import KINDS, Tenant
from support.waiting import CEILING

PROGRAM, OPERATIONS = (Path(__file__).with_name(name) for name in ("batches.py", "operations.py"))
VERSION = "2.19.0"
pytestmark = pytest.mark.parametrize("stack", KINDS[1:], indirect=True)


@pytest.fixture(scope="session")
def sdk() -> Path:
    """A directory with the SDK and what it needs."""
    requirement = f"llama-cloud=={VERSION}"

    def install(folder: Path) -> None:
        uv = str(Path(sys.executable).with_name("uv"))
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder), requirement]
        run(command, f"{requirement} cannot be installed")

    return installed(f"python-{VERSION}-{sys.implementation.cache_tag}", requirement, install)


def play(
    chapter: str, sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver, program: Path = PROGRAM
) -> dict[str, Any]:
    """Run a chapter of a program; what it reports."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(sdk),
        "LLAMA_CLOUD_BASE_URL": tenant.url,
        "LLAMA_CLOUD_API_KEY": tenant.key,
    }
    command = [sys.executable, str(program), chapter, str(documents), receiver.url]
    report: dict[str, Any] = json.loads(run(command, chapter, env=environment, timeout=CEILING))
    return report


def test_a_directory_is_processed_with_a_preset_and_read(
    sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play("batch", sdk, tenant, documents, receiver)
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
    play("configurations", sdk, tenant, documents, receiver)


def test_a_batch_is_cancelled(sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver) -> None:
    report = play("cancel", sdk, tenant, documents, receiver)
    told = receiver.at("/cancel", 2)
    names = {one.event["event_type"] for one in told}
    assert {one.event["data"]["id"] for one in told} == {report["batch"]}
    assert {"batch.pending"} < names <= {"batch.pending", "batch.running", "batch.cancelled"}


def test_every_operation_takes_every_parameter_that_the_sdk_has(
    sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play("operations", sdk, tenant, documents, receiver, OPERATIONS)
    assert report["operations"] == 38
    receiver.at("/operations", 3)
    assert sorted(receiver.events("/operations")) == ["classify.success", "parse.success", "parse.success"]
