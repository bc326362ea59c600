"""Secrets that users give us: used where they are meant to be, and nowhere to be found afterwards, whatever went wrong."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.receiver import Receiver
from support.running import BATCHES, RunningStack, Tenant, eventually
from support.servers import free_port
from support.websites import Website, website

from engines.parameters.masking import shown_address, without_credentials
from models import WebhookDelivery
from models.webhooks import DeliveryStatus

NOTE = ("note.md", b"# A note\n\nwith a line of text\n")
SECRETS = [
    *["proxy-user", "proxy-password", "source-user", "source-password", "source-signature", "source-fragment"],
    *["hook-user", "hook-password", "hook-token", "hook-header", "hook-signing", "push-token", "classify-token"],
    *["saved-user", "saved-password", "saved-token", "saved-header", "saved-signing"],
    *["azure-key", "vendor-key", "gpt-key", "endpoint-password", "bucket-password"],
]
CANARY = "canary"
"""What each of them begins with."""


def secret(name: str) -> str:
    """A secret of this name, which can be told from all others."""
    assert name in SECRETS
    return f"{CANARY}-{name}"


def traces(text: str) -> list[str]:
    """The secrets that stand in a text, as they are or as HTTP's basic authentication writes them."""
    pairs = [
        base64.b64encode(f"{secret(f'{kind}-user')}:{secret(f'{kind}-password')}".encode()).decode()
        for kind in ("proxy", "source", "hook", "saved")
    ]
    return [one for one in [*map(secret, SECRETS), CANARY, *pairs] if one in text]


def with_user(url: str, kind: str) -> str:
    """A URL with the user and the password of this kind."""
    return url.replace("://", f"://{secret(f'{kind}-user')}:{secret(f'{kind}-password')}@")


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as made:
        yield made


@contextlib.contextmanager
def failing_inserts(stack: RunningStack) -> Iterator[None]:
    """The database refuses a job with this priority, in a way that nobody foresees."""
    begin = [
        "CREATE TRIGGER refuse BEFORE INSERT ON batch_job WHEN NEW.priority = 'critical' BEGIN SELECT RAISE(ABORT, ''); END",
    ]
    end = ["DROP TRIGGER refuse"]
    if stack.engine.dialect.name == "postgresql":
        begin = [
            "CREATE FUNCTION refuse() RETURNS trigger AS 'BEGIN RAISE check_violation; END' LANGUAGE plpgsql",
            "CREATE TRIGGER refuse BEFORE INSERT ON batch_job FOR ROW WHEN (NEW.priority = 'critical') EXECUTE FUNCTION refuse()",
        ]
        end = ["DROP TRIGGER refuse ON batch_job", "DROP FUNCTION refuse"]
    for statements in (begin, end):
        with stack.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        if statements is begin:
            yield


def rows(stack: RunningStack) -> Iterator[tuple[str, str]]:
    """Every row of every table as it lies in the database, with the table's name."""
    with stack.engine.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}"):
                yield table, str(row)


def undelivered(stack: RunningStack, project_id: str) -> int:
    """How many webhooks of a project are still on their way; those of others may be for days."""
    query = sa.select(sa.func.count()).where(
        WebhookDelivery.project_id == project_id, WebhookDelivery.status == DeliveryStatus.PENDING
    )
    with stack.engine.connect() as connection:
        return int(connection.scalar(query) or 0)


def objects(stack: RunningStack) -> Iterator[tuple[str, str]]:
    """Every stored object, with its name."""
    for path in Path(stack.settings.data_dir, "store").rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes().decode(errors="replace")


