"""Who may ask, and what of."""

from __future__ import annotations

import pytest
from conftest import KEY
from flask import Flask
from flask.testing import FlaskClient
from support.databases import whichever_database

from app.api.key_cache import Keyring
from models import ApiKey, Project, Session, read_session
from models.base import now

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
