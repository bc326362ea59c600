"""The official Python SDK, unmodified and strict, in a process of its own, through the running stack (tests/sdk/scenario.py)."""

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

SCENARIO = Path(__file__).with_name("scenario.py")
VERSIONS = ["2.8.0", "2.13.0"]
"""The one that the API reference was made from, and the last one with batches in it."""
pytestmark = pytest.mark.parametrize(("sdk", "stack"), list(zip(VERSIONS, KINDS, strict=True)), indirect=True)


@pytest.fixture(scope="session")
def sdk(request: pytest.FixtureRequest) -> Path:
    """A directory with one version of the SDK and what it needs."""
    requirement = f"llama-cloud=={request.param}"

    def install(folder: Path) -> None:
        uv = str(Path(sys.executable).with_name("uv"))
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder), requirement]
        run(command, f"{requirement} cannot be installed")

    return installed(f"python-{request.param}-{sys.implementation.cache_tag}", requirement, install)


def play(chapter: str, sdk: Path, tenant: Tenant, documents: Path, receiver: str = "") -> dict[str, Any]:
    """Run a chapter of the scenario; what it reports."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(sdk),
        "LLAMA_CLOUD_BASE_URL": tenant.url,
        "LLAMA_CLOUD_API_KEY": tenant.key,
    }
    command = [sys.executable, str(SCENARIO), chapter, str(documents), receiver]
    report: dict[str, Any] = json.loads(run(command, chapter, env=environment, timeout=CEILING))
    return report


def test_a_folder_is_processed_read_classified_repeated_cancelled_and_cleaned_up(
    sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play("batch", sdk, tenant, documents, receiver.url)
    ends = receiver.at("/ends", len(report["works"]))
    assert {one.event["data"]["job_id"] for one in ends} == set(report["works"].values())
    every = receiver.at("/all", 3 * (len(report["works"]) + 1))
    assert {one.headers["X-Team"] for one in every} == {"invoices"}
    failed = [one.event["event_type"] for one in every if one.event["data"]["id"] == report["failed"]]
    assert sorted(failed) == ["parse.error", "parse.pending", "parse.running"]


def test_single_documents_are_parsed_and_classified(sdk: Path, tenant: Tenant, documents: Path) -> None:
    play("direct", sdk, tenant, documents)


def test_what_goes_wrong_raises_the_class_that_the_sdk_documents(sdk: Path, tenant: Tenant, documents: Path) -> None:
    play("errors", sdk, tenant, documents)


def test_every_form_of_request_that_the_sdk_makes_is_understood(sdk: Path, tenant: Tenant, documents: Path) -> None:
    play("shapes", sdk, tenant, documents)
