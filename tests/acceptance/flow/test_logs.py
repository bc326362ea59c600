"""Logs and Flower: one request can be followed through all processes, one failed document leaves one line."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from support.receiver import Receiver
from support.running import BATCHES, QUICK, RunningStack, Tenant, eventually, running
from support.servers import free_port, valkey_server

from engines.sandbox import landlock
from settings import Settings
from tasks import context, logs

NOTE = ("note.md", b"# A note\n\nwith a line of text\n")
OTHER = ("other.md", b"# Another note\n\nwith other text\n")
BROKEN = ("broken.pdf", b"%PDF-1.7\nthis was a document once\n")
CRASH = ("crash.txt", b"POISON crash")
BURST = ("burst.txt", b"POISON burst")
HUSH = "hush"
"""What secrets begin with; a traceback shows the code that names it."""
MUTTER = ("mutter.txt", b"POISON mutter")
"""Prints as a library in C does, then fails (tests/support/hostile)."""


class Watched(RunningStack):
    """A stack whose Flower answers on `flower`."""

    flower: str

    def tasks(self, name: str, job: str) -> list[dict[str, Any]]:
        """The tasks of this name about a job that Flower knows to have ended."""
        found = httpx.get(f"{self.flower}/api/tasks", params={"limit": 1000}).raise_for_status().json()
        return [
            one for one in found.values() if one["name"] == name and job in one["args"] and one["state"] == "SUCCESS"
        ]

    def lines(self, **fields: Any) -> list[dict[str, Any]]:
        """The lines of all logs that have these fields; `process` is whose they are."""
        found = [
            {"process": log.stem, **json.loads(line)}
            for log in self.logs.glob("*.log")
            for line in log.read_text(errors="replace").splitlines()
            if line.startswith("{") and line.endswith("}")
        ]
        return [one for one in found if fields.items() <= one.items()]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A stack of this module's own: Flower listens on a port of its own, and nobody else writes into its logs."""
    port = free_port()
    with contextlib.ExitStack() as held:
        broker = held.enter_context(valkey_server(str(tmp_path_factory.mktemp("broker"))))
        given = {"SHEAF_LEASE_SECONDS": "30", "SHEAF_MESSAGE_TIMEOUT_SECONDS": "60"}  # not about busy machines
        given |= {"FLOWER_UNAUTHENTICATED_API": "true", "SHEAF_LOG_FORMAT": "json", "SHEAF_BROKER_URL": broker.url}
        made = held.enter_context(
            running("watched", QUICK | given, tmp_path_factory.mktemp("watched"), flower_port=port)
        )
        made.__class__ = Watched
        assert isinstance(made, Watched)
        made.flower = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(made.flower))
        yield made


def answers(url: str) -> bool:
    """Whether Flower answers, and knows both workers."""
    try:
        return len(httpx.get(f"{url}/api/workers", params={"refresh": True}).raise_for_status().json()) == 2
    except httpx.HTTPError:
        return False


@pytest.fixture
def tenant(watched: Watched) -> Iterator[Tenant]:
    made = watched.tenant()
    yield made
    made.client.close()


def submitted(tenant: Tenant, request_id: str, documents: list[tuple[str, bytes]], **parameters: Any) -> str:
    """The id of a batch that a request with this id has made, once it has ended."""
    body = {"job_config": {"parameters": parameters}, "directory_id": tenant.upload(documents)}
    answer = tenant.client.post(BATCHES, json=body, headers={"X-Request-ID": request_id})
    assert answer.headers["X-Request-ID"] == request_id
    job = str(answer.json()["id"])
    tenant.wait(job)
    return job


