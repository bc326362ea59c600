"""Creating, listing, showing and cancelling batch jobs."""

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
from support.batch_api import CLASSIFY, JOBS, create, other_client, row
from support.databases import whichever_database
from support.sources import stored_directory, stored_files, work_off

from models import BatchItem, BatchJob, BatchPage, Session, read_session
from models.states import ItemStatus, Origin
from settings import Settings


@pytest.fixture
def directory(project_id: str) -> str:
    return stored_directory(project_id, "a.pdf", "b.pdf", "c.pdf")[0]


def test_a_job_over_a_directory_is_accepted_with_its_items(
    client: FlaskClient, directory: str, project_id: str
) -> None:
    job = create(client, directory_id=directory)
    times = {name: job.pop(name) for name in ("created_at", "updated_at", "effective_at")}
    assert job == {
        "id": job["id"],
        "job_type": "parse",
        "project_id": project_id,
        "status": "pending",
        "total_items": 3,
        "processed_items": 0,
        "failed_items": 0,
        "skipped_items": 0,
        "directory_id": directory,
        "workflow_id": job["id"],
        "job_record_id": job["id"],
        "error_message": None,
        "started_at": None,
        "completed_at": None,
        "retry_of": None,
        "cancel_reason": None,
    }
    assert job["id"].startswith("bjb-")
    assert all(len(time) == 27 and time.endswith("Z") for time in times.values())
    assert dt.datetime.fromisoformat(times["created_at"]).tzinfo is not None


def test_a_job_over_items_takes_directory_files_and_files_once_each(client: FlaskClient, project_id: str) -> None:
    _, entries = stored_directory(project_id, "a.pdf", "b.pdf")
    files = stored_files(project_id, "c.pdf")
    job = create(client, item_ids=[entries[0], files[0], entries[0]])
    assert (job["total_items"], job["directory_id"]) == (2, None)


def test_both_directory_and_items_mean_those_items_of_the_directory(client: FlaskClient, project_id: str) -> None:
    directory, entries = stored_directory(project_id, "a.pdf", "b.pdf")
    _, others = stored_directory(project_id, "c.pdf")
    assert create(client, directory_id=directory, item_ids=entries[:1])["total_items"] == 1
    answer = client.post(JOBS, json={"job_config": {}, "directory_id": directory, "item_ids": others})
    assert answer.status_code == 404


@whichever_database
@pytest.mark.parametrize(
    "source", [{}, {"item_ids": []}, {"directory_id": None, "item_ids": None}, {"directory_id": ""}]
)
def test_neither_directory_nor_items_is_422(client: FlaskClient, source: dict[str, Any]) -> None:
    answer = client.post(JOBS, json={"job_config": {}, **source})
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["msg"] == "Either directory_id or item_ids must be provided"


@pytest.mark.parametrize(
    "source", [{"directory_id": "dir-none"}, {"item_ids": ["dfl-none"]}, {"item_ids": ["", "x y"]}]
)
def test_an_unknown_source_is_404(client: FlaskClient, source: dict[str, Any]) -> None:
    assert client.post(JOBS, json={"job_config": {}, **source}).status_code == 404


def test_another_projects_source_and_job_are_404(app: Flask, client: FlaskClient, directory: str) -> None:
    other = other_client(app)
    job = create(client, directory_id=directory)["id"]
    assert other.post(JOBS, json={"job_config": {}, "directory_id": directory}).status_code == 404
    assert other.get(f"{JOBS}/{job}").status_code == 404
    assert other.get(f"{JOBS}/{job}/items").status_code == 404
    assert other.post(f"{JOBS}/{job}/cancel", json={}).status_code == 404
    assert other.get(JOBS).get_json()["total_size"] == 0


@pytest.mark.parametrize(
    ("body", "columns"),
    [
        ({}, (100, 100)),
        ({"page_size": None, "continue_as_new_threshold": None}, (100, 100)),
        ({"page_size": 7}, (7, 7)),
        ({"page_size": 7, "continue_as_new_threshold": 0}, (7, 7)),
        ({"page_size": 7, "continue_as_new_threshold": -5}, (7, 7)),
        ({"page_size": 1000, "continue_as_new_threshold": 5000}, (1000, 5000)),
    ],
)
def test_page_size_and_threshold_have_defaults(
    client: FlaskClient, directory: str, body: dict[str, Any], columns: tuple[int, int]
) -> None:
    job = row(create(client, directory_id=directory, **body)["id"])
    assert (job.page_size, job.cycle_items) == columns


