"""The paths that older packages such as `llama-parse` ask for: the resources of v1 without `v1`, and `/api/v1/files`."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.databases import whichever_database
from support.finished import PIXEL, parsed
from support.forms import form, upload

TRIGGERED = {"pages": [], "job_metadata": {"job_pages": 9, "job_auto_mode_triggered_pages": [2, 5]}}


def asked(client: FlaskClient, path: str) -> tuple[int, str, bytes]:
    with client.get(path) as answer:
        return answer.status_code, answer.content_type, answer.get_data()


@whichever_database
@pytest.mark.parametrize(
    "path",
    [
        "job/{}",
        "job/{}/details",
        "job/{}/parameters",
        "job/{}/result/image/img_p0_1.png",
        "job/{}/result/image/none.png",
        "job/{}/result/raw/markdown",
        "job/missing",
        "supported_file_extensions",
    ],
)
def test_the_unversioned_path_answers_as_v1_does(app: Flask, client: FlaskClient, project_id: str, path: str) -> None:
    path = path.format(parsed(app, project_id))
    found = asked(client, f"/api/parsing/{path}")
    assert found == asked(client, f"/api/v1/parsing/{path}")
    assert found[2] != b""


def test_the_unversioned_path_asks_for_the_key_and_the_project(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    path = f"/api/parsing/job/{parsed(app, project_id)}"
    assert app.test_client().get(path).status_code == 401
    assert client.get(path, query_string={"project_id": project_id}).status_code == 200
    assert client.get(path, query_string={"project_id": "another"}).status_code == 404


@whichever_database
@pytest.mark.parametrize("kind", ["json", "text", "markdown", "raw/json"])
def test_the_unversioned_path_counts_the_pages_that_v1_names(
    app: Flask, client: FlaskClient, project_id: str, kind: str
) -> None:
    job = parsed(app, project_id, more={"output.json": orjson.dumps(TRIGGERED)})

    def pages(prefix: str) -> object:
        _status, _kind, body = asked(client, f"{prefix}/job/{job}/result/{kind}")
        return orjson.loads(body)["job_metadata"]["job_auto_mode_triggered_pages"]

    assert (pages("/api/v1/parsing"), pages("/api/parsing")) == ([2, 5], 2)


def test_an_upload_to_the_unversioned_path_is_a_job_of_v1(client: FlaskClient) -> None:
    answer = client.post(
        "/api/parsing/upload",
        **form({"from_python_package": "true", "language": "en", "file": (io.BytesIO(b"%PDF-1.7"), "a.pdf")}),
    )
    assert answer.json == {"id": answer.json["id"], "status": "PENDING", "error_code": None, "error_message": None}
    found = client.get(f"/api/v1/parsing/job/{answer.json['id']}/parameters")
    assert found.json == {"languages": ["en"]}


def test_a_screenshot_job_is_one_that_only_makes_pictures(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/parsing/screenshot", **form({"max_pages": "2", "file": (io.BytesIO(b"%PDF-1.7"), "a.pdf")})
    )
    found = client.get(f"/api/v1/parsing/job/{answer.json['id']}/parameters")
    assert found.json == {"max_pages": 2, "internal_is_screenshot_job": True}
    assert client.post("/api/v1/parsing/screenshot", **form({"max_pages": "2"})).status_code == 400


def test_an_older_client_uploads_with_the_facts_in_the_query(client: FlaskClient, project_id: str) -> None:
    answer = client.post(
        "/api/v1/files",
        query_string={"external_file_id": "mine", "storage_type": "Permanent"},
        **form({"upload_file": (io.BytesIO(PIXEL), "dot.png")}),
    )
    assert answer.status_code == 200, answer.text
    file: dict[str, Any] = answer.json
    assert (file["name"], file["external_file_id"], file["project_id"]) == ("dot.png", "mine", project_id)
    assert client.get(f"/api/v1/beta/files/{file['id']}").json == file
    with client.get(client.get(f"/api/v1/files/{file['id']}/content").json["url"]) as content:
        assert content.data == PIXEL
    assert client.post("/api/v1/files", **form({"purpose": "parse"})).status_code == 422


def test_older_paths_of_files_answer_as_those_of_now(client: FlaskClient) -> None:
    file = upload(client)
    assert client.get("/api/v1/files").json == client.get("/api/v1/beta/files").json
    assert client.get(f"/api/v1/files/{file['id']}").json == file
    assert client.delete(f"/api/v1/files/{file['id']}").status_code == 204
    assert client.get(f"/api/v1/beta/files/{file['id']}").status_code == 404


def test_the_documentation_names_a_resource_once(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").json["paths"]
    assert [path for path in paths if path.startswith("/api/parsing")] == []
    assert {path: list(paths[path]) for path in paths if path.startswith("/api/v1/files")} == {
        "/api/v1/files": ["post"]
    }
