"""Turns at the endpoint of a model, and ceilings on what is spent there: facts in SQL, which all workers share (docs/models.md)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from support.finished import item_of
from support.waiting import eventually

from engines.llm.endpoint import Endpoint
from engines.llm.usage import Usage
from models import BatchItem, ModelSpending, ModelTurn, Session, read_session
from models.base import new_uuid
from models.states import ItemStatus
from settings import Settings
from tasks.lease import LostError
from tasks.model_permits import Purse, StoredTurns

ENDPOINT = Endpoint(base_url="http://127.0.0.1:1/v1", key="sk-1", model="large", concurrency=3)
OF_A_JOB = replace(ENDPOINT, belongs_to_a_job=True)
PARSE = {"parameters": {}}


def item_in_work(app: Flask, project_id: str) -> BatchItem:
    """A claimed item of a job of its own."""
    return item_of(app, project_id, PARSE, f"{new_uuid()}.pdf", status=ItemStatus.PROCESSING, token=new_uuid())


def turns_of(item: BatchItem, endpoint: Endpoint = ENDPOINT, seconds: float = 60) -> StoredTurns:
    return StoredTurns(item, endpoint, seconds)


def test_an_endpoint_has_as_many_turns_as_the_operator_says_whoever_takes_them(app: Flask, project_id: str) -> None:
    workers = [turns_of(item_in_work(app, project_id)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        taken = [turn for turn in pool.map(lambda one: one.take(), workers) if turn]
    # A look that meets others at the same place may find none, and is repeated.
    taken += [turn for _ in range(3) if (turn := workers[0].take())]
    assert len(taken) == len(set(taken)) == ENDPOINT.concurrency
    workers[0].give_back(taken[0])
    assert workers[5].take()
    assert workers[6].take() is None


def test_a_turn_of_a_killed_worker_is_free_when_its_lease_ends(app: Flask, project_id: str) -> None:
    killed, living = (turns_of(item_in_work(app, project_id), seconds=seconds) for seconds in (0.3, 60))
    assert [bool(killed.take()) for _ in range(3)] == [True] * 3
    assert [bool(eventually(living.take)) for _ in range(3)] == [True] * 3
    assert killed.take() is None


def test_a_turn_that_is_kept_outlasts_its_lease(app: Flask, project_id: str) -> None:
    narrow = replace(ENDPOINT, concurrency=1)
    brief, long = (turns_of(item_in_work(app, project_id), narrow, seconds) for seconds in (0.05, 60))
    mine = brief.take()
    assert mine
    long.keep([mine])
    time.sleep(0.1)
    assert brief.take() is None


def test_jobs_with_keys_of_their_own_have_turns_of_their_own(app: Flask, project_id: str) -> None:
    for _ in range(2):
        turns = turns_of(item_in_work(app, project_id), OF_A_JOB)
        assert [bool(turns.take()) for _ in range(4)] == [True, True, True, False]


def test_who_has_lost_an_item_asks_nothing_more_about_it(app: Flask, project_id: str) -> None:
    item = item_in_work(app, project_id)
    turns = turns_of(item)
    assert turns.take()
    with Session.begin() as session:
        session.execute(
            sa.update(BatchItem).where(BatchItem.id == item.id).values(status=ItemStatus.CANCELLED, token=new_uuid())
        )
    with pytest.raises(LostError):
        turns.take()


def purse(item: BatchItem, project_id: str, *, is_own: bool = False, **ceilings: int) -> Purse:
    return Purse(item, project_id, Settings(**ceilings), is_own=is_own)


def test_the_last_question_is_answered_for_one_of_several_workers(app: Flask, project_id: str) -> None:
    first = item_in_work(app, project_id)
    workers = [purse(first, project_id, llm_job_questions=5) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda one: one.charge(Usage()), workers))
    assert said.count("") <= 5
    assert set(said) - {""} <= {"SHEAF_LLM_JOB_QUESTIONS"}
    left = [purse(first, project_id, llm_job_questions=5).charge(Usage()) for _ in range(6)]
    assert said.count("") + left.count("") == 5


def test_a_question_without_an_answer_is_charged_to_nobody(app: Flask, project_id: str) -> None:
    mine = purse(item_in_work(app, project_id), project_id, llm_item_questions=1)
    for _ in range(3):
        assert mine.charge(Usage()) == ""
        mine.settle(Usage(requests=1), answered=False)
    assert mine.charge(Usage()) == ""
    mine.settle(Usage(requests=4), answered=True)
    assert mine.charge(Usage()) == "SHEAF_LLM_ITEM_QUESTIONS"


def test_tokens_have_ceilings_by_item_job_and_project(app: Flask, project_id: str) -> None:
    used = Usage(requests=1, prompt_tokens=60, completion_tokens=40)
    item = item_in_work(app, project_id)
    purse(item, project_id).close(used)
    neighbour = item_in_work(app, project_id)
    for setting, mine, theirs in (
        ("llm_item_tokens", "SHEAF_LLM_ITEM_TOKENS", ""),
        ("llm_job_tokens", "SHEAF_LLM_JOB_TOKENS", ""),
        ("llm_project_tokens", "SHEAF_LLM_PROJECT_TOKENS", "SHEAF_LLM_PROJECT_TOKENS"),
    ):
        assert purse(item, project_id, **{setting: 100}).charge(Usage()) == mine
        assert purse(neighbour, project_id, **{setting: 100}).charge(Usage()) == theirs
        assert purse(item, project_id, **{setting: 101}).charge(Usage()) == ""


def test_what_a_job_pays_for_itself_has_no_ceiling_and_counts_in_none(app: Flask, project_id: str) -> None:
    own = purse(item_in_work(app, project_id), project_id, is_own=True, llm_project_tokens=1)
    assert own.charge(Usage()) == ""
    own.close(Usage(requests=1, prompt_tokens=9))
    assert purse(item_in_work(app, project_id), project_id, llm_project_tokens=1).charge(Usage()) == ""


def test_what_runs_have_used_is_summed_over_a_job_whatever_became_of_its_items(app: Flask, project_id: str) -> None:
    item = item_in_work(app, project_id)
    for _ in range(2):  # two attempts
        run = purse(item, project_id)
        run.close(Usage(requests=2, kept=1, prompt_tokens=20, completion_tokens=5, prices={"m": (1.0, 1.0)}))
    with read_session() as session:
        used = ModelSpending.of_job(session, item.job_id)
    assert (used["requests"], used["kept"], used["prompt_tokens"], used["completion_tokens"]) == (4, 2, 40, 10)


def test_no_credentials_stand_in_the_database(app: Flask, project_id: str) -> None:
    secret = "http://somebody:s3cret@127.0.0.1:1/v1"
    for endpoint in (replace(ENDPOINT, base_url=secret), replace(OF_A_JOB, base_url=secret)):
        assert turns_of(item_in_work(app, project_id), endpoint).take()
    with read_session() as session:
        places = set(session.scalars(sa.select(ModelTurn.endpoint)))
    assert "http://127.0.0.1:1/v1" in places
    assert not [one for one in places if "s3cret" in one or "sk-1" in one]