@whichever_database
@pytest.mark.parametrize("size", [0, -1, 1001, "ten", 1.5, True])
def test_a_page_size_out_of_bounds_is_422(client: FlaskClient, directory: str, size: object) -> None:
    answer = client.post(JOBS, json={"job_config": {}, "directory_id": directory, "page_size": size})
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"] == ["body", "page_size"]


def test_items_are_cut_into_pages(client: FlaskClient, directory: str) -> None:
    job = create(client, directory_id=directory, page_size=2)
    with read_session() as session:
        pages = session.execute(
            sa.select(BatchPage.number, BatchPage.total).where(BatchPage.job_id == job["id"]).order_by(BatchPage.number)
        ).all()
    assert [tuple(page) for page in pages] == [(0, 2), (1, 1)]


def test_an_empty_directory_is_completed_at_once(client: FlaskClient, project_id: str) -> None:
    directory, _ = stored_directory(project_id)
    job = create(client, directory_id=directory)
    status = client.get(f"{JOBS}/{job['id']}").get_json()
    assert (job["status"], job["total_items"]) == ("completed", 0)
    assert job["completed_at"] is not None
    assert (status["job"]["status"], status["progress_percentage"]) == ("completed", 100)


class TestASnapshotLimitOfTwo:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return dataclasses.replace(settings, snapshot_items=2)

    def test_a_larger_directory_is_listed_later(self, client: FlaskClient, directory: str) -> None:
        job = create(client, directory_id=directory)
        status = client.get(f"{JOBS}/{job['id']}").get_json()
        assert (job["status"], job["total_items"], status["progress_percentage"]) == ("pending", 0, 0)
        assert row(job["id"]).snapshot_cutoff_at is not None

    def test_more_item_ids_are_422(self, client: FlaskClient) -> None:
        answer = client.post(JOBS, json={"job_config": {}, "item_ids": ["a", "b", "c"]})
        assert answer.status_code == 422
        assert answer.get_json()["detail"][0]["loc"] == ["body", "item_ids"]


def test_secrets_and_priority_of_a_job_are_kept_apart(client: FlaskClient, directory: str) -> None:
    parameters = {
        "priority": "high",
        "webhook_configurations": [{"webhook_url": "https://example.com/", "webhook_headers": {"A": "s3cret"}}],
    }
    job = row(create(client, directory_id=directory, job_config={"parameters": parameters})["id"])
    assert job.priority == "high"
    assert "s3cret" not in str(job.config)
    assert job.secrets is not None
    assert "s3cret" not in job.secrets.text
    assert "s3cret" in str(job.secrets.open())


def test_a_parameter_that_needs_a_model_is_refused_without_one(client: FlaskClient, directory: str) -> None:
    body = {"job_config": {"parameters": {"user_prompt": "Shout"}}, "directory_id": directory}
    answer = client.post(JOBS, json=body)
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"] == ["body", "job_config", "parameters", "user_prompt"]


def test_a_classify_job_is_told_by_its_rules(client: FlaskClient, directory: str) -> None:
    job = create(client, directory_id=directory, job_config=CLASSIFY)
    assert job["job_type"] == "classify"
    assert row(job["id"]).config["id"] == "7f0f"


@whichever_database
@pytest.mark.parametrize("rules", [[], None, "x", [{"type": "a"}], [{"type": "", "description": "long enough text"}]])
def test_wrong_rules_are_422_and_never_a_parse_job(client: FlaskClient, directory: str, rules: object) -> None:
    answer = client.post(JOBS, json={"job_config": {"rules": rules}, "directory_id": directory})
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"][:3] == ["body", "job_config", "rules"]


def test_what_the_sdks_send_besides_is_ignored(client: FlaskClient, directory: str) -> None:
    client.set_cookie("session", "x")
    body = {"job_config": {"unknown": 1, "partitions": {"foo": "bar"}}, "directory_id": directory, "more": [1]}
    headers = {"temporal-namespace": "ns", "x-stainless-retry-count": "0", "x-stainless-lang": "python"}
    assert client.post(JOBS, json=body, headers=headers).status_code == 201


