"""Results in chunks for retrieval, as the API gives them; tests/unit/engines/test_chunks.py says which chunks there are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import other_client
from support.databases import whichever_database
from support.finished import item_of, parsed

from models.states import ItemStatus

PATH = "/api/v1/parsing/job/{}/result/chunks"


def chunks(client: FlaskClient, job_id: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(PATH.format(job_id), query_string=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["chunks"]
    return found


def test_a_stored_result_comes_in_chunks_with_places_and_headings(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    job_id = parsed(app, project_id)
    answer = client.get(PATH.format(job_id)).json
    assert answer["job_metadata"] == client.get(f"/api/v1/parsing/job/{job_id}/result/json").json["job_metadata"]
    [one] = answer["chunks"]
    assert (one["index"], one["headings"], one["pages"], one["context"]) == (0, ["Report"], [1, 2, 3], None)
    assert one["kinds"] == ["heading", "text", "list", "table", "code", "image", "link"]
    assert one["boxes"][0] == {"page": 1, "x": 72, "y": 72, "w": 200, "h": 20}
    pages = client.get(f"/api/v1/parsing/job/{job_id}/result/json").json["pages"]
    assert one["text"].split() == " ".join(page["md"] for page in pages).split()


def test_raw_chunks_are_lines_of_json(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id)
    answer = client.get(f"/api/v1/parsing/job/{job_id}/result/raw/chunks", query_string={"max_characters": 100})
    assert answer.content_type.startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == chunks(client, job_id, max_characters=100)
    assert len(lines) > 1


@whichever_database
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"max_characters": 99}, "max_characters"),
        ({"max_characters": "many"}, "max_characters"),
        ({"overlap": -1}, "overlap"),
        ({"max_characters": 200, "overlap": 200}, "overlap"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(
    app: Flask, client: FlaskClient, project_id: str, query: dict[str, Any], name: str
) -> None:
    answer = client.get(PATH.format(parsed(app, project_id)), query_string=query)
    assert answer.status_code == 422
    assert answer.json["detail"][0]["loc"] == ["query", name]


def test_a_result_without_markdown_says_so(app: Flask, client: FlaskClient, project_id: str) -> None:
    stored = {"pages": [{"page": 1, "md": "", "text": "Words.", "items": []}], "job_metadata": {}}
    job_id = parsed(app, project_id, more={"output.json": json.dumps(stored).encode()})
    answer = client.get(PATH.format(job_id))
    assert answer.status_code == 404
    assert "no Markdown" in answer.json["detail"]


def test_what_is_not_there_or_another_s_is_not_found(app: Flask, client: FlaskClient, project_id: str) -> None:
    item = item_of(app, project_id, {}, work_id="pjb-open", status=ItemStatus.PROCESSING)
    assert client.get(PATH.format(item.work_id)).status_code == 404
    assert client.get(PATH.format("pjb-none")).status_code == 404
    assert other_client(app).get(PATH.format(parsed(app, project_id))).status_code == 404
    assert app.test_client().get(PATH.format("pjb-none")).status_code == 401


def test_the_description_names_every_part_of_a_chunk(client: FlaskClient) -> None:
    described = client.get("/openapi.json").json
    operation = described["paths"]["/api/v1/parsing/job/{job_id}/result/chunks"]["get"]
    assert {"max_characters", "overlap"} <= {one["name"] for one in operation["parameters"]}
    properties = described["components"]["schemas"]["Chunk"]["properties"]
    assert set(properties) == {"id", "index", "text", "context", "headings", "kinds", "pages", "boxes"}
