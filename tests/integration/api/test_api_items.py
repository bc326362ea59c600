"""The items of a job, and what came of a document over all jobs."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import CLASSIFY, create, other_client
from support.databases import whichever_database
from support.sources import stored_directory, stored_files, work_off

from models import BatchItem, DirectoryFile, File, Session
from models.base import now
from models.states import ItemStatus, SkipReason

JOBS = "/api/v1/beta/batch-processing"


def items(client: FlaskClient, job: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"{JOBS}/{job}/items", query_string=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.get_json()
    return page


def history(client: FlaskClient, source: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"{JOBS}/items/{source}/processing-results", query_string=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_items_that_nobody_claimed_have_no_job(client: FlaskClient, project_id: str) -> None:
    directory, entries = stored_directory(project_id, "a.pdf")
    job = create(client, directory_id=directory)
    assert items(client, job["id"])["items"] == [
        {
            "item_id": entries[0],
            "item_name": "a.pdf",
            "status": "pending",
            "job_id": None,
            "job_record_id": None,
            "error_message": None,
            "skip_reason": None,
            "effective_at": job["created_at"],
            "started_at": None,
            "completed_at": None,
        }
    ]


def test_items_tell_what_became_of_them(client: FlaskClient, project_id: str) -> None:
    directory, _ = stored_directory(project_id, "a.pdf", "b.pdf", "c.pdf", "d.pdf")
    job = create(client, directory_id=directory)["id"]
    work_off(job, {"a.pdf": ItemStatus.COMPLETED, "b.pdf": ItemStatus.FAILED, "c.pdf": ItemStatus.SKIPPED})
    with Session.begin() as session:
        session.execute(
            sa.update(BatchItem).where(BatchItem.name == "c.pdf").values(skip_reason=SkipReason.ALREADY_PROCESSED)
        )
    done, failed, skipped, working = items(client, job)["items"]
    assert [one["status"] for one in (done, failed, skipped, working)] == [
        "completed",
        "failed",
        "skipped",
        "processing",
    ]
    assert done["job_id"].startswith("pjb-")
    assert done["effective_at"] == done["completed_at"] >= done["started_at"]
    assert failed["error_message"] == "CORRUPT: The file is damaged"
    assert skipped["skip_reason"] == "already_processed"
    assert working["effective_at"] == working["started_at"]
    assert working["completed_at"] is None


def test_items_are_paged_in_the_order_of_the_job(client: FlaskClient, project_id: str) -> None:
    _, entries = stored_directory(project_id, *(f"{n}.pdf" for n in range(5)))
    wanted = entries[::-1]
    job = create(client, item_ids=wanted)["id"]
    pages = [items(client, job, limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [one["item_id"] for page in pages for one in page["items"]] == wanted
    assert {(page["total_size"], page["next_page_token"]) for page in pages} == {(5, None)}


def test_items_are_filtered_by_status(client: FlaskClient, project_id: str) -> None:
    directory, _ = stored_directory(project_id, "a.pdf", "b.pdf", "c.pdf")
    job = create(client, directory_id=directory)["id"]
    work_off(job, {"a.pdf": ItemStatus.COMPLETED, "c.pdf": ItemStatus.COMPLETED})
    completed = items(client, job, status="completed", limit=1)
    assert ([one["item_name"] for one in completed["items"]], completed["total_size"]) == (["a.pdf"], 2)
    assert items(client, job, status="failed") == {"items": [], "next_page_token": None, "total_size": 0}


@whichever_database
@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"status": "dispatched"}])
def test_a_list_of_items_out_of_bounds_is_422(client: FlaskClient, query: dict[str, Any]) -> None:
    answer = client.get(f"{JOBS}/bjb-x/items", query_string=query)
    assert (answer.status_code, answer.get_json()["detail"][0]["loc"]) == (422, ["query", *query])


def test_items_of_an_unknown_job_are_404(client: FlaskClient) -> None:
    assert client.get(f"{JOBS}/bjb-none/items").status_code == 404


def test_the_history_of_an_item_is_newest_first(client: FlaskClient, project_id: str) -> None:
    directory, entries = stored_directory(project_id, "a.pdf")
    parse = create(client, directory_id=directory, job_config={"parameters": {"lang": "de"}})["id"]
    work_off(parse, {"a.pdf": ItemStatus.COMPLETED})
    classify = create(client, directory_id=directory, job_config=CLASSIFY)["id"]
    work_off(classify, {"a.pdf": ItemStatus.COMPLETED})
    found = history(client, entries[0])
    assert (found["item_id"], found["item_name"]) == (entries[0], "a.pdf")
    newest, oldest = found["processing_results"]
    assert (newest["job_type"], oldest["job_type"]) == ("classify", "parse")
    assert oldest["job_config"]["parameters"] == {"lang": "de"}
    assert oldest["job_config"]["job_name"] == "parse_raw_file_job"
    assert set(CLASSIFY) <= set(newest["job_config"])
    assert oldest["output_s3_path"].startswith(f"file:///{project_id}/{parse}/")
    assert (oldest["output_metadata"], len(oldest["parameters_hash"])) == ({"pages": 1}, 64)
    assert oldest["item_id"] == entries[0]
    assert oldest["processed_at"].endswith("Z")
    assert oldest["result_id"]


def test_the_history_is_filtered_by_type(client: FlaskClient, project_id: str) -> None:
    directory, entries = stored_directory(project_id, "a.pdf")
    work_off(create(client, directory_id=directory)["id"], {"a.pdf": ItemStatus.COMPLETED})
    assert len(history(client, entries[0], job_type="parse")["processing_results"]) == 1
    assert history(client, entries[0], job_type="classify")["processing_results"] == []
    assert client.get(f"{JOBS}/items/{entries[0]}/processing-results?job_type=x").status_code == 422


def test_the_history_shows_no_secrets(client: FlaskClient, project_id: str) -> None:
    directory, entries = stored_directory(project_id, "a.pdf")
    hook = {"webhook_url": "https://example.com/", "webhook_headers": {"Authorization": "Bearer s3cret"}}
    job = create(client, directory_id=directory, job_config={"parameters": {"webhook_configurations": [hook]}})["id"]
    work_off(job, {"a.pdf": ItemStatus.COMPLETED})
    shown = history(client, entries[0])["processing_results"][0]["job_config"]["parameters"]["webhook_configurations"]
    assert shown[0]["webhook_url"] == "https://example.com/"
    assert "s3cret" not in str(shown)


def test_items_without_results_have_an_empty_history(client: FlaskClient, project_id: str) -> None:
    _, entries = stored_directory(project_id, "a.pdf")
    file = stored_files(project_id, "b.pdf")[0]
    assert history(client, entries[0]) == {"item_id": entries[0], "item_name": "a.pdf", "processing_results": []}
    assert history(client, file)["item_name"] == "b.pdf"


def test_a_deleted_item_keeps_its_history(client: FlaskClient, project_id: str) -> None:
    directory, entries = stored_directory(project_id, "a.pdf")
    work_off(create(client, directory_id=directory)["id"], {"a.pdf": ItemStatus.COMPLETED})
    with Session.begin() as session:
        for kind in (DirectoryFile, File):
            session.execute(sa.update(kind).values(deleted_at=now()))
    assert len(history(client, entries[0])["processing_results"]) == 1


def test_an_unknown_or_foreign_item_is_404(app: Flask, client: FlaskClient, project_id: str) -> None:
    _, entries = stored_directory(project_id, "a.pdf")
    assert client.get(f"{JOBS}/items/dfl-none/processing-results").status_code == 404
    assert other_client(app).get(f"{JOBS}/items/{entries[0]}/processing-results").status_code == 404
