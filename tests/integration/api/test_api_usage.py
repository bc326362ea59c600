"""What jobs have used: a credit for each page that an engine read for them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.finished import RULES, classified, item_of, parsed

from models import BatchJob, ProcessingResult, Session
from models.base import new_uuid
from models.states import ItemStatus


def usage(client: FlaskClient, kind: str, job_id: str, expand: str = "?expand=usage") -> Any:
    answer = client.get(f"/api/v2/{kind}/{job_id}{expand}")
    assert answer.status_code == 200, answer.text
    found = answer.get_json()
    return found["job"]["usage"] if kind == "parse" else found["usage"]


def details(work_id: str, **values: Any) -> None:
    """Set details of a stored result."""
    with Session.begin() as session:
        result = session.scalars(sa.select(ProcessingResult).where(ProcessingResult.work_id == work_id)).one()
        result.details = {**result.details, **values}  # type: ignore[typeddict-item] # whatever a test sets


def test_usage_is_told_only_when_it_is_asked_for(app: Flask, client: FlaskClient, project_id: str) -> None:
    parse, classify = parsed(app, project_id), classified(app, project_id)
    assert usage(client, "parse", parse, "?expand=text") is None
    assert usage(client, "classify", classify, "") is None
    assert [one["usage"] for one in client.get("/api/v2/parse").get_json()["items"]] == [None]
    assert usage(client, "parse", parse, "?expand=text,usage") == {"credits": 2}


def test_a_credit_is_a_page_that_could_be_read(app: Flask, client: FlaskClient, project_id: str) -> None:
    job = parsed(app, project_id)  # of three pages, the last of which failed
    assert usage(client, "parse", job) == {"credits": 2}


def test_a_result_from_the_cache_costs_nothing(app: Flask, client: FlaskClient, project_id: str) -> None:
    assert usage(client, "parse", parsed(app, project_id, cache_hit=True)) == {"credits": 0}
    job = classified(app, project_id)
    details(job, pages=4, cache_hit=True)
    assert usage(client, "classify", job) == {"credits": 0, "parse_credits": 0}


@pytest.mark.parametrize("status", [ItemStatus.PENDING, ItemStatus.PROCESSING])
def test_until_a_job_has_ended_nobody_knows(
    app: Flask, client: FlaskClient, project_id: str, status: ItemStatus
) -> None:
    item_of(app, project_id, {}, work_id="pjb-1", status=status)
    assert usage(client, "parse", "pjb-1") == {"credits": None}
    job = new_uuid()
    item_of(app, project_id, {"rules": RULES}, work_id=job, status=status)
    assert usage(client, "classify", job) == {"credits": None, "parse_credits": None}


@pytest.mark.parametrize("status", [ItemStatus.FAILED, ItemStatus.CANCELLED])
def test_a_job_without_a_result_has_used_nothing(
    app: Flask, client: FlaskClient, project_id: str, status: ItemStatus
) -> None:
    item_of(app, project_id, {}, work_id="pjb-1", status=status)
    assert usage(client, "parse", "pjb-1") == {"credits": 0}


def test_usage_is_told_also_when_the_result_has_expired(app: Flask, client: FlaskClient, project_id: str) -> None:
    job = parsed(app, project_id)
    with Session.begin() as session:
        session.execute(sa.update(ProcessingResult).values(expires_at=ProcessingResult.processed_at))
    assert client.get(f"/api/v2/parse/{job}?expand=text").status_code == 404
    assert usage(client, "parse", job) == {"credits": 2}


def test_a_classify_job_pays_for_reading_its_document(app: Flask, client: FlaskClient, project_id: str) -> None:
    job = classified(app, project_id)
    details(job, pages=4)
    assert usage(client, "classify", job) == {"credits": 4, "parse_credits": 4}


def test_of_the_document_of_a_parse_job_that_job_has_paid(app: Flask, client: FlaskClient, project_id: str) -> None:
    reference = {"type": "parse_job_id", "value": "pjb-1", "parse_job_id": "pjb-1"}
    job = classified(app, project_id)
    details(job, pages=4)
    with Session.begin() as session:
        result = session.scalars(sa.select(ProcessingResult).where(ProcessingResult.work_id == job)).one()
        owner = session.get_one(BatchJob, result.job_id)
        owner.config = {**owner.config, "request": {"input": reference}}
    assert usage(client, "classify", job) == {"credits": 0, "parse_credits": None}
