"""Files over HTTP: upload, list, link, download, delete."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.databases import whichever_database
from support.forms import FILES, form, upload
from support.waiting import eventually

import models
from app.state import current
from models import ApiKey, BatchItem, BatchJob, File, Project, Session
from models.retention import delete_expired, discard_bytes
from models.snapshot import create_batch
from models.states import ItemStatus, JobType
from settings import Settings


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json["items"]]


def stored(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.data_dir, "store").rglob("*") if path.is_file()]


def fetch(app: Flask, url: str, **headers: str) -> Any:
    with app.test_client().get(url.removeprefix("http://localhost"), headers=headers) as answer:
        answer.get_data()  # read before the file behind it is closed
        return answer


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    with Session.begin() as session:
        ApiKey.issue(session, Project.named(session, "other"), "another key")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer another key"
    return client


def test_an_upload_is_described_as_it_was_sent(client: FlaskClient, project_id: str) -> None:
    file = upload(client, name="Report 2026.PDF", purpose="purpose", external_file_id="mine-1")
    assert file["name"] == "Report 2026.PDF"
    assert file["file_type"] == "pdf"
    assert file["purpose"] == "purpose"
    assert file["external_file_id"] == "mine-1"
    assert file["project_id"] == project_id
    assert file["last_modified_at"].endswith("Z")
    assert file["expires_at"] is None
    assert file["download_url"] is None


@pytest.mark.parametrize("size", [0, 1, 3 << 20])
def test_size_and_hash_are_those_of_the_bytes(client: FlaskClient, size: int) -> None:
    content = b"x" * size
    file = upload(client, content)
    with models.read_session() as session:
        row = session.get_one(File, file["id"])
    assert (row.size, row.sha256) == (size, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\temp\\\\a.docx", "a.docx"),
        ("", "upload"),
        ("..", ".."),
        ("tab\there.txt", "tabhere.txt"),
        ("Überblick – 概要.pdf", "Überblick – 概要.pdf"),
        ("n" * 4000 + ".txt", "n" * 2996 + ".txt"),
    ],
)
def test_a_name_is_for_people_and_never_a_path(
    client: FlaskClient, settings: Settings, project_id: str, sent: str, shown: str
) -> None:
    file = upload(client, name=sent)
    assert file["name"] == shown
    root = Path(settings.data_dir, "store")
    assert [str(path.relative_to(root)) for path in stored(settings)] == [f"{project_id}/files/{file['id']}"]


@pytest.mark.parametrize("missing", ["purpose", "file"])
def test_an_upload_without_one_of_its_parts_is_refused(client: FlaskClient, missing: str) -> None:
    parts = {"purpose": "parse", "file": (io.BytesIO(b"x"), "a.txt")}
    del parts[missing]
    answer = client.post(FILES, **form(parts))
    assert answer.status_code == 422
    assert answer.json["detail"] == [{"loc": ["body", missing], "msg": "Field required", "type": "missing"}]


def test_a_body_that_is_no_form_is_refused(client: FlaskClient) -> None:
    answer = client.post(FILES, data=b"--broken", content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422
    assert client.post(FILES, json={"purpose": "parse"}).status_code == 422


def test_an_upload_that_is_too_large_leaves_nothing(client: FlaskClient, app: Flask, settings: Settings) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1 << 20
    answer = client.post(FILES, **form({"purpose": "parse", "file": (io.BytesIO(b"x" * (2 << 20)), "a.pdf")}))
    assert answer.status_code == 413
    assert isinstance(answer.json["detail"], str)
    assert not stored(settings)


def test_an_upload_of_unknown_length_is_cut_off_while_it_is_read(
    client: FlaskClient, app: Flask, settings: Settings
) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1 << 20
    sent = form({"purpose": "parse", "file": (io.BytesIO(b"x" * (2 << 20)), "a.pdf")})
    stream = io.BytesIO(sent.pop("data"))
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = client.post(FILES, input_stream=stream, environ_overrides=chunked, **sent)
    assert answer.status_code == 413
    assert not stored(settings)
    gc.collect()  # a file that was left open would be found here, and is an error as every warning is


def test_bytes_of_an_upload_that_fails_in_the_database_are_removed(
    client: FlaskClient, app: Flask, settings: Settings
) -> None:
    @sa.event.listens_for(Session.kw["bind"], "before_cursor_execute")
    def refuse(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO file"):
            raise sa.exc.OperationalError(statement, {}, Exception("disk full"))

    answer = client.post(FILES, **form({"purpose": "parse", "file": (io.BytesIO(b"x"), "a.pdf")}))
    sa.event.remove(Session.kw["bind"], "before_cursor_execute", refuse)
    assert answer.status_code == 503
    assert not stored(settings)


def test_the_list_is_read_page_by_page(client: FlaskClient) -> None:
    sent = [upload(client, name=f"{number}.txt")["name"] for number in range(5)]
    got, token, pages = [], None, 0
    while pages == 0 or token:
        query = {"page_size": 2} | ({"page_token": token} if token else {})
        answer = client.get(FILES, query_string=query)
        got += names(answer)
        token, pages = answer.json["next_page_token"], pages + 1
    assert (got, pages) == (sent, 3)


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("name", ["a", "b", "c"]),
        ("name desc", ["c", "b", "a"]),
        ("created_at", ["a", "c", "b"]),
        ("created_at desc", ["a", "c", "b"]),
        ("created_at asc", ["b", "c", "a"]),
        ("created_at DESC, name", ["a", "c", "b"]),
        ("order_by", ["b", "c", "a"]),
        ("", ["b", "c", "a"]),
    ],
)
def test_the_list_is_ordered_as_asked_and_pages_in_that_order(
    client: FlaskClient, order_by: str, expected: list[str]
) -> None:
    for name in ("b", "c", "a"):
        upload(client, name=name)
    first = client.get(FILES, query_string={"order_by": order_by, "page_size": 2})
    query = {"order_by": order_by, "page_size": 2, "page_token": first.json["next_page_token"]}
    assert names(first) + names(client.get(FILES, query_string=query)) == expected


def test_the_list_is_ordered_by_id_and_the_older_query_by_creation_upwards(client: FlaskClient) -> None:
    sent = [upload(client, name=name) for name in ("b", "c", "a")]
    first = client.get(FILES, query_string={"order_by": "id", "page_size": 2}).json
    query = {"order_by": "id", "page_size": 2, "page_token": first["next_page_token"]}
    found = [*first["items"], *client.get(FILES, query_string=query).json["items"]]
    assert [one["id"] for one in found] == sorted(one["id"] for one in sent)
    assert names(client.post(f"{FILES}/query", json={"order_by": "created_at"})) == ["b", "c", "a"]


def test_the_list_is_filtered(client: FlaskClient) -> None:
    one = upload(client, name="one.txt", external_file_id="x")
    two = upload(client, name="two.txt")
    assert names(client.get(FILES, query_string={"file_name": "one.txt"})) == ["one.txt"]
    assert names(client.get(FILES, query_string={"file_name": "one"})) == []
    assert names(client.get(FILES, query_string={"external_file_id": "x"})) == ["one.txt"]
    assert names(client.get(f"{FILES}?file_ids={one['id']}&file_ids={two['id']}")) == ["one.txt", "two.txt"]
    assert names(client.get(f"{FILES}?file_ids=file_ids")) == []
    body = {"filter": {"file_ids": [two["id"]], "file_name": None}, "page_token": None, "order_by": None}
    assert names(client.post(f"{FILES}/query", json=body)) == ["two.txt"]
    assert names(client.post(f"{FILES}/query", json={})) == ["one.txt", "two.txt"]
    assert names(client.post(f"{FILES}/query", json={"filter": None, "page_size": None})) == ["one.txt", "two.txt"]
    assert names(client.post(f"{FILES}/query", json={"filter": {"data_source_id": "ds"}})) == []
    assert names(client.post(f"{FILES}/query", json={"filter": {"project_id": "foreign"}})) == []


def test_a_query_for_more_than_a_page_may_have_gives_as_many_as_it_may(client: FlaskClient) -> None:
    name = upload(client)["name"]
    assert names(client.post(f"{FILES}/query", json={"page_size": 10**6})) == [name]
    assert client.post(f"{FILES}/query", json={"page_size": 0}).status_code == 422


@whichever_database
@pytest.mark.parametrize("query", ["page_size=0", "page_size=1001", "page_size=x", "page_token=nonsense"])
def test_a_list_that_cannot_be_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{FILES}?{query}")
    assert answer.status_code == 422
    assert answer.json["detail"][0]["loc"] == ["query", query.partition("=")[0]]


def test_a_file_of_another_project_is_not_there(client: FlaskClient, stranger: FlaskClient) -> None:
    path = f"{FILES}/{upload(client)['id']}"
    assert stranger.get(path).status_code == 404
    assert stranger.get(f"{path}/content").status_code == 404
    assert stranger.delete(path).status_code == 404
    assert names(stranger.get(FILES)) == []
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["unknown", "unknown/content", "dfl-182bd5e5", "..%2f"])
def test_an_unknown_file_is_a_404(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{FILES}/{path}")
    assert answer.status_code == 404
    assert isinstance(answer.json["detail"], str)


def test_a_link_works_without_the_key_and_says_what_it_carries(client: FlaskClient, app: Flask) -> None:
    file = upload(client, b"<script>", "Übersicht.html")
    link = client.get(f"{FILES}/{file['id']}/content").json
    assert link["url"].startswith("http://localhost/downloads/")
    assert link["form_fields"] is None
    answer = fetch(app, link["url"])
    assert answer.status_code == 200
    assert answer.data == b"<script>"
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''%C3%9Cbersicht.html" in answer.headers["Content-Disposition"]


def test_a_link_can_be_read_in_parts(client: FlaskClient, app: Flask) -> None:
    url = client.get(f"{FILES}/{upload(client, b'0123456789')['id']}/content").json["url"]
    answer = fetch(app, url, Range="bytes=2-4")
    assert (answer.status_code, answer.data) == (206, b"234")
    with app.test_client().head(url.removeprefix("http://localhost")) as head:
        assert (head.status_code, head.headers["Content-Length"], head.data) == (200, "10", b"")


@pytest.mark.parametrize(("asked", "given"), [(60, 60), (0, 3600), (-5, 3600), (10**12, 7 * 86400)])
def test_a_link_lives_as_long_as_asked_within_bounds(client: FlaskClient, asked: int, given: int) -> None:
    file = upload(client)
    before = dt.datetime.now(dt.UTC)
    link = client.get(f"{FILES}/{file['id']}/content?expires_at_seconds={asked}").json
    made = dt.datetime.fromisoformat(link["expires_at"]) - dt.timedelta(seconds=given)
    assert before - dt.timedelta(seconds=1) <= made <= dt.datetime.now(dt.UTC)


def test_an_expired_link_and_a_forged_one_are_refused(client: FlaskClient, app: Flask) -> None:
    file = upload(client)
    url = client.get(f"{FILES}/{file['id']}/content?expires_at_seconds=1").json["url"]
    forged = fetch(app, url[:-3] + ("AAA" if not url.endswith("AAA") else "BBB"))
    assert forged.status_code == 404
    assert isinstance(forged.json["detail"], str)
    answer = eventually(lambda: (now := fetch(app, url)).status_code != 200 and now)
    assert answer.status_code == 403
    assert "expired" in answer.json["detail"]


def test_links_are_listed_when_they_are_asked_for(client: FlaskClient, app: Flask) -> None:
    file = upload(client, b"content")
    listed = client.get(f"{FILES}?expand=download_url&expand=other").json["items"][0]
    single = client.get(f"{FILES}/{file['id']}?expand=download_url").json
    for one in (listed, single):
        assert one["id"] == file["id"]
        assert fetch(app, one["download_url"]["url"]).data == b"content"


def test_links_begin_with_the_public_url(client: FlaskClient, app: Flask) -> None:
    file = upload(client)
    state = app.extensions["sheaf"]
    settings = dataclasses.replace(state.settings, public_url="https://docs.example.org/sheaf/")
    dataclasses.replace(state, settings=settings).attach(app)
    link = client.get(f"{FILES}/{file['id']}/content").json
    assert link["url"].startswith("https://docs.example.org/sheaf/downloads/")


def test_a_deleted_file_is_gone_with_its_bytes(client: FlaskClient, app: Flask, settings: Settings) -> None:
    file = upload(client)
    url = client.get(f"{FILES}/{file['id']}/content").json["url"]
    answer = client.delete(f"{FILES}/{file['id']}", content_type="application/json")
    assert (answer.status_code, answer.data) == (204, b"")
    assert client.get(f"{FILES}/{file['id']}").status_code == 404
    assert client.delete(f"{FILES}/{file['id']}").status_code == 404
    assert names(client.get(FILES)) == []
    assert not stored(settings)
    assert fetch(app, url).status_code == 404


def test_bytes_that_an_accepted_job_needs_stay_until_it_is_done(
    client: FlaskClient, app: Flask, settings: Settings, project_id: str
) -> None:
    file = upload(client)
    job = BatchJob(project_id=project_id, job_type=JobType.PARSE, config={}, parameters_hash="0" * 64)
    with Session.begin() as session:
        create_batch(session, job, item_ids=[file["id"]])
    assert client.delete(f"{FILES}/{file['id']}").status_code == 204
    assert len(stored(settings)) == 1
    with app.app_context():
        storage = current().storage
    assert discard_bytes(storage) == 0
    with Session.begin() as session:
        session.execute(sa.update(BatchItem).values(status=ItemStatus.COMPLETED))
    assert discard_bytes(storage) == 1
    assert discard_bytes(storage) == 0
    assert not stored(settings)


def test_bytes_that_another_file_shares_stay(client: FlaskClient, app: Flask, settings: Settings) -> None:
    one, two = upload(client), upload(client)
    with Session.begin() as session:
        session.get_one(File, two["id"]).storage_key = session.get_one(File, one["id"]).storage_key
    assert client.delete(f"{FILES}/{one['id']}").status_code == 204
    url = client.get(f"{FILES}/{two['id']}/content").json["url"]
    assert fetch(app, url).status_code == 200


def test_a_file_past_its_time_is_deleted(client: FlaskClient) -> None:
    kept, gone = upload(client, name="kept"), upload(client, name="gone")
    with Session.begin() as session:
        session.get_one(File, gone["id"]).expires_at = models.base.now()
        delete_expired(session)
    assert names(client.get(FILES)) == [kept["name"]]
