"""The official TypeScript SDK, unmodified, under Node, through the running stack (scenario.mjs and batches.mjs beside this)."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.receiver import Receiver
from support.running import Tenant
from support.sdks import play_typescript, typescript_package, versions

first_api = versions("sdk", ["2.8.0"], daily=("2.8.0", "none"), newest=False)
"""With batches of the first API."""
second_api = versions("sdk", ["2.16.0"], daily=("2.16.0", "sqlite+valkey"))
"""With batches of the second API alone."""


@pytest.fixture(scope="session")
def sdk(request: pytest.FixtureRequest) -> tuple[Path, str]:
    """A directory with one version of the SDK, and its name there."""
    return typescript_package(request.param)


@first_api
def test_a_folder_is_processed_read_classified_repeated_cancelled_and_cleaned_up(
    sdk: tuple[Path, str], tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play_typescript("scenario.mjs", sdk, tenant, "batch", documents, receiver.url)
    deliveries = receiver.at("/typescript", len(report["works"]) + 1)
    ends = {one.event["data"]["job_id"]: one.event["event_type"] for one in deliveries}
    assert ends == dict.fromkeys(report["works"].values(), "parse.success") | {report["failed"]: "parse.error"}


@first_api
@pytest.mark.parametrize("chapter", ["direct", "errors"])
def test_single_documents_and_errors(chapter: str, sdk: tuple[Path, str], tenant: Tenant, documents: Path) -> None:
    play_typescript("scenario.mjs", sdk, tenant, chapter, documents, "")


@second_api
def test_a_directory_is_processed_with_a_preset_and_read(
    sdk: tuple[Path, str], tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play_typescript("batches.mjs", sdk, tenant, "batch", documents, receiver.url)
    told = receiver.at("/batch", 3)
    data = sorted((one.event["data"] for one in told), key=lambda data: data["sequence"])
    assert [(one["id"], one["status"]) for one in data] == [
        (report["batch"], status) for status in ("PENDING", "RUNNING", "COMPLETED")
    ]


@second_api
@pytest.mark.parametrize("chapter", ["configurations", "cancel", "errors"])
def test_configurations_cancelling_and_errors(
    chapter: str, sdk: tuple[Path, str], tenant: Tenant, documents: Path
) -> None:
    play_typescript("batches.mjs", sdk, tenant, chapter, documents, "")


@second_api
def test_a_saved_webhook_is_kept_changed_and_told(
    sdk: tuple[Path, str], tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play_typescript("batches.mjs", sdk, tenant, "webhooks", documents, receiver.url)
    told = receiver.at("/moved", 2)
    ends = {one.event["event_type"]: one.event["data"]["id"] for one in told}
    assert ends == {"batch.success": report["batch"], "parse.success": report["work"]}
    assert all(one.headers["LC-Signature"] and one.headers["Authorization"] == "Bearer hush" for one in told)
    assert len(receiver.deliveries) == 2