@dataclass
class Diary:
    """A tenant, and all that it was told."""

    tenant: Tenant
    told: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer, whatever its status."""
        answer = self.tenant.client.request(method, path, **options)
        self.told.append(f"{answer.text} {answer.headers}")
        return answer.json()

    def batch(self, **parameters: Any) -> Any:
        """What a create request is answered."""
        config = {"webhook_url": parameters.get("webhook_url"), "parameters": parameters}
        return self.ask("POST", BATCHES, json={"job_config": config})

    def read_all_about(self, jobs: list[str], works: list[str]) -> None:
        """Ask all there is to ask about batches and about parse jobs."""
        for work in works:
            self.ask("GET", f"/api/v2/parse/{work}", params={"expand": ["raw_parameters", "job_metadata", "markdown"]})
            for what in ("", "/details", "/parameters", "/result/json"):
                self.ask("GET", f"/api/v1/parsing/job/{work}{what}")
        for job in jobs:
            self.ask("GET", f"{BATCHES}/{job}")
            for item in self.ask("GET", f"{BATCHES}/{job}/items")["items"]:
                self.ask("GET", f"{BATCHES}/items/{item['item_id']}/processing-results")
        self.ask("GET", BATCHES)
        self.ask("GET", "/api/v2/parse")


REFUSED = {
    "azure_openai_key": secret("azure-key"),
    "vendor_multimodal_api_key": secret("vendor-key"),
    "gpt4o_api_key": secret("gpt-key"),
    "azure_openai_endpoint": f"https://user:{secret('endpoint-password')}@example.org/",
    "output_s3_path_prefix": f"s3://user:{secret('bucket-password')}@bucket/",
}
"""Parameters that are refused without a model, or without an open bucket."""


class TestEverywhere:
    def test_no_secret_of_a_job_is_left_in_an_answer_a_row_an_object_or_a_log(
        self, stack: RunningStack, tenant: Tenant, receiver: Receiver, site: Website
    ) -> None:
        source = f"/a.md?sig={secret('source-signature')}&id=7"
        site.pages[source] = 200, {"Content-Type": "text/markdown"}, NOTE[1]
        address = with_user(f"{site.url}{source}#{secret('source-fragment')}", "source")
        hook = {
            "webhook_url": with_user(f"{receiver.url}/hook?token={secret('hook-token')}", "hook"),
            "webhook_headers": {"X-Token": secret("hook-header")},
            "webhook_signing_secret": secret("hook-signing"),
            "webhook_events": ["parse.success", "parse.error"],
        }
        push = f"{receiver.url}/push?token={secret('push-token')}"
        both = {"webhook_configurations": [hook], "webhook_url": push}
        dead = with_user(f"http://127.0.0.1:{free_port()}", "proxy")
        receiver.answers += [500, 500]
        diary = Diary(tenant)

        with failing_inserts(stack):
            assert "logged" in diary.batch(input_url=address, priority="critical", **both)["detail"]
        for name, value in REFUSED.items():
            assert name in str(diary.batch(input_url="http://example.org/", **{name: value})["detail"])
        failing = diary.batch(input_url=address, http_proxy=dead, **both)["id"]
        with website() as proxy:
            through = with_user(proxy.url, "proxy")
            good = [diary.batch(input_url=one, **both)["id"] for one in (address, f"{site.url}{source}")]
            good.append(diary.batch(input_url=f"{site.url}{source}", http_proxy=through, **both)["id"])
            v2 = {
                "tier": "cost_effective",
                "version": "latest",
                "source_url": f"{address}&missing",
                "http_proxy": through,
            }
            works = [diary.ask("POST", "/api/v2/parse", json=v2 | {"webhook_configurations": [hook]})["id"]]
            v1 = {"input_url": address, "webhook_url": push}
            works.append(diary.ask("POST", "/api/v1/parsing/upload", data=v1)["id"])
            assert [tenant.wait(job)["status"] for job in [failing, *good]] == ["completed"] * 4
            eventually(lambda: len(proxy.asked) == 2)
        again = diary.ask("POST", f"{BATCHES}/{failing}/retry", json={"parameters": {"http_proxy": None}})["id"]
        classify = {
            "file_ids": [tenant.upload_file(*NOTE)],
            "rules": [{"type": "note", "description": "A short note with a line of text"}],
            "webhook_configurations": [{"webhook_url": f"{receiver.url}/classify?token={secret('classify-token')}"}],
        }
        diary.ask("POST", "/api/v1/classifier/jobs", json=classify)
        works.append(self.tell_a_saved_webhook(diary, receiver))
        tenant.wait(again)

        jobs = [*good, failing, again]
        items = [item for job in jobs for item in tenant.items(job).values()]
        assert [one["status"] for one in items] == ["completed"] * 3 + ["failed", "completed"]
        hooks = receiver.at(f"/hook?token={secret('hook-token')}", 6)
        receiver.at(f"/push?token={secret('push-token')}", 6)
        receiver.at(f"/classify?token={secret('classify-token')}", 1)
        saved = receiver.at(f"/saved?token={secret('saved-token')}", 3)
        assert {one.headers["X-Token"] for one in saved} == {secret("saved-header")}
        [project] = tenant.ask("GET", "/api/v1/projects")
        eventually(lambda: not undelivered(stack, project["id"]))
        assert {one.headers["X-Token"] for one in hooks} == {secret("hook-header")}
        basic = [one.headers["Authorization"] for one in (hooks[0], saved[0])]
        for who in (proxy.asked[0][1]["Proxy-Authorization"], *basic):
            assert traces(who), "whoever is to have a secret has it"

        diary.read_all_about(jobs, [one["job_id"] for one in items] + works)
        assert shown_address(address) in "".join(diary.told), "the owner sees what is no secret"
        logs = [(log.name, log.read_text(errors="replace")) for log in stack.logs.glob("*.log")]
        assert {"api.log", "control.log", "documents.log"} <= {name for name, _ in logs}
        found = [("answer", text) for text in diary.told] + [*rows(stack), *objects(stack), *logs]
        found += [("webhook", one.body.decode()) for one in receiver.deliveries]
        assert [(where, traces(text), text[:2000]) for where, text in found if traces(text)] == []

    def tell_a_saved_webhook(self, diary: Diary, receiver: Receiver) -> str:
        """Save, refuse, change and name a webhook; the job that tells it."""
        hook = {
            "webhook_url": with_user(f"{receiver.url}/saved?token={secret('saved-token')}", "saved"),
            "webhook_headers": {"X-Token": secret("saved-header")},
            "webhook_signing_secret": secret("saved-signing"),
        }
        path = "/api/v1/beta/webhook-configs"
        for wrong in ({"webhook_events": []}, {"webhook_headers": {"X\n": secret("saved-header")}}):
            assert diary.ask("POST", path, json=hook | wrong)["detail"]
        made = diary.ask("POST", path, json=hook, headers={"Idempotency-Key": "saved once"})["id"]
        assert diary.ask("PUT", f"{path}/{made}", json=hook)["has_secret"]
        for listed in (f"{path}/{made}", path, "/api/v2/webhook-configs"):
            diary.ask("GET", listed)
        body = {"tier": "cost_effective", "version": "latest", "webhook_configuration_ids": [made]}
        file = diary.tenant.upload_file("saved.md", NOTE[1])
        return str(diary.ask("POST", "/api/v2/parse", json={**body, "file_id": file})["id"])


class TestMasks:
    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ("https://example.org/a?b=", None),
            ("http://proxy:3128", None),
            ("HTTP://Example.ORG:80/A%20b/?#", None),
            ("s3://bucket/key", None),
            ("http://user:word@proxy:3128/", "http://***@proxy:3128/"),
            ("http://user@proxy", "http://***@proxy"),
            ("http://:word@[::1]:3128", "http://***@[::1]:3128"),
            ("http://a:b@c:d@host/", "http://***@host/"),
            ("https://host/a?token=b&c=d&e&f=", "https://host/a?token=***&c=***&***&f="),
            ("https://host?a=b?c=d#e=f", "https://host?a=***#***"),
        ],
    )
    def test_an_address_is_shown_without_its_credentials(self, given: str, shown: str | None) -> None:
        assert shown_address(given) == (shown or given)
        assert shown_address(shown_address(given)) == shown_address(given)

    def test_addresses_in_a_text_are_found(self) -> None:
        text = 'to "redis://:pw@h/0", <http://h/?k=v> and\nhttps://u:p@h:1/x, but a://b and c@d ?e=f stay'
        shown = 'to "redis://***@h/0", <http://h/?k=***> and\nhttps://***@h:1/x, but a://b and c@d ?e=f stay'
        assert without_credentials(text) == shown

    def test_letters_beyond_ascii_hide_no_credentials_in_a_line_of_json(self) -> None:
        line = json.dumps({"event": "http://u:pässword@h/?k=schlüssel&x=v", "said": 'a "http://h/?k=v"'})
        shown = json.dumps({"event": "http://***@h/?k=***&x=***", "said": 'a "http://h/?k=***"'})
        assert without_credentials(line) == shown
