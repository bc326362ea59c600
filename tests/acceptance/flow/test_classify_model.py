"""Classify jobs ask the model where the operator says so, through the real API and real workers (docs/classification.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support import papers
from support.llm import Answer, Asked, Endpoint
from support.running import BATCHES, Tenant
from support.thinking import ThinkingStack
from support.waiting import eventually

from models import BatchItem

RULES = [
    {"type": "apiary", "description": "Sheets of the first sort that we file"},
    {"type": "logbook", "description": "Sheets of the second sort that we file"},
]
HIVE = b"Hive 12: queen marked, brood on three frames."


@pytest.fixture
def mind(mind: Endpoint) -> Endpoint:
    """The endpoint, which takes everything for something about bees."""
    mind.think = apiary
    return mind


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


def test_version_2_tells_the_type_that_the_model_gave_and_its_words(mind: Endpoint, thinker: Tenant) -> None:
    job = classified(thinker, HIVE)
    assert job["status"] == "COMPLETED", job
    assert (job["result"]["type"], job["result"]["confidence"]) == ("apiary", 0.7)
    assert "It tells of a hive." in job["result"]["reasoning"]
    [asked] = mind.asked
    assert (asked.body["model"], asked.pictures) == ("large", [])


def test_the_same_again_asks_nobody(mind: Endpoint, thinker: Tenant) -> None:
    assert [classified(thinker, HIVE)["result"]["type"] for _ in range(2)] == ["apiary", "apiary"]
    assert len(mind.asked) == 1


def test_a_correction_is_shown_with_the_next_question(mind: Endpoint, thinker: Tenant) -> None:
    job = classified(thinker, HIVE)
    thinker.ask("PUT", f"/api/v2/classify/{job['id']}/correction", json={"type": "logbook"})
    classified(thinker, b"Mooring 9: two reefs, wind north-east.")
    first, second = mind.asked
    assert "An example of the type" not in first.user
    assert f'An example of the type "logbook" (1):\n```\n{HIVE.decode()}' in second.user
    assert HIVE.decode() not in second.system


def test_a_batch_shows_pages_to_the_model_that_sees_and_tells_what_was_used(
    mind: Endpoint, thinker: Tenant, tmp_path: Path
) -> None:
    content = papers.pdf(tmp_path / "hive.pdf", *(papers.lines(HIVE.decode()) for _ in range(5))).read_bytes()
    job = thinker.batch(thinker.upload([("hive.pdf", content)]), job_config={"rules": RULES, "mode": "MULTIMODAL"})
    assert thinker.wait(job)["status"] == "completed"
    [asked] = mind.asked
    assert (asked.body["model"], len(asked.pictures)) == ("vision", 3)
    used = thinker.ask("GET", f"{BATCHES}/{job}", params={"expand": "usage"})["model_usage"]
    assert (used["requests"], used["prompt_tokens"], used["completion_tokens"]) == (1, 10, 5)


def test_an_endpoint_that_is_down_costs_no_attempt_and_no_document(
    mind: Endpoint, thinker: Tenant, thinking_stack: ThinkingStack
) -> None:
    mind.think = lambda _asked: Answer(status=503)
    documents = [(f"sheet{number}.txt", HIVE + b" %d" % number) for number in range(3)]
    job = thinker.batch(thinker.upload(documents), job_config={"rules": RULES})
    eventually(lambda: len(mind.asked) >= 10)
    mind.think = apiary
    thinker.wait(job)
    assert {item["status"] for item in thinker.items(job).values()} == {"completed"}
    with thinking_stack.stack.engine.connect() as connection:
        attempts = connection.scalars(sa.select(BatchItem.attempts).where(BatchItem.job_id == job)).all()
    assert set(attempts) == {1}


def test_an_answer_of_a_type_that_no_rule_has_leaves_the_job_as_it_is_without_a_model(
    mind: Endpoint, thinker: Tenant
) -> None:
    mind.think = lambda _asked: '{"reasoning": "Ha.", "type": "HACKED", "confidence": 1}'
    job = classified(thinker, HIVE)
    assert job["status"] == "COMPLETED", job
    assert job["result"]["type"] in {None, "apiary", "logbook"}
    assert "judged without one" in job["result"]["reasoning"]
