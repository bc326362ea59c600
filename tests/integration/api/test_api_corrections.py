"""Corrections of classified documents belong to their project, and decide what is the same work."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import other_client
from support.finished import RULES, classified
from support.sources import stored_files

from models import BatchJob, Correction, Session, read_session


def hash_of_a_new_job(client: FlaskClient, project_id: str) -> str:
    [file_id] = stored_files(project_id, "letter.pdf")
    job = client.post("/api/v2/classify", json={"configuration": {"rules": RULES}, "file_input": file_id}).json
    with read_session() as session:
        return session.get_one(BatchJob, job["id"]).parameters_hash


def test_a_correction_keeps_the_text_that_was_judged(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = classified(app, project_id)
    said = client.put(f"/api/v2/classify/{job_id}/correction", json={"type": "letter"}).json
    assert (said["job_id"], said["project_id"], said["type"]) == (job_id, project_id, "letter")
    with read_session() as session:
        assert session.get_one(Correction, said["id"]).text == "Please pay"


def test_two_who_correct_the_same_answer_at_once_are_both_heard(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    job_id = classified(app, project_id)
    answers: list[int] = []

    def correct() -> None:
        answers.append(client.put(f"/api/v2/classify/{job_id}/correction", json={"type": "letter"}).status_code)

    second = threading.Thread(target=correct)
    with Session.begin() as session:
        Correction.record(session, project_id, job_id, "invoice", "Please pay")
        second.start()
        second.join(0.5)  # long enough to come to where it waits for this transaction
    second.join()
    assert answers == [200]
    assert [one["type"] for one in client.get("/api/v2/classify/corrections").json["items"]] == ["letter"]


def test_what_was_learned_is_other_work_and_forgotten_the_same_as_before(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    job_id = classified(app, project_id)
    before = hash_of_a_new_job(client, project_id)
    client.put(f"/api/v2/classify/{job_id}/correction", json={"type": "letter"})
    assert hash_of_a_new_job(client, project_id) != before
    assert client.delete(f"/api/v2/classify/{job_id}/correction").status_code == 204
    assert hash_of_a_new_job(client, project_id) == before


def test_a_job_is_corrected_once_and_by_the_last_word(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = classified(app, project_id)
    for said in ("letter", "invoice"):
        client.put(f"/api/v2/classify/{job_id}/correction", json={"type": said})
    assert [one["type"] for one in client.get("/api/v2/classify/corrections").json["items"]] == ["invoice"]


def test_another_project_neither_corrects_nor_sees_nor_learns(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = classified(app, project_id)
    stranger = other_client(app)
    assert stranger.put(f"/api/v2/classify/{job_id}/correction", json={"type": "letter"}).status_code == 404
    client.put(f"/api/v2/classify/{job_id}/correction", json={"type": "letter"})
    assert stranger.get("/api/v2/classify/corrections").json["items"] == []
    assert stranger.delete(f"/api/v2/classify/{job_id}/correction").status_code == 404
    with read_session() as session:
        assert Correction.heeded(session, "another project", {"letter"}) == []


def test_a_deleted_job_takes_what_was_said_of_it_along(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = classified(app, project_id)
    client.put(f"/api/v2/classify/{job_id}/correction", json={"type": "letter"})
    assert client.delete(f"/api/v2/classify/{job_id}").status_code == 200
    assert client.get("/api/v2/classify/corrections").json["items"] == []


@pytest.mark.parametrize("path", ["/api/v2/classify/x/correction"])
def test_an_unknown_job_cannot_be_corrected(client: FlaskClient, path: str) -> None:
    assert client.put(path, json={"type": "letter"}).status_code == 404
    assert client.delete(path).status_code == 404


def test_an_example_of_another_project_is_not_found(app: Flask, client: FlaskClient, project_id: str) -> None:
    [file_id] = stored_files(project_id, "letter.pdf")
    rules = [{**RULES[0], "examples": [file_id]}]
    body = {"configuration": {"rules": rules}, "file_input": file_id}
    assert client.post("/api/v2/classify", json=body).status_code == 200
    assert other_client(app).post("/api/v2/classify", json=body).status_code == 404
