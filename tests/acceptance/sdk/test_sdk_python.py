"""The official Python SDK with batches of the first API, strict, through the running stack (scenario.py beside this)."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.receiver import Receiver
from support.running import Tenant
from support.sdks import play_python, versions

PROGRAM = "scenario.py"
VERSIONS = ["2.8.0", "2.13.0"]
"""The one that the API reference was made from, and the last one with these batches in it."""
pytestmark = versions("sdk", VERSIONS, daily=("2.8.0", "sqlite+valkey"), newest=False)


def test_a_folder_is_processed_read_classified_repeated_cancelled_and_cleaned_up(
    sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play_python(PROGRAM, sdk, tenant, "batch", documents, receiver.url)
    ends = receiver.at("/ends", len(report["works"]))
    assert {one.event["data"]["job_id"] for one in ends} == set(report["works"].values())
    every = receiver.at("/all", 3 * (len(report["works"]) + 1))
    assert {one.headers["X-Team"] for one in every} == {"invoices"}
    failed = [one.event["event_type"] for one in every if one.event["data"]["id"] == report["failed"]]
    assert sorted(failed) == ["parse.error", "parse.pending", "parse.running"]


@pytest.mark.parametrize("chapter", ["direct", "errors", "shapes"])
def test_single_documents_errors_and_every_form_of_request(
    chapter: str, sdk: Path, tenant: Tenant, documents: Path
) -> None:
    play_python(PROGRAM, sdk, tenant, chapter, documents, "")
