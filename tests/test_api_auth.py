"""Who may ask, and what of."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient


def test_unknown_path_is_404_json(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json) == (404, {"detail": "Not found"})