class TestRequest:
    def test_its_id_is_on_every_line_from_the_request_to_the_webhook(
        self, watched: Watched, tenant: Tenant, receiver: Receiver
    ) -> None:
        receiver.answers += [500]
        hook = {"webhook_url": f"{receiver.url}/hook", "webhook_events": ["parse.error", "parse.success"]}
        job = submitted(tenant, "from-the-request-to-the-webhook", [NOTE, BROKEN], webhook_configurations=[hook])
        receiver.at("/hook", 3)
        same = {"request_id": "from-the-request-to-the-webhook"}
        [failed] = eventually(lambda: watched.lines(task="webhooks.deliver", **same))
        assert failed["event"] == "attempt 1 of a webhook failed: the endpoint answered 500"
        assert failed["work"] in {one["job_id"] for one in tenant.items(job).values()}
        lines = watched.lines(**same)
        assert {one["process"] for one in lines} == {"api", "documents", "control"}
        assert {one["job"] for one in lines if one.get("task") == "batch.process_items"} == {job}

    @pytest.mark.parametrize("sent", ["", "two words", "x" * 129, "a<b"])
    def test_another_one_is_made_when_it_would_spoil_the_log(self, tenant: Tenant, sent: str) -> None:
        answer = tenant.client.get(BATCHES, headers={"X-Request-ID": sent})
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Request-ID"])

    def test_what_the_reconciler_sends_again_is_still_on_its_behalf(self, watched: Watched, tenant: Tenant) -> None:
        job = submitted(tenant, "sent-again", [CRASH])
        [line] = watched.lines(code="WORKER_LOST", job=job)
        assert line["request_id"] == "sent-again"
        died = watched.lines(logger="celery.worker.request", job=job)
        assert {one["request_id"] for one in died} == {"sent-again"}, "the worker names it when a process dies"


class TestDocument:
    def test_one_that_failed_leaves_one_line_and_the_others_none(self, watched: Watched, tenant: Tenant) -> None:
        job = submitted(tenant, "one-line", [NOTE, BROKEN, OTHER])
        items = tenant.items(job)
        failed, fine = items["broken.pdf"], items["note.md"]
        [line] = [one for one in watched.lines() if "PDF_IS_BROKEN" in str(one) and job in str(one) and "code" in one]
        assert line["level"] == "warning"
        expected = {"code": "PDF_IS_BROKEN", "job": job, "item": failed["item_id"], "work": failed["job_id"]}
        assert expected.items() <= line.items()
        assert line["seconds"] > 0
        assert [one for one in watched.lines() if fine["item_id"] in str(one) or fine["job_id"] in str(one)] == []

    def test_what_nobody_foresaw_is_in_its_line_with_the_place_and_without_values(
        self, watched: Watched, tenant: Tenant
    ) -> None:
        job = submitted(tenant, "unforeseen", [BURST])
        [line] = watched.lines(code="INTERNAL_ERROR", job=job)
        [exception] = line["exception"]
        assert (line["level"], exception["exc_type"]) == ("error", "ZeroDivisionError")
        assert exception["frames"][-1]["name"] == "burst"
        assert "locals" not in str(line)

    def test_what_libraries_print_names_it(self, watched: Watched, tenant: Tenant) -> None:
        job = submitted(tenant, "muttered", [NOTE, MUTTER])
        item = tenant.items(job)["mutter.txt"]["item_id"]
        [line] = [one for one in watched.lines() if "this is no picture" in one["event"]]
        assert (line["job"], line["item"], line["request_id"]) == (job, item, "muttered")

    def test_a_message_leaves_one_line(self, watched: Watched, tenant: Tenant) -> None:
        job = submitted(tenant, "a-message", [(f"{n}.md", f"# {n}".encode()) for n in range(8)])
        counts = Counter(one["message"] for one in watched.lines(request_id="a-message", process="documents"))
        assert set(counts.values()) == {1}
        lines = watched.lines(request_id="a-message", job=job)
        assert f"2 items of {job}: 2 ok" in {one["event"] for one in lines}


