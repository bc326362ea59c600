"""Batches created through the API by a test client, and the rows they leave."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from models import ApiKey, BatchJob, Project, Session, read_session

JOBS = "/api/v1/beta/batch-processing"


RULES = [{"type": "invoice", "description": "A bill with an amount to pay"}]


CLASSIFY = {"id": "7f0f", "project_id": "p", "user_id": "u", "status": "PENDING", "rules": RULES}


def create(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post(JOBS, json={"job_config": {}, **body})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.get_json()
    return created


def other_client(app: Flask) -> FlaskClient:
    with Session.begin() as session:
        key = ApiKey.issue(session, Project.named(session, "other"))
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def row(job_id: str) -> BatchJob:
    with read_session() as session:
        return session.get_one(BatchJob, job_id)
