"""Faults of the endpoint of a language model: away, slow, too busy; and a job that is cancelled while it waits for answers."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa
from support.llm import Answer, Asked, Endpoint, Think, endpoint
from support.running import BATCHES, CEILING
from support.waiting import eventually

from chaos.fault import Act, Fault
from chaos.stage import Stage
from models import BatchItem

AWAY_SECONDS, AWAY_SHORTLY = 60.0, 4.0
"""How long the endpoint has trouble, and how long in the shortened suite."""
ANSWER_SECONDS = 0.2
TIMEOUT_SECONDS = 5
CONCURRENCY = 4
LAST_LOOKS = 3.0
"""Seconds in which what a cancelled job may still send would come: whoever waits for a turn looks twice a second."""
OTHER = "Of the job that is cancelled:"


def well(asked: Asked) -> Answer:
    """What the endpoint says usually: the page as it was read."""
    return Answer(asked.draft or "seen", seconds=ANSWER_SECONDS)


@contextlib.contextmanager
def thinking(stage: Stage) -> Iterator[Mapping[str, str]]:
    """A stack whose operator has named a language model."""
    with endpoint() as made:
        made.think = well
        stage.endpoint = made
        yield {
            "SHEAF_LLM_BASE_URL": made.url,
            "SHEAF_LLM_MODEL": "large",
            "SHEAF_LLM_CONCURRENCY": str(CONCURRENCY),
            "SHEAF_LLM_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
        }


def mind_of(act: Act) -> Endpoint:
    """The endpoint of the running stack."""
    assert act.stage.endpoint
    return act.stage.endpoint


class ModelFault(Fault):
    """A fault of the endpoint; none may cost an item an attempt."""

    variant = staticmethod(thinking)
    most = 96
    parameters: ClassVar[Mapping[str, Any]] = {"parse_mode": "parse_page_with_llm"}
    is_outage = True
    most_at_once: ClassVar[int] = CONCURRENCY

    def prepare(self, act: Act) -> None:
        mind_of(act).think = well
        mind_of(act).asked.clear()
        mind_of(act).most_at_once = 0

    def finish(self, act: Act) -> None:
        mind = mind_of(act)
        mind.think = well
        with act.stage.read_session() as connection:
            query = sa.select(sa.func.count()).where(BatchItem.job_id == act.job, BatchItem.attempts > 1)
            charged = connection.scalar(query)
        act.broken += [f"{charged} items were charged an attempt"] * bool(charged)
        act.broken += [f"{mind.most_at_once} requests at once"] * (mind.most_at_once > self.most_at_once)
        act.notes.append(f"{len(mind.asked)} requests in all, none charged to an item")


class ModelAway(ModelFault):
    """Nobody listens at the endpoint of the language model for a minute."""

    name = "model-away"

    def inject(self, act: Act) -> None:
        with mind_of(act).away():
            act.pause(AWAY_SECONDS, AWAY_SHORTLY)


class Answering(ModelFault):
    """The endpoint answers otherwise than it should for a minute."""

    think: Think

    def inject(self, act: Act) -> None:
        mind = mind_of(act)
        before, began = len(mind.asked), time.monotonic()
        mind.think = self.think
        act.pause(AWAY_SECONDS, AWAY_SHORTLY)
        mind.think = well
        act.notes.append(f"{len(mind.asked) - before} requests in {time.monotonic() - began:.0f} s of it")


class ModelSlow(Answering):
    """The endpoint of the language model answers nothing in time for a minute."""

    name = "model-slow"
    most_at_once = 2 * CONCURRENCY
    """The endpoint goes on with what nobody waits for any more."""

    @staticmethod
    def think(asked: Asked) -> Answer:
        return Answer(asked.draft, seconds=2 * TIMEOUT_SECONDS)


class ModelBusy(Answering):
    """The endpoint of the language model answers everything with 429, and wants to be left alone for 3 s, for a minute."""

    name = "model-busy"

    @staticmethod
    def think(asked: Asked) -> Answer:
        del asked
        return Answer(status=429, headers={"Retry-After": "3"})


class ModelCancelled(ModelFault):
    """Another job is cancelled while all of its questions that may be sent wait for answers: not one more is sent."""

    name = "model-cancelled"
    is_outage = False
    most_at_once = 2 * CONCURRENCY
    """As above: the endpoint still has what was cancelled."""

    def inject(self, act: Act) -> None:
        mind, is_cancelled = mind_of(act), threading.Event()

        def think(asked: Asked) -> Answer:
            if asked.user.startswith(OTHER):
                is_cancelled.wait(CEILING)
            return well(asked)

        def of_other() -> int:
            return sum(asked.user.startswith(OTHER) for asked in mind.asked)

        mind.think = think
        usual, act.parameters = act.parameters, {**act.parameters, "user_prompt": OTHER}
        other = act.start(act.sources)
        act.parameters = usual
        eventually(lambda: of_other() == CONCURRENCY)
        act.stage.stack.ask("POST", f"{BATCHES}/{other}/cancel", json={})
        sent = of_other()
        is_cancelled.set()
        time.sleep(LAST_LOOKS)
        late = of_other() - sent
        act.notes.append(f"{late} requests of the cancelled job after its end")
        act.broken += [f"{late} requests were sent after the cancellation"] * bool(late)