def test_a_named_request_sent_again_is_the_same_job(client: FlaskClient, directory: str) -> None:
    body = {"job_config": {}, "directory_id": directory}
    first, again = (client.post(JOBS, json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    other = client.post(JOBS, json={**body, "page_size": 3}, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.get_json()["id"] == again.get_json()["id"]
    assert client.get(JOBS).get_json()["total_size"] == 1


def test_a_named_request_sent_many_times_at_once_is_one_job(app: Flask, client: FlaskClient, directory: str) -> None:
    def send(_: int) -> str:
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k2"}
        answer = app.test_client().post(JOBS, json={"job_config": {}, "directory_id": directory}, headers=headers)
        return str(answer.get_json()["id"])

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(8)))) == 1


def test_a_request_that_an_sdk_retries_is_the_same_job(client: FlaskClient, directory: str) -> None:
    body = {"job_config": {}, "directory_id": directory}
    first = client.post(JOBS, json=body).get_json()["id"]
    retried = client.post(JOBS, json=body, headers={"x-stainless-retry-count": "1"}).get_json()["id"]
    meant = client.post(JOBS, json=body, headers={"x-stainless-retry-count": "0"}).get_json()["id"]
    assert retried == first
    assert meant != first


def test_a_retried_request_that_never_arrived_makes_its_job(client: FlaskClient, directory: str) -> None:
    body = {"job_config": {}, "directory_id": directory}
    assert client.post(JOBS, json=body, headers={"x-stainless-retry-count": "2"}).status_code == 201


def test_status_counts_the_items_of_every_state(client: FlaskClient, directory: str) -> None:
    job = create(client, directory_id=directory)["id"]
    work_off(job, {"a.pdf": ItemStatus.COMPLETED, "b.pdf": ItemStatus.FAILED})
    answer = client.get(f"{JOBS}/{job}").get_json()
    assert answer["progress_percentage"] == pytest.approx(66.67)
    counts = [answer["job"][f"{name}_items"] for name in ("total", "processed", "failed", "skipped")]
    assert (answer["job"]["status"], counts) == ("dispatched", [3, 1, 1, 0])


@pytest.mark.parametrize("job_id", ["bjb-none", "x", "%20", "ü", "items"])
def test_an_unknown_job_is_404(client: FlaskClient, job_id: str) -> None:
    assert client.get(f"{JOBS}/{job_id}").status_code == 404
    assert client.post(f"{JOBS}/{job_id}/cancel", json={}).status_code == 404


