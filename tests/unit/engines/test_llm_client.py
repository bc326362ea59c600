"""The client of language models, against an endpoint that is a real server (tests/support/llm.py)."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from support.llm import Answer, Asked, completion, endpoint
from support.llm import Endpoint as Server

from engines.llm import client
from engines.llm.asking import ModelDeniedError, ModelReply, ModelRequest, ModelRole, ModelUnavailableError
from engines.llm.cache import Recent
from engines.llm.client import Breaker, EndpointModel
from engines.llm.endpoint import Endpoint
from engines.llm.usage import Usage

PLAIN = ModelRequest(system="Be brief.", user="How are you?")
WELL = [ModelReply(text="well")]


class StopError(Exception):
    """Whoever waits has had enough."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An endpoint that is well; pauses are short."""
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.01)
    with endpoint() as made:
        made.think = lambda _asked: "well"
        yield made


def model_of(server: Server, breaker: Breaker | None = None, **fields: Any) -> EndpointModel:
    known = Endpoint(base_url=server.url, key="sk-1", model="large")
    return EndpointModel(replace(known, **fields), breaker or Breaker())


def ask(model: EndpointModel, *requests: ModelRequest) -> list[ModelReply]:
    return model.ask(requests or [PLAIN], lambda _done: None)


def in_turn(*answers: Answer | str) -> object:
    """Gives these answers one after the other, and the last one ever after."""
    left = list(answers)
    return lambda _asked: left.pop(0) if len(left) > 1 else left[0]


def test_a_question_is_a_request_of_the_package_and_its_answer_a_reply(server: Server) -> None:
    model = model_of(server)
    assert ask(model) == WELL
    [asked] = server.asked
    assert (asked.path, asked.headers["authorization"]) == ("/v1/chat/completions", "Bearer sk-1")
    assert (asked.body["model"], asked.system, asked.user) == ("large", "Be brief.", "How are you?")
    assert model.usage.as_result() == {
        "requests": 1,
        "kept": 0,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "cost": None,
    }


def test_answers_stand_in_the_order_of_their_questions_though_few_are_asked_at_once(server: Server) -> None:
    server.think = lambda asked: Answer(asked.user, seconds=0.1 if asked.user == "0" else 0.02)
    questions = [replace(PLAIN, user=str(number)) for number in range(8)]
    assert [one.text for one in ask(model_of(server, concurrency=2), *questions)] == list("01234567")
    assert server.most_at_once == 2


def test_pictures_schemas_and_roles_are_part_of_the_request(server: Server) -> None:
    model = model_of(server, small_model="small", vision_model="sees")
    schema = {"type": "object", "properties": {}}
    ask(
        model, replace(PLAIN, pictures=(b"\x89PNG1", b"\xff\xd8"), role=ModelRole.VISION), replace(PLAIN, schema=schema)
    )
    ask(model, replace(PLAIN, role=ModelRole.SMALL, wants_json=True))
    shown = next(asked for asked in server.asked if asked.pictures)
    assert [one.partition(";")[0] for one in shown.pictures] == ["data:image/png", "data:image/jpeg"]
    assert shown.body["model"] == "sees"
    assert {asked.body.get("response_format", {}).get("type") for asked in server.asked} == {
        None,
        "json_schema",
        "json_object",
    }
    assert server.asked[-1].body["model"] == "small"


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer("half of", finish="length"), "the answer was cut off"),
        (Answer(refusal="No."), "the model refused to answer"),
        (Answer("", finish="content_filter"), "the model refused to answer"),
        (Answer(""), "the answer is empty"),
        (Answer(raw=b"{"), "the answer cannot be read"),
        (Answer(raw=b"{}"), "the answer cannot be read"),
        (Answer(raw=b'{"choices": []}'), "the answer cannot be read"),
        (Answer(raw=b'{"choices": [{}]}'), "the answer cannot be read"),
        (Answer(raw=b"<p>", headers={"Content-Type": "text/html"}), "the answer cannot be read"),
        (Answer(raw=b"[" * 100_000), "the answer cannot be read"),
        (Answer("x" * 9_000_000), "the answer is too long"),
        (Answer(status=400), "status 400"),
        (Answer(status=422), "status 422"),
    ],
)
def test_an_answer_that_is_none_is_not_asked_for_again(server: Server, answer: Answer, failure: str) -> None:
    server.think = lambda _asked: answer
    assert ask(model_of(server)) == [ModelReply(failure=failure)]
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_what_another_try_may_cure_is_tried_again(server: Server, status: int) -> None:
    server.think = in_turn(Answer(status=status), Answer(status=status), "well")
    assert ask(model_of(server)) == WELL
    assert len(server.asked) == 3


