"""Batches of the second API: create, list, show, cancel, and what webhooks are told of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import KEY
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import JOBS, RULES, other_client, row
from support.batch_api import create as create_first
from support.databases import whichever_database
from support.sources import stored_directory, work_off

from models import BatchItem, BatchJob, BatchPage, Session, WebhookDelivery, read_session
from models.batch import JOB_ID
from models.sealed import Sealed
from models.states import ItemStatus, JobStatus
from settings import Settings
from tasks.batch import finalize
from tasks.batch_events import fail_batch
from tasks.webhook_requests import event_of

PATH = "/api/v2/batches"
CONFIGURATIONS = "/api/v1/beta/configurations"
AGENTIC = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}}
HOOK = {"webhook_url": "https://example.org/", "webhook_headers": {"X-Token": "hush"}}
COMPLETED = {"a.pdf": ItemStatus.COMPLETED, "b.pdf": ItemStatus.FAILED, "c.pdf": ItemStatus.COMPLETED}


@pytest.fixture
def source(project_id: str) -> tuple[str, list[str]]:
    """A directory of three files, and their ids in it."""
    return stored_directory(project_id, "a.pdf", "b.pdf", "c.pdf")


@pytest.fixture
def directory(source: tuple[str, list[str]]) -> str:
    return source[0]


def create(client: FlaskClient, directory: str, **body: Any) -> dict[str, Any]:
    answer = client.post(PATH, json={"source_directory_id": directory, "config": AGENTIC, **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def job_id(batch: dict[str, Any]) -> str:
    """Its id in the first API."""
    return JOB_ID + str(batch["id"]).removeprefix("bat-")


def results(client: FlaskClient, batch: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{PATH}/{batch['id']}?expand=results").get_json()["results"]
    return found


def finish(job: str) -> None:
    """End a job all of whose items have ended."""
    with Session.begin() as session:
        BatchPage.finish(session, job, 0)
    finalize(job)


def events(batch: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What the outbox holds of a batch: types and data of its events, in their order."""
    with read_session() as session:
        rows = session.scalars(
            sa.select(WebhookDelivery)
            .where(WebhookDelivery.work_id == batch["id"])
            .order_by(WebhookDelivery.endpoint, WebhookDelivery.sequence)
        ).all()
    return [(one.event_type, dict(event_of(one, None)["data"])) for one in rows]


def test_a_batch_is_accepted_over_a_directory(client: FlaskClient, directory: str, project_id: str) -> None:
    batch = create(client, directory)
    assert batch["id"].startswith("bat-")
    assert all(batch.pop(name).endswith("Z") for name in ("created_at", "updated_at"))
    assert batch == {
        "id": batch["id"],
        "project_id": project_id,
        "source_directory_id": directory,
        "config": AGENTIC,
        "status": "PENDING",
        "results": None,
    }
    job = row(job_id(batch))
    assert (job.configuration_id, job.total_items) == ("cfg-PARSE_AGENTIC", 3)
    assert job.config["parameters"]["tier"] == "agentic"


def test_a_batch_is_a_job_of_the_first_api_but_not_the_other_way_round(client: FlaskClient, directory: str) -> None:
    batch, first = create(client, directory), create_first(client, directory_id=directory)
    listed = [one["id"] for one in client.get(JOBS).get_json()["items"]]
    assert listed == [first["id"], job_id(batch)]
    assert client.get(f"{JOBS}/{job_id(batch)}").get_json()["job"]["total_items"] == 3
    assert [one["id"] for one in client.get(PATH).get_json()["items"]] == [batch["id"]]
    unknown = [batch["id"].replace("bat-", "bjb-"), first["id"], first["id"].replace("bjb-", "bat-"), "bat-none"]
    for one in unknown:
        assert client.get(f"{PATH}/{one}").status_code == 404
        assert client.post(f"{PATH}/{one}/cancel").status_code == 404
    assert client.get(f"{JOBS}/{batch['id']}").status_code == 404


def test_a_batch_is_of_one_project(app: Flask, client: FlaskClient, directory: str) -> None:
    batch, other = create(client, directory), other_client(app)
    assert other.get(f"{PATH}/{batch['id']}").status_code == 404
    assert other.post(f"{PATH}/{batch['id']}/cancel").status_code == 404
    assert other.get(PATH).get_json()["items"] == []
    answer = other.post(PATH, json={"source_directory_id": directory, "config": AGENTIC})
    assert answer.status_code == 404


