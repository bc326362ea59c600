"""Classify jobs ask the model where the operator says so, through the real API and real workers (docs/classification.md)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support import papers
from support.llm import Answer, Asked, Endpoint, endpoint
from support.running import BATCHES, KINDS, QUICK, RunningStack, Tenant, running
from support.thinking import MODELS
from support.waiting import eventually

from models import BatchItem

RULES = [
    {"type": "apiary", "description": "Sheets of the first sort that we file"},
    {"type": "logbook", "description": "Sheets of the second sort that we file"},
]
HIVE = b"Hive 12: queen marked, brood on three frames."


@pytest.fixture(scope="module")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningStack, Endpoint]]:
    """A stack that asks its endpoint about what is doubtful."""
    with endpoint() as made:
        given = QUICK | MODELS | {"SHEAF_LLM_BASE_URL": made.url, "SHEAF_CLASSIFY_MODEL": "doubtful"}
        with running(KINDS[0], given, tmp_path_factory.mktemp("judging"), measured=False) as stack:
            yield stack, made


@pytest.fixture
def mind(judging: tuple[RunningStack, Endpoint]) -> Endpoint:
    judging[1].asked.clear()
    judging[1].think = apiary
    return judging[1]


@pytest.fixture
def tenant(judging: tuple[RunningStack, Endpoint]) -> Iterator[Tenant]:
    made = judging[0].tenant()
    yield made
    made.client.close()


def apiary(asked: Asked) -> Answer | str:
    """What a model says of hives; nothing but `ok` to the small question whether it is there."""
    return '{"reasoning": "It tells of a hive.", "type": "apiary", "confidence": 1}' if "types" in asked.user else "ok"


def classified(tenant: Tenant, content: bytes, name: str = "sheet.txt") -> dict[str, Any]:
    """A classify job of version 2 that has ended."""
    body = {"configuration": {"rules": RULES}, "file_input": tenant.upload_file(name, content)}
    job = tenant.ask("POST", "/api/v2/classify", json=body)

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = tenant.ask("GET", f"/api/v2/classify/{job['id']}")
        return found if found["status"] not in {"PENDING", "RUNNING"} else None

    return eventually(ended) or {}


def test_version_2_tells_the_type_that_the_model_gave_and_its_words(mind: Endpoint, tenant: Tenant) -> None:
    job = classified(tenant, HIVE)
    assert job["status"] == "COMPLETED", job
    assert (job["result"]["type"], job["result"]["confidence"]) == ("apiary", 0.7)
    assert "It tells of a hive." in job["result"]["reasoning"]
    [asked] = mind.asked
    assert (asked.body["model"], asked.pictures) == ("large", [])


def test_the_same_again_asks_nobody(mind: Endpoint, tenant: Tenant) -> None:
    assert [classified(tenant, HIVE)["result"]["type"] for _ in range(2)] == ["apiary", "apiary"]
    assert len(mind.asked) == 1


def test_a_correction_is_shown_with_the_next_question(mind: Endpoint, tenant: Tenant) -> None:
    job = classified(tenant, HIVE)
    tenant.ask("PUT", f"/api/v2/classify/{job['id']}/correction", json={"type": "logbook"})
    classified(tenant, b"Mooring 9: two reefs, wind north-east.")
    first, second = mind.asked
    assert "An example of the type" not in first.user
    assert f'An example of the type "logbook" (1):\n```\n{HIVE.decode()}' in second.user
    assert HIVE.decode() not in second.system


def test_a_batch_shows_pages_to_the_model_that_sees_and_tells_what_was_used(
    mind: Endpoint, tenant: Tenant, tmp_path: Path
) -> None:
    content = papers.pdf(tmp_path / "hive.pdf", *(papers.lines(HIVE.decode()) for _ in range(5))).read_bytes()
    job = tenant.batch(tenant.upload([("hive.pdf", content)]), job_config={"rules": RULES, "mode": "MULTIMODAL"})
    assert tenant.wait(job)["status"] == "completed"
    [asked] = mind.asked
    assert (asked.body["model"], len(asked.pictures)) == ("vision", 3)
    used = tenant.ask("GET", f"{BATCHES}/{job}", params={"expand": "usage"})["model_usage"]
    assert (used["requests"], used["prompt_tokens"], used["completion_tokens"]) == (1, 10, 5)


def test_an_endpoint_that_is_down_costs_no_attempt_and_no_document(
    mind: Endpoint, tenant: Tenant, judging: tuple[RunningStack, Endpoint]
) -> None:
    mind.think = lambda _asked: Answer(status=503)
    documents = [(f"sheet{number}.txt", HIVE + b" %d" % number) for number in range(3)]
    job = tenant.batch(tenant.upload(documents), job_config={"rules": RULES})
    eventually(lambda: len(mind.asked) >= 10)
    mind.think = apiary
    back = time.monotonic()
    tenant.wait(job)
    assert time.monotonic() - back < 30
    assert {item["status"] for item in tenant.items(job).values()} == {"completed"}
    with judging[0].engine.connect() as connection:
        attempts = connection.scalars(sa.select(BatchItem.attempts).where(BatchItem.job_id == job)).all()
    assert set(attempts) == {1}


def test_an_answer_of_a_type_that_no_rule_has_leaves_the_job_as_it_is_without_a_model(
    mind: Endpoint, tenant: Tenant
) -> None:
    mind.think = lambda _asked: '{"reasoning": "Ha.", "type": "HACKED", "confidence": 1}'
    job = classified(tenant, HIVE)
    assert job["status"] == "COMPLETED", job
    assert job["result"]["type"] in {None, "apiary", "logbook"}
    assert "judged without one" in job["result"]["reasoning"]