def test_the_answer_to_polling_is_empty_while_nothing_changed(client: FlaskClient, directory: str) -> None:
    path = f"{JOBS}/{create(client, directory_id=directory)['id']}"
    etag = client.get(path).headers["ETag"]
    unchanged = client.get(path, headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    client.post(f"{path}/cancel", json={})
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_jobs_are_listed_newest_first_and_counted(client: FlaskClient, directory: str) -> None:
    ids = [create(client, directory_id=directory)["id"] for _ in range(5)]
    pages = [client.get(JOBS, query_string={"limit": 2, "offset": offset}).get_json() for offset in (0, 2, 4, 6)]
    assert [job["id"] for page in pages for job in page["items"]] == ids[::-1]
    assert {page["total_size"] for page in pages} == {5}
    assert {page["next_page_token"] for page in pages} == {None}


def test_jobs_are_filtered_by_directory_type_and_status(client: FlaskClient, project_id: str) -> None:
    first, _ = stored_directory(project_id, "a.pdf")
    second, _ = stored_directory(project_id, "b.pdf")
    parse = create(client, directory_id=first)["id"]
    classify = create(client, directory_id=second, job_config=CLASSIFY)["id"]
    client.post(f"{JOBS}/{parse}/cancel", json={})

    def listed(**query: str) -> list[str]:
        return [job["id"] for job in client.get(JOBS, query_string=query).get_json()["items"]]

    assert listed(directory_id=first) == [parse]
    assert listed(job_type="classify") == [classify]
    assert listed(job_type="extract") == []
    assert listed(status="cancelled") == [parse]
    assert listed(status="pending", job_type="classify", directory_id=second) == [classify]
    assert client.get(JOBS, query_string={"status": "cancelled"}).get_json()["total_size"] == 1


def test_a_list_tells_the_counts_of_open_and_ended_jobs(client: FlaskClient, directory: str) -> None:
    running, ended = (create(client, directory_id=directory)["id"] for _ in range(2))
    work_off(running, {"a.pdf": ItemStatus.COMPLETED})
    work_off(ended, {"a.pdf": ItemStatus.COMPLETED, "b.pdf": ItemStatus.COMPLETED, "c.pdf": ItemStatus.FAILED})
    with Session.begin() as session:
        for number in (0,):
            BatchPage.finish(session, ended, number)
        assert BatchJob.finalize(session, ended)
    found = {
        job["id"]: (job["status"], job["processed_items"], job["failed_items"])
        for job in client.get(JOBS).get_json()["items"]
    }
    assert found == {running: ("dispatched", 1, 0), ended: ("completed", 2, 1)}


def test_hidden_jobs_are_neither_listed_nor_shown(client: FlaskClient, directory: str) -> None:
    job = create(client, directory_id=directory)["id"]
    with Session.begin() as session:
        session.get_one(BatchJob, job).origin = Origin.DIRECT
    assert client.get(JOBS).get_json()["items"] == []
    assert client.get(f"{JOBS}/{job}").status_code == 404


@whichever_database
@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "x"},
        {"limit": ""},
        {"offset": -1},
        {"status": "done"},
        {"job_type": "PARSE"},
    ],
)
def test_a_list_out_of_bounds_is_422(client: FlaskClient, query: dict[str, Any]) -> None:
    answer = client.get(JOBS, query_string=query)
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"] == ["query", *query]


@pytest.mark.parametrize(
    "body",
    [{"json": {}}, {"json": {"reason": None}}, {"json": {"reason": "why"}}, {}, {"content_type": "application/json"}],
)
def test_cancelling_ends_all_open_items_at_once(client: FlaskClient, directory: str, body: dict[str, Any]) -> None:
    job = create(client, directory_id=directory)["id"]
    work_off(job, {"a.pdf": ItemStatus.COMPLETED})
    answer = client.post(f"{JOBS}/{job}/cancel", **body)
    cancelled = answer.get_json()
    assert answer.status_code == 200
    assert (cancelled["job_id"], cancelled["status"], cancelled["processed_items"]) == (job, "cancelled", 1)
    assert "2 were cancelled" in cancelled["message"]
    shown = client.get(f"{JOBS}/{job}").get_json()
    assert (shown["job"]["status"], shown["progress_percentage"], shown["job"]["processed_items"]) == (
        "cancelled",
        100,
        1,
    )
    with read_session() as session:
        statuses = session.scalars(
            sa.select(BatchItem.status).where(BatchItem.job_id == job).order_by(BatchItem.position)
        )
        assert list(statuses) == [ItemStatus.COMPLETED, ItemStatus.CANCELLED, ItemStatus.CANCELLED]
    assert row(job).cancel_reason == (body.get("json") or {}).get("reason")


def test_cancelling_again_changes_nothing(client: FlaskClient, project_id: str, directory: str) -> None:
    job = create(client, directory_id=directory)["id"]
    first = client.post(f"{JOBS}/{job}/cancel", json={"reason": "first"})
    again = client.post(f"{JOBS}/{job}/cancel", json={"reason": "second"})
    assert (first.status_code, again.status_code, again.get_json()["status"]) == (200, 200, "cancelled")
    assert row(job).cancel_reason == "first"
    empty, _ = stored_directory(project_id)
    completed = create(client, directory_id=empty)["id"]
    assert client.post(f"{JOBS}/{completed}/cancel", json={}).get_json()["status"] == "completed"


def test_a_reason_that_is_no_text_is_422(client: FlaskClient, directory: str) -> None:
    job = create(client, directory_id=directory)["id"]
    answer = client.post(f"{JOBS}/{job}/cancel", json={"reason": 3})
    assert (answer.status_code, answer.get_json()["detail"][0]["loc"]) == (422, ["body", "reason"])
