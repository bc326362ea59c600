"""Trying failed items again, as a job of its own that is linked to the first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from support.batch_api import CLASSIFY, JOBS, create, other_client, row
from support.papers import lines, pdf
from support.running import Tenant
from support.sources import stored_directory, work_off

from models import BatchItem, BatchJob, BatchPage, Session, read_session
from models.states import ItemStatus
from schemas.secrets import join_secrets

FAILED, COMPLETED = ItemStatus.FAILED, ItemStatus.COMPLETED
NAMES = ("a.pdf", "b.pdf", "c.pdf", "d.pdf")


@pytest.fixture
def ended(client: FlaskClient, project_id: str) -> str:
    """A job of which a, b and d failed, b with another code."""
    return job_of(client, project_id)


def job_of(client: FlaskClient, project: str, config: dict[str, Any] | None = None) -> str:
    directory, _ = stored_directory(project, *NAMES)
    job = create(client, directory_id=directory, page_size=2, job_config=config or {})["id"]
    work_off(job, {"a.pdf": FAILED, "b.pdf": FAILED, "c.pdf": COMPLETED, "d.pdf": FAILED})
    with Session.begin() as session:
        session.execute(sa.update(BatchItem).where(BatchItem.name == "b.pdf").values(error_code="TIMEOUT"))
        session.execute(sa.update(BatchItem).where(BatchItem.name != "b.pdf").values(error_code="FILE_IS_BROKEN"))
        for number in (0, 1):
            BatchPage.finish(session, job, number)
        assert BatchJob.finalize(session, job)
    return str(job)


def retry(client: FlaskClient, job: str, status: int = 201, headers: dict[str, str] | None = None, **body: Any) -> Any:
    answer = client.post(f"{JOBS}/{job}/retry", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.get_json()


def names(job: str) -> list[tuple[str, int, int]]:
    with read_session() as session:
        items = session.scalars(sa.select(BatchItem).where(BatchItem.job_id == job).order_by(BatchItem.position))
        return [(item.name, item.position, item.page) for item in items]


def test_all_that_failed_is_tried_again_as_a_new_job_linked_to_the_first(client: FlaskClient, ended: str) -> None:
    again = retry(client, ended)
    assert (again["retry_of"], again["status"], again["total_items"]) == (ended, "pending", 3)
    assert names(again["id"]) == [("a.pdf", 0, 0), ("b.pdf", 1, 0), ("d.pdf", 2, 1)]
    assert row(ended).status == "completed"
    assert client.get(f"{JOBS}/{again['id']}").get_json()["job"]["retry_of"] == ended


def test_items_are_chosen_by_error_code_and_by_id(client: FlaskClient, ended: str) -> None:
    assert names(retry(client, ended, error_codes=["TIMEOUT"])["id"]) == [("b.pdf", 0, 0)]
    listed = client.get(f"{JOBS}/{ended}/items").get_json()["items"]
    wanted = [item["item_id"] for item in listed if item["item_name"] in {"c.pdf", "d.pdf"}]
    assert names(retry(client, ended, item_ids=wanted)["id"]) == [("d.pdf", 0, 0)], "c did not fail"


def test_what_was_cancelled_is_tried_again_when_that_is_asked_for(client: FlaskClient, project_id: str) -> None:
    directory, _ = stored_directory(project_id, *NAMES)
    job = create(client, directory_id=directory, page_size=2, job_config={})["id"]
    work_off(job, {"a.pdf": FAILED, "c.pdf": COMPLETED})
    with Session.begin() as session:
        session.execute(sa.update(BatchItem).where(BatchItem.name == "a.pdf").values(error_code="TIMEOUT"))
    assert client.post(f"{JOBS}/{job}/cancel").status_code == 200
    assert names(retry(client, job)["id"]) == [("a.pdf", 0, 0)]
    assert names(retry(client, job, statuses=["cancelled"])["id"]) == [("b.pdf", 0, 0), ("d.pdf", 1, 0)]
    both = retry(client, job, statuses=["failed", "cancelled"])
    assert (both["total_items"], both["retry_of"]) == (3, job)
    coded = retry(client, job, statuses=["failed", "cancelled"], error_codes=["EXPIRED"])
    assert names(coded["id"]) == [("b.pdf", 0, 0), ("d.pdf", 1, 0)], "codes choose among the failed ones"
    detail = retry(client, job, 400, error_codes=["EXPIRED"])["detail"]
    assert detail.endswith("failed are: 1 TIMEOUT; 2 were cancelled (`statuses` chooses)")
    [refused] = retry(client, job, 422, statuses=["completed"])["detail"]
    assert refused["loc"][:2] == ["body", "statuses"]


def test_parameters_are_merged_over_those_of_the_job(client: FlaskClient, project_id: str) -> None:
    job = job_of(client, project_id, {"parameters": {"lang": "de", "max_pages": 7}})
    again = retry(client, job, parameters={"target_pages": "0-3", "max_pages": None})
    parameters = row(again["id"]).config["parameters"]
    assert (parameters["lang"], parameters["target_pages"]) == ("de", "0-3")
    assert parameters.get("max_pages") is None
    assert row(again["id"]).parameters_hash != row(job).parameters_hash
    assert row(retry(client, job)["id"]).parameters_hash == row(job).parameters_hash


def test_secrets_of_the_job_go_with_it(client: FlaskClient, project_id: str) -> None:
    hooks = [{"webhook_url": "https://example.org/x", "webhook_headers": {"X-Token": "hush"}}]
    job = job_of(client, project_id, {"parameters": {"webhook_configurations": hooks}})
    again = row(retry(client, job)["id"])
    whole = join_secrets(again.config, again.open_secrets())
    assert whole["parameters"]["webhook_configurations"][0]["webhook_headers"] == {"X-Token": "hush"}
    assert "hush" not in str(again.config)


def test_wrong_parameters_and_unknown_codes_are_refused_with_their_place(client: FlaskClient, ended: str) -> None:
    [wrong] = retry(client, ended, 422, parameters={"max_pages": "many"})["detail"]
    assert wrong["loc"] == ["body", "parameters", "max_pages"]
    [unworkable] = retry(client, ended, 422, parameters={"target_pages": "x-y"})["detail"]
    assert unworkable["loc"] == ["body", "parameters", "target_pages"]
    [unknown] = retry(client, ended, 422, error_codes=["NONE_OF_OURS"])["detail"]
    assert unknown["loc"][:2] == ["body", "error_codes"]
    assert "WORKER_LOST" in unknown["msg"]


def test_a_classify_job_is_retried_without_parameters_only(client: FlaskClient, project_id: str) -> None:
    job = job_of(client, project_id, CLASSIFY)
    [refused] = retry(client, job, 422, parameters={"lang": "de"})["detail"]
    assert "no parse parameters" in refused["msg"]
    assert row(retry(client, job)["id"]).job_type == "classify"


def test_a_job_that_has_not_ended_cannot_be_retried(client: FlaskClient, project_id: str) -> None:
    directory, _ = stored_directory(project_id, "a.pdf")
    job = create(client, directory_id=directory)["id"]
    assert "wait until it has ended, or cancel it" in retry(client, job, 400)["detail"]


def test_when_nothing_fits_the_answer_says_what_failed(client: FlaskClient, ended: str) -> None:
    assert retry(client, ended, 400, error_codes=["EXPIRED"])["detail"].endswith("2 FILE_IS_BROKEN, 1 TIMEOUT")
    with read_session() as session:
        assert session.scalar(sa.select(sa.func.count()).where(BatchJob.retry_of == ended)) == 0


def test_a_strangers_job_is_not_found(app: Any, client: FlaskClient, ended: str) -> None:
    retry(other_client(app), ended, 404)
    retry(client, "bjb-none", 404)


def test_a_repeated_request_makes_one_job(client: FlaskClient, ended: str) -> None:
    named = {"Idempotency-Key": "again"}
    first = retry(client, ended, headers=named)
    assert retry(client, ended, headers=named)["id"] == first["id"]
    [refused] = retry(client, ended, 422, headers=named, error_codes=["TIMEOUT"])["detail"]
    assert "used for a different request" in refused["msg"]
    repeated = {"x-stainless-retry-count": "1"}
    second = retry(client, ended, error_codes=["TIMEOUT"])
    assert retry(client, ended, headers=repeated, error_codes=["TIMEOUT"])["id"] == second["id"]


def test_a_name_is_not_shared_with_a_create_request(client: FlaskClient, ended: str) -> None:
    named = {"Idempotency-Key": "once"}
    directory = row(ended).directory_id
    body = {"job_config": {}, "directory_id": directory}
    assert client.post(JOBS, json=body, headers=named).status_code == 201
    retry(client, ended, 422, headers=named, **body)


def test_why_a_job_was_cancelled_is_kept_and_shown(client: FlaskClient, project_id: str) -> None:
    directory, _ = stored_directory(project_id, "a.pdf")
    job = create(client, directory_id=directory)["id"]
    answer = client.post(f"{JOBS}/{job}/cancel", json={"reason": "wrong folder"}).get_json()
    assert answer["message"].endswith("Reason: wrong folder")
    again = client.post(f"{JOBS}/{job}/cancel", json={"reason": "another"}).get_json()
    assert again["message"].endswith("Reason: wrong folder")
    assert client.get(f"{JOBS}/{job}").get_json()["job"]["cancel_reason"] == "wrong folder"


def test_a_retry_runs_what_failed_with_other_parameters(tenant: Tenant, tmp_path: Path) -> None:
    content = pdf(tmp_path / "two.pdf", lines("One"), lines("Two")).read_bytes()
    job = tenant.batch(tenant.upload([("two.pdf", content)]), {"target_pages": "5"})
    assert tenant.wait(job)["failed_items"] == 1
    again = tenant.ask("POST", f"{JOBS}/{job}/retry", expect=201, json={"parameters": {"target_pages": "1"}})
    assert tenant.wait(again["id"])["processed_items"] == 1
    [item] = tenant.items(again["id"]).values()
    assert tenant.parsed(item["job_id"], "text_full")["text_full"].strip() == "Two"