@whichever_database
@pytest.mark.parametrize(
    ("body", "place", "words"),
    [
        ({"source_directory_id": None}, ["source_directory_id"], "null"),
        ({"config": None}, ["config"], "null"),
        ({"config": {}}, ["config", "job"], "Field required"),
        ({"config": {"job": {"type": "parse_v2"}}}, ["config", "job", "configuration_id"], "Field required"),
        (
            {"config": {"job": {"type": "extract_v2", "configuration_id": "cfg-1"}}},
            ["config", "job", "type"],
            "This server has no extract_v2 jobs, only parse_v2 and classify_v2",
        ),
        (
            {"config": {"job": {"type": "parse", "configuration_id": "cfg-1"}}},
            ["config", "job", "type"],
            "parse_v2, classify_v2",
        ),
        (
            {"config": {"job": {"type": "classify_v2", "configuration_id": "cfg-PARSE_FAST"}}},
            ["config", "job", "configuration_id"],
            "is of parse_v2, not of classify_v2",
        ),
        ({"webhook_configuration_ids": ["whc-1"] * 5}, ["webhook_configuration_ids"], "at most 4"),
        ({"webhook_configuration_ids": [1]}, ["webhook_configuration_ids", 0], "valid string"),
        (
            {"webhook_configurations": [HOOK, {"webhook_url": "ftp://x"}]},
            ["webhook_configurations", 1, "webhook_url"],
            "",
        ),
    ],
)
def test_what_makes_no_sense_is_422(
    client: FlaskClient, directory: str, body: dict[str, Any], place: list[str | int], words: str
) -> None:
    answer = client.post(PATH, json={"source_directory_id": directory, "config": AGENTIC, **body})
    assert answer.status_code == 422, answer.text
    [one] = answer.get_json()["detail"]
    assert one["loc"] == ["body", *place]
    assert words in one["msg"]
    assert client.get(PATH).get_json()["total_size"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"source_directory_id": "dir-none"},
        {"source_directory_id": ""},
        {"config": {"job": {"type": "parse_v2", "configuration_id": "cfg-none"}}},
    ],
)
def test_an_unknown_directory_or_configuration_is_404(
    client: FlaskClient, directory: str, body: dict[str, Any]
) -> None:
    answer = client.post(PATH, json={"source_directory_id": directory, "config": AGENTIC, **body})
    assert answer.status_code == 404


def test_a_saved_configuration_is_copied_when_the_batch_is_made(client: FlaskClient, directory: str) -> None:
    parameters = {"product_type": "parse_v2", "tier": "fast", "version": "latest", "page_ranges": {"max_pages": 2}}
    saved = client.post(CONFIGURATIONS, json={"name": "two", "parameters": parameters}).get_json()["id"]
    config = {"job": {"type": "parse_v2", "configuration_id": saved}}
    batch = create(client, directory, config=config)
    assert client.delete(f"{CONFIGURATIONS}/{saved}").status_code == 204
    assert row(job_id(batch)).config["parameters"]["max_pages"] == 2
    assert client.get(f"{PATH}/{batch['id']}").get_json()["config"] == config


def test_a_directory_is_classified_too(client: FlaskClient, directory: str) -> None:
    parameters = {"product_type": "classify_v2", "rules": RULES}
    saved = client.post(CONFIGURATIONS, json={"name": "types", "parameters": parameters}).get_json()["id"]
    config = {"job": {"type": "classify_v2", "configuration_id": saved}}
    batch = create(client, directory, config=config, webhook_configurations=[HOOK])
    assert batch["config"] == config
    assert row(job_id(batch)).job_type == "classify"
    work_off(job_id(batch), COMPLETED)
    assert {one["job_reference"]["type"] for one in results(client, batch)} == {"classify_v2"}
    found = client.get("/api/v2/classify", query_string={"configuration_id": saved}).get_json()
    assert found["total_size"] == 3
    assert [name for name, _ in events(batch)] == ["batch.pending"]


def test_an_empty_directory_is_completed_at_once(client: FlaskClient, project_id: str) -> None:
    directory, _ = stored_directory(project_id)
    batch = create(client, directory, webhook_configurations=[HOOK])
    assert batch["status"] == "COMPLETED"
    assert results(client, batch) == []
    assert [name for name, _ in events(batch)] == ["batch.pending", "batch.success"]