def test_an_endpoint_is_left_alone_for_as_long_as_it_asks(server: Server) -> None:
    server.think = in_turn(Answer(status=429, headers={"retry-after-ms": "300", "Retry-After": "9"}), "well")
    began = time.monotonic()
    assert ask(model_of(server)) == WELL
    assert 0.3 <= time.monotonic() - began < 5


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_key_or_a_model_that_is_not_known_is_told_at_once(server: Server, status: int) -> None:
    server.think = lambda _asked: Answer(status=status)
    with pytest.raises(ModelDeniedError):
        ask(model_of(server))
    assert len(server.asked) == 1


def test_an_account_without_money_is_no_matter_of_patience(server: Server) -> None:
    body = b'{"error": {"message": "pay", "type": "insufficient_quota", "param": null, "code": "insufficient_quota"}}'
    server.think = lambda _asked: Answer(status=429, raw=body)
    with pytest.raises(ModelDeniedError):
        ask(model_of(server))


def test_an_error_that_stays_is_the_question_s_when_the_endpoint_answers_another_one(server: Server) -> None:
    server.think = lambda asked: Answer(status=500) if asked.user == PLAIN.user else "ok"
    assert ask(model_of(server)) == [ModelReply(failure="status 500")]
    assert len(server.asked) == client.TRIES + 1


def test_an_outage_that_ends_with_the_tries_is_not_the_question_s(server: Server) -> None:
    left = [Answer(status=500)] * (client.TRIES - 1)
    server.think = lambda _asked: left.pop() if left else "well"
    assert ask(model_of(server)) == WELL
    assert [asked.user for asked in server.asked][-2:] == [client.PROBE.user, PLAIN.user]


def test_an_error_that_stays_costs_other_questions_nothing(server: Server) -> None:
    server.think = lambda asked: Answer(status=500) if asked.user == "bad" else Answer("ok", seconds=0.02)
    replies = ask(model_of(server, concurrency=2), *(replace(PLAIN, user=one) for one in ("bad", "good", "good")))
    assert [one.failure for one in replies] == ["status 500", "", ""]
    assert len(server.asked) == client.TRIES + 3


def test_an_endpoint_that_is_down_is_not_asked_for_a_while(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "OUTAGE_PAUSE", 0.2)
    breaker = Breaker()
    server.think = lambda _asked: Answer(status=503)
    with pytest.raises(ModelUnavailableError, match="status 503"):
        ask(model_of(server, breaker))
    asked = len(server.asked)
    with pytest.raises(ModelUnavailableError):
        ask(model_of(server, breaker))
    assert len(server.asked) == asked
    server.think = lambda _asked: "well"
    time.sleep(0.25)
    assert ask(model_of(server, breaker)) == WELL


