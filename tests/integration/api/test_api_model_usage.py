"""What a job has used of language models, summed over its results (docs/models.md)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.finished import parsed
from support.running import BATCHES

from models import ProcessingResult, Session


def used(client: FlaskClient, job: str) -> Any:
    return client.get(f"{BATCHES}/{job}?expand=usage").get_json()["model_usage"]


def test_usage_of_models_is_summed_over_the_results_of_a_job(app: Flask, client: FlaskClient, project_id: str) -> None:
    nothing = {"requests": 0, "kept": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": None}
    counted = {"requests": 3, "kept": 1, "prompt_tokens": 20, "completion_tokens": 5, "cost": 0.25}
    work = parsed(app, project_id)
    with Session.begin() as session:
        result = session.scalars(sa.select(ProcessingResult).where(ProcessingResult.work_id == work)).one()
        job = result.job_id
    assert used(client, job) == nothing
    with Session.begin() as session:
        session.get_one(ProcessingResult, result.id).details = {**result.details, "model_usage": counted}
    assert used(client, job) == counted
    assert "model_usage" not in client.get(f"{BATCHES}/{job}").get_json()
