"""Projects and organizations over HTTP: a key sees its own and nothing else."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import other_client

from models import Project, Session

PROJECTS = "/api/v1/projects"
PROJECTS_V2 = "/api/v2/projects"
ORGANIZATIONS = "/api/v1/organizations"


@pytest.fixture
def foreign_id(project_id: str) -> str:
    with Session.begin() as session:
        return Project.named(session, "other").id


def test_the_list_is_an_array_of_the_keys_own_project(client: FlaskClient, project_id: str, foreign_id: str) -> None:
    listed = client.get(PROJECTS).json
    assert [(one["id"], one["name"], one["is_default"]) for one in listed] == [(project_id, "default", True)]
    assert listed[0]["created_at"].endswith("Z")
    assert client.get(f"{PROJECTS}/{project_id}").json == listed[0]


def test_whatever_project_a_key_belongs_to_is_its_default(app: Flask) -> None:
    other = other_client(app)
    [listed] = other.get(PROJECTS).json
    assert (listed["name"], listed["is_default"]) == ("other", True)
    assert other.get(f"{PROJECTS}/{listed['id']}").json["is_default"] is True


def test_the_list_is_filtered_by_name(client: FlaskClient) -> None:
    assert len(client.get(f"{PROJECTS}?project_name=default").json) == 1
    assert client.get(f"{PROJECTS}?project_name=other").json == []


def test_another_project_is_not_there(client: FlaskClient, foreign_id: str) -> None:
    for path in (f"{PROJECTS}/{foreign_id}", f"{PROJECTS}/unknown", f"{PROJECTS}?organization_id=unknown"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert isinstance(answer.json["detail"], str)


def test_the_organization_is_the_projects_own(client: FlaskClient, project_id: str) -> None:
    own = client.get(f"{PROJECTS}/{project_id}").json["organization_id"]
    listed = client.get(ORGANIZATIONS).json
    assert [one["id"] for one in listed] == [own]
    assert listed[0]["parse_plan_level"] == "DEFAULT"
    assert client.get(f"{ORGANIZATIONS}/{own}").json == listed[0]
    assert client.get(f"{PROJECTS}?organization_id={own}").json[0]["id"] == project_id
    assert client.get(f"{ORGANIZATIONS}/unknown").status_code == 404


def test_version_2_lists_the_keys_own_project_by_cursor(client: FlaskClient, project_id: str, foreign_id: str) -> None:
    listed = client.get(f"{PROJECTS_V2}?page_size=1").json
    own = client.get(f"{PROJECTS}/{project_id}").json
    assert listed == {"items": [own], "next_page_token": None, "total_size": 1}
    assert client.get(f"{PROJECTS_V2}/{project_id}").json == own
    assert client.get(PROJECTS_V2, query_string={"name": "default"}).json == listed
    assert client.get(PROJECTS_V2, query_string={"name": "other"}).json["items"] == []
    assert client.get(PROJECTS_V2, query_string={"organization_id": own["organization_id"]}).json == listed
    for path in (f"{PROJECTS_V2}/{foreign_id}", f"{PROJECTS_V2}?organization_id=unknown"):
        assert client.get(path).status_code == 404
    assert client.get(f"{PROJECTS_V2}?page_token=x").status_code == 422
