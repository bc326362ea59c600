"""Classify jobs learn from examples and from what callers say of wrong answers, through the real API and real workers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from support.served import CEILING, Served

RULES = [
    {"type": "apiary", "description": "Sheets of the first sort that we file"},
    {"type": "logbook", "description": "Sheets of the second sort that we file"},
]
HIVES = ["Hive 4: queen seen, brood on five frames, supers full.", "Hive 9: no queen seen, two frames of brood."]
TRIPS = ["Left mooring 08:10, wind NE 4, two reefs, log 31 miles.", "Anchored 16:40, wind SW 5, log 22 miles."]
KINDS = [
    {"type": "invoice", "description": "A bill that asks for payment, with a due date"},
    {"type": "receipt", "description": "Proof of a purchase already paid in a shop"},
]
SLIP = "CORNER MARKET\nMilk 1.29\nBread 2.49\nTOTAL 3.78\nCASH 5.00\nCHANGE 1.22\nThank you\n"


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {served.key}"}, timeout=CEILING) as one:
        yield one


def uploaded(client: httpx.Client, text: str, name: str = "sheet.txt") -> str:
    answer = client.post("/api/v1/beta/files", data={"purpose": "classify"}, files={"file": (name, text.encode())})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    last = time.monotonic() + CEILING
    while job["status"] in {"PENDING", "RUNNING"}:
        assert time.monotonic() < last, job
        time.sleep(0.1)
        job = client.get(f"/api/v2/classify/{job['id']}").json()
    assert job["status"] == "COMPLETED", job
    return job


def classified(client: httpx.Client, text: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    body = {"configuration": {"rules": rules}, "file_input": uploaded(client, text)}
    answer = client.post("/api/v2/classify", json=body)
    assert answer.status_code == 200, answer.text
    return ended(client, answer.json())


def test_examples_as_texts_and_as_files_tell_types_apart_in_both_versions(client: httpx.Client) -> None:
    rules = [{**RULES[0], "examples": HIVES}, {**RULES[1], "examples": [TRIPS[0], uploaded(client, TRIPS[1])]}]
    job = classified(client, "Left anchorage 06:30, wind N 3, log 12 miles.", rules)
    assert job["result"]["type"] == "logbook"
    assert job["configuration"]["rules"] == rules
    file_id = uploaded(client, "Hive 12: queen marked, brood on three frames.")
    answer = client.post("/api/v1/classifier/jobs", json={"rules": rules, "file_ids": [file_id]})
    assert answer.status_code == 200, answer.text
    ended(client, client.get(f"/api/v2/classify/{answer.json()['id']}").json())
    (one,) = client.get(f"/api/v1/classifier/jobs/{answer.json()['id']}/results").json()["items"]
    assert one["result"]["type"] == "apiary"


def test_an_example_that_is_no_file_of_the_project_is_refused(client: httpx.Client) -> None:
    rules = [{**RULES[0], "examples": ["0b1f0c0e-0000-4000-8000-000000000000"]}]
    body = {"configuration": {"rules": rules}, "file_input": uploaded(client, "x")}
    assert client.post("/api/v2/classify", json=body).status_code == 404


def test_a_saved_configuration_keeps_its_examples(client: httpx.Client) -> None:
    parameters = {"product_type": "classify_v2", "rules": [{**RULES[0], "examples": HIVES}, RULES[1]]}
    saved = client.post("/api/v1/beta/configurations", json={"name": "sheets", "parameters": parameters})
    assert saved.status_code in {200, 201}, saved.text
    body = {"configuration_id": saved.json()["id"], "file_input": uploaded(client, HIVES[0])}
    job = ended(client, client.post("/api/v2/classify", json=body).json())
    assert job["result"]["type"] == "apiary"


def test_a_corrected_answer_changes_the_next_one_and_a_forgotten_correction_does_not(client: httpx.Client) -> None:
    first = classified(client, SLIP, KINDS)
    assert first["result"]["type"] == "receipt"
    said = client.put(f"/api/v2/classify/{first['id']}/correction", json={"type": "invoice"})
    assert said.status_code == 200, said.text
    assert (said.json()["job_id"], said.json()["type"]) == (first["id"], "invoice")
    assert [one["id"] for one in client.get("/api/v2/classify/corrections").json()["items"]] == [said.json()["id"]]
    assert classified(client, SLIP, KINDS)["result"]["type"] == "invoice"
    assert classified(client, SLIP.replace("Milk", "Eggs"), KINDS)["result"]["type"] == "invoice"
    assert client.delete(f"/api/v2/classify/{first['id']}/correction").status_code == 204
    assert classified(client, SLIP, KINDS)["result"]["type"] == "receipt"


def test_only_a_type_of_the_rules_is_a_correction(client: httpx.Client) -> None:
    job = classified(client, SLIP, KINDS)
    refused = client.put(f"/api/v2/classify/{job['id']}/correction", json={"type": "poem"})
    assert refused.status_code == 422
    assert "invoice, receipt" in refused.json()["detail"][0]["msg"]
