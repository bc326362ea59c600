"""Saved configurations: create, list, read, change, delete; and jobs that are asked for with one."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import RULES, other_client
from support.databases import whichever_database
from support.sources import stored_files

from models import BatchItem, BatchJob, Configuration, Session, read_session
from schemas.job_config import load, parse_parameters_of
from schemas.secrets import join_secrets

PATH = "/api/v1/beta/configurations"
PARSE = {"product_type": "parse_v2", "tier": "cost_effective", "version": "latest"}
CLASSIFY = {"product_type": "classify_v2", "rules": RULES}
PRESETS = {
    "cfg-PARSE_FAST": "fast",
    "cfg-PARSE_COST_EFFECTIVE": "cost_effective",
    "cfg-PARSE_AGENTIC": "agentic",
    "cfg-PARSE_AGENTIC_PLUS": "agentic_plus",
}
HOOK = {
    "webhook_url": "https://example.org/",
    "webhook_headers": {"X-Token": "hush"},
    "webhook_signing_secret": "sealed",
}


def saved(client: FlaskClient, name: str = "letters", **parameters: Any) -> dict[str, Any]:
    answer = client.post(PATH, json={"name": name, "parameters": parameters or PARSE})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def problem(answer: Any) -> tuple[list[str | int], str]:
    assert answer.status_code == 422, answer.text
    [one] = answer.get_json()["detail"]
    return one["loc"], one["msg"]


def job_behind(work_id: str) -> BatchJob:
    with read_session() as session:
        item = session.scalars(sa.select(BatchItem).where(BatchItem.work_id == work_id)).one()
        return session.get_one(BatchJob, item.job_id)


@pytest.fixture
def file_id(project_id: str) -> str:
    return stored_files(project_id, "report.pdf")[0]


@pytest.mark.parametrize("parameters", [PARSE, CLASSIFY])
def test_a_configuration_is_saved_and_read(client: FlaskClient, parameters: dict[str, Any]) -> None:
    made = saved(client, **parameters)
    assert made["id"].startswith("cfg-")
    assert (made["name"], made["product_type"]) == ("letters", parameters["product_type"])
    assert parameters.items() <= made["parameters"].items()
    assert all(made[name].endswith("Z") for name in ("version", "created_at", "updated_at"))
    assert client.get(f"{PATH}/{made['id']}").get_json() == made


def test_a_name_stands_for_one_configuration_of_each_product(client: FlaskClient) -> None:
    first = saved(client)
    other = saved(client, **CLASSIFY)
    again = saved(client, **PARSE, page_ranges={"max_pages": 3})
    assert again["id"] == first["id"] != other["id"]
    assert again["version"] > first["version"]
    assert again["created_at"] == first["created_at"]
    assert client.get(f"{PATH}/{first['id']}").get_json()["parameters"]["page_ranges"] == {"max_pages": 3}
    assert client.get(PATH).get_json()["total_size"] == 2


def test_a_configuration_is_of_one_project(app: Flask, client: FlaskClient) -> None:
    made, other = saved(client), other_client(app)
    path = f"{PATH}/{made['id']}"
    assert other.get(path).status_code == other.delete(path).status_code == 404
    assert other.put(path, json={"name": "x"}).status_code == 404
    assert other.get(PATH).get_json()["items"] == []
    assert saved(other)["id"] != made["id"]


@whichever_database
@pytest.mark.parametrize(
    ("parameters", "place", "words"),
    [
        ("text", [], "dictionary"),
        ({}, ["product_type"], "Field required"),
        ({"product_type": 3}, ["product_type"], "parse_v2, classify_v2"),
        ({"product_type": "extract_v2"}, ["product_type"], "This server has no extract_v2 jobs"),
        ({"product_type": "parse_v2", "tier": "fast"}, ["version"], "Field required"),
        ({**PARSE, "tier": "best"}, ["tier"], "fast"),
        ({**PARSE, "version": "1999-01-01"}, ["version"], "INVALID_TIER_VERSION_COMBINATION"),
        ({**PARSE, "file_id": "f"}, ["file_id"], "Extra inputs"),
        ({**PARSE, "source_url": "https://example.org/"}, ["source_url"], "Extra inputs"),
        ({**PARSE, "user_metadata": {"a": "b"}}, ["user_metadata"], "Extra inputs"),
        ({**PARSE, "configuration_id": "cfg-PARSE_FAST"}, ["configuration_id"], "Extra inputs"),
        ({**PARSE, "page_ranges": {"target_pages": "1,1"}}, ["page_ranges", "target_pages"], "twice"),
        (
            {**PARSE, "webhook_configurations": [{"webhook_url": "x"}]},
            ["webhook_configurations", 0, "webhook_url"],
            "URL",
        ),
        ({"product_type": "classify_v2"}, ["rules"], "Field required"),
        ({"product_type": "classify_v2", "rules": []}, ["rules"], "minimum length 1"),
        ({**CLASSIFY, "mode": "MULTIMODAL"}, ["mode"], "FAST"),
        (
            {**CLASSIFY, "parsing_configuration": {"target_pages": "0"}},
            ["parsing_configuration", "target_pages"],
            "",
        ),
        ({**CLASSIFY, "parsing_configuration": {"lang": "xx"}}, ["parsing_configuration", "lang"], "one of"),
    ],
)
def test_parameters_that_no_job_could_have_are_422(
    client: FlaskClient, parameters: Any, place: list[str], words: str
) -> None:
    loc, message = problem(client.post(PATH, json={"name": "letters", "parameters": parameters}))
    assert loc == ["body", "parameters", *place]
    assert words in message
    assert client.get(PATH).get_json()["items"] == []


@whichever_database
@pytest.mark.parametrize("name", ["", "x" * 256, None, 3])
def test_a_name_out_of_bounds_is_422(client: FlaskClient, name: object) -> None:
    answer = client.post(PATH, json={"name": name, "parameters": PARSE})
    assert problem(answer)[0] == ["body", "name"]


def test_configurations_are_listed_newest_first_by_filter_and_page(client: FlaskClient) -> None:
    names = [saved(client, f"n{number}")["name"] for number in range(3)]
    saved(client, "n0", **CLASSIFY)

    def listed(**query: Any) -> list[tuple[str, str]]:
        page = client.get(PATH, query_string=query).get_json()
        return [(one["name"], one["product_type"]) for one in page["items"]]

    assert listed() == [("n0", "classify_v2"), *((name, "parse_v2") for name in reversed(names))]
    assert listed(latest_only="true") == listed()
    assert listed(product_type=["classify_v2", "extract_v2"]) == [("n0", "classify_v2")]
    assert listed(product_type=["parse_v2", "classify_v2"], name="n0") == [("n0", "classify_v2"), ("n0", "parse_v2")]
    assert listed(product_type="split_v1") == []
    first = client.get(PATH, query_string={"page_size": 3}).get_json()
    rest = client.get(PATH, query_string={"page_size": 3, "page_token": first["next_page_token"]}).get_json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["n0", "n2", "n1", "n0"]
    assert (first["total_size"], rest["next_page_token"]) == (4, None)
    for query in ({"page_size": 0}, {"product_type": "report"}, {"page_token": "x"}):
        assert client.get(PATH, query_string=query).status_code == 422


def test_what_a_change_leaves_out_stays(client: FlaskClient) -> None:
    made = saved(client)
    path = f"{PATH}/{made['id']}"
    renamed = client.put(path, json={"name": "mail", "parameters": None}).get_json()
    assert (renamed["name"], renamed["parameters"], renamed["version"]) == ("mail", PARSE, made["version"])
    changed = client.put(path, json={"parameters": {**PARSE, "tier": "fast"}}).get_json()
    assert (changed["name"], changed["parameters"]["tier"]) == ("mail", "fast")
    assert changed["version"] > made["version"]
    assert client.put(path, json={}).get_json()["parameters"] == changed["parameters"]


def test_a_name_that_is_taken_is_409(client: FlaskClient) -> None:
    made, other = saved(client), saved(client, "mail")
    answer = client.put(f"{PATH}/{made['id']}", json={"name": "mail"})
    assert (answer.status_code, answer.headers["x-should-retry"]) == (409, "false")
    assert "mail" in answer.get_json()["detail"]
    assert client.get(f"{PATH}/{made['id']}").get_json()["name"] == "letters"
    assert client.put(f"{PATH}/{other['id']}", json={"name": "mail"}).status_code == 200


def test_a_product_type_stays(client: FlaskClient) -> None:
    answer = client.put(f"{PATH}/{saved(client)['id']}", json={"parameters": CLASSIFY})
    assert problem(answer)[0] == ["body", "parameters", "product_type"]


def test_a_deleted_configuration_is_gone(client: FlaskClient, file_id: str) -> None:
    made = saved(client)
    job = client.post("/api/v2/parse", json={"file_id": file_id, "configuration_id": made["id"]}).get_json()
    path = f"{PATH}/{made['id']}"
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == client.get(path).status_code == 404
    assert client.put(path, json={}).status_code == 404
    answer = client.post("/api/v2/parse", json={"file_id": file_id, "configuration_id": made["id"]})
    assert answer.status_code == 404
    assert client.get(f"/api/v2/parse/{job['id']}").get_json()["job"]["tier"] == "cost_effective"


@pytest.mark.parametrize("configuration_id", PRESETS)
def test_presets_are_read_and_not_written(client: FlaskClient, configuration_id: str) -> None:
    path = f"{PATH}/{configuration_id}"
    found = client.get(path).get_json()
    assert found["id"] == configuration_id
    assert found["parameters"] == {"product_type": "parse_v2", "tier": PRESETS[configuration_id], "version": "latest"}
    assert found["version"]
    assert client.put(path, json={"name": "mine"}).status_code == client.delete(path).status_code == 403
    assert client.get(PATH).get_json()["items"] == []


def test_secrets_are_sealed_masked_and_survive_their_masks(client: FlaskClient) -> None:
    made = saved(client, **PARSE, webhook_configurations=[HOOK])
    [shown] = made["parameters"]["webhook_configurations"]
    assert (shown["webhook_headers"], shown["webhook_signing_secret"]) == ({"X-Token": "***"}, "***")
    changed = client.put(f"{PATH}/{made['id']}", json={"parameters": {**made["parameters"], "tier": "fast"}})
    assert changed.get_json()["parameters"]["webhook_configurations"] == [shown]
    with read_session() as session:
        row = session.get_one(Configuration, made["id"])
    assert "hush" not in json.dumps(row.parameters)
    whole = join_secrets(row.parameters, row.open_secrets())
    assert whole["webhook_configurations"] == [HOOK]


def hook(letter: str, **headers: str) -> dict[str, Any]:
    return {
        "webhook_url": f"https://{letter}.example.com/hook",
        "webhook_headers": {"Authorization": f"Bearer {letter}"} | headers,
        "webhook_signing_secret": f"secret of {letter}",
    }


class TestMasks:
    """What stands for a secret, sent back."""

    @pytest.fixture
    def made(self, client: FlaskClient) -> dict[str, Any]:
        return saved(client, **PARSE, webhook_configurations=[hook("a"), hook("b")])

    def put(self, client: FlaskClient, made: dict[str, Any], *webhooks: dict[str, Any]) -> Any:
        parameters = {**made["parameters"], "webhook_configurations": list(webhooks)}
        return client.put(f"{PATH}/{made['id']}", json={"parameters": parameters})

    def stored(self, made: dict[str, Any]) -> list[dict[str, Any]]:
        with read_session() as session:
            row = session.get_one(Configuration, made["id"])
        hooks: list[dict[str, Any]] = join_secrets(row.parameters, row.open_secrets())["webhook_configurations"]
        return hooks

    def test_each_webhook_keeps_its_own_wherever_it_stands(self, client: FlaskClient, made: dict[str, Any]) -> None:
        first, second = made["parameters"]["webhook_configurations"]
        assert self.put(client, made, second, first).status_code == 200
        assert self.stored(made) == [hook("b"), hook("a")]
        assert self.put(client, made, second).status_code == 200
        assert self.stored(made) == [hook("b")]

    def test_a_header_more_leaves_the_others(self, client: FlaskClient, made: dict[str, Any]) -> None:
        first, _ = made["parameters"]["webhook_configurations"]
        more = {**first, "webhook_headers": first["webhook_headers"] | {"X-New": "v"}}
        assert self.put(client, made, more).status_code == 200
        assert self.stored(made) == [hook("a", **{"X-New": "v"})]

    def test_none_goes_to_another_address(self, client: FlaskClient, made: dict[str, Any]) -> None:
        first, _ = made["parameters"]["webhook_configurations"]
        answer = self.put(client, made, {**first, "webhook_url": "https://evil.example.com/"})
        assert answer.status_code == 422
        assert answer.get_json()["detail"][0]["loc"][:4] == ["body", "parameters", "webhook_configurations", 0]
        assert self.stored(made) == [hook("a"), hook("b")]

    def test_one_that_stands_for_nothing_is_refused(self, client: FlaskClient, made: dict[str, Any]) -> None:
        parameters = {**PARSE, "webhook_configurations": made["parameters"]["webhook_configurations"]}
        assert client.post(PATH, json={"name": "new", "parameters": parameters}).status_code == 422
        first, _ = made["parameters"]["webhook_configurations"]
        assert self.put(client, made, {**first, "webhook_headers": {"X-Other": "***"}}).status_code == 422


class TestSecretsOfAnotherKey:
    def test_they_are_told_and_can_be_replaced_after_a_deletion(self, client: FlaskClient, file_id: str) -> None:
        made = saved(client, **PARSE, webhook_configurations=[HOOK])
        with Session.begin() as session:
            row = session.get_one(Configuration, made["id"])
            row.secrets = type(row.secrets)("no token at all")  # type: ignore[misc, call-arg] # it is not None
        answer = client.post("/api/v2/parse", json={"file_id": file_id, "configuration_id": made["id"]})
        assert answer.status_code == 400
        assert "delete it and save it anew" in answer.get_json()["detail"]
        assert client.delete(f"{PATH}/{made['id']}").status_code == 204


def test_a_parse_job_takes_a_saved_configuration_and_what_its_request_says_besides(
    client: FlaskClient, file_id: str
) -> None:
    options = {"page_ranges": {"max_pages": 3}, "output_options": {"markdown": {"annotate_links": True}}}
    made = saved(client, **PARSE, **options, webhook_configurations=[HOOK])
    request = {
        "file_id": file_id,
        "configuration_id": made["id"],
        "tier": "configured",
        "version": None,
        "page_ranges": None,
        "output_options": {"markdown": {"inline_images": True}},
        "user_metadata": {"case": "7"},
    }
    answer = client.post("/api/v2/parse", json=request)
    assert answer.status_code == 200, answer.text
    shown = answer.get_json()
    assert (shown["tier"], shown["user_metadata"]) == ("cost_effective", {"case": "7"})
    job = job_behind(shown["id"])
    assert job.configuration_id == made["id"]
    parameters = parse_parameters_of(load(join_secrets(job.config, job.open_secrets())))
    assert (parameters.max_pages, parameters.annotate_links, parameters.inline_images_in_markdown) == (3, True, True)
    [hook] = parameters.webhook_configurations or []
    assert hook.webhook_headers == {"X-Token": "hush"}
    again = client.post("/api/v2/parse", json={**request, "tier": "fast"}).get_json()
    assert again["tier"] == "fast"


def test_an_upload_takes_a_preset(client: FlaskClient) -> None:
    fields = {"configuration": json.dumps({"configuration_id": "cfg-PARSE_AGENTIC"})}
    document = (io.BytesIO(b"%PDF-1.7"), "a.pdf")
    answer = client.post("/api/v2/parse/upload", data={**fields, "file": document})
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["tier"] == "agentic"
    assert job_behind(answer.get_json()["id"]).configuration_id == "cfg-PARSE_AGENTIC"


@whichever_database
@pytest.mark.parametrize(
    ("request_body", "status"),
    [
        ({"configuration_id": "cfg-none"}, 404),
        ({"configuration_id": 3}, 422),
        ({"tier": "configured", "version": "configured"}, 422),
        ({"configuration_id": "cfg-PARSE_FAST", "tier": "best"}, 422),
        ({"configuration_id": "cfg-PARSE_FAST", "nonsense": 1}, 422),
    ],
)
def test_a_parse_job_is_refused_what_makes_no_sense(
    client: FlaskClient, file_id: str, request_body: dict[str, Any], status: int
) -> None:
    assert client.post("/api/v2/parse", json={"file_id": file_id, **request_body}).status_code == status


def test_a_configuration_of_another_product_is_422(client: FlaskClient, file_id: str) -> None:
    parse, classify = saved(client)["id"], saved(client, **CLASSIFY)["id"]
    for path, wrong in (("/api/v2/parse", classify), ("/api/v2/classify", parse)):
        answer = client.post(path, json={"file_id": file_id, "configuration_id": wrong})
        assert problem(answer)[0] == ["body", "configuration_id"]


def test_a_classify_job_takes_a_saved_configuration_and_is_listed_by_it(client: FlaskClient, file_id: str) -> None:
    made = saved(client, **CLASSIFY, parsing_configuration={"max_pages": 2})
    answer = client.post("/api/v2/classify", json={"file_input": file_id, "configuration_id": made["id"]})
    assert answer.status_code == 200, answer.text
    job = answer.get_json()
    assert (job["configuration_id"], job["configuration"]["rules"]) == (made["id"], RULES)
    assert job["configuration"]["parsing_configuration"]["max_pages"] == 2
    client.post("/api/v2/classify", json={"file_input": file_id, "configuration": {"rules": RULES}})
    found = client.get("/api/v2/classify", query_string={"configuration_id": made["id"]}).get_json()
    assert [one["id"] for one in found["items"]] == [job["id"]]
    both = {"file_input": file_id, "configuration_id": made["id"], "configuration": {"rules": RULES}}
    assert problem(client.post("/api/v2/classify", json=both))[0] == ["body", "configuration"]


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "k"}, {"x-stainless-retry-count": "1"}])
@pytest.mark.parametrize("door", ["/api/v2/parse", "/api/v2/classify"])
def test_a_repeated_request_has_its_first_answer_although_the_configuration_is_gone(
    client: FlaskClient, file_id: str, door: str, headers: dict[str, str]
) -> None:
    made = saved(client, **(PARSE if door == "/api/v2/parse" else CLASSIFY))
    body = {"file_id": file_id, "configuration_id": made["id"]}
    first = client.post(door, json=body, headers={**headers, "x-stainless-retry-count": "0"}).get_json()
    assert client.delete(f"{PATH}/{made['id']}").status_code == 204
    again = client.post(door, json=body, headers=headers)
    assert (again.status_code, again.get_json()["id"]) == (200, first["id"])
    assert client.post(door, json=body).status_code == 404


def test_a_transaction_id_does_so_too_and_another_request_of_a_name_is_refused(
    client: FlaskClient, file_id: str
) -> None:
    made = saved(client, **CLASSIFY)
    body = {"file_id": file_id, "configuration_id": made["id"], "transaction_id": "t1"}
    first = client.post("/api/v2/classify", json=body).get_json()
    client.delete(f"{PATH}/{made['id']}")
    assert client.post("/api/v2/classify", json=body).get_json()["id"] == first["id"]
    named = {"Idempotency-Key": "k"}
    request = {"file_id": file_id, "tier": "fast", "version": "latest"}
    assert client.post("/api/v2/parse", json=request, headers=named).status_code == 200
    other = client.post("/api/v2/parse", json={**request, "tier": "agentic"}, headers=named)
    assert other.get_json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