class TestASnapshotLimitOfTwo:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return dataclasses.replace(settings, snapshot_items=2)

    def test_a_larger_directory_is_listed_later(self, client: FlaskClient, directory: str) -> None:
        batch = create(client, directory)
        assert (batch["status"], results(client, batch)) == ("PENDING", [])
        assert row(job_id(batch)).snapshot_cutoff_at is not None


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (JobStatus.PENDING, "PENDING"),
        (JobStatus.RUNNING, "RUNNING"),
        (JobStatus.DISPATCHED, "RUNNING"),
        (JobStatus.COMPLETED, "COMPLETED"),
        (JobStatus.FAILED, "FAILED"),
        (JobStatus.CANCELLED, "CANCELLED"),
    ],
)
def test_states_have_the_names_of_the_second_api(
    client: FlaskClient, directory: str, status: JobStatus, shown: str
) -> None:
    batch = create(client, directory)
    with Session.begin() as session:
        session.get_one(BatchJob, job_id(batch)).status = status
    assert client.get(f"{PATH}/{batch['id']}").get_json()["status"] == shown
    assert [one["status"] for one in client.get(PATH, query_string={"status": shown}).get_json()["items"]] == [shown]
    assert client.get(PATH, query_string={"status": "THROTTLED"}).get_json()["items"] == []


def test_results_tell_of_each_file_as_soon_as_it_has_a_job(client: FlaskClient, source: tuple[str, list[str]]) -> None:
    directory, entries = source
    batch = create(client, directory)
    waiting = [{"source_directory_file_id": one, "job_reference": None, "error_message": None} for one in entries]
    assert results(client, batch) == waiting
    work_off(job_id(batch), {"a.pdf": ItemStatus.COMPLETED, "b.pdf": ItemStatus.FAILED})
    found = results(client, batch)
    with read_session() as session:
        works = session.scalars(
            sa.select(BatchItem.work_id).where(BatchItem.job_id == job_id(batch)).order_by(BatchItem.position)
        ).all()
    assert [one["source_directory_file_id"] for one in found] == entries
    assert [one["job_reference"] for one in found] == [{"type": "parse_v2", "id": work} for work in works]
    assert {one["error_message"] for one in found} == {None}, "why a document failed is told by its job"
    parsed = client.get(f"/api/v2/parse/{works[1]}").get_json()["job"]
    assert (parsed["status"], parsed["tier"]) == ("FAILED", "agentic")
    assert "damaged" in parsed["error_message"]


def test_a_file_whose_job_was_deleted_says_so(client: FlaskClient, directory: str) -> None:
    batch = create(client, directory)
    work_off(job_id(batch), COMPLETED)
    finish(job_id(batch))
    [first, *rest] = results(client, batch)
    assert client.delete(f"/api/v2/parse/{first['job_reference']['id']}").status_code == 200
    deleted = {"job_reference": None, "error_message": "The job of this file was deleted"}
    assert results(client, batch) == [first | deleted, *rest]


@pytest.mark.parametrize("expand", [[], ["nothing"], ["results"], ["results", "nothing"], ["x,results"]])
def test_results_are_told_only_when_asked_for(client: FlaskClient, directory: str, expand: list[str]) -> None:
    batch = create(client, directory)
    found = client.get(f"{PATH}/{batch['id']}", query_string={"expand": expand}).get_json()
    assert (found["results"] is not None) == any("results" in one for one in expand)


def test_batches_are_listed_newest_first_by_filter_and_page(client: FlaskClient, project_id: str) -> None:
    first, second = (stored_directory(project_id, "a.pdf")[0] for _ in range(2))
    made = [create(client, directory)["id"] for directory in (first, second, first)]
    moments = [dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (1, 2, 3)]
    with Session.begin() as session:
        for one, moment in zip(made, moments, strict=True):
            session.get_one(BatchJob, JOB_ID + one.removeprefix("bat-")).created_at = moment

    def listed(**query: Any) -> list[str]:
        return [one["id"] for one in client.get(PATH, query_string=query).get_json()["items"]]

    assert listed() == made[::-1]
    assert listed(source_directory_id=first) == [made[2], made[0]]
    assert listed(created_at_on_or_after="2026-01-02T00:00:00Z") == [made[2], made[1]]
    assert listed(created_at_on_or_before="2026-01-02T00:00:00Z") == [made[1], made[0]]
    assert listed(status="COMPLETED") == []
    page = client.get(PATH, query_string={"page_size": 2}).get_json()
    rest = client.get(PATH, query_string={"page_size": 2, "page_token": page["next_page_token"]}).get_json()
    assert [one["id"] for one in page["items"] + rest["items"]] == made[::-1]
    assert (page["total_size"], rest["next_page_token"]) == (3, None)
    assert {one["results"] for one in page["items"]} == {None}


