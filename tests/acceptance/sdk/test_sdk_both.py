"""A batch that one program makes through the second API, and others watch, cancel and retry through the first."""

from __future__ import annotations

import json
from pathlib import Path

from support.running import BATCHES, Tenant, once
from support.sdks import play_python, python_packages


@once
def test_a_batch_of_the_second_api_is_watched_cancelled_and_retried_through_the_first(
    tenant: Tenant, documents: Path
) -> None:
    begun = play_python("batches.py", python_packages("llama-cloud==2.19.0"), tenant, "begin", documents, "")
    older = python_packages("llama-cloud==2.8.0")
    seen = play_python("scenario.py", older, tenant, "go_on", documents, json.dumps(begun))

    assert tenant.ask("GET", f"/api/v2/batches/{begun['long']}")["status"] == "CANCELLED"
    short = tenant.ask("GET", f"/api/v2/batches/{begun['short']}", params={"expand": "results"})
    assert short["status"] == "COMPLETED"
    results = {one["source_directory_file_id"]: one["job_reference"]["id"] for one in short["results"]}
    assert results == seen["works"], "the same documents with the same jobs"

    again = tenant.ask("POST", f"{BATCHES}/{seen['short']}/retry", expect=201, json={})
    assert (again["total_items"], again["retry_of"]) == (1, seen["short"])
    assert tenant.wait(again["id"])["failed_items"] == 1
    listed = tenant.ask("GET", "/api/v2/batches")["items"]
    assert {one["id"] for one in listed} == set(begun.values()), "a retry belongs to the first API"
