"""A model is asked by the worker, never by the sandboxed child, which has neither key nor network."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from support import papers
from support.running import CEILING

from engines.context import Source
from engines.errors import Code, DocumentError
from engines.llm.asking import ModelDeniedError, ModelReply, ModelRequest, ModelRole, ModelUnavailableError, Tick
from engines.parameters import ParseParameters, ParsingMode
from engines.request import EngineRequest, run
from engines.sandbox import Sandbox
from engines.sandbox.crash import ChildCrashError
from engines.sandbox.model_pipe import QUESTIONS_AT_ONCE, answer_of, asked, checked_questions, in_messages
from engines.sandbox.monitor import Bounds, Watch
from engines.sandbox.protocol import HEAD_LIMIT
from engines.tools import Tools

ROOMY = Bounds(seconds=CEILING, memory_mb=2048, progress_seconds=CEILING)


@dataclass
class Parrot:
    """Says of each page what it was told, in capitals."""

    sees: bool = True
    asked: list[ModelRequest] = field(default_factory=list)

    def ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
        self.asked += requests
        tick(len(requests))
        return [ModelReply(text=one.user.split("```")[1].strip().upper()) for one in requests]


class Waiting(Parrot):
    """Never answers."""

    waits = False

    def ask(self, _requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
        self.waits = True
        while True:
            tick(0)
            time.sleep(0.01)


def request(tmp_path: Path, model: Any, mode: ParsingMode = ParsingMode.PARSE_PAGE_WITH_LLM) -> EngineRequest:
    path = papers.pdf(tmp_path / "paper.pdf", papers.lines("first page"), papers.lines("second page"))
    return EngineRequest(
        source=Source(path=path, name="paper.pdf"),
        parameters=ParseParameters(parse_mode=mode),
        tools=Tools(),
        model=model,
    )


@pytest.mark.parametrize("mode", [ParsingMode.PARSE_PAGE_WITH_LLM, ParsingMode.PARSE_PAGE_WITH_AGENT])
def test_a_child_asks_the_same_and_makes_the_same_of_it(tmp_path: Path, mode: ParsingMode) -> None:
    here, there = Parrot(), Parrot()
    expected = run(request(tmp_path, here, mode))
    with Sandbox() as sandbox:
        for _ in range(2):
            there.asked.clear()
            found = sandbox.run(request(tmp_path, there, mode), ROOMY)
            assert found.outputs == expected.outputs
            assert there.asked == here.asked
        plain = sandbox.run(request(tmp_path, None, mode), ROOMY)
    assert b"FIRST PAGE" in expected.outputs["output.md"]
    assert b"first page" in plain.outputs["output.md"]


def test_the_work_can_be_stopped_while_a_model_is_waited_for(tmp_path: Path) -> None:
    waiting = Waiting()
    with Sandbox() as sandbox, pytest.raises(DocumentError, match="CANCELLED"):
        sandbox.run(request(tmp_path, waiting), ROOMY, stopped=lambda: waiting.waits)


def test_how_long_a_model_takes_is_no_evidence_against_a_document(tmp_path: Path) -> None:
    class Late(Parrot):
        def ask(self, _requests: Sequence[ModelRequest], _tick: Tick) -> list[ModelReply]:
            raise DocumentError(Code.TIMEOUT)

    with Sandbox() as sandbox, pytest.raises(DocumentError, match="TIMEOUT") as caught:
        sandbox.run(request(tmp_path, Late()), ROOMY)
    assert not isinstance(caught.value, ChildCrashError)


def test_waiting_for_a_model_is_progress() -> None:
    class Slow(Parrot):
        def ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
            time.sleep(0.4)
            return super().ask(requests, tick)

    watch = Watch(Bounds(seconds=CEILING, memory_mb=1 << 20, progress_seconds=0.2), lambda: False)
    question = ModelRequest(system="s", user="```\nwords\n```")
    assert answer_of([question], Slow(), watch, os.getpid()) == {
        "replies": [{"text": "WORDS", "failure": "", "limit": ""}]
    }
    assert not watch.waits


@pytest.mark.parametrize(
    ("error", "seen"),
    [(ModelUnavailableError("down", 5), ModelUnavailableError), (ModelDeniedError("key"), DocumentError)],
)
def test_what_the_model_raises_ends_the_work(tmp_path: Path, error: Exception, seen: type[Exception]) -> None:
    class Failing(Parrot):
        def ask(self, _requests: Sequence[ModelRequest], _tick: Tick) -> list[ModelReply]:
            raise error

    with Sandbox() as sandbox:
        with pytest.raises(seen):
            sandbox.run(request(tmp_path, Failing()), ROOMY)
        assert b"FIRST PAGE" in sandbox.run(request(tmp_path, Parrot()), ROOMY).outputs["output.md"]


def test_a_long_document_asks_in_messages_that_have_room_for_its_questions(tmp_path: Path) -> None:
    class Counting(Parrot):
        def ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
            sizes.append(len(requests))
            return super().ask(requests, tick)

    sizes: list[int] = []
    pages = [papers.lines(f"page {number} of many") for number in range(250)]
    long = replace(
        request(tmp_path, Counting()), source=Source(path=papers.pdf(tmp_path / "long.pdf", *pages), name="a.pdf")
    )
    with Sandbox() as sandbox:
        written = sandbox.run(long, ROOMY).outputs["output.md"].decode()
    assert sizes == [100, 100, 50]
    assert [number for number in range(250) if f"PAGE {number} OF MANY" not in written] == []


def test_no_message_has_more_than_goes_through_the_pipe() -> None:
    long = ModelRequest(system="", user="\N{GRINNING FACE}" * 400_000)
    seen = ModelRequest(system="", user="", pictures=(bytes(30 << 20),))
    for questions, most in (([long] * 5, 2), ([seen] * 5, 2), ([long], 1)):
        messages = list(in_messages(questions))
        assert [one for some in messages for one in some] == questions
        assert max(map(len, messages)) == most
        assert all(len(json.dumps([asked(one) for one in some])) < HEAD_LIMIT for some in messages)


QUESTION = asked(ModelRequest(system="s", user="u", pictures=(b"abc",), role=ModelRole.VISION))


def test_questions_come_through_the_pipe_as_they_were() -> None:
    [found] = checked_questions([QUESTION], b"abc")
    assert found == ModelRequest(system="s", user="u", pictures=(b"abc",), role=ModelRole.VISION)


@pytest.mark.parametrize(
    "questions",
    [
        None,
        [],
        ["ask"],
        [{}],
        [QUESTION | {"model": "the most expensive"}],
        [QUESTION | {"role": "root"}],
        [QUESTION | {"most_tokens": 10**9}],
        [QUESTION | {"user": 1}],
        [QUESTION | {"pictures": [-3]}],
        [QUESTION | {"pictures": [2]}],
        [QUESTION | {"pictures": [4]}],
        [QUESTION] * 2,
        [QUESTION | {"pictures": []}] * (QUESTIONS_AT_ONCE + 1),
    ],
)
def test_what_is_no_question_is_not_asked(questions: object) -> None:
    with pytest.raises(DocumentError, match="INTERNAL_ERROR"):
        checked_questions(questions, b"abc")
