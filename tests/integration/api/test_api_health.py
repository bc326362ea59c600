"""What operators ask of a running process."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import create
from support.sources import stored_directory, work_off

from engines.parameters import PARAMETERS
from models.states import ItemStatus
from tasks.celery import app as celery


def test_livez_needs_no_key_and_no_database(app: Flask) -> None:
    answer = app.test_client().get("/livez")
    assert (answer.status_code, answer.json) == (200, {"status": "alive"})


def test_readyz_refuses_a_database_that_was_never_migrated(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "sheaf migrate" in answer.get_json()["detail"]
    assert float(answer.headers["Retry-After"]) > 0


def test_metrics_count_jobs_items_and_webhooks_by_status(app: Flask, client: FlaskClient, project_id: str) -> None:
    directory, _ = stored_directory(project_id, "a.pdf", "b.pdf")
    work_off(create(client, directory_id=directory)["id"], {"a.pdf": ItemStatus.COMPLETED})
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert 'sheaf_jobs{status="dispatched"} 1.0' in answer.text
    assert 'sheaf_items{status="completed"} 1.0' in answer.text
    assert 'sheaf_items{status="processing"} 1.0' in answer.text
    assert 'sheaf_webhooks{status="pending"} 0.0' in answer.text


def test_the_openapi_document_tells_every_parameter_and_the_key(app: Flask) -> None:
    spec = app.test_client().get("/openapi.json").get_json()
    create_one = spec["paths"]["/api/v1/beta/batch-processing"]["post"]
    assert spec["security"] == [{"bearer": []}]
    assert spec["paths"]["/livez"]["get"]["security"] == []
    assert {one["name"] for one in create_one["parameters"]} >= {"project_id", "organization_id", "temporal-namespace"}
    assert {"201", "401", "404", "422"} <= create_one["responses"].keys()
    assert len(spec["components"]["schemas"]["ParseParameters"]["properties"]) == len(PARAMETERS)
    assert all(one.get("summary") for path in spec["paths"].values() for one in operations(path))


def operations(path: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    return [path[method] for method in ("get", "post", "put", "patch", "delete") if method in path]


def test_the_documentation_is_one_page_that_loads_nothing_else(app: Flask) -> None:
    page = app.test_client().get("/docs")
    references = References()
    references.feed(page.text)
    assert page.status_code == 200
    assert "/api/v1/beta/batch-processing/{job_id}/cancel" in page.text
    assert references.loaded == []
    [style] = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    names = {one.removeprefix("#") for one in references.links if one.startswith("#")}
    assert names <= set(re.findall(r'id="([^"]+)"', page.text))


class References(HTMLParser):
    """Collects what a page loads and links to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "src" or (name == "href" and tag != "a"):
                self.loaded.append(value or "")
            elif name == "href":
                self.links.append(value or "")


def test_readyz_is_503_soon_when_the_broker_is_away(migrated: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(celery.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    answer = migrated.get("/readyz")
    assert (answer.status_code, answer.get_json()["detail"]) == (503, "The broker is not available")
