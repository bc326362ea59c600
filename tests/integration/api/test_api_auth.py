"""Who may ask, and what of."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import KEY
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from support.databases import whichever_database
from support.forms import form

from app.api import key_cache
from app.api.key_cache import Keyring
from models import ApiKey, Project, Session, read_session
from models.base import now
from models.projects import Scope

JOBS = "/api/v1/beta/batch-processing"


def test_a_key_with_spaces_opens_its_project(client: FlaskClient) -> None:
    assert client.get(JOBS).status_code == 200


@whichever_database
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", KEY])
def test_without_a_bearer_key_the_answer_is_401(app: Flask, header: str) -> None:
    answer = app.test_client().get(JOBS, headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json) == (401, {"detail": "Invalid authentication token"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_key_is_401(app: Flask) -> None:
    answer = app.test_client().get(JOBS, headers={"Authorization": "Bearer llx-other"})
    assert (answer.status_code, answer.json) == (401, {"detail": "Invalid API Key"})


def test_the_key_is_looked_at_before_the_body(app: Flask) -> None:
    answer = app.test_client().post(JOBS, data=b"{", content_type="application/json")
    assert answer.status_code == 401


def test_a_revoked_key_is_refused_once_it_is_forgotten(app: Flask) -> None:
    keyring = Keyring(seconds=0)
    assert keyring.find_caller(KEY) is not None
    with Session.begin() as session:
        key = ApiKey.find_key(session, KEY)
        assert key is not None
        key.revoked_at = now()
    assert keyring.find_caller(KEY) is None


def test_a_key_that_was_found_is_remembered_without_a_query(app: Flask) -> None:
    keyring = Keyring(seconds=60)
    found = keyring.find_caller(KEY)
    with Session.begin() as session:
        key = ApiKey.find_key(session, KEY)
        assert key is not None
        key.revoked_at = now()
    assert keyring.find_caller(KEY) == found


def test_the_own_project_and_organization_may_be_named(client: FlaskClient, project_id: str) -> None:
    with read_session() as session:
        organization = session.get_one(Project, project_id).organization_id
    assert client.get(JOBS, query_string={"project_id": project_id}).status_code == 200
    assert client.get(JOBS, query_string={"organization_id": organization}).status_code == 200


@pytest.mark.parametrize("name", ["project_id", "organization_id"])
@pytest.mark.parametrize("value", ["00000000-0000-4000-8000-000000000000", "whatever", "\x00"])
def test_another_project_or_organization_is_404(client: FlaskClient, name: str, value: str) -> None:
    answer = client.get(JOBS, query_string={name: value})
    assert answer.status_code == 404
    assert set(answer.get_json()) == {"detail"}


def keyed(app: Flask, **columns: Any) -> FlaskClient:
    """A client with another key of the same project."""
    with Session.begin() as session:
        key = ApiKey.issue(session, Project.named(session, "default"), **columns)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def rules_of(app: Flask) -> list[tuple[str, str, bool]]:
    """Every operation that wants a key: its method, a path, and whether it changes nothing."""
    found = []
    for rule in app.url_map.iter_rules():
        view = getattr(app.view_functions[rule.endpoint], "view_class", None)
        path = re.sub(r"<[^>]+>", "00000000-0000-4000-8000-000000000000", rule.rule)
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}) if rule.rule.startswith("/api") else []
        found += [(one, path, one == "GET" or getattr(view, "only_reads", False)) for one in methods]
    return found


def test_a_key_that_may_only_read_changes_nothing_at_any_address(app: Flask) -> None:
    client = keyed(app, scope=Scope.READ)
    rules = rules_of(app)
    assert len(rules) > 100
    refused = {(method, path) for method, path, _ in rules if client.open(path, method=method).status_code == 403}
    assert refused == {(method, path) for method, path, only_reads in rules if not only_reads}
    answer = client.post(JOBS, json={})
    assert "scope is `read`" in answer.get_json()["detail"]


def test_it_reads_what_its_project_has(app: Flask, client: FlaskClient) -> None:
    reader = keyed(app, scope=Scope.READ)
    assert reader.get(JOBS).get_json() == client.get(JOBS).get_json()
    assert reader.post("/api/v1/beta/files/query", json={}).status_code == 200


def test_nor_does_it_upload_on_the_shorter_way(app: Flask) -> None:
    reader = keyed(app, scope=Scope.READ)
    for _ in range(2):  # the second time, its key was seen lately
        reader.get(JOBS)
        assert upload_with(reader).status_code == 403


def upload_with(client: FlaskClient) -> Any:
    return client.post("/api/v1/beta/files", **form({"purpose": "parse", "file": (io.BytesIO(b"a note"), "a.txt")}))


def test_an_admin_key_works_in_the_project_that_it_names(app: Flask, client: FlaskClient, project_id: str) -> None:
    with Session.begin() as session:
        other = Project.named(session, "other").id
        key = ApiKey.issue(session, Project.named(session, "operators"), scope=Scope.ADMIN)
    admin = app.test_client()
    admin.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    made = client.post("/api/v1/beta/directories", json={"name": "of the tenant"}).get_json()["id"]
    path = f"/api/v1/beta/directories/{made}"
    assert admin.get(path).status_code == 404
    assert admin.get(path, query_string={"project_id": project_id}).get_json()["name"] == "of the tenant"
    assert admin.get(path, query_string={"project_id": other}).status_code == 404
    assert admin.get(path, query_string={"project_id": "\x00"}).status_code == 404
    assert client.get(path, query_string={"project_id": other}).status_code == 404, "others may not"


def test_a_key_is_refused_once_it_has_expired(app: Flask) -> None:
    assert keyed(app, expires_at=now() + dt.timedelta(days=1)).get(JOBS).status_code == 200
    assert keyed(app, expires_at=now() - dt.timedelta(seconds=1)).get(JOBS).status_code == 401


def test_a_remembered_key_expires_on_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring(seconds=1e6)
    with Session.begin() as session:
        project = Project.named(session, "default")
        key = ApiKey.issue(session, project, expires_at=now() + dt.timedelta(hours=1))
    assert keyring.find_caller(key) is not None
    monkeypatch.setattr(key_cache, "now", lambda: now() + dt.timedelta(hours=2))
    assert keyring.seen(key) is None


def test_the_last_use_is_kept_to_the_hour(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def used() -> dt.datetime | None:
        with read_session() as session:
            key = ApiKey.find_key(session, KEY)
            assert key is not None
            return key.last_used_at

    Keyring(seconds=0).find_caller(KEY)
    first = used()
    assert first is not None
    Keyring(seconds=0).find_caller(KEY)
    assert used() == first
    with Session.begin() as session:
        session.execute(sa.update(ApiKey).values(last_used_at=first - dt.timedelta(hours=2)))
    Keyring(seconds=0).find_caller(KEY)
    assert (used() or first) >= first


def test_a_use_that_cannot_be_noted_refuses_nobody(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_arguments: object) -> None:
        raise OperationalError("UPDATE", {}, OSError("read-only"))

    monkeypatch.setattr(ApiKey, "note_use", read_only)
    assert keyed(app).get(JOBS).status_code == 200
