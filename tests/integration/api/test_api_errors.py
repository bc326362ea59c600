"""Every failure is JSON of the shape that the SDKs read, and says no more than it should."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize  # type: ignore[import-untyped] # gunicorn has no types
from structlog.testing import capture_logs
from support.databases import whichever_database

from app.api.errors import abort
from app.web import assemble, create_app
from models import ApiKey, BatchJob, Project, Session, read_session
from settings import Settings
from storage import StorageError

JOBS = "/api/v1/beta/batch-processing"


def test_an_unknown_path_is_404(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json) == (404, {"detail": "Not found"})


@whichever_database
@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/api/v2/extract", "extract"),
        ("GET", "/api/v2/extract/ext-1", "extract"),
        ("POST", "/api/v1/extraction/extraction-agents", "extraction"),
        ("GET", "/api/v1/split/jobs", "split"),
        ("POST", "/api/v1/beta/split/jobs", "split"),
        ("POST", "/api/v1/beta/sheets/jobs", "sheets"),
        ("PUT", "/api/v1/pipelines", "pipelines"),
        ("GET", "/api/v1/indexes/idx-1", "indexes"),
        ("POST", "/api/v1/chat/c/messages/stream", "chat"),
        ("POST", "/api/v1/beta/agent-data/:search", "agent data"),
        ("POST", "/api/v1/retrievers/retrieve", "retrievers"),
        ("POST", "/api/alpha/verify", "verify"),
        ("GET", "/api/v1/files/a-file/page_screenshots/0", "page screenshots"),
    ],
)
def test_what_this_server_does_not_have_is_404_with_what_it_has(
    client: FlaskClient, method: str, path: str, name: str
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 404
    assert answer.json["detail"].startswith(f"This server has no {name}: it parses and classifies documents")


def test_a_wrong_method_is_405_and_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete(JOBS)
    assert (answer.status_code, answer.json) == (405, {"detail": "Method not allowed"})
    assert "POST" in answer.headers["Allow"]


@whichever_database
@pytest.mark.parametrize("body", [b"{", b"[1,", b"nope", b'{"a": NaN}', b"\xff\xfe", b'{"a": "\\ud800"}', b"[" * 2000])
def test_a_body_that_is_no_json_is_422_with_its_position(client: FlaskClient, body: bytes) -> None:
    answer = client.post(JOBS, data=body, content_type="application/json")
    detail = answer.get_json()["detail"]
    assert answer.status_code == 422
    assert detail[0]["type"] == "json_invalid"
    assert detail[0]["loc"][0] == "body"


@whichever_database
@pytest.mark.parametrize("body", [b"[]", b"3", b'"text"', b"null"])
def test_a_body_that_is_no_object_is_422(client: FlaskClient, body: bytes) -> None:
    answer = client.post(JOBS, data=body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"][0] == "body"


def test_no_body_is_422_and_names_what_is_missing(client: FlaskClient) -> None:
    answer = client.post(JOBS)
    assert answer.status_code == 422
    assert {"loc": ["body", "job_config"], "msg": "Field required", "type": "missing"} in answer.get_json()["detail"]


def test_another_content_type_is_415(client: FlaskClient) -> None:
    answer = client.post(JOBS, data={"job_config": "{}"})
    assert answer.status_code == 415
    assert "application/json" in answer.get_json()["detail"]


def test_json_without_a_content_type_is_read(client: FlaskClient) -> None:
    assert client.post(JOBS, data=b'{"job_config": {}, "directory_id": "dir-x"}').status_code == 404


def test_a_body_beyond_the_limit_is_413(settings: Settings, client: FlaskClient) -> None:
    answer = client.post(JOBS, data=b" " * ((settings.max_json_mb << 20) + 1), content_type="application/json")
    assert answer.status_code == 413
    assert set(answer.get_json()) == {"detail"}


def test_several_complaints_are_several_places(client: FlaskClient) -> None:
    parameters = {"target_pages": "x", "lang": 3, "languages": ["en", "xx"]}
    body = {"job_config": {"parameters": parameters}, "page_size": 0, "item_ids": ["a"]}
    answer = client.post(JOBS, json=body)
    places = [one["loc"] for one in answer.get_json()["detail"]]
    assert answer.status_code == 422
    assert ["body", "page_size"] in places
    assert ["body", "job_config", "parameters", "lang"] in places
    assert ["body", "job_config", "parameters", "languages", 1] in places


def test_a_request_id_is_echoed_and_otherwise_made(client: FlaskClient) -> None:
    assert client.get(JOBS, headers={"X-Request-ID": "mine-1"}).headers["X-Request-ID"] == "mine-1"
    assert len(client.get(JOBS, headers={"X-Request-ID": "a b"}).headers["X-Request-ID"]) == 36
    assert len(client.get(JOBS).headers["X-Request-ID"]) == 36


def test_a_database_that_is_away_is_503_with_retry_after(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=str(tmp_path), database_url="postgresql://postgres@127.0.0.1:1/none"))
    answer = app.test_client().get(JOBS, headers={"Authorization": "Bearer llx-any"})
    Session.kw["bind"].dispose()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert set(answer.get_json()) == {"detail"}


def test_a_number_beyond_what_databases_hold_is_422(client: FlaskClient) -> None:
    assert client.get(JOBS, query_string={"offset": 2**64}).status_code == 422
    assert client.get(JOBS, query_string={"offset": 2**63 - 1}).get_json()["items"] == []


@pytest.mark.parametrize("path", [f"{JOBS}/a%00b", f"{JOBS}/a%00b/items", f"{JOBS}?directory_id=%00"])
def test_a_nul_character_never_is_a_500(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in {404, 422}


def test_a_refused_request_leaves_nothing_behind(client: FlaskClient) -> None:
    client.post(JOBS, json={"job_config": {}, "item_ids": ["dfl-none"]})
    with read_session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BatchJob)) == 0


def nested(levels: int) -> str:
    """A JSON object of so many levels."""
    return '{"a":' * levels + "1" + "}" * levels


@whichever_database
@pytest.mark.parametrize("levels", [110, 240, 300, 1000])
def test_json_nested_deeper_than_can_be_answered_is_never_kept(client: FlaskClient, levels: int) -> None:
    found = client.post("/api/v1/beta/directories", json={"name": "flat"}).get_json()
    for path, body in (
        ("/api/v1/beta/directories", '{"name": "deep", "system_metadata": %s}'),
        (JOBS, '{"directory_id": "' + found["id"] + '", "job_config": {"parameters": {"custom_metadata": %s}}}'),
    ):
        answer = client.post(path, data=body % nested(levels), content_type="application/json")
        assert answer.status_code == 422
    assert client.get("/api/v1/beta/directories").get_json()["items"] == [found]
    assert client.get(JOBS).get_json()["items"] == []


@whichever_database
@pytest.mark.parametrize("levels", [200, 300, 1000])
def test_a_key_that_nobody_knows_may_not_be_nested_too_deeply_to_be_read(client: FlaskClient, levels: int) -> None:
    body = '{"directory_id": "dir-none", "job_config": {}, "unknown": ' + nested(levels) + "}"
    answer = client.post(JOBS, data=body, content_type="application/json")
    assert answer.status_code == (404 if levels == 200 else 422)


def test_json_nested_reasonably_is_given_back(client: FlaskClient) -> None:
    kept = json.loads(nested(100))
    client.post("/api/v1/beta/directories", json={"name": "deep", "system_metadata": kept})
    [found] = client.get("/api/v1/beta/directories").get_json()["items"]
    assert found["system_metadata"] == kept


@pytest.mark.setting("max_json_mb")
def test_a_body_without_a_length_ends_at_the_limit_with_413(tmp_path: Path, database: str) -> None:
    app = create_app(Settings(data_dir=str(tmp_path), database_url=database, max_json_mb=1))
    with Session.begin() as session:
        key = ApiKey.issue(session, Project.named(session, "default"))
    body = io.BytesIO(b'{"name": "a"}' + b" " * (1 << 20))
    answer = app.test_client().post(
        "/api/v1/beta/directories",
        input_stream=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    Session.kw["bind"].dispose()
    assert (answer.status_code, answer.get_json()) == (413, {"detail": "The request is too large"})


def test_no_path_is_redirected(client: FlaskClient) -> None:
    answer = client.get("/api/v1//beta/directories")
    assert (answer.status_code, answer.get_json()) == (404, {"detail": "Not found"})


def test_a_page_token_of_another_type_is_422(client: FlaskClient) -> None:
    token = base64.urlsafe_b64encode(b'[true,"x"]').decode()
    assert client.get("/api/v2/parse", query_string={"page_token": token}).status_code == 422


def test_a_schema_that_is_missing_is_503_with_what_to_do(client: FlaskClient, database: str) -> None:
    engine = Session.kw["bind"]
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE directory RENAME TO elsewhere"))
    try:
        answer = client.get("/api/v1/beta/directories")
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO directory"))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert database.startswith("sqlite") or "sheaf migrate" in answer.get_json()["detail"]


def test_a_download_link_does_not_end_up_in_the_log(client: FlaskClient) -> None:
    with capture_logs() as lines:
        client.get("/downloads/secret-token")
    assert lines
    assert "secret-token" not in str(lines)


class TestWithARouteOfItsOwn:
    """An application of each test's own: it gives it one more route."""

    @pytest.fixture
    def assembled(self) -> Flask:
        return assemble()

    def test_an_unexpected_error_is_500_with_its_correlation_id_and_nothing_else(self, app: Flask) -> None:
        @app.route("/fails")
        def fails() -> str:
            message = "secret detail"
            raise ZeroDivisionError(message)

        answer = app.test_client().get("/fails", headers={"X-Request-ID": "trace-7"})
        assert answer.status_code == 500
        assert "trace-7" in answer.get_json()["detail"]
        assert "secret" not in answer.text

    def test_a_conflict_tells_the_sdks_not_to_try_again(self, app: Flask) -> None:
        @app.route("/conflict")
        def conflict() -> str:
            abort(409, "Already there")

        answer = app.test_client().get("/conflict")
        assert (answer.status_code, answer.json) == (409, {"detail": "Already there"})
        assert answer.headers["x-should-retry"] == "false"

    def test_a_store_that_is_away_is_503_with_retry_after(self, app: Flask) -> None:
        @app.route("/store")
        def store() -> str:
            message = "http://user:password@store/ is away"
            raise StorageError(message)

        answer = app.test_client().get("/store")
        assert answer.status_code == 503
        assert float(answer.headers["Retry-After"]) > 0
        assert "password" not in answer.text

    def test_chunks_that_are_none_are_400(self, app: Flask) -> None:
        @app.route("/chunks")
        def chunks() -> str:
            raise InvalidChunkSize(b"zz")

        assert app.test_client().get("/chunks").status_code == 400
