"""Direct jobs: each a batch that no list shows, asked for through both versions of the API."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import other_client
from support.databases import whichever_database
from support.finished import OUTCOME, RULES, classified, item_of, parsed
from support.forms import form
from support.sources import stored_files

from app.state import State
from models import ApiKey, BatchItem, BatchJob, File, Project, Session, read_session
from models.base import new_uuid
from models.states import ItemStatus, Origin

V2 = {"tier": "agentic", "version": "latest"}
DOCUMENT = b"%PDF-1.7 something"


def accepted(client: FlaskClient, path: str, **request: Any) -> dict[str, Any]:
    answer = client.post(path, **request)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def refused(client: FlaskClient, path: str, **request: Any) -> tuple[list[str | int], str]:
    answer = client.post(path, **request)
    assert answer.status_code == 422, answer.text
    [one] = answer.get_json()["detail"]
    with read_session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BatchJob)) == 0
    return one["loc"], one["msg"]


def uploaded(fields: dict[str, Any], name: str = "report.pdf", content: bytes = DOCUMENT) -> dict[str, Any]:
    return form({**fields, "file": (io.BytesIO(content), name)})


def batch_of(work_id: str) -> tuple[BatchJob, BatchItem]:
    with read_session() as session:
        item = session.scalars(sa.select(BatchItem).where(BatchItem.work_id == work_id)).one()
        return session.get_one(BatchJob, item.job_id), item


@pytest.fixture
def file_id(project_id: str) -> str:
    return stored_files(project_id, "report.pdf")[0]


def test_v2_parse_of_a_stored_file_is_a_hidden_batch_of_one(client: FlaskClient, project_id: str, file_id: str) -> None:
    job = accepted(client, "/api/v2/parse", json={**V2, "file_id": file_id, "user_metadata": {"case": "7"}})
    assert job["id"].startswith("pjb-")
    assert (job["project_id"], job["status"], job["name"]) == (project_id, "PENDING", "report.pdf")
    assert (job["tier"], job["user_metadata"]) == ("agentic", {"case": "7"})
    assert client.get(f"/api/v2/parse/{job['id']}").json == {"job": job}
    batch, item = batch_of(job["id"])
    assert (batch.origin, batch.total_items, item.file_id) == (Origin.DIRECT, 1, file_id)
    assert client.get("/api/v1/beta/batch-processing").json["items"] == []
    assert client.get(f"/api/v1/beta/batch-processing/{batch.id}").status_code == 404


def test_v2_configuration_becomes_parameters(client: FlaskClient, file_id: str) -> None:
    hook = {"webhook_url": "https://example.org/", "webhook_headers": {"X-Token": "hush"}}
    configuration = {
        **V2,
        "file_id": file_id,
        "client_name": None,
        "disable_cache": True,
        "crop_box": {"top": 0.1},
        "page_ranges": {"target_pages": "1,3-5", "max_pages": 2},
        "output_options": {"markdown": {"tables": {"output_tables_as_markdown": True}}, "images_to_save": None},
        "processing_control": {"job_failure_conditions": {"allowed_page_failure_ratio": 0.5}},
        "processing_options": {
            "ocr_parameters": {"languages": ["de", "en"]},
            "ignore": {"ignore_text_in_image": False},
        },
        "webhook_configurations": [hook],
    }
    job = accepted(client, "/api/v2/parse", json=configuration)
    assert client.get(f"/api/v2/parse/{job['id']}?expand=raw_parameters").json["raw_parameters"] == {
        **V2,
        "do_not_cache": True,
        "invalidate_cache": True,
        "bbox_top": 0.1,
        "target_pages": "0,2-4",
        "output_tables_as_HTML": False,
        "images_to_save": [],
        "page_error_tolerance": 0.5,
        "languages": ["de", "en"],
        "disable_ocr": False,
        "webhook_configurations": [hook | {"webhook_headers": {"X-Token": "***"}}],
    }
    secrets = batch_of(job["id"])[0].secrets
    assert secrets is not None
    assert secrets.open() == {"parameters/webhook_configurations/0/webhook_headers": {"X-Token": "hush"}}


@whichever_database
@pytest.mark.parametrize(
    ("more", "loc", "message"),
    [
        ({"tier": "best"}, ["tier"], "Input should be one of"),
        ({"version": "1999-01-01"}, ["version"], "INVALID_TIER_VERSION_COMBINATION"),
        ({"version": None}, ["version"], "Input should not be null"),
        ({"pages": 3}, ["pages"], "Extra inputs are not permitted"),
        ({"crop_box": {"middle": 0.5}}, ["crop_box", "middle"], "Extra inputs are not permitted"),
        ({"crop_box": {"top": 2}}, ["crop_box", "top"], "Input should be a number from 0 to 1"),
        ({"page_ranges": {"target_pages": "0-2"}}, ["page_ranges", "target_pages"], "Pages are counted from 1"),
        ({"page_ranges": {"target_pages": "1,1"}}, ["page_ranges", "target_pages"], "may not be named twice"),
        ({"page_ranges": {"target_pages": "a"}}, ["page_ranges", "target_pages"], "not a page"),
        ({"page_ranges": {"max_pages": 0}}, ["page_ranges", "max_pages"], "greater than or equal to 1"),
        ({"source_url": "https://example.org/a.pdf"}, ["source_url"], "either file_id or source_url"),
        ({"source_url": "ftp://example.org/a.pdf"}, ["source_url"], "http"),
        ({"agentic_options": {"custom_prompt": "Be brief"}}, ["agentic_options", "custom_prompt"], "language model"),
        (
            {"processing_options": {"confidence_score_effort": "high"}},
            ["processing_options", "confidence_score_effort"],
            "not supported yet",
        ),
        ({"processing_options": {"forms": "guess"}}, ["processing_options", "forms"], "one of default, enrich"),
        (
            {"processing_control": {"timeouts": {"base_in_seconds": 1}}},
            ["processing_control", "timeouts", "base_in_seconds"],
            "greater than or equal to 120",
        ),
        ({"file_id": None}, ["file_id"], "Field required"),
        ({"webhook_configurations": [{"webhook_url": "x"}]}, ["webhook_configurations", 0, "webhook_url"], "http"),
    ],
)
def test_v2_configuration_that_cannot_work_is_refused_where_it_was_said(
    client: FlaskClient, file_id: str, more: dict[str, Any], loc: list[str], message: str
) -> None:
    place, text = refused(client, "/api/v2/parse", json={**V2, "file_id": file_id, **more})
    assert place == ["body", *loc]
    assert message in text


def test_v2_needs_a_tier_and_a_version(client: FlaskClient) -> None:
    answer = client.post("/api/v2/parse", json={})
    assert answer.status_code == 422
    assert {tuple(one["loc"]) for one in answer.json["detail"]} == {("body", "tier"), ("body", "version")}


def test_unknown_and_foreign_files_are_404(app: Flask, client: FlaskClient, file_id: str) -> None:
    for caller, one in ((client, "nothing"), (other_client(app), file_id)):
        for path, body in (
            ("/api/v2/parse", {**V2, "file_id": one}),
            ("/api/v2/classify", {"configuration": {"rules": RULES}, "file_input": one}),
            ("/api/v1/classifier/jobs", {"rules": RULES, "file_ids": [one]}),
        ):
            answer = caller.post(path, json=body)
            assert (answer.status_code, answer.json) == (404, {"detail": f"File {one} not found"})


def test_v2_upload_stores_the_file_and_starts_its_job(app: Flask, client: FlaskClient, project_id: str) -> None:
    job = accepted(client, "/api/v2/parse/upload", **uploaded({"configuration": json.dumps(V2)}))
    assert (job["name"], job["status"], job["tier"]) == ("report.pdf", "PENDING", "agentic")
    _, item = batch_of(job["id"])
    with read_session() as session:
        file = session.get_one(File, item.file_id)
    assert (file.purpose, file.project_id, file.size) == ("parse", project_id, len(DOCUMENT))
    assert app.extensions["sheaf"].storage.get(item.storage_key) == DOCUMENT


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({}, ["body", "configuration"]),
        ({"configuration": "{"}, ["body", "configuration"]),
        ({"configuration": "[]"}, ["body", "configuration"]),
        ({"configuration": json.dumps({**V2, "tier": "x"})}, ["body", "tier"]),
    ],
)
def test_v2_upload_without_a_good_configuration_keeps_nothing(
    client: FlaskClient, settings: Any, fields: dict[str, str], loc: list[str]
) -> None:
    assert refused(client, "/api/v2/parse/upload", **uploaded(fields))[0] == loc
    assert [path for path in Path(settings.data_dir, "store").rglob("*") if path.is_file()] == []


def test_v1_upload_reads_parameters_from_text(client: FlaskClient) -> None:
    fields = {
        "language": "de,en",
        "target_pages": "0,2",
        "max_pages": "2",
        "page_error_tolerance": "0.25",
        "disable_ocr": "true",
        "save_images": "False",
        "custom_metadata": '{"case": 7}',
        "images_to_save": '["screenshot"]',
        "page_separator": "",
        "webhook_configurations": '[{"webhook_url": "https://example.org/"}]',
        "from_ui": "true",
    }
    job = accepted(client, "/api/v1/parsing/upload", **uploaded(fields))
    assert job == {"id": job["id"], "status": "PENDING", "error_code": None, "error_message": None}
    assert client.get(f"/api/v1/parsing/job/{job['id']}/parameters").json == {
        "languages": ["de", "en"],
        "target_pages": "0,2",
        "max_pages": 2,
        "page_error_tolerance": 0.25,
        "disable_ocr": True,
        "save_images": False,
        "custom_metadata": {"case": 7},
        "images_to_save": ["screenshot"],
        "webhook_configurations": [{"webhook_url": "https://example.org/"}],
    }
    assert client.get(f"/api/v1/parsing/job/{job['id']}").json == {"id": job["id"], "status": "PENDING"}


def test_v1_upload_takes_a_repeated_field_as_a_list(client: FlaskClient) -> None:
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="language"\r\n\r\n' + code + b"\r\n" for code in (b"fr", b"en")
    )
    body += b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\nx\r\n--x--\r\n'
    job = accepted(client, "/api/v1/parsing/upload", data=body, content_type="multipart/form-data; boundary=x")
    assert client.get(f"/api/v1/parsing/job/{job['id']}/parameters").json == {"languages": ["fr", "en"]}


@whichever_database
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"max_pages": "many"}, "max_pages"),
        ({"disable_ocr": "perhaps"}, "disable_ocr"),
        ({"parse_mode": "other"}, "parse_mode"),
        ({"target_pages": "x"}, "target_pages"),
        ({"tier": "fast"}, "version"),
        ({"input_url": "example.org/a.pdf"}, "input_url"),
        ({"input_s3_path": "s3://bucket/a.pdf"}, "input_s3_path"),
    ],
)
def test_v1_upload_refuses_what_cannot_work(client: FlaskClient, fields: dict[str, str], name: str) -> None:
    assert refused(client, "/api/v1/parsing/upload", **uploaded(fields))[0] == ["body", name]


def test_v1_upload_of_nothing_and_of_bad_json_are_answered_with_400(client: FlaskClient) -> None:
    nothing = client.post("/api/v1/parsing/upload", **form({"max_pages": "2"}))
    assert (nothing.status_code, nothing.json) == (
        400,
        {"detail": "Either file, input_url, or input_s3_path must be provided."},
    )
    bad = client.post("/api/v1/parsing/upload", **uploaded({"webhook_configurations": "{"}))
    assert bad.status_code == 400
    assert bad.json["detail"].startswith("Invalid JSON in webhook_configurations: ")


def test_file_too_large_to_be_processed_is_refused_at_once(app: Flask, client: FlaskClient, project_id: str) -> None:
    state = app.extensions["sheaf"]
    small = dataclasses.replace(state.settings, max_file_mb=0)
    State(small, state.storage, state.keyring).attach(app)
    answer = client.post("/api/v1/parsing/upload", **uploaded({}))
    assert answer.status_code == 413
    with read_session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(File)) == 0


def test_request_sent_again_by_an_sdk_makes_one_job(client: FlaskClient, file_id: str) -> None:
    body = {**V2, "file_id": file_id}
    first = accepted(client, "/api/v2/parse", json=body)
    again = accepted(client, "/api/v2/parse", json=body, headers={"x-stainless-retry-count": "1"})
    assert again["id"] == first["id"]
    assert accepted(client, "/api/v2/parse", json=body)["id"] != first["id"]


def test_cancel_ends_a_direct_job_and_its_hidden_batch(client: FlaskClient, file_id: str) -> None:
    job = accepted(client, "/api/v2/parse", json={**V2, "file_id": file_id})
    cancelled = accepted(client, f"/api/v2/parse/{job['id']}/cancel")
    assert cancelled["status"] == "CANCELLED"
    assert batch_of(job["id"])[0].status == "cancelled"
    assert client.get(f"/api/v1/parsing/job/{job['id']}").json["status"] == "CANCELLED"


def test_v2_classify_of_a_file(client: FlaskClient, project_id: str, file_id: str) -> None:
    configuration = {"rules": RULES, "parsing_configuration": {"lang": "de", "target_pages": "1,3-4"}}
    job = accepted(client, "/api/v2/classify", json={"configuration": configuration, "file_input": file_id})
    assert job.pop("created_at") <= job.pop("updated_at")
    user_id = job.pop("user_id")
    assert user_id
    assert job == {
        "id": job["id"],
        "project_id": project_id,
        "status": "PENDING",
        "configuration": {
            "rules": RULES,
            "mode": "FAST",
            "parsing_configuration": {"lang": "de", "max_pages": None, "target_pages": "1,3-4"},
        },
        "document_input_type": "file_id",
        "file_input": file_id,
        "document_input_value": file_id,
        "result": None,
        "error_message": None,
        "configuration_id": None,
        "transaction_id": None,
        "parse_job_id": None,
        "usage": None,
    }
    batch, _ = batch_of(job["id"])
    assert (batch.id, batch.origin, batch.config["parsing_configuration"]["target_pages"]) == (
        job["id"],
        Origin.DIRECT,
        [0, 2, 3],
    )
    assert client.get(f"/api/v1/classifier/jobs/{job['id']}").json["status"] == "PENDING"


def test_v2_classify_of_a_parse_job_reads_its_file(app: Flask, client: FlaskClient, project_id: str) -> None:
    parse_id = parsed(app, project_id)
    for named in ({"file_input": parse_id}, {"parse_job_id": parse_id}):
        job = accepted(client, "/api/v2/classify", json={"configuration": {"rules": RULES}, **named})
        assert (job["document_input_type"], job["file_input"], job["parse_job_id"]) == (
            "parse_job_id",
            parse_id,
            parse_id,
        )
        assert batch_of(job["id"])[1].file_id == batch_of(parse_id)[1].file_id


def test_v2_classify_with_a_transaction_id_happens_once(client: FlaskClient, file_id: str) -> None:
    body = {"configuration": {"rules": RULES}, "file_id": file_id, "transaction_id": "t-1"}
    first = accepted(client, "/api/v2/classify", json=body)
    assert first["transaction_id"] == "t-1"
    other = {"configuration": {"rules": RULES[:1]}, "file_id": file_id, "transaction_id": "t-1"}
    assert accepted(client, "/api/v2/classify", json=other) == first


@whichever_database
@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"file_input": "f"}, ["configuration"]),
        ({"file_input": "f", "configuration_id": "cfg-PARSE_FAST"}, ["configuration_id"]),
        ({"configuration": {"rules": []}, "file_input": "f"}, ["configuration", "rules"]),
        (
            {"configuration": {"rules": [{"type": "x", "description": "short"}]}, "file_input": "f"},
            ["configuration", "rules", 0, "description"],
        ),
        ({"configuration": {"rules": RULES, "mode": "SLOW"}, "file_input": "f"}, ["configuration", "mode"]),
        (
            {"configuration": {"rules": RULES, "parsing_configuration": {"lang": "xx"}}, "file_input": "f"},
            ["configuration", "parsing_configuration", "lang"],
        ),
        (
            {
                "configuration": {"rules": RULES, "parsing_configuration": {"target_pages": "1-99999999"}},
                "file_input": "f",
            },
            ["configuration", "parsing_configuration", "target_pages"],
        ),
        ({"configuration": {"rules": RULES}}, ["file_input"]),
        ({"configuration": {"rules": RULES}, "file_input": "f", "parse_job_id": "p"}, ["file_input"]),
    ],
)
def test_v2_classify_refuses_what_cannot_work(client: FlaskClient, body: dict[str, Any], loc: list[str | int]) -> None:
    assert refused(client, "/api/v2/classify", json=body)[0] == ["body", *loc]


def test_v1_classify_of_several_files_is_one_job(client: FlaskClient, project_id: str) -> None:
    files = stored_files(project_id, "a.pdf", "b.pdf")
    job = accepted(client, "/api/v1/classifier/jobs", json={"rules": RULES, "file_ids": [*files, files[0]]})
    assert (job["status"], job["rules"], job["mode"]) == ("PENDING", RULES, "FAST")
    assert job["parsing_configuration"] == {"lang": "en", "max_pages": 5}
    results = client.get(f"/api/v1/classifier/jobs/{job['id']}/results").json
    assert (results["total_size"], results["next_page_token"]) == (2, None)
    assert [one["file_id"] for one in results["items"]] == files
    assert {one["classify_job_id"] for one in results["items"]} == {job["id"]}
    listed = client.get("/api/v1/classifier/jobs").json
    assert [one["id"] for one in listed["items"]] == [job["id"]]
    assert client.get(f"/api/v2/classify/{results['items'][0]['id']}").json["file_input"] == files[0]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([ItemStatus.COMPLETED, ItemStatus.COMPLETED], "SUCCESS"),
        ([ItemStatus.COMPLETED, ItemStatus.FAILED], "PARTIAL_SUCCESS"),
        ([ItemStatus.FAILED, ItemStatus.FAILED], "ERROR"),
    ],
)
def test_v1_classify_job_ends_as_its_files_do(
    client: FlaskClient, project_id: str, states: list[ItemStatus], expected: str
) -> None:
    files = stored_files(project_id, "a.pdf", "b.pdf")
    job = accepted(client, "/api/v1/classifier/jobs", json={"rules": RULES, "file_ids": files})
    with Session.begin() as session:
        for item, state in zip(session.query(BatchItem).filter_by(job_id=job["id"]), states, strict=True):
            item.status = state
        session.get_one(BatchJob, job["id"]).status = "dispatched"
    with Session.begin() as session:
        assert BatchJob.finalize(session, job["id"])
    assert client.get(f"/api/v1/classifier/jobs/{job['id']}").json["status"] == expected


@pytest.mark.parametrize(
    ("body", "field"), [({"rules": RULES, "file_ids": []}, "file_ids"), ({"rules": [], "file_ids": ["f"]}, "rules")]
)
def test_v1_classify_needs_files_and_rules(client: FlaskClient, body: dict[str, Any], field: str) -> None:
    assert refused(client, "/api/v1/classifier/jobs", json=body)[0] == ["body", field]


def test_classified_item_of_a_batch_is_read_by_both_versions(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = classified(app, project_id, user_id="u-1")
    v2 = client.get(f"/api/v2/classify/{job_id}").json
    assert (v2["status"], v2["result"], v2["user_id"]) == ("COMPLETED", OUTCOME, "u-1")
    assert v2["document_input_type"] == "file_id"
    v1 = client.get(f"/api/v1/classifier/jobs/{job_id}").json
    assert (v1["id"], v1["status"], v1["user_id"]) == (job_id, "SUCCESS", "u-1")
    [one] = client.get(f"/api/v1/classifier/jobs/{job_id}/results").json["items"]
    assert (one["id"], one["classify_job_id"], one["result"]) == (job_id, job_id, OUTCOME)
    assert [job["id"] for job in client.get("/api/v2/classify").json["items"]] == [job_id]
    assert client.get("/api/v1/classifier/jobs").json["items"] == []
    assert client.get(f"/api/v2/parse/{job_id}").status_code == 404


def test_cancelled_classify_job_is_cancelled_in_both_versions(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = new_uuid()
    item_of(app, project_id, {"rules": RULES}, work_id=job_id, status=ItemStatus.PROCESSING)
    job = accepted(client, f"/api/v2/classify/{job_id}/cancel")
    assert (job["status"], job["error_message"]) == ("CANCELLED", "CANCELLED: The job was cancelled.")
    assert [one["id"] for one in client.get("/api/v2/classify?status=CANCELLED").json["items"]] == [job_id]
    assert client.get("/api/v2/classify?status=FAILED").json["items"] == []
    assert client.get(f"/api/v1/classifier/jobs/{job_id}").json["status"] == "CANCELLED"


@pytest.mark.parametrize(
    "path", ["/api/v2/classify/x", "/api/v1/classifier/jobs/x", "/api/v1/classifier/jobs/x/results"]
)
def test_unknown_classify_jobs_do_not_exist(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json) == (404, {"detail": "Classify job not found"})


def test_classify_list_is_bounded_and_filtered(client: FlaskClient) -> None:
    assert client.get("/api/v2/classify?page_size=101").status_code == 422
    assert client.get("/api/v2/classify?configuration_id=cfg-1").json["items"] == []


def test_a_transaction_id_used_for_something_else_is_422(app: Flask, client: FlaskClient, file_id: str) -> None:
    body = {"file_id": file_id, "configuration": {"rules": RULES}, "transaction_id": "same"}
    accepted(client, "/api/v2/classify", json=body)
    with Session.begin() as session:
        key = ApiKey.issue(session, Project.named(session, "default"))
    answer = app.test_client().post("/api/v2/classify", json=body, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"] == ["body", "transaction_id"]