def test_an_endpoint_that_cannot_be_reached_is_down() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        model = EndpointModel(Endpoint(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1", model="m"), Breaker())
        with pytest.raises(ModelUnavailableError, match="cannot be reached"):
            ask(model)


def test_an_endpoint_that_asks_for_long_patience_lets_the_document_wait(server: Server) -> None:
    server.think = lambda _asked: Answer(status=429, headers={"Retry-After": "100"})
    with pytest.raises(ModelUnavailableError) as caught:
        ask(model_of(server))
    assert caught.value.seconds == 100
    assert len(server.asked) == 1


def test_an_answer_that_takes_too_long_is_none(server: Server) -> None:
    server.think = lambda asked: Answer("late", seconds=0.6) if asked.user == PLAIN.user else "ok"
    assert ask(model_of(server, seconds=0.2)) == [ModelReply(failure="no answer within 0.2 s")]


def test_an_answer_that_comes_drop_by_drop_is_none_either(server: Server) -> None:
    server.think = lambda asked: Answer("late", pause=0.05) if asked.user == PLAIN.user else "ok"
    assert ask(model_of(server, seconds=0.3)) == [ModelReply(failure="no answer within 0.3 s")]


def test_an_endpoint_of_a_job_cannot_pack_an_answer_that_fills_the_memory(server: Server) -> None:
    packed = Answer(raw=gzip.compress(bytes(1 << 20)), headers={"Content-Encoding": "gzip"})
    server.think = lambda _asked: packed
    named = Endpoint(base_url=server.url, model="m", is_of_a_job=True)
    assert ask(EndpointModel(named, Breaker(), lambda host, _port: host)) == [
        ModelReply(failure="the answer is too long")
    ]
    assert server.asked[0].headers["accept-encoding"] == "identity"


def test_an_operator_s_endpoint_may_pack_its_answers(server: Server) -> None:
    server.think = lambda asked: Answer(
        raw=gzip.compress(json.dumps(completion(asked, Answer("well"))).encode()),
        headers={"Content-Encoding": "gzip"},
    )
    assert ask(model_of(server)) == WELL


def test_an_answer_is_text_that_can_be_written(server: Server) -> None:
    server.think = lambda _asked: "a\0b\ud83dc"
    assert ask(model_of(server)) == [ModelReply(text="ab?c")]


@pytest.mark.parametrize("count", [b"NaN", b"-5", b"1e400", b'"many"', b"1" + b"0" * 400, b"[]"])
def test_a_count_of_tokens_that_is_none_counts_nothing(server: Server, count: bytes) -> None:
    def think(asked: Asked) -> Answer:
        body = json.dumps(completion(asked, Answer("well"))).encode()
        return Answer(raw=body.replace(b'"prompt_tokens": 10', b'"prompt_tokens": ' + count))

    server.think = think
    model = model_of(server)
    model.usage.prices = {"large": (2.0, 8.0)}
    assert ask(model) == WELL
    assert (model.usage.prompt_tokens, model.usage.completion_tokens) == (0, 5)


def test_whoever_waits_no_more_has_nothing_more_asked(server: Server) -> None:
    def slow(asked: Asked) -> Answer:
        return Answer("late", seconds=0.3)

    def tick(done: int) -> None:
        if done:
            raise StopError

    server.think = slow
    with pytest.raises(StopError):
        model_of(server, concurrency=2).ask([PLAIN] * 20, tick)
    asked = len(server.asked)
    assert asked <= 6
    time.sleep(0.5)
    assert len(server.asked) == asked


@dataclass
class Counting:
    """Few turns, and a ceiling; counts what is done with them."""

    turns: list[str]
    ceiling: int = 1000
    kept: int = 0
    charged: int = 0

    def take(self) -> str | None:
        return self.turns.pop() if self.turns else None

    def keep(self, turns: Collection[str]) -> None:
        self.kept += len(turns)

    def give_back(self, turn: str) -> None:
        self.turns.append(turn)

    def charge(self, _usage: Usage) -> str:
        if self.charged >= self.ceiling:
            return "SHEAF_LLM_ITEM_QUESTIONS"
        self.charged += 1
        return ""

    def settle(self, _usage: Usage, *, answered: bool) -> None:
        self.charged -= not answered


def counted(server: Server, counting: Counting, **fields: Any) -> EndpointModel:
    known = replace(Endpoint(base_url=server.url, key="sk-1", model="large"), **fields)
    return EndpointModel(known, Breaker(), turns=counting, ceilings=counting)


def test_a_question_is_sent_when_its_turn_has_come(server: Server) -> None:
    counting = Counting(["one", "two"])
    server.think = lambda _asked: Answer("well", seconds=0.3)
    assert ask(counted(server, counting, concurrency=5), *[PLAIN] * 6) == WELL * 6
    assert server.most_at_once == 2
    assert sorted(counting.turns) == ["one", "two"]
    assert counting.kept


def test_turns_go_back_when_nobody_waits_any_more(server: Server) -> None:
    def tick(_done: int) -> None:
        if server.asked:
            raise StopError

    counting = Counting(["one", "two"])
    server.think = lambda _asked: Answer("late", seconds=0.5)
    with pytest.raises(StopError):
        counted(server, counting, concurrency=5).ask([PLAIN] * 6, tick)
    assert sorted(counting.turns) == ["one", "two"]
    assert counting.charged == 0


def test_beyond_a_ceiling_nothing_is_sent(server: Server) -> None:
    counting = Counting(["one"], ceiling=2)
    replies = ask(counted(server, counting), *[PLAIN] * 5)
    assert [one.limit for one in replies].count("SHEAF_LLM_ITEM_QUESTIONS") == 3
    assert (len(server.asked), counting.charged, counting.turns) == (2, 2, ["one"])


def test_what_is_not_answered_is_charged_to_nobody(server: Server) -> None:
    counting = Counting(["one"])
    server.think = in_turn(Answer(status=503), Answer(status=429), "well")
    assert ask(counted(server, counting)) == WELL
    assert counting.charged == 1


def test_what_answers_cost_is_known_where_every_model_has_a_price(server: Server) -> None:
    for prices, cost in (({"large": (2.0, 8.0)}, 0.00006), ({"small": (1.0, 1.0)}, None)):
        model = model_of(server)
        model.usage.prices = prices
        ask(model)
        assert model.usage.as_result()["cost"] == cost


def test_what_was_answered_before_is_not_asked_again_of_the_same_model(server: Server) -> None:
    class Drawer(dict[str, str]):
        def put(self, key: str, text: str) -> None:
            self[key] = text

    drawer, other = Drawer(), replace(PLAIN, pictures=(b"\xff\xd8",))
    questions = (PLAIN, other, replace(PLAIN, most_tokens=5))
    known = Endpoint(base_url=server.url, model="large")
    for endpoint_asked, asked, kept in ((known, 3, 0), (known, 3, 3), (replace(known, model="new"), 6, 0)):
        model = EndpointModel(endpoint_asked, Breaker(), answers=drawer)
        assert ask(model, *questions) == WELL * 3
        assert (len(server.asked), model.usage.kept) == (asked, kept)


MEANS = replace(PLAIN, system="", user="a bill", role=ModelRole.EMBEDDING)


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of embeddings yet."""
    monkeypatch.setattr(client, "EMBEDDED", Recent(2))


@pytest.mark.usefixtures("embedded")
def test_an_embedding_is_asked_for_once_in_a_process(server: Server) -> None:
    server.embed = lambda text: [float(len(text)), 0.5]
    for _ in range(2):
        model = model_of(server, embedding_model="means")
        assert ask(model, MEANS) == [ModelReply(text="[6.0,0.5]")]
    [asked] = server.embedded
    assert (asked.path, asked.body["model"], asked.body["input"]) == ("/v1/embeddings", "means", "a bill")
    assert asked.headers["authorization"] == "Bearer sk-1"
    assert server.asked == []
    for text in ("two", "three"):
        ask(model_of(server, embedding_model="means"), replace(MEANS, user=text))
    ask(model_of(server, embedding_model="means"), MEANS)  # of another one's place
    assert len(server.embedded) == 4


@pytest.mark.usefixtures("embedded")
def test_an_embedding_has_turns_tries_a_price_and_a_ceiling_as_all_questions_have(server: Server) -> None:
    answers: list[list[float] | Answer] = [Answer(status=503), Answer(status=429), [1.0]]
    server.embed = lambda _text: answers.pop(0)
    counting = Counting(["one"], ceiling=1)
    model = counted(server, counting, embedding_model="means")
    model.usage.prices = {"means": (1e6, 0.0)}
    assert ask(model, MEANS) == [ModelReply(text="[1.0]")]
    assert model.usage.as_result() == {
        "requests": 3,
        "kept": 0,
        "prompt_tokens": 7,
        "completion_tokens": 0,
        "cost": 7.0,
    }
    assert ask(model, replace(MEANS, user="other"))[0].limit == "SHEAF_LLM_ITEM_QUESTIONS"
    assert counting.turns == ["one"]


@pytest.mark.usefixtures("embedded")
@pytest.mark.parametrize(
    "raw", [b"{}", b'{"data": []}', b'{"data": [{"embedding": ["x"]}]}', b'{"data": [{"embedding": []}]}']
)
def test_an_embedding_that_is_none_is_told(server: Server, raw: bytes) -> None:
    server.embed = lambda _text: Answer(raw=raw)
    assert ask(model_of(server, embedding_model="means"), MEANS) == [ModelReply(failure="the answer cannot be read")]


def test_what_was_not_answered_is_not_kept(server: Server) -> None:
    class Closed:
        def get(self, _key: str) -> None:
            return None

        def put(self, _key: str, _text: str) -> None:
            raise AssertionError

    server.think = lambda _asked: Answer(refusal="No.")
    ask(EndpointModel(Endpoint(base_url=server.url, model="m"), Breaker(), answers=Closed()))


def test_the_key_is_in_no_text_of_the_endpoint(server: Server) -> None:
    assert "sk-1" not in repr(model_of(server).endpoint)


@pytest.mark.parametrize("is_of_a_job", [False, True])
def test_who_the_operator_is_at_a_vendor_is_told_to_no_endpoint_of_a_job(
    server: Server, monkeypatch: pytest.MonkeyPatch, is_of_a_job: bool
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    assert ask(model_of(server, is_of_a_job=is_of_a_job)) == WELL
    told = {name.casefold() for name in server.asked[0].headers} & {"openai-organization", "openai-project"}
    assert bool(told) is not is_of_a_job


def test_an_address_that_a_job_names_is_judged_when_it_is_gone_to(server: Server) -> None:
    def refuse(host: str, port: int) -> str:
        raise ConnectionRefusedError(f"{host} is private")

    known = Endpoint(base_url=server.url, model="m", is_of_a_job=True)
    with pytest.raises(ModelDeniedError, match="cannot be reached"):
        ask(EndpointModel(known, Breaker(), refuse))
    assert server.asked == []
    named = replace(known, base_url=server.url.replace("127.0.0.1", "nobody.invalid"))
    assert ask(EndpointModel(named, Breaker(), lambda _host, _port: "127.0.0.1")) == WELL
    assert server.asked[0].headers["host"].startswith("nobody.invalid:")
