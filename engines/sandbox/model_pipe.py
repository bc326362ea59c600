"""Questions for a model on their way through the pipe: the key, the network and the limits stay with the parent.

A child that a document has taken over can ask whatever it likes; so the parent bounds how much, and looks at each field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engines.errors import Code, DocumentError
from engines.llm.asking import Model, ModelDeniedError, ModelReply, ModelRequest, ModelRole, Tick
from engines.sandbox.checks import nonsense
from engines.sandbox.monitor import Watch
from engines.sandbox.protocol import RepliesHead, receive, send

QUESTIONS_AT_ONCE = 100
"""Questions of one message."""
CHARACTERS_AT_ONCE = 1_000_000
"""Of the questions of one message, where they are several: each may take twelve bytes of its head."""
PICTURES_AT_ONCE = 64 * 1024 * 1024
"""Bytes of their pictures, which the parent keeps in memory."""
LONGEST_ANSWER = 65_536
"""Tokens that a child may allow an answer."""
MOST_PICTURES = 50
"""Pictures of one question."""


class PipedModel:
    """A model as a child sees it: it is asked by the parent."""

    def __init__(self, requests: int, answers: int, *, sees: bool) -> None:
        self.sees = sees
        self._requests = requests
        self._answers = answers

    def ask(self, requests: Sequence[ModelRequest], _tick: Tick) -> list[ModelReply]:
        """Send the questions and wait; whether the answers are still wanted, the parent knows."""
        return [reply for some in in_messages(requests) for reply in self._ask(some)]

    def _ask(self, requests: Sequence[ModelRequest]) -> list[ModelReply]:
        pictures = b"".join(picture for one in requests for picture in one.pictures)
        send(self._answers, {"ask": [asked(one) for one in requests]}, pictures)
        message = receive(self._requests)
        if message is None:
            raise SystemExit(1)  # the parent is gone, or has done with this document
        return [
            ModelReply(text=one["text"], failure=one["failure"], limit=one["limit"]) for one in message[0]["replies"]
        ]


def in_messages(requests: Sequence[ModelRequest]) -> Iterator[list[ModelRequest]]:
    """The questions, as many at a time as a message has room for: long documents have more."""
    some: list[ModelRequest] = []
    characters = pictures = 0
    for one in requests:
        characters += len(one.system) + len(one.user)
        pictures += sum(map(len, one.pictures))
        is_full = characters > CHARACTERS_AT_ONCE or pictures > PICTURES_AT_ONCE or len(some) == QUESTIONS_AT_ONCE
        if some and is_full:
            yield some
            some, characters, pictures = [], len(one.system) + len(one.user), sum(map(len, one.pictures))
        some.append(one)
    if some:
        yield some


def asked(one: ModelRequest) -> dict[str, Any]:
    """A question as JSON, its pictures as their sizes."""
    return {
        "system": one.system,
        "user": one.user,
        "pictures": [len(picture) for picture in one.pictures],
        "role": one.role.value,
        "wants_json": one.wants_json,
        "schema": one.schema,
        "most_tokens": one.most_tokens,
        "entry": one.entry,
    }


TYPES: Mapping[str, type | tuple[type, ...]] = {
    "system": str,
    "user": str,
    "pictures": list,
    "role": str,
    "wants_json": bool,
    "schema": (dict, type(None)),
    "most_tokens": int,
    "entry": (int, type(None)),
}


def checked_questions(questions: object, body: bytes) -> list[ModelRequest]:
    """The questions of a child. Raises DocumentError, INTERNAL_ERROR, for what is none."""
    if not isinstance(questions, list) or not 0 < len(questions) <= QUESTIONS_AT_ONCE:
        raise nonsense("questions that are none")
    checked, start = [], 0
    for one in questions:
        check_question(one)
        sizes: list[int] = one["pictures"]
        ends = [start + sum(sizes[: number + 1]) for number in range(len(sizes))]
        pictures = tuple(body[end - size : end] for size, end in zip(sizes, ends, strict=True))
        start += sum(sizes)
        checked.append(ModelRequest(**{**one, "role": ModelRole(one["role"]), "pictures": pictures}))
    if start != len(body):
        raise nonsense("pictures that belong to no question")
    return checked


def check_question(one: object) -> None:
    """Raise DocumentError unless every field is of its type and within its bounds."""
    if not isinstance(one, dict) or one.keys() != TYPES.keys():
        raise nonsense("a question that is none")
    for name, expected in TYPES.items():
        if not isinstance(one[name], expected):
            raise nonsense(f"{name} of a wrong type")
    sizes = one["pictures"]
    if len(sizes) > MOST_PICTURES or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise nonsense("pictures of a wrong size")
    if one["role"] not in list(ModelRole) or not 0 < one["most_tokens"] <= LONGEST_ANSWER:
        raise nonsense("a question out of bounds")


def answer_of(questions: Sequence[ModelRequest], model: Model | None, watch: Watch, leader: int) -> RepliesHead:
    """What a model answers a child, while its time, memory and cancellation are watched as ever.

    Raises DocumentError: as the watch does, INTERNAL_ERROR where no model may be asked, LLM_DENIED; and ModelUnavailableError.
    """
    if model is None:
        raise nonsense("questions, though it may ask nobody")

    def tick(_done: int) -> None:
        watch.moved(watch.page)  # the client bounds how long it waits for an answer
        watch.check(leader)

    watch.waits = True
    try:
        replies = model.ask(questions, tick)
    except ModelDeniedError as error:
        raise DocumentError(Code.LLM_DENIED, str(error)) from error
    watch.waits = False
    return {"replies": [{"text": one.text, "failure": one.failure, "limit": one.limit} for one in replies]}
