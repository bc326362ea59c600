"""What a job may name besides its documents is judged when it is asked for: where the server may go, and whose project it is."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from support.batch_api import JOBS, create
from support.databases import whichever_database
from support.sources import stored_directory

from tasks import egress

PRIVATE = [
    *["http://127.0.0.1/", "http://localhost:80/", "http://LocalHost./", "https://api.localhost/", "http://[::1]/"],
    *[
        "http://127.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://10.1.2.3:8080/",
        "http://169.254.169.254/latest",
    ],
    *["http://[::ffff:10.0.0.1]/", "http://[fe80::1]/", "http://0.0.0.0/", "http://user:pass@192.168.1.1/"],
]
CLASSIFY = {"rules": [{"type": "invoice", "description": "An invoice with an amount due"}]}


def hooked(url: str) -> list[dict[str, str]]:
    return [{"webhook_url": url}]


def places(url: str) -> list[tuple[dict[str, Any], list[str | int]]]:
    """Configurations that name an address, and where they do."""
    return [
        ({"webhook_url": url}, ["webhook_url"]),
        ({"parameters": {"webhook_url": url}}, ["parameters", "webhook_url"]),
        (
            {"parameters": {"webhook_configurations": hooked(url)}},
            ["parameters", "webhook_configurations", 0, "webhook_url"],
        ),
        ({**CLASSIFY, "webhook_configurations": hooked(url)}, ["webhook_configurations", 0, "webhook_url"]),
        ({"parameters": {"http_proxy": url}}, ["parameters", "http_proxy"]),
    ]


@pytest.fixture
def directory(project_id: str) -> str:
    return stored_directory(project_id, "a.pdf")[0]


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_address_may_not_be_reached(url: str) -> None:
    assert egress.is_barred(url, [])
    assert not egress.is_barred(url, ["0.0.0.0/0", "::/0"])


@pytest.mark.parametrize("url", ["https://hooks.example/", "https://93.184.216.34/", "http://localhost.example/"])
def test_a_public_address_or_a_name_may(url: str) -> None:
    assert not egress.is_barred(url, [])


@whichever_database
@pytest.mark.parametrize("case", range(5))
@pytest.mark.effect("webhook_url", "webhook_configurations", "http_proxy")
def test_a_job_that_names_a_private_address_is_refused_with_the_way_out(
    case: int, client: FlaskClient, directory: str
) -> None:
    config, place = places("http://127.0.0.1:9000/hook")[case]
    answer = client.post(JOBS, json={"job_config": config, "directory_id": directory})
    assert answer.status_code == 422
    [problem] = answer.json["detail"]
    assert problem["loc"] == ["body", "job_config", *place]
    assert "SHEAF_OUTBOUND_ALLOW" in problem["msg"]
    config, _ = places("https://hooks.example/hook")[case]
    assert create(client, directory_id=directory, job_config=config)["id"]


@pytest.mark.effect("input_url")
def test_a_private_document_is_refused_but_where_a_proxy_fetches_it(client: FlaskClient) -> None:
    asked = {"input_url": "http://10.0.0.1/a.pdf"}
    answer = client.post(JOBS, json={"job_config": {"parameters": asked}})
    assert (answer.status_code, answer.json["detail"][0]["loc"][-1]) == (422, "input_url")
    through = {**asked, "http_proxy": "https://proxy.example:3128"}
    assert create(client, job_config={"parameters": through})["total_items"] == 1


@pytest.mark.parametrize(("path", "body"), [
    ("/api/v2/parse", {"tier": "fast", "version": "latest", "source_url": "http://localhost/a.pdf"}),
    ("/api/v2/parse", {"tier": "fast", "version": "latest", "file_id": "f", "webhook_configurations": hooked("http://[::1]/")}),
])  # fmt: skip
def test_direct_jobs_are_judged_alike(path: str, body: dict[str, Any], client: FlaskClient) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    assert "SHEAF_OUTBOUND_ALLOW" in answer.text


@pytest.mark.effect("project_id")
def test_a_job_of_another_project_is_refused(client: FlaskClient, directory: str, project_id: str) -> None:
    config = {"parameters": {"project_id": "another"}}
    answer = client.post(JOBS, json={"job_config": config, "directory_id": directory})
    assert answer.status_code == 422
    assert answer.json["detail"][0]["loc"] == ["body", "job_config", "parameters", "project_id"]
    own = {"parameters": {"project_id": project_id}}
    assert create(client, directory_id=directory, job_config=own)["project_id"] == project_id


def test_a_job_names_ten_endpoints_at_most(client: FlaskClient, directory: str) -> None:
    def asked(count: int) -> dict[str, Any]:
        return {"parameters": {"webhook_configurations": hooked("https://hooks.example/") * count}}

    create(client, directory_id=directory, job_config=asked(10))
    answer = client.post(JOBS, json={"directory_id": directory, "job_config": asked(11)})
    assert answer.status_code == 422
    [problem] = answer.get_json()["detail"]
    assert problem["loc"][-2:] == ["parameters", "webhook_configurations"]
    assert "at most 10" in problem["msg"]