@whichever_database
@pytest.mark.parametrize(
    "query",
    [
        {"page_size": 0},
        {"page_size": -1},
        {"page_token": "x"},
        {"status": "completed"},
        {"created_at_on_or_after": "yesterday"},
    ],
)
def test_a_list_out_of_bounds_is_422(client: FlaskClient, query: dict[str, Any]) -> None:
    answer = client.get(PATH, query_string=query)
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"] == ["query", *query]


def test_cancelling_ends_a_batch_at_once_and_only_once(client: FlaskClient, directory: str) -> None:
    batch = create(client, directory, webhook_configurations=[HOOK])
    cancelled = client.post(f"{PATH}/{batch['id']}/cancel")
    assert (cancelled.status_code, cancelled.get_json()["status"]) == (200, "CANCELLED")
    assert cancelled.get_json().keys() == batch.keys()
    again = client.post(f"{PATH}/{batch['id']}/cancel")
    assert again.status_code == 400
    assert again.get_json()["detail"] == f"Batch {batch['id']} is CANCELLED: one that has ended cannot be cancelled"
    reasons = {one["error_message"] for one in results(client, batch)}
    assert reasons == {"The batch was cancelled before a job was made for this file"}
    assert [name for name, _ in events(batch)] == ["batch.pending", "batch.cancelled"]


def test_a_cancelled_batch_keeps_what_was_done(client: FlaskClient, directory: str) -> None:
    batch = create(client, directory)
    work_off(job_id(batch), {"a.pdf": ItemStatus.COMPLETED})
    answer = client.post(f"{JOBS}/{job_id(batch)}/cancel", json={"reason": "wrong folder"})
    assert answer.get_json()["processed_items"] == 1
    assert client.get(f"{PATH}/{batch['id']}").get_json()["status"] == "CANCELLED"
    found = results(client, batch)
    assert all(one["job_reference"] and one["error_message"] is None for one in found)
    statuses = [client.get(f"/api/v2/parse/{one['job_reference']['id']}").get_json()["job"] for one in found]
    assert [one["status"] for one in statuses] == ["COMPLETED", "CANCELLED", "CANCELLED"]


def test_a_batch_ends_with_one_event(client: FlaskClient, directory: str) -> None:
    batch = create(client, directory, webhook_configurations=[HOOK])
    work_off(job_id(batch), COMPLETED)
    for _ in range(2):
        finish(job_id(batch))
    assert client.post(f"{PATH}/{batch['id']}/cancel").status_code == 400
    pending, success = events(batch)
    about = {"id": batch["id"], "job_id": batch["id"], "source_directory_id": directory}
    assert pending == ("batch.pending", {**about, "status": "PENDING", "sequence": 1})
    assert success == ("batch.success", {**about, "status": "COMPLETED", "sequence": 3})


def test_a_batch_that_cannot_go_on_tells_so(client: FlaskClient, directory: str) -> None:
    batch = create(client, directory, webhook_configurations=[HOOK])
    with Session.begin() as session:
        fail_batch(session, job_id(batch), "The configuration cannot be read any more")
        fail_batch(session, job_id(batch), "again")
    assert client.get(f"{PATH}/{batch['id']}").get_json()["status"] == "FAILED"
    assert {one["error_message"] for one in results(client, batch)} == {"The configuration cannot be read any more"}
    assert [name for name, _ in events(batch)] == ["batch.pending", "batch.error"]
    assert events(batch)[1][1]["status"] == "FAILED"


