"""Uploads that need no framework around them are answered as they are with it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.forms import FILES, form
from werkzeug.test import TestResponse

from models import File, Session

DIRECTORIES = "/api/v1/beta/directories"
CHANGING = {"id", "file_id", "unique_id", "created_at", "updated_at", "last_modified_at"}
"""What differs between two files of one upload."""
LONG = "?long"
"""Ends an address whose request goes the long way: it has a query."""


@pytest.fixture
def directory(client: FlaskClient) -> str:
    """An empty directory; the key of `client` was seen lately from now on."""
    made: str = client.post(DIRECTORIES, json={"name": "a"}).json["id"]
    return made


@pytest.fixture
def paths(directory: str) -> dict[str, str]:
    """Where uploads go, by the field that is the file."""
    return {"file": FILES, "upload_file": f"{DIRECTORIES}/{directory}/files/upload"}


def send(
    client: FlaskClient, path: str, part: str, headers: dict[str, str] | None = None, **fields: str
) -> TestResponse:
    return client.post(path, headers=headers, **form({**fields, part: (io.BytesIO(b"content"), "a.txt")}))


def stored(app: Flask) -> int:
    """How many objects lie in the store."""
    root: Path = app.extensions["sheaf"].storage.root
    return sum(one.is_file() for one in root.rglob("*"))


@pytest.fixture
def refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing go the long way."""

    def refuse(*_: object) -> Any:
        pytest.fail("it went the long way")

    monkeypatch.setattr(app.wsgi_app, "_long_way", refuse)


@pytest.mark.parametrize("part", ["file", "upload_file"])
def test_the_usual_upload_goes_the_short_way(
    client: FlaskClient, paths: dict[str, str], part: str, refused: None
) -> None:
    answer = send(client, paths[part], part, purpose="parse") if part == "file" else send(client, paths[part], part)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("file", {"purpose": "parse"}),
        ("file", {"purpose": "parse", "external_file_id": "own"}),
        ("upload_file", {}),
        ("upload_file", {"display_name": "", "external_file_id": "own"}),
        ("upload_file", {"display_name": "b", "metadata": '{"a": 1}'}),
        ("upload_file", {"unknown": "field"}),
    ],
)
def test_both_ways_make_and_say_the_same(
    client: FlaskClient, paths: dict[str, str], part: str, fields: dict[str, str]
) -> None:
    short, long = (send(client, paths[part] + end, part, **fields) for end in ("", LONG))
    assert (short.status_code, set(short.headers.keys())) == (long.status_code, set(long.headers.keys()))
    assert set(short.json) == set(long.json)
    assert {k: v for k, v in short.json.items() if k not in CHANGING} == {
        k: v for k, v in long.json.items() if k not in CHANGING
    }
    assert list(short.json) == list(long.json)
    columns = set(File.__table__.columns.keys()) - CHANGING - {"storage_key", "request_hash"}
    with Session() as session:
        one, other = (
            session.get_one(File, answer.json.get("file_id") or answer.json["id"]) for answer in (short, long)
        )
        assert [getattr(one, name) for name in columns] == [getattr(other, name) for name in columns]


@pytest.mark.parametrize(
    ("part", "fields", "status"),
    [
        ("file", {}, 422),
        ("file", {"purpose": "\0"}, 422),
        ("wrong", {"purpose": "parse"}, 422),
        ("upload_file", {"metadata": "none"}, 422),
        ("upload_file", {"unique_id": "taken"}, 409),
    ],
)
def test_what_is_refused_is_refused_alike_and_leaves_nothing(
    app: Flask, client: FlaskClient, paths: dict[str, str], part: str, fields: dict[str, str], status: int
) -> None:
    send(client, paths["upload_file"], "upload_file", unique_id="taken")
    before = stored(app)
    path = paths.get(part, FILES)
    short, long = (send(client, path + end, part, **fields) for end in ("", LONG))
    assert (short.status_code, short.json) == (long.status_code, long.json)
    assert short.status_code == status
    assert stored(app) == before


def test_a_directory_that_is_not_there_is_404_and_no_byte_stays(
    app: Flask, client: FlaskClient, directory: str
) -> None:
    answer = send(client, f"{DIRECTORIES}/dir-none/files/upload", "upload_file")
    assert (answer.status_code, answer.json) == (404, {"detail": "Directory dir-none not found"})
    assert stored(app) == 0


def test_a_key_that_is_unknown_is_refused(client: FlaskClient, directory: str) -> None:
    answer = send(client, FILES, "file", {"Authorization": "Bearer unknown"}, purpose="parse")
    assert answer.status_code == 401


@pytest.mark.parametrize("part", ["file", "upload_file"])
def test_the_long_way_knows_what_the_short_one_has_made(client: FlaskClient, paths: dict[str, str], part: str) -> None:
    fields = {"purpose": "parse"} if part == "file" else {}
    first = send(client, paths[part], part, {"x-stainless-retry-count": "0"}, **fields)
    assert send(client, paths[part], part, {"x-stainless-retry-count": "1"}, **fields).json == first.json


def test_an_error_that_nobody_foresaw_is_answered_as_on_the_long_way(
    app: Flask, client: FlaskClient, directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.shortcut.receive", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = send(client, FILES, "file", {"X-Request-ID": "mine"}, purpose="parse")
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (500, "mine")


def broken(*_: object, **__: object) -> Any:
    message = "nobody foresaw this"
    raise RuntimeError(message)


def test_a_request_keeps_the_id_that_it_has_or_gets_one(client: FlaskClient, directory: str) -> None:
    sent = [send(client, FILES, "file", headers, purpose="parse") for headers in ({"X-Request-ID": "mine"}, {})]
    assert sent[0].headers["X-Request-ID"] == "mine"
    assert sent[1].headers["X-Request-ID"]
