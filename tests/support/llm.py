"""An OpenAI-compatible endpoint as a real HTTP server, which takes nothing that the `openai` package does not know.

It tells what the client does, not how good a model is: what it answers, tests say.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from openai.types import EmbeddingCreateParams
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter

EMBEDDING = TypeAdapter(EmbeddingCreateParams)
REQUEST = TypeAdapter(CompletionCreateParamsNonStreaming)
DRAFT = re.compile(r"The draft of its Markdown:\n(`{3,})\n(.*?)\n\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it came."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def is_embedding(self) -> bool:
        return self.path.endswith("/embeddings")

    @property
    def system(self) -> str:
        return next(str(one["content"]) for one in self.body["messages"] if one["role"] == "system")

    @property
    def user(self) -> str:
        content = next(one["content"] for one in self.body["messages"] if one["role"] == "user")
        if isinstance(content, str):
            return content
        return "".join(part["text"] for part in content if part["type"] == "text")

    @property
    def pictures(self) -> list[str]:
        content = next(one["content"] for one in self.body["messages"] if one["role"] == "user")
        return [] if isinstance(content, str) else [p["image_url"]["url"] for p in content if p["type"] == "image_url"]

    @property
    def draft(self) -> str:
        """The draft of a page's Markdown that the request quotes; empty where it quotes none."""
        found = DRAFT.search(self.user)
        return found[2] if found else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the endpoint says."""

    text: str = ""
    status: int = 200
    finish: str = "stop"
    refusal: str | None = None
    seconds: float = 0.0
    """How long it takes."""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    pause: float = 0.0
    """How long it takes after each byte."""


Think = Callable[[Asked], Answer | str]


def echo(asked: Asked) -> str:
    """The draft as it is."""
    return asked.draft or "seen"


class Endpoint:
    """The server; `think` says what it answers, `asked` is what it was asked."""

    def __init__(self) -> None:
        self.think: Think = echo
        self.asked: list[Asked] = []
        self.embed: Callable[[str], list[float] | Answer] = lambda _text: [1.0, 0.0]
        """What a text means as numbers."""
        self.embedded: list[Asked] = []
        """The requests for embeddings."""
        self.faults: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                endpoint.serve(self)

            def log_message(self, *_what: Any) -> None:
                pass

        self._handler = Handler
        self._is_away = False
        self.start(0)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{self.origin}/v1"

    def start(self, port: int) -> None:
        """Listen at a port, 0 for any."""
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler)
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, name="endpoint", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Nobody listens, and what is connected is not answered, for as long as the block lasts."""
        port = self.server.server_port
        self._is_away = True
        self.stop()
        try:
            yield
        finally:
            self._is_away = False
            self.start(port)

    def serve(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        if self._is_away:
            handler.close_connection = True
            return
        content = handler.rfile.read(int(handler.headers["Content-Length"]))
        address = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(address.path, parse_qs(address.query), headers, json.loads(content))
        with self._lock:
            (self.embedded if asked.is_embedding else self.asked).append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            answer = self.checked(asked)
            time.sleep(answer.seconds)
        finally:
            with self._lock:
                self._at_once -= 1
        body = answer.raw if answer.raw is not None else json.dumps(completion(asked, answer)).encode()
        with contextlib.suppress(OSError):  # nobody waits any more
            handler.send_response(answer.status)
            for name, value in (
                {"Content-Type": "application/json", "Content-Length": str(len(body))} | answer.headers
            ).items():
                handler.send_header(name, value)
            handler.end_headers()
            for piece in [bytes([one]) for one in body] if answer.pause else [body]:
                handler.wfile.write(piece)
                time.sleep(answer.pause)

    def checked(self, asked: Asked) -> Answer:
        """What is answered: an error, and a fault noted, for what is no request."""
        try:
            known = whole((EMBEDDING if asked.is_embedding else REQUEST).validate_python(asked.body))
            fault = "" if known == asked.body else f"unknown fields: {asked.body}"
            if not asked.path.endswith(("/chat/completions", "/embeddings")):
                fault = asked.path
        except ValueError as error:
            fault = str(error)
        if fault:
            self.faults.append(fault)
            return Answer(status=400)
        if asked.is_embedding:
            found = self.embed(asked.body["input"])
            return found if isinstance(found, Answer) else Answer(raw=embedding(asked, found))
        answer = self.think(asked)
        return Answer(answer) if isinstance(answer, str) else answer


def whole(value: Any) -> Any:
    """A validated value with its lists, which are validated one by one as they are looked at; unknown fields are gone."""
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return [whole(one) for one in value]


def completion(asked: Asked, answer: Answer) -> dict[str, Any]:
    """The body of an answer."""
    if answer.status != 200:
        return {"error": {"message": "no", "type": "error", "param": None, "code": None}}
    message = {"role": "assistant", "content": None if answer.refusal else answer.text, "refusal": answer.refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": asked.body["model"],
        "choices": [{"index": 0, "finish_reason": answer.finish, "message": message, "logprobs": None}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def embedding(asked: Asked, numbers: list[float]) -> bytes:
    """The body of an answer about the meaning of a text."""
    data = [{"object": "embedding", "index": 0, "embedding": numbers}]
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    return json.dumps({"object": "list", "data": data, "model": asked.body["model"], "usage": usage}).encode()


@contextlib.contextmanager
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that runs; at its end it must have been asked nothing that is no request."""
    made = Endpoint()
    try:
        yield made
    finally:
        made.stop()
    assert made.faults == []
