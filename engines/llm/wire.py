"""What is sent to an endpoint, and what its answers mean."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

import orjson

from engines.llm.asking import ModelReply, ModelRequest
from engines.llm.endpoint import Endpoint

if TYPE_CHECKING:
    from openai.types import CreateEmbeddingResponse
    from openai.types.chat import ChatCompletion


def reply_of(answer: ChatCompletion) -> ModelReply:
    """What an endpoint has answered: text, or why that is none."""
    choice = answer.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return ModelReply(failure="the model refused to answer")
    if choice.finish_reason == "length":
        return ModelReply(failure="the answer was cut off")
    if not (choice.message.content or "").strip():
        return ModelReply(failure="the answer is empty")
    return ModelReply(text=writable(choice.message.content or ""))


def writable(text: str) -> str:
    """A text without what JSON can say and neither UTF-8 nor a database can: halves of characters, and zeros."""
    return text.replace("\0", "").encode(errors="replace").decode()


def body_of(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The arguments of `chat.completions.create`."""
    shown = [{"type": "image_url", "image_url": {"url": data_url(one)}} for one in request.pictures]
    content: Any = [{"type": "text", "text": request.user}, *shown] if shown else request.user
    body: dict[str, Any] = {
        "model": endpoint.name_of(request.role),
        "messages": [{"role": "system", "content": request.system}, {"role": "user", "content": content}],
        "max_completion_tokens": request.most_tokens,
    }
    if request.schema is not None:
        named = {"name": "answer", "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    elif request.wants_json:
        body["response_format"] = {"type": "json_object"}
    return body


def data_url(picture: bytes) -> str:
    """A picture as a data URI."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def embedding_body(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The arguments of `embeddings.create`."""
    return {"model": endpoint.name_of(request.role), "input": request.user, "encoding_format": "float"}


def embedded(answer: CreateEmbeddingResponse) -> ModelReply:
    """What an endpoint has answered: numbers as JSON. Raises TypeError for what is none."""
    numbers = [float(one) for one in answer.data[0].embedding]
    if not numbers or not all(map(math.isfinite, numbers)):
        raise TypeError
    return ModelReply(text=orjson.dumps([round(one, 6) for one in numbers]).decode())