def test_an_endpoint_is_told_what_it_asked_for(client: FlaskClient, directory: str) -> None:
    hooks = [
        {**HOOK, "webhook_events": ["batch.success", "parse.success"]},
        {**HOOK, "webhook_events": []},
        {**HOOK, "webhook_events": None},
        {**HOOK, "webhook_events": ["parse.success"]},
    ]
    batch = create(client, directory, webhook_configurations=hooks)
    assert "hush" not in str(row(job_id(batch)).config)
    work_off(job_id(batch), COMPLETED)
    finish(job_id(batch))
    assert [name for name, _ in events(batch)] == ["batch.success", "batch.pending", "batch.success"]
    with read_session() as session:
        [target, *_] = session.scalars(sa.select(WebhookDelivery.target).order_by(WebhookDelivery.endpoint))
    assert target.open()["headers"] == {"X-Token": "hush"}


def test_jobs_of_the_first_api_tell_nothing_of_themselves(client: FlaskClient, directory: str) -> None:
    config = {"parameters": {"webhook_configurations": [{**HOOK, "webhook_events": ["batch.success"]}, HOOK]}}
    job = create_first(client, directory_id=directory, job_config=config)["id"]
    work_off(job, COMPLETED)
    finish(job)
    assert row(job).status is JobStatus.COMPLETED
    with read_session() as session:
        assert session.scalars(sa.select(WebhookDelivery.id)).all() == []


def test_a_batch_whose_secrets_are_lost_can_be_cancelled(client: FlaskClient, directory: str) -> None:
    batch = create(client, directory, webhook_configurations=[HOOK])
    with Session.begin() as session:
        session.get_one(BatchJob, job_id(batch)).secrets = Sealed("sealed by another key")
    assert client.post(f"{PATH}/{batch['id']}/cancel").get_json()["status"] == "CANCELLED"
    assert [name for name, _ in events(batch)] == ["batch.pending"]


def test_a_named_request_sent_again_is_the_same_batch(client: FlaskClient, directory: str) -> None:
    body = {"source_directory_id": directory, "config": AGENTIC}
    named = {"Idempotency-Key": "k1"}
    first, again = (client.post(PATH, json=body, headers=named) for _ in range(2))
    fast = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_FAST"}}
    other = client.post(PATH, json={**body, "config": fast}, headers=named)
    elsewhere = client.post(JOBS, json={"job_config": {}, "directory_id": directory}, headers=named)
    assert [one.status_code for one in (first, again, other, elsewhere)] == [201, 201, 422, 422]
    assert first.get_json()["id"] == again.get_json()["id"]
    assert client.get(PATH).get_json()["total_size"] == 1


def test_it_is_also_when_its_configuration_was_deleted_meanwhile(client: FlaskClient, directory: str) -> None:
    parameters = {"product_type": "parse_v2", "tier": "fast", "version": "latest"}
    saved = client.post("/api/v1/beta/configurations", json={"name": "brief", "parameters": parameters}).get_json()[
        "id"
    ]
    body = {"source_directory_id": directory, "config": {"job": {"type": "parse_v2", "configuration_id": saved}}}
    first = client.post(PATH, json=body, headers={"Idempotency-Key": "k3"})
    client.delete(f"/api/v1/beta/configurations/{saved}")
    again = client.post(PATH, json=body, headers={"Idempotency-Key": "k3"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json()["id"] == again.get_json()["id"]
    assert client.post(PATH, json=body).status_code == 404


def test_an_attempt_that_an_sdk_repeats_is_the_same_batch(client: FlaskClient, directory: str) -> None:
    body = {"source_directory_id": directory, "config": AGENTIC}
    first = client.post(PATH, json=body, headers={"x-stainless-retry-count": "0"})
    again = client.post(PATH, json=body, headers={"x-stainless-retry-count": "1"})
    fresh = client.post(PATH, json=body, headers={"x-stainless-retry-count": "0"})
    assert first.get_json()["id"] == again.get_json()["id"] != fresh.get_json()["id"]


def test_a_named_request_sent_many_times_at_once_is_one_batch(app: Flask, client: FlaskClient, directory: str) -> None:
    def send(_: int) -> str:
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k2"}
        body = {"source_directory_id": directory, "config": AGENTIC, "webhook_configurations": [HOOK]}
        return str(app.test_client().post(PATH, json=body, headers=headers).get_json()["id"])

    with ThreadPoolExecutor(4) as pool:
        [made] = set(pool.map(send, range(8)))
    assert [name for name, _ in events({"id": made})] == ["batch.pending"]
    assert client.get(PATH).get_json()["total_size"] == 1
