"""Directories and the files in them over HTTP."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.databases import whichever_database
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

import models
from models import ApiKey, Directory, File, Project, Session
from models.retention import delete_expired
from settings import Settings

DIRECTORIES = "/api/v1/beta/directories"
FILES = "/api/v1/beta/files"


def create(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post(DIRECTORIES, json={"name": "invoices"} | body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def form(part: str, name: str, content: bytes, **parts: str) -> dict[str, Any]:
    boundary, body = encode_multipart(parts | {part: FileStorage(io.BytesIO(content), name)})
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


def upload_into(client: FlaskClient, directory_id: str, name: str = "a.pdf", **parts: str) -> dict[str, Any]:
    answer = client.post(f"{DIRECTORIES}/{directory_id}/files/upload", **form("upload_file", name, b"x", **parts))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def upload(client: FlaskClient, name: str = "a.pdf", **parts: str) -> str:
    answer = client.post(FILES, **form("file", name, b"x", purpose="parse", **parts))
    file_id: str = answer.json["id"]
    return file_id


def add(client: FlaskClient, directory_id: str, **body: Any) -> Any:
    return client.post(f"{DIRECTORIES}/{directory_id}/files", json=body)


def names(client: FlaskClient, path: str, key: str = "display_name", **query: Any) -> list[str]:
    answer = client.get(path, query_string=query)
    assert answer.status_code == 200, answer.text
    return [one[key] for one in answer.json["items"]]


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    with Session.begin() as session:
        ApiKey.issue(session, Project.named(session, "other"), "another key")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer another key"
    return client


def test_a_directory_is_created_with_what_was_said(client: FlaskClient, project_id: str) -> None:
    made = create(client, description="of 2026", system_metadata={"a": [1, None]})
    assert made["id"].startswith("dir-")
    assert made["project_id"] == project_id
    assert (made["name"], made["description"], made["type"]) == ("invoices", "of 2026", "user")
    assert made["system_metadata"] == {"a": [1, None]}
    assert made["created_at"].endswith("Z")
    assert (made["expires_at"], made["deleted_at"], made["connector_subscription_id"]) == (None, None, None)
    assert client.get(f"{DIRECTORIES}/{made['id']}").json == made


def test_what_every_generation_of_clients_sends_is_accepted(client: FlaskClient) -> None:
    made = create(client, data_source_id="ds", description=None, type=None, expires_at=None, system_metadata=None)
    assert made["type"] == "user"
    made = create(client, type="ephemeral", expires_at="2019-12-27T18:11:19.117000+00:00")
    assert made["expires_at"] == "2019-12-27T18:11:19.117000Z"


def test_an_ephemeral_directory_expires_in_a_week_unless_told_otherwise(client: FlaskClient) -> None:
    expires = dt.datetime.fromisoformat(create(client, type="ephemeral")["expires_at"])
    left = expires - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=6, hours=23) < left <= dt.timedelta(days=7)


@whichever_database
@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a", "type": "index"}, "type"),
        ({"name": "a", "expires_at": "tomorrow"}, "expires_at"),
        ({"name": "a", "expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
        ({"name": "a", "system_metadata": []}, "system_metadata"),
    ],
)
def test_a_directory_that_cannot_be_is_refused(client: FlaskClient, body: dict[str, Any], place: str) -> None:
    answer = client.post(DIRECTORIES, json=body)
    assert answer.status_code == 422
    assert answer.json["detail"][0]["loc"] == ["body", place]


def test_directories_are_listed_and_filtered(client: FlaskClient) -> None:
    create(client, name="a")
    create(client, name="b", type="ephemeral")
    gone = create(client, name="c")["id"]
    assert client.delete(f"{DIRECTORIES}/{gone}").status_code == 204
    assert names(client, DIRECTORIES, "name") == ["a", "b"]
    assert names(client, DIRECTORIES, "name", name="b") == ["b"]
    assert names(client, DIRECTORIES, "name", type="ephemeral") == ["b"]
    assert names(client, DIRECTORIES, "name", types=["ephemeral", "user"]) == ["a", "b"]
    assert names(client, DIRECTORIES, "name", include_deleted="true") == ["a", "b", "c"]
    assert names(client, DIRECTORIES, "name", include_deleted="false") == ["a", "b"]
    assert client.get(f"{DIRECTORIES}?type=other").status_code == 422


def test_directories_are_read_page_by_page(client: FlaskClient) -> None:
    made = [create(client, name=str(number))["name"] for number in range(3)]
    first = client.get(DIRECTORIES, query_string={"page_size": 2}).json
    rest = client.get(DIRECTORIES, query_string={"page_size": 2, "page_token": first["next_page_token"]}).json
    assert [one["name"] for one in first["items"] + rest["items"]] == made
    assert rest["next_page_token"] is None


def test_a_directory_is_renamed_and_described(client: FlaskClient) -> None:
    path = f"{DIRECTORIES}/{create(client, description='old')['id']}"
    assert client.patch(path, json={"name": "new"}).json["description"] == "old"
    changed = client.patch(path, json={"name": None, "description": None}).json
    assert (changed["name"], changed["description"]) == ("new", None)
    assert client.patch(path, json={"name": ""}).status_code == 422
    assert client.get(path).json["updated_at"] > changed["created_at"]


def test_a_deleted_directory_takes_its_entries_with_it_but_no_file(client: FlaskClient) -> None:
    directory_id = create(client)["id"]
    entry = upload_into(client, directory_id)
    answer = client.delete(f"{DIRECTORIES}/{directory_id}", content_type="application/json")
    assert (answer.status_code, answer.data) == (204, b"")
    for path in (f"{DIRECTORIES}/{directory_id}", f"{DIRECTORIES}/{directory_id}/files"):
        assert client.get(path).status_code == 404
    assert client.delete(f"{DIRECTORIES}/{directory_id}").status_code == 404
    assert client.patch(f"{DIRECTORIES}/{directory_id}", json={}).status_code == 404
    assert add(client, directory_id, file_id=entry["file_id"]).status_code == 404
    assert client.get(f"{FILES}/{entry['file_id']}").status_code == 200
    with models.read_session() as session:
        assert session.get_one(models.DirectoryFile, entry["id"]).deleted_at is not None


def test_a_file_is_added_with_defaults_or_as_told(client: FlaskClient, project_id: str) -> None:
    directory_id = create(client)["id"]
    plain = add(client, directory_id, file_id=upload(client, "one.pdf"), unique_id=None, metadata=None).json
    assert plain["id"].startswith("dfl-")
    assert (plain["directory_id"], plain["project_id"]) == (directory_id, project_id)
    assert (plain["unique_id"], plain["display_name"], plain["metadata"]) == ("one.pdf", "one.pdf", {})
    assert (plain["deleted_at"], plain["download_url"]) == (None, None)
    known = add(client, directory_id, file_id=upload(client, "two.pdf", external_file_id="mine")).json
    assert (known["unique_id"], known["display_name"]) == ("mine", "two.pdf")
    metadata = {"text": "x", "number": 1.5, "yes": True, "none": None, "list": ["a"]}
    told = add(
        client, directory_id, file_id=upload(client), unique_id="u", display_name="2026/a.pdf", metadata=metadata
    ).json
    assert (told["unique_id"], told["display_name"], told["metadata"]) == ("u", "2026/a.pdf", metadata)


def test_an_unknown_file_is_not_added(client: FlaskClient, stranger: FlaskClient) -> None:
    directory_id = create(client)["id"]
    assert add(client, directory_id, file_id="file_id").status_code == 404
    assert add(client, directory_id, file_id=upload(stranger)).status_code == 404
    assert add(client, "dir-unknown", file_id=upload(client)).status_code == 404
    assert add(client, directory_id).json["detail"][0]["loc"] == ["body", "file_id"]
    wrong = add(client, directory_id, file_id=upload(client), metadata={"deep": {"er": 1}})
    assert wrong.status_code == 422
    assert wrong.json["detail"][0]["loc"][:3] == ["body", "metadata", "deep"]


def test_an_upload_becomes_a_file_and_an_entry(client: FlaskClient) -> None:
    directory_id = create(client)["id"]
    entry = upload_into(
        client, directory_id, "b.docx", unique_id="u", display_name="d", external_file_id="e", metadata='{"k": "v"}'
    )
    assert (entry["unique_id"], entry["display_name"], entry["metadata"]) == ("u", "d", {"k": "v"})
    file = client.get(f"{FILES}/{entry['file_id']}").json
    assert (file["name"], file["file_type"], file["external_file_id"]) == ("b.docx", "docx", "e")


@whichever_database
@pytest.mark.parametrize("metadata", ["{", "[1]", '"text"', '{"a": {"b": 1}}', '{"a": "\\u0000"}'])
def test_an_upload_with_metadata_that_is_none_is_refused(
    client: FlaskClient, settings: Settings, metadata: str
) -> None:
    directory_id = create(client)["id"]
    sent = form("upload_file", "a.pdf", b"x", metadata=metadata)
    answer = client.post(f"{DIRECTORIES}/{directory_id}/files/upload", **sent)
    assert answer.status_code == 422
    assert answer.json["detail"][0]["loc"][:2] == ["body", "metadata"]
    assert names(client, FILES, "name") == []


def test_an_upload_into_an_unknown_directory_leaves_nothing(client: FlaskClient, settings: Settings) -> None:
    answer = client.post(f"{DIRECTORIES}/dir-unknown/files/upload", **form("upload_file", "a.pdf", b"x"))
    assert answer.status_code == 404
    assert names(client, FILES, "name") == []
    assert not [path for path in Path(settings.data_dir, "store").rglob("*") if path.is_file()]


def test_files_of_one_name_from_several_folders_all_find_a_place(client: FlaskClient) -> None:
    directory_id = create(client)["id"]
    entries = [upload_into(client, directory_id, "index.html") for _ in range(3)]
    assert [entry["display_name"] for entry in entries] == ["index.html"] * 3
    assert len({entry["unique_id"] for entry in entries}) == 3
    assert entries[0]["unique_id"] == "index.html"


def test_files_of_one_name_sent_at_once_all_find_a_place(client: FlaskClient, app: Flask) -> None:
    directory_id = create(client)["id"]
    start = threading.Barrier(6)

    def send() -> None:
        own = app.test_client()
        own.environ_base["HTTP_AUTHORIZATION"] = client.environ_base["HTTP_AUTHORIZATION"]
        start.wait()
        upload_into(own, directory_id, "same.pdf")

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names(client, f"{DIRECTORIES}/{directory_id}/files", "unique_id"))) == 6


def test_a_unique_id_that_is_taken_is_refused_for_good(client: FlaskClient, settings: Settings) -> None:
    directory_id = create(client)["id"]
    file_id = upload(client)
    assert add(client, directory_id, file_id=file_id, unique_id="u").status_code == 201
    added = add(client, directory_id, file_id=file_id, unique_id="u")
    sent = client.post(
        f"{DIRECTORIES}/{directory_id}/files/upload", **form("upload_file", "a.pdf", b"x", unique_id="u")
    )
    for answer in (added, sent):
        assert answer.status_code == 409
        assert answer.headers["x-should-retry"] == "false"
        assert "u" in answer.json["detail"]
    assert len([path for path in Path(settings.data_dir, "store").rglob("*") if path.is_file()]) == 1
    assert add(client, create(client)["id"], file_id=file_id, unique_id="u").status_code == 201


def test_a_unique_id_is_free_again_once_its_entry_is_deleted(client: FlaskClient) -> None:
    directory_id = create(client)["id"]
    entry = upload_into(client, directory_id, unique_id="u")
    assert client.delete(f"{DIRECTORIES}/{directory_id}/files/{entry['id']}").status_code == 204
    upload_into(client, directory_id, unique_id="u")


def test_entries_are_listed_and_filtered(client: FlaskClient) -> None:
    directory_id = create(client)["id"]
    path = f"{DIRECTORIES}/{directory_id}/files"
    one = upload_into(client, directory_id, "One.pdf")
    two = upload_into(client, directory_id, "two_%.pdf", unique_id="u")
    gone = upload_into(client, directory_id, "gone.pdf")
    client.delete(f"{path}/{gone['id']}")
    assert names(client, path) == ["One.pdf", "two_%.pdf"]
    assert names(client, path, include_deleted="true") == ["One.pdf", "two_%.pdf", "gone.pdf"]
    assert names(client, path, display_name="One.pdf") == ["One.pdf"]
    assert names(client, path, display_name_contains="ONE") == ["One.pdf"]
    assert names(client, path, display_name_contains="_%") == ["two_%.pdf"]
    assert names(client, path, unique_id="u") == ["two_%.pdf"]
    assert names(client, path, file_id=one["file_id"]) == ["One.pdf"]
    assert names(client, path, updated_at_on_or_after=two["updated_at"]) == ["two_%.pdf"]
    assert names(client, path, updated_at_on_or_before=one["updated_at"]) == ["One.pdf"]
    first = client.get(path, query_string={"page_size": 1}).json
    assert names(client, path, page_size=1, page_token=first["next_page_token"]) == ["two_%.pdf"]


def test_a_filter_that_is_no_moment_is_refused(client: FlaskClient) -> None:
    path = f"{DIRECTORIES}/{create(client)['id']}/files"
    for moment in ("yesterday", "9999-12-31T23:59:59-14:00"):
        answer = client.get(path, query_string={"updated_at_on_or_after": moment})
        assert answer.status_code == 422
        assert answer.json["detail"][0]["loc"] == ["query", "updated_at_on_or_after"]


def test_links_to_entries_work_without_the_key(client: FlaskClient, app: Flask) -> None:
    directory_id = create(client)["id"]
    entry = upload_into(client, directory_id)
    path = f"{DIRECTORIES}/{directory_id}/files"
    listed = client.get(f"{path}?expand=download_url").json["items"][0]
    single = client.get(f"{path}/{entry['id']}?expand=download_url").json
    for one in (listed, single):
        url = one["download_url"]["url"].removeprefix("http://localhost")
        with app.test_client().get(url) as answer:
            assert answer.data == b"x"


def test_an_entry_is_changed_and_what_is_left_out_stays(client: FlaskClient) -> None:
    directory_id = create(client)["id"]
    entry = upload_into(client, directory_id, metadata='{"a": 1}')
    path = f"{DIRECTORIES}/{directory_id}/files/{entry['id']}"
    changed = client.patch(path, json={"display_name": "new", "unique_id": None, "metadata": None}).json
    assert (changed["display_name"], changed["unique_id"], changed["metadata"]) == ("new", "a.pdf", {"a": 1})
    changed = client.patch(path, json={"unique_id": "u", "metadata": {"b": "2"}}).json
    assert (changed["display_name"], changed["unique_id"], changed["metadata"]) == ("new", "u", {"b": "2"})
    assert client.get(path).json == changed
    assert client.patch(path, json={"metadata": {}}).json["metadata"] == {}
    assert client.patch(path, json={"unique_id": ""}).status_code == 422


@pytest.mark.parametrize("name", ["target_directory_id", "directory_id"])
def test_an_entry_is_moved_under_the_newer_and_the_older_name(client: FlaskClient, name: str) -> None:
    source, target = create(client)["id"], create(client)["id"]
    entry = upload_into(client, source)
    moved = client.patch(f"{DIRECTORIES}/{source}/files/{entry['id']}", json={name: target})
    assert moved.status_code == 200
    assert moved.json["directory_id"] == target
    assert names(client, f"{DIRECTORIES}/{source}/files") == []
    assert names(client, f"{DIRECTORIES}/{target}/files") == ["a.pdf"]
    assert client.get(f"{DIRECTORIES}/{source}/files/{entry['id']}").status_code == 404


def test_an_entry_moves_neither_into_the_unknown_nor_onto_another(client: FlaskClient, stranger: FlaskClient) -> None:
    source, target = create(client)["id"], create(client)["id"]
    entry = upload_into(client, source)
    upload_into(client, target)
    path = f"{DIRECTORIES}/{source}/files/{entry['id']}"
    assert client.patch(path, json={"target_directory_id": "dir-unknown"}).status_code == 404
    assert client.patch(path, json={"target_directory_id": create(stranger)["id"]}).status_code == 404
    assert client.patch(path, json={"target_directory_id": target}).status_code == 409
    assert client.get(path).json == entry


def test_entries_are_deleted_together_and_again_without_harm(client: FlaskClient) -> None:
    directory_id = create(client)["id"]
    ids = [upload_into(client, directory_id, f"{number}")["id"] for number in range(3)]
    path = f"{DIRECTORIES}/{directory_id}/files"
    assert client.post(f"{path}/bulk-delete", json={"directory_file_ids": [ids[0], "dfl-x"]}).status_code == 404
    assert len(names(client, path)) == 3
    for _ in range(2):
        answer = client.post(f"{path}/bulk-delete", json={"directory_file_ids": ids[:2]})
        assert (answer.status_code, answer.data) == (204, b"")
    assert names(client, path) == ["2"]
    for body in ({}, {"directory_file_ids": []}, {"directory_file_ids": ["x"] * 101}):
        assert client.post(f"{path}/bulk-delete", json=body).status_code == 422


def test_a_deleted_file_leaves_its_directories(client: FlaskClient) -> None:
    directory_id = create(client)["id"]
    entry = upload_into(client, directory_id)
    assert client.delete(f"{FILES}/{entry['file_id']}").status_code == 204
    path = f"{DIRECTORIES}/{directory_id}/files"
    assert names(client, path) == []
    listed = client.get(f"{path}?include_deleted=true&expand=download_url").json["items"]
    assert [one["download_url"] for one in listed] == [None]


def test_what_belongs_to_another_project_is_not_there(client: FlaskClient, stranger: FlaskClient) -> None:
    directory_id = create(client)["id"]
    path = f"{DIRECTORIES}/{directory_id}"
    entry = f"{path}/files/{upload_into(client, directory_id)['id']}"
    assert names(stranger, DIRECTORIES, "name") == []
    for request in (
        stranger.get(path),
        stranger.patch(path, json={"name": "mine"}),
        stranger.delete(path),
        stranger.get(f"{path}/files"),
        stranger.get(entry),
        stranger.patch(entry, json={"display_name": "mine"}),
        stranger.delete(entry),
        stranger.post(f"{path}/files/bulk-delete", json={"directory_file_ids": ["x"]}),
        stranger.post(f"{path}/files/upload", **form("upload_file", "a", b"")),
    ):
        assert request.status_code == 404
        assert isinstance(request.json["detail"], str)
    assert client.get(entry).status_code == 200


def test_an_entry_of_one_directory_is_not_in_another(client: FlaskClient) -> None:
    entry = upload_into(client, create(client)["id"])
    assert client.get(f"{DIRECTORIES}/{create(client)['id']}/files/{entry['id']}").status_code == 404


def test_what_is_uploaded_into_an_expiring_directory_goes_with_it(client: FlaskClient) -> None:
    brief = create(client, type="ephemeral", expires_at="2019-12-27T18:11:19Z")["id"]
    gone = upload_into(client, brief, "gone")
    moved = upload_into(client, brief, "moved")
    added = upload(client, "added")
    add(client, brief, file_id=added)
    lasting = create(client)["id"]
    client.patch(f"{DIRECTORIES}/{brief}/files/{moved['id']}", json={"target_directory_id": lasting})
    with Session.begin() as session:
        delete_expired(session)
    assert client.get(f"{DIRECTORIES}/{brief}").status_code == 404
    assert names(client, FILES, "name") == ["moved", "added"]
    assert names(client, f"{DIRECTORIES}/{lasting}/files") == ["moved"]
    with models.read_session() as session:
        assert session.get_one(File, gone["file_id"]).deleted_at is not None
        assert session.get_one(Directory, brief).deleted_at is not None


def test_metadata_survives_as_it_was_sent(client: FlaskClient) -> None:
    metadata = {"name": "Übung", "tags": ["a", "b"], "pages": 3, "share": 0.5, "paid": False, "note": None}
    entry = upload_into(client, create(client)["id"], metadata=json.dumps(metadata))
    assert entry["metadata"] == metadata
