"""What a job has used of language models, summed over the work on its items (docs/models.md)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.finished import parsed
from support.running import BATCHES

from models import BatchItem, ModelSpending, Session
from models.base import new_uuid


def used(client: FlaskClient, job: str) -> Any:
    return client.get(f"{BATCHES}/{job}?expand=usage").get_json()["model_usage"]


def test_usage_of_models_is_summed_over_the_work_of_a_job(app: Flask, client: FlaskClient, project_id: str) -> None:
    nothing = {"requests": 0, "kept": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": None}
    counted = {"requests": 3, "kept": 1, "prompt_tokens": 20, "completion_tokens": 5, "cost": 0.25}
    work = parsed(app, project_id)
    with Session.begin() as session:
        item = session.scalars(sa.select(BatchItem).where(BatchItem.work_id == work)).one()
    assert used(client, item.job_id) == nothing
    whose = {"project_id": project_id, "job_id": item.job_id, "item_id": item.id, "is_own": False}
    for _ in range(2):
        with Session.begin() as session:
            ModelSpending.note(session, new_uuid(), whose, {**counted, "charged": 0})
    assert used(client, item.job_id) == {name: 2 * count for name, count in counted.items()}
    assert "model_usage" not in client.get(f"{BATCHES}/{item.job_id}").get_json()