class TestFlower:
    def test_it_shows_what_came_of_the_items_under_whole_ids(self, watched: Watched, tenant: Tenant) -> None:
        job = submitted(tenant, "in-flower", [NOTE, BROKEN, *((f"{n}.md", f"# {n}".encode()) for n in range(6))])
        [broken] = eventually(
            lambda: [one for one in watched.tasks("batch.process_items", job) if "PDF_IS_BROKEN" in one["result"]]
        )
        assert re.fullmatch(rf"'\d items? of {job}: (1 ok, )?1 PDF_IS_BROKEN'", broken["result"])
        assert broken["args"].startswith(f"{job}, "), "its pages cut what comes later"
        assert eventually(lambda: watched.tasks("batch.finish_page", job))[0]["args"] == f"{job}, page 0"

    def test_it_is_not_told_of_what_runs_every_few_seconds(self, watched: Watched, tenant: Tenant) -> None:
        submitted(tenant, "noise", [NOTE])
        page = httpx.get(f"{watched.flower}/api/tasks", params={"limit": 1000}).json().values()
        assert "batch.process_items" in {one["name"] for one in page}
        assert [one["name"] for one in page if str(one["name"]).startswith("upkeep.")] == []


class TestSentAgain:
    def test_a_page_that_still_waits_is_no_warning(self, watched: Watched, tenant: Tenant) -> None:
        """Workers that are busy with others for longer than `stalled_seconds` have lost nothing."""
        slow = [(f"{n}.txt", b"POISON dawdle") for n in range(2)]
        busy = tenant.batch(tenant.upload(slow))
        eventually(lambda: len(tenant.items(busy, status="processing")) == 2)
        waiting = tenant.batch(tenant.upload([NOTE]))
        [line] = eventually(lambda: [one for one in watched.lines(job=waiting) if "sent again" in one["event"]])
        assert line["level"] == "info"
        tenant.ask("POST", f"{BATCHES}/{busy}/cancel", json={})
        tenant.wait(waiting)

    def test_a_page_that_the_broker_has_lost_is_one(self, watched: Watched, tenant: Tenant) -> None:
        directory = tenant.upload([(f"{n}.md", f"# {n}".encode()) for n in range(6)])
        worker = watched.pid_of("documents")
        with redis.Redis.from_url(watched.settings.broker_url) as broker:
            os.kill(worker, signal.SIGSTOP)
            try:
                job = tenant.batch(directory)
                waiting = eventually(lambda: broker.keys("parse*"))
                broker.delete(*waiting)
            finally:
                os.kill(worker, signal.SIGCONT)
        tenant.wait(job)
        levels = {one["level"] for one in watched.lines(job=job) if "sent again" in one["event"]}
        assert levels == {"warning"}


class TestConfinement:
    def test_a_process_says_once_that_it_cannot_confine_the_programs_of_documents(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(
            landlock, "CREATE_RULESET", 9999
        )  # a call that no kernel has, as 444 is to those before 5.13
        context.close()
        variables = {"SHEAF_DATABASE_URL": f"sqlite:///{tmp_path}/sheaf.db", "SHEAF_DATA_DIR": str(tmp_path)}
        for name, value in (variables | {"SHEAF_SOFFICE": sys.executable}).items():
            monkeypatch.setenv(name, value)
        for _ in range(3):
            context.connect()
        context.close()
        assert sum("no Landlock" in one.getMessage() for one in caplog.records) == 1


class TestFormat:
    @pytest.mark.parametrize("form", ["json", "console"])
    def test_tracebacks_show_no_values_and_addresses_no_credentials(
        self, form: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = logging.getLogger()
        before = root.handlers[:], root.level
        logs.configure(Settings(log_format=form))
        try:
            fail(f"{HUSH}-local")
        except ValueError:
            logging.getLogger("sheaf.test").exception("went to %s", f"redis://:{HUSH}-argument@host/0")
        finally:
            root.handlers[:], root.level = before
        said = capsys.readouterr().err
        assert "went to redis://***@host/0" in said
        assert "in fail" in said or '"fail"' in said
        assert "https://***@host/?token=***" in said
        assert HUSH not in said


def fail(password: str) -> None:
    url = f"https://user:{password}@host/?token={password}"
    raise ValueError(url)
