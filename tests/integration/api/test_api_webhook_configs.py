"""Saved webhooks: create, list, read, change, delete; and requests that name some."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import KEY
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import JOBS, RULES, other_client
from support.databases import whichever_database
from support.sources import stored_directory, stored_files

from models import BatchItem, BatchJob, Session, WebhookConfig, read_session
from models.sealed import Sealed
from schemas.webhook_configs import EVENTS, whole_webhook

PATH = "/api/v1/beta/webhook-configs"
PAGES = "/api/v2/webhook-configs"
URL = "https://hooks.example/sheaf"
HEADERS = {"Authorization": "Bearer hush", "X-Team": "invoices"}


def saved(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    answer = client.post(PATH, json={"webhook_url": URL, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def put(client: FlaskClient, made: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = client.put(f"{PATH}/{made['id']}", json=changes)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    assert client.get(f"{PATH}/{made['id']}").get_json() == found
    return found


def stored(made: dict[str, Any]) -> dict[str, Any]:
    """What deliveries go by, secrets included."""
    with read_session() as session:
        return whole_webhook(session.get_one(WebhookConfig, made["id"]))


def test_a_webhook_is_saved_and_read_without_its_secrets(client: FlaskClient, project_id: str) -> None:
    made = saved(client, webhook_signing_secret="hush", webhook_headers=HEADERS, webhook_events=["parse.success"])
    assert made["id"].startswith("whc-")
    assert client.get(f"{PATH}/{made['id']}").get_json() == made
    assert all(made.pop(name).endswith("Z") for name in ("created_at", "updated_at"))
    assert made == {
        "id": made["id"],
        "tenant_type": "project",
        "tenant_id": project_id,
        "webhook_url": URL,
        "has_secret": True,
        "webhook_headers": {"Authorization": "***", "X-Team": "***"},
        "webhook_events": ["parse.success"],
        "webhook_output_format": "string",
    }


def test_all_but_the_address_may_be_left_out_or_null(client: FlaskClient) -> None:
    nothing = dict.fromkeys(
        ["webhook_signing_secret", "webhook_headers", "webhook_events", "webhook_output_format"], None
    )
    for made in (saved(client), saved(client, **nothing)):
        assert (made["has_secret"], made["webhook_headers"], made["webhook_events"]) == (False, None, None)
        assert made["webhook_output_format"] == "string"


def test_every_event_of_the_sdk_can_be_subscribed_to(client: FlaskClient) -> None:
    assert len(set(EVENTS)) == 38
    assert saved(client, webhook_events=list(EVENTS))["webhook_events"] == list(EVENTS)


@whichever_database
@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({"webhook_url": None}, ["webhook_url"], "null"),
        ({"webhook_url": ""}, ["webhook_url"], ""),
        ({"webhook_url": "ftp://x"}, ["webhook_url"], "http or https"),
        ({"webhook_url": f"{URL}\r\nX-Team: other"}, ["webhook_url"], "http or https"),
        ({"webhook_url": f"{URL}\x7f"}, ["webhook_url"], "http or https"),
        ({"webhook_url": f"{URL}/{'a' * 70_000}"}, ["webhook_url"], "http or https"),
        ({"webhook_url": "https://xn--\u2603/"}, ["webhook_url"], "http or https"),
        ({"webhook_url": "http://127.0.0.1:9000/hook"}, ["webhook_url"], "SHEAF_OUTBOUND_ALLOW"),
        ({"webhook_url": "http://169.254.169.254/latest"}, ["webhook_url"], "SHEAF_OUTBOUND_ALLOW"),
        ({"webhook_url": "https://***@hooks.example/"}, ["webhook_url"], "stands for a stored secret"),
        ({"webhook_headers": {"X-Token": "***"}}, ["webhook_headers"], "stands for a stored secret"),
        ({"webhook_headers": {"X Token": "a"}}, ["webhook_headers"], "HTTP headers"),
        ({"webhook_headers": {"X-Token": "a\nb"}}, ["webhook_headers"], "HTTP headers"),
        ({"webhook_events": []}, ["webhook_events"], "send null for all events"),
        ({"webhook_events": ["parse.done"]}, ["webhook_events", 0], "parse.success"),
        ({"webhook_output_format": "xml"}, ["webhook_output_format"], "string, json"),
        ({"webhook_signing_secret": "***"}, ["webhook_signing_secret"], "stands for a stored secret"),
    ],
)
def test_what_makes_no_sense_is_422(
    client: FlaskClient, fields: dict[str, Any], place: list[str | int], words: str
) -> None:
    made = saved(client)
    for answer in (
        client.post(PATH, json={"webhook_url": URL, **fields}),
        client.put(f"{PATH}/{made['id']}", json=fields),
    ):
        assert answer.status_code == 422, answer.text
        problem = answer.get_json()["detail"][0]
        assert problem["loc"] == ["body", *place]
        assert words in problem["msg"]
    assert client.get(PATH).get_json() == [made]


def test_an_address_is_needed(client: FlaskClient) -> None:
    answer = client.post(PATH, json={})
    assert (answer.status_code, answer.get_json()["detail"][0]["loc"]) == (422, ["body", "webhook_url"])


def test_they_are_listed_newest_first_whole_and_by_page(client: FlaskClient) -> None:
    made = [saved(client, webhook_url=f"{URL}/{number}") for number in range(5)][::-1]
    assert client.get(PATH).get_json() == made
    found, token, pages = [], None, []
    while token or not pages:
        query = {"page_size": 2} | ({"page_token": token} if token else {})
        page = client.get(PAGES, query_string=query).get_json()
        found += page["items"]
        token = page["next_page_token"]
        pages.append((len(page["items"]), page["total_size"]))
    assert (found, pages) == (made, [(2, None), (2, None), (1, None)])
    assert client.get(PAGES, query_string={"include_total": "true"}).get_json()["total_size"] == 5


@pytest.mark.parametrize("query", [{"page_size": 0}, {"page_token": "x"}, {"include_total": "some"}])
def test_a_list_out_of_bounds_is_422(client: FlaskClient, query: dict[str, Any]) -> None:
    answer = client.get(PAGES, query_string=query)
    assert (answer.status_code, answer.get_json()["detail"][0]["loc"]) == (422, ["query", *query])


def test_only_what_is_sent_changes(client: FlaskClient) -> None:
    fields = {"webhook_signing_secret": "hush", "webhook_headers": HEADERS, "webhook_events": ["parse.success"]}
    made = saved(client, webhook_output_format="json", **fields)
    same = put(client, made)
    assert same == made | {"updated_at": same["updated_at"]}
    moved = put(client, made, webhook_url=f"{URL}/moved")
    assert moved == made | {"webhook_url": f"{URL}/moved", "updated_at": moved["updated_at"]}
    assert moved["updated_at"] > made["updated_at"]
    put(client, made, webhook_events=["batch.success"])
    put(client, made, webhook_signing_secret="another")
    assert stored(made) == {
        "webhook_url": f"{URL}/moved",
        "webhook_headers": HEADERS,
        "webhook_events": ["batch.success"],
        "webhook_output_format": "json",
        "webhook_signing_secret": "another",
    }


def test_null_takes_away(client: FlaskClient) -> None:
    fields = {"webhook_signing_secret": "hush", "webhook_headers": HEADERS, "webhook_events": ["parse.success"]}
    made = saved(client, webhook_output_format="json", **fields)
    bare = put(client, made, **dict.fromkeys([*fields, "webhook_output_format"], None))
    assert (bare["has_secret"], bare["webhook_headers"], bare["webhook_events"]) == (False, None, None)
    assert (bare["webhook_output_format"], stored(made)) == ("string", {"webhook_url": URL})


def test_what_was_answered_can_be_sent_back_changed(client: FlaskClient) -> None:
    url = "https://user:word@hooks.example/a?token=hush"
    made = saved(client, webhook_url=url, webhook_headers=HEADERS, webhook_signing_secret="hush")
    assert made["webhook_url"] == "https://***@hooks.example/a?token=***"
    headers = {**made["webhook_headers"], "X-New": "v"}
    again = put(client, made, **{**made, "webhook_headers": headers, "webhook_output_format": "json"})
    assert again["webhook_headers"] == {"Authorization": "***", "X-Team": "***", "X-New": "***"}
    assert stored(made) == {
        "webhook_url": url,
        "webhook_headers": HEADERS | {"X-New": "v"},
        "webhook_output_format": "json",
        "webhook_signing_secret": "hush",
    }
    put(client, made, webhook_headers={"X-Team": "***"}, webhook_url=URL)
    assert stored(made)["webhook_headers"] == {"X-Team": "invoices"}, "it is the same webhook, wherever it is"


def test_secrets_are_sealed_in_the_database(client: FlaskClient) -> None:
    url = "https://user:hush@hooks.example/?token=hush"
    saved(client, webhook_url=url, webhook_headers=HEADERS, webhook_signing_secret="hush")
    with Session.begin() as session:
        [row] = session.connection().exec_driver_sql("SELECT * FROM webhook_config").all()
    assert "hooks.example" in str(row)
    assert "hush" not in str(row)


def test_one_whose_secrets_are_lost_says_so_and_can_be_deleted(client: FlaskClient) -> None:
    made = saved(client, webhook_signing_secret="hush")
    with Session.begin() as session:
        session.get_one(WebhookConfig, made["id"]).secrets = Sealed("sealed by another key")
    assert client.get(f"{PATH}/{made['id']}").get_json()["has_secret"]
    answer = client.put(f"{PATH}/{made['id']}", json={"webhook_url": f"{URL}/new"})
    assert answer.status_code == 400
    assert "delete it and save it anew" in answer.get_json()["detail"]
    assert client.delete(f"{PATH}/{made['id']}").status_code == 204


def test_a_deleted_webhook_is_gone(client: FlaskClient) -> None:
    path = f"{PATH}/{saved(client)['id']}"
    answer = client.delete(path)
    assert (answer.status_code, answer.data) == (204, b"")
    answers = [client.get(path), client.put(path, json={}), client.delete(path)]
    assert [one.status_code for one in answers] == [404, 404, 404]
    assert client.get(PATH).get_json() == []


def test_a_webhook_is_of_one_project(app: Flask, client: FlaskClient) -> None:
    made, other = saved(client), other_client(app)
    path = f"{PATH}/{made['id']}"
    answers = [other.get(path), other.put(path, json={"webhook_url": "https://evil.example/"}), other.delete(path)]
    assert [one.status_code for one in answers] == [404, 404, 404]
    assert other.get(PATH).get_json() == other.get(PAGES).get_json()["items"] == []
    assert client.get(path).get_json() == made


class TestRepeatedRequests:
    def test_a_named_request_sent_again_is_the_same_webhook(self, client: FlaskClient, project_id: str) -> None:
        named = {"Idempotency-Key": "k1"}
        first, again = (client.post(PATH, json={"webhook_url": URL}, headers=named) for _ in range(2))
        assert (first.status_code, again.status_code, first.get_json()) == (201, 201, again.get_json())
        other = client.post(PATH, json={"webhook_url": f"{URL}/other"}, headers=named)
        directory, _ = stored_directory(project_id, "a.pdf")
        elsewhere = client.post(JOBS, json={"job_config": {}, "directory_id": directory}, headers=named)
        for refused in (other, elsewhere):
            assert refused.status_code == 422
            assert refused.get_json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
        assert len(client.get(PATH).get_json()) == 1

    def test_a_name_that_a_job_has_is_taken(self, client: FlaskClient, project_id: str) -> None:
        named = {"Idempotency-Key": "k2"}
        directory, _ = stored_directory(project_id, "a.pdf")
        assert client.post(JOBS, json={"job_config": {}, "directory_id": directory}, headers=named).status_code == 201
        assert client.post(PATH, json={"webhook_url": URL}, headers=named).status_code == 422
        assert client.get(PATH).get_json() == []

    def test_an_attempt_that_an_sdk_repeats_is_the_same_webhook(self, client: FlaskClient) -> None:
        first, again, fresh = (
            client.post(PATH, json={"webhook_url": URL}, headers={"x-stainless-retry-count": count}).get_json()
            for count in ("0", "1", "0")
        )
        assert first["id"] == again["id"] != fresh["id"]

    def test_a_named_request_sent_many_times_at_once_is_one_webhook(self, app: Flask, client: FlaskClient) -> None:
        def send(_: int) -> str:
            headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k3"}
            return str(app.test_client().post(PATH, json={"webhook_url": URL}, headers=headers).get_json()["id"])

        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(send, range(8)))) == 1
        assert len(client.get(PATH).get_json()) == 1


Naming = Callable[[list[str]], Any]
"""Asks for a job that names saved webhooks."""


def naming(client: FlaskClient, project_id: str, door: str, **headers: str) -> Naming:
    """How a door is asked for the same job again and again."""
    [file_id] = stored_files(project_id, "report.pdf")
    parse = {"tier": "fast", "version": "latest"}
    config = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_FAST"}}
    bodies: dict[str, dict[str, Any]] = {
        "/api/v2/parse": {**parse, "file_id": file_id},
        "/api/v2/classify": {"configuration": {"rules": RULES}, "file_input": file_id},
        "/api/v2/batches": {"source_directory_id": stored_directory(project_id, "a.pdf")[0], "config": config},
    }

    def ask(webhooks: list[str]) -> Any:
        named = {"webhook_configuration_ids": webhooks}
        if door == "/api/v2/parse/upload":
            form = {"configuration": json.dumps(parse | named), "file": (io.BytesIO(b"a note"), "a.txt")}
            return client.post(door, data=form)
        if door == "/api/v1/beta/configurations":
            return client.post(
                door, json={"name": "told", "parameters": {"product_type": "parse_v2", **parse, **named}}
            )
        return client.post(door, json=bodies[door] | named, headers=headers)

    return ask


REPEATED = ["/api/v2/parse", "/api/v2/classify", "/api/v2/batches"]
DOORS = [*REPEATED, "/api/v2/parse/upload", "/api/v1/beta/configurations"]


@pytest.mark.parametrize("door", DOORS)
class TestNames:
    def test_at_most_four_are_named_and_more_or_nonsense_refused(
        self, client: FlaskClient, project_id: str, door: str
    ) -> None:
        ask, made = naming(client, project_id, door), [saved(client)["id"] for _ in range(5)]
        assert ask(made[:4]).status_code in {200, 201}
        for webhooks in (made, [3], "whc"):
            answer = ask(webhooks)  # type: ignore[arg-type] # it is nonsense
            assert answer.status_code == 422, answer.text
            assert "webhook_configuration_ids" in answer.get_json()["detail"][0]["loc"]

    def test_one_that_is_not_there_or_of_another_project_is_named(
        self, app: Flask, client: FlaskClient, project_id: str, door: str
    ) -> None:
        ask, foreign, own = naming(client, project_id, door), saved(other_client(app))["id"], saved(client)["id"]
        for unknown in ("whc-none", foreign):
            answer = ask([own, unknown])
            assert answer.status_code == 404
            assert answer.get_json() == {"detail": f"Saved webhook {unknown} not found"}


@pytest.mark.parametrize("door", REPEATED)
def test_a_repeated_request_has_its_first_answer_although_the_webhook_it_names_is_gone(
    client: FlaskClient, project_id: str, door: str
) -> None:
    made = saved(client)["id"]
    ask = naming(client, project_id, door, **{"Idempotency-Key": "k1"})
    first = ask([made])
    assert client.delete(f"{PATH}/{made}").status_code == 204
    again = ask([made])
    assert (again.status_code, again.get_json()["id"]) == (first.status_code, first.get_json()["id"])
    assert naming(client, project_id, door)([made]).status_code == 404


def test_a_job_of_a_saved_configuration_names_its_webhooks_unless_it_names_others(
    client: FlaskClient, project_id: str
) -> None:
    one, other = saved(client)["id"], saved(client)["id"]
    parameters = {"product_type": "parse_v2", "tier": "fast", "version": "latest"}
    body = {"name": "told", "parameters": {**parameters, "webhook_configuration_ids": [one]}}
    configuration = client.post("/api/v1/beta/configurations", json=body).get_json()
    assert configuration["parameters"]["webhook_configuration_ids"] == [one]
    request = {"file_id": stored_files(project_id, "a.pdf")[0], "configuration_id": configuration["id"]}

    def told(**more: Any) -> list[str]:
        work = client.post("/api/v2/parse", json={**request, **more}).get_json()["id"]
        with read_session() as session:
            item = session.scalars(sa.select(BatchItem).where(BatchItem.work_id == work)).one()
            found: list[str] = session.get_one(BatchJob, item.job_id).config.get("webhook_configuration_ids", [])
            return found

    assert told() == told(webhook_configuration_ids=None) == [one]
    assert told(webhook_configuration_ids=[other, other]) == [other]
    assert told(webhook_configuration_ids=[]) == []
    client.delete(f"{PATH}/{one}")
    answer = client.post("/api/v2/parse", json=request)
    assert (answer.status_code, one in answer.get_json()["detail"]) == (404, True)
