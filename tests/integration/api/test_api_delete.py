"""Deleting parse and classify jobs that have ended: their results are gone, bytes and all, and their batches count on."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import other_client
from support.finished import RULES, classified, item_of, parsed
from support.sources import stored_files

from models import BatchItem, BatchJob, CachedResult, ProcessingResult, Session, WebhookDelivery, read_session
from models.base import now
from models.retention import discard_results
from models.sealed import Sealed
from models.states import ItemStatus
from models.webhooks import DeliveryStatus
from storage import Storage, StorageError

FINISHED = {"parse": parsed, "classify": classified}
READS = {
    "parse": ["/api/v2/parse/{}", "/api/v1/parsing/job/{}", "/api/v1/parsing/job/{}/result/json"],
    "classify": ["/api/v2/classify/{}", "/api/v1/classifier/jobs/{}", "/api/v1/classifier/jobs/{}/results"],
}


def storage_of(app: Flask) -> Storage:
    found: Storage = app.extensions["sheaf"].storage
    return found


def result_of(work_id: str) -> ProcessingResult:
    with read_session() as session:
        return session.scalars(sa.select(ProcessingResult).where(ProcessingResult.work_id == work_id)).one()


def delete(client: FlaskClient, kind: str, work_id: str, status: int = 200) -> Any:
    answer = client.delete(f"/api/v2/{kind}/{work_id}")
    assert answer.status_code == status, answer.text
    return answer


@pytest.mark.parametrize("kind", ["parse", "classify"])
def test_a_deleted_job_is_gone_with_its_bytes_and_its_item_stays(
    app: Flask, client: FlaskClient, project_id: str, kind: str
) -> None:
    work_id = FINISHED[kind](app, project_id)
    result = result_of(work_id)
    with Session.begin() as session:
        CachedResult.remember(session, [("0" * 64, result)], now())
    assert delete(client, kind, work_id).get_json() == {"id": work_id, "project_id": project_id}
    assert [client.get(path.format(work_id)).status_code for path in READS[kind]] == [404, 404, 404]
    assert client.get(f"/api/v2/{kind}").get_json()["items"] == []
    assert not storage_of(app).exists(f"{result.prefix}/output.json")
    with read_session() as session:
        assert session.scalars(sa.select(ProcessingResult)).all() == []
        assert session.scalars(sa.select(CachedResult)).all() == []
    [item] = client.get(f"/api/v1/beta/batch-processing/{result.job_id}/items").get_json()["items"]
    assert (item["status"], item["job_id"]) == ("completed", None)
    delete(client, kind, work_id, 404)


@pytest.mark.parametrize("status", [ItemStatus.PENDING, ItemStatus.PROCESSING])
def test_a_job_that_has_not_ended_is_not_deleted(
    app: Flask, client: FlaskClient, project_id: str, status: ItemStatus
) -> None:
    item_of(app, project_id, {}, work_id="pjb-1", status=status)
    answer = delete(client, "parse", "pjb-1", 409)
    assert "cancel it, or wait for its end" in answer.get_json()["detail"]
    assert answer.headers["x-should-retry"] == "false"
    assert client.get("/api/v2/parse/pjb-1").status_code == 200


@pytest.mark.parametrize("status", [ItemStatus.FAILED, ItemStatus.CANCELLED])
def test_a_job_that_ended_without_a_result_is_deleted(
    app: Flask, client: FlaskClient, project_id: str, status: ItemStatus
) -> None:
    item_of(app, project_id, {}, work_id="pjb-1", status=status)
    delete(client, "parse", "pjb-1")
    delete(client, "parse", "pjb-1", 404)


def test_the_job_of_another_project_or_kind_is_not_there(app: Flask, client: FlaskClient, project_id: str) -> None:
    work_id = parsed(app, project_id)
    delete(other_client(app), "parse", work_id, 404)
    delete(client, "classify", work_id, 404)
    assert client.get(f"/api/v2/parse/{work_id}").status_code == 200


def test_bytes_that_another_result_shares_stay_until_it_is_deleted_too(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    first, second = parsed(app, project_id), parsed(app, project_id)
    shared = result_of(first).prefix
    with Session.begin() as session:
        session.execute(sa.update(ProcessingResult).where(ProcessingResult.work_id == second).values(prefix=shared))
    delete(client, "parse", first)
    assert client.get(f"/api/v1/parsing/job/{second}/result/markdown").status_code == 200
    delete(client, "parse", second)
    assert not storage_of(app).exists(f"{shared}/output.json")


def test_what_the_store_could_not_remove_the_sweeper_removes(
    app: Flask, client: FlaskClient, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_id = parsed(app, project_id)
    storage, prefix = storage_of(app), result_of(work_id).prefix

    def fail(_self: object, _prefix: str) -> None:
        raise StorageError("the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(type(storage), "delete_all", fail)
        delete(client, "parse", work_id)
    assert client.get(f"/api/v2/parse/{work_id}").status_code == 404
    assert discard_results(storage) == 1
    assert not storage.exists(f"{prefix}/output.json")


def test_a_push_of_the_result_that_is_still_to_come_is_given_up(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    work_id = parsed(app, project_id)
    with Session.begin() as session:
        target = {"url": "https://example.com/", "headers": {}, "format": "result", "signing_secret": None}
        for event in ("result", "parse.success"):
            session.add(
                WebhookDelivery(
                    project_id=project_id, work_id=work_id, event_type=event, target=Sealed.of(target), payload={}
                )
            )
    delete(client, "parse", work_id)
    with read_session() as session:
        states = {one.event_type: one.status for one in session.scalars(sa.select(WebhookDelivery))}
    assert states == {"result": DeliveryStatus.DEAD, "parse.success": DeliveryStatus.PENDING}


def test_the_request_of_a_deleted_job_makes_a_new_one(client: FlaskClient, project_id: str) -> None:
    body = {
        "configuration": {"rules": RULES},
        "file_input": stored_files(project_id, "letter.pdf")[0],
        "transaction_id": "t-1",
    }
    first = client.post("/api/v2/classify", json=body).get_json()["id"]
    assert client.post("/api/v2/classify", json=body).get_json()["id"] == first
    assert [one["id"] for one in client.get("/api/v1/classifier/jobs").get_json()["items"]] == [first]
    client.post(f"/api/v2/classify/{first}/cancel")
    delete(client, "classify", first)
    assert client.get("/api/v1/classifier/jobs").get_json()["items"] == []
    assert client.get(f"/api/v1/classifier/jobs/{first}").status_code == 404
    assert client.post("/api/v2/classify", json=body).get_json()["id"] != first
    with read_session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BatchJob)) == 2
        assert session.scalar(sa.select(sa.func.count()).select_from(BatchItem)) == 2
