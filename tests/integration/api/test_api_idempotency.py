"""Each create makes one thing of a request that comes twice, by its name or by an SDK's count of attempts."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import KEY
from flask import Flask
from flask.testing import FlaskClient
from support.forms import form

from app.web import assemble
from settings import Settings

DIRECTORIES = "/api/v1/beta/directories"
FILES = "/api/v1/beta/files"
BATCHES = "/api/v1/beta/batch-processing"
ASKS = {f"{FILES}/query"}
"""What is asked by POST and makes nothing."""
ENDS = ("/cancel", "/bulk-delete")
"""Ends of paths that change what is there already."""
NAMED_BY_ITSELF = {
    "/api/v1/beta/configurations",
    *(f"{DIRECTORIES}/{{directory_id}}/files/{one}" for one in ("bulk-upload", "bulk-attach")),
}
"""What finds what has the same name there: the same request again makes nothing, named or not."""


def creates() -> set[str]:
    """The paths whose POST makes something, as the OpenAPI document has them."""
    paths = assemble().test_client().get("/openapi.json").get_json()["paths"]
    return {
        path
        for path, operations in paths.items()
        if "post" in operations and path not in ASKS | NAMED_BY_ITSELF and not path.endswith(ENDS)
    }


def file(client: FlaskClient) -> str:
    answer = client.post(FILES, **form({"purpose": "parse", "file": (io.BytesIO(b"Dear Sir"), "a.txt")}))
    return str(answer.get_json()["id"])


def directory(client: FlaskClient) -> str:
    made = str(client.post(DIRECTORIES, json={"name": "letters"}).get_json()["id"])
    client.post(f"{DIRECTORIES}/{made}/files", json={"file_id": file(client)})
    return made


def ended_batch(client: FlaskClient) -> str:
    """A batch that can be tried again: cancelled before it began."""
    made = str(client.post(BATCHES, json={"job_config": {}, "directory_id": directory(client)}).get_json()["id"])
    client.post(f"{BATCHES}/{made}/cancel", json={})
    return made


def upload(field: str, **fields: str) -> Callable[[str], dict[str, Any]]:
    """A request with a file, whose content is given; its stream can be read once."""
    return lambda content: form({**fields, field: (io.BytesIO(content.encode()), "b.txt")})


def body(**fields: Any) -> Callable[[str], dict[str, Any]]:
    """A request with JSON, in which `…` stands for what differs between two requests."""
    return lambda content: {"json": {name: content if value == "…" else value for name, value in fields.items()}}


Request = tuple[str, Callable[[str], dict[str, Any]]]
"""A path, and what is sent there, as options of a test client."""

AGENTIC = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}}
LATEST = {"tier": "fast", "version": "latest"}


def to_directory(client: FlaskClient) -> Request:
    return f"{DIRECTORIES}/{directory(client)}/files", body(file_id=file(client), display_name="…")


def to_upload(client: FlaskClient) -> Request:
    return f"{DIRECTORIES}/{directory(client)}/files/upload", upload("upload_file", unique_id="mine")


def to_retry(client: FlaskClient) -> Request:
    return f"{BATCHES}/{ended_batch(client)}/retry", lambda content: {
        "json": {"statuses": ["failed", "cancelled"], "parameters": {"page_prefix": content}}
    }


def to_classify_v1(client: FlaskClient) -> Request:
    known = file(client)
    return "/api/v1/classifier/jobs", lambda content: {
        "json": {"file_ids": [known], "rules": [{"type": "letter", "description": f"a letter about {content}"}]}
    }


def to_classify(client: FlaskClient) -> Request:
    known = file(client)
    return "/api/v2/classify", lambda content: {
        "json": {
            "file_input": known,
            "configuration": {"rules": [{"type": "letter", "description": f"a letter about {content}"}]},
        }
    }


def to_batches(client: FlaskClient) -> Request:
    known = directory(client)
    return BATCHES, lambda content: {
        "json": {"job_config": {"parameters": {"page_prefix": content}}, "directory_id": known}
    }


def to_second_batches(client: FlaskClient) -> Request:
    known = directory(client)
    return "/api/v2/batches", lambda content: {
        "json": {"source_directory_id": known, "config": AGENTIC, "webhook_configurations": [hook_to(content)]}
    }


def hook_to(name: str) -> dict[str, str]:
    return {"webhook_url": f"https://example.com/{name}"}


REQUESTS: dict[str, Callable[[FlaskClient], Request]] = {
    DIRECTORIES: lambda _client: (DIRECTORIES, body(name="…")),
    f"{DIRECTORIES}/{{directory_id}}/files": to_directory,
    f"{DIRECTORIES}/{{directory_id}}/files/upload": to_upload,
    FILES: lambda _client: (FILES, upload("file", purpose="parse")),
    "/api/v1/files": lambda _client: ("/api/v1/files", upload("upload_file")),
    BATCHES: to_batches,
    f"{BATCHES}/{{job_id}}/retry": to_retry,
    "/api/v2/batches": to_second_batches,
    "/api/v2/parse": lambda client: ("/api/v2/parse", body(file_id=file(client), client_name="…", **LATEST)),
    "/api/v2/parse/upload": lambda _client: (
        "/api/v2/parse/upload",
        upload("file", configuration='{"tier": "fast", "version": "latest"}'),
    ),
    "/api/v1/parsing/upload": lambda _client: ("/api/v1/parsing/upload", upload("file")),
    "/api/v1/parsing/screenshot": lambda _client: ("/api/v1/parsing/screenshot", upload("file")),
    "/api/v2/classify": to_classify,
    "/api/v1/classifier/jobs": to_classify_v1,
    "/api/v1/beta/webhook-configs": lambda _client: (
        "/api/v1/beta/webhook-configs",
        lambda content: {"json": hook_to(content)},
    ),
}
"""How each of them is asked for."""


def test_every_create_is_known_here_and_documents_the_header() -> None:
    paths = assemble().test_client().get("/openapi.json").get_json()["paths"]
    assert creates() == REQUESTS.keys(), "what makes something needs a name for its requests, and a line above"
    for path in creates():
        names = {one.get("name") for one in paths[path]["post"].get("parameters", ())}
        assert "Idempotency-Key" in names, path


@pytest.mark.parametrize("path", REQUESTS)
def test_a_named_request_sent_again_makes_nothing_and_another_of_its_name_is_refused(
    client: FlaskClient, path: str
) -> None:
    address, options = REQUESTS[path](client)
    named = {"Idempotency-Key": "k"}
    first, again = (client.post(address, **options("one"), headers=named) for _ in range(2))
    assert first.status_code == again.status_code in {200, 201}, first.text
    assert first.get_json() == again.get_json()
    other = client.post(address, **options("two"), headers=named)
    assert other.status_code == 422
    assert other.get_json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
    long = client.post(address, **options("one"), headers={"Idempotency-Key": "k" * 256})
    assert long.status_code == 422


@pytest.mark.parametrize("path", REQUESTS)
def test_an_attempt_that_an_sdk_repeats_makes_nothing(client: FlaskClient, path: str) -> None:
    address, options = REQUESTS[path](client)
    first, again, other = (
        client.post(address, **options(content), headers={"x-stainless-retry-count": count})
        for content, count in (("one", "0"), ("one", "1"), ("two", "1"))
    )
    assert first.status_code == again.status_code in {200, 201}, first.text
    assert first.get_json() == again.get_json()
    assert other.status_code == 409 if "unique_id" in str(options("two")) else other.get_json() != first.get_json()


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "k"}, {"x-stainless-retry-count": "1"}])
def test_what_was_deleted_is_made_again(client: FlaskClient, headers: dict[str, str]) -> None:
    address, options = to_upload(client)
    first = client.post(address, **options("one"), headers=headers).get_json()
    assert client.delete(f"{DIRECTORIES}/{first['directory_id']}/files/{first['id']}").status_code == 204
    again = client.post(address, **options("one"), headers=headers)
    assert (again.status_code, again.get_json()["unique_id"]) == (201, first["unique_id"])
    assert again.get_json()["id"] != first["id"]
    listed = client.get(f"{DIRECTORIES}/{first['directory_id']}/files").get_json()["items"]
    assert again.get_json()["id"] in {one["id"] for one in listed}


@pytest.mark.parametrize("path", [DIRECTORIES, FILES, f"{DIRECTORIES}/{{directory_id}}/files/upload"])
def test_a_named_request_sent_many_times_at_once_makes_one_thing(app: Flask, client: FlaskClient, path: str) -> None:
    address, options = REQUESTS[path](client)

    def send(_: int) -> str:
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k"}
        answer = app.test_client().post(address, **options("one"), headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["id"])

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(8)))) == 1


def test_addresses_in_forms_are_told_apart(client: FlaskClient) -> None:
    headers = {"x-stainless-retry-count": "1"}
    one, again, other = (
        client.post("/api/v1/parsing/upload", data={"input_url": f"https://example.com/{name}"}, headers=headers)
        for name in ("one", "one", "two")
    )
    assert one.get_json()["id"] == again.get_json()["id"] != other.get_json()["id"]


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "k"}, {"x-stainless-retry-count": "1"}])
def test_an_upload_that_parses_has_its_first_answer_when_its_configuration_is_gone(
    client: FlaskClient, settings: Settings, headers: dict[str, str]
) -> None:
    configurations = "/api/v1/beta/configurations"
    parameters = {"product_type": "parse_v2", **LATEST}
    saved = client.post(configurations, json={"name": "letters", "parameters": parameters}).get_json()["id"]
    options = upload("file", configuration=f'{{"configuration_id": "{saved}"}}')
    first = client.post("/api/v2/parse/upload", **options("one"), headers=headers)
    assert client.delete(f"{configurations}/{saved}").status_code == 204
    again = client.post("/api/v2/parse/upload", **options("one"), headers=headers)
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert client.post("/api/v2/parse/upload", **options("two")).status_code == 404
    assert len(list(Path(settings.data_dir).rglob("files/*"))) == 1


def test_a_configuration_sent_again_is_the_same(client: FlaskClient) -> None:
    parameters = {"product_type": "parse_v2", **LATEST}
    first, again = (
        client.post("/api/v1/beta/configurations", json={"name": "letters", "parameters": parameters}).get_json()
        for _ in range(2)
    )
    assert first["id"] == again["id"]
    assert len(client.get("/api/v1/beta/configurations").get_json()["items"]) == 1


def test_an_upload_that_came_before_leaves_no_bytes(client: FlaskClient, settings: Settings) -> None:
    address, options = to_upload(client)
    files = Path(settings.data_dir).rglob("files/*")
    before = len(list(files))
    for _ in range(3):
        client.post(address, **options("one"), headers={"Idempotency-Key": "k"})
    assert len(list(Path(settings.data_dir).rglob("files/*"))) == before + 1
