"""Messages between a worker and its sandboxed child: a head, which is a JSON object, and bytes that belong to it, mostly none.

On the pipe: four bytes with the length of the JSON, eight with the length of the bytes, then both. Nothing that a child sends
is ever unpickled or executed, because a hostile document may have taken the child over.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from typing import Any, TypedDict, cast

LENGTHS = struct.Struct(">IQ")
HEAD_LIMIT = 16 * 1024 * 1024
"""Bytes of the largest JSON part accepted: room for the warnings of a document of thousands of pages."""


class RequestHead(TypedDict):
    """Sent to the child with each request, which it belongs to as pickled bytes."""

    memory_mb: int
    model: ModelHead | None
    """What is known of the model that may be asked; None where none may."""


class ModelHead(TypedDict):
    """What a child knows of the model that its parent asks for it."""

    sees: bool


class RepliesHead(TypedDict):
    """Sent to a child that has asked: one `{text, failure}` for each question."""

    replies: list[dict[str, str]]


class AnswerHead(TypedDict, total=False):
    """Sent by the child: one of these keys a message. Nothing of it is believed before engines.sandbox.checks has seen it."""

    ready: object
    """Once, when it can be given requests: `{network_isolated: bool}`."""
    progress: object
    """`[pages done, pages to do, number of the page read next or null]`."""
    checkpoint: object
    """The name of a checkpoint, its bytes behind."""
    file: object
    """The name of an output, its bytes behind."""
    ask: object
    """Questions for a model, their pictures behind; the child waits for the answers."""
    error: object
    """The end: `{code, detail}`, and `traceback` of what nobody foresaw."""
    outcome: object
    """The end: an EngineResult without its outputs."""


Message = tuple[AnswerHead, bytes]


class FrameError(Exception):
    """What came through the pipe is not a message, or is larger than allowed."""


def send(descriptor: int, head: RequestHead | RepliesHead | AnswerHead, body: bytes = b"") -> None:
    """Write one message to a blocking pipe. Raises OSError when the other side is gone."""
    text = json.dumps(head).encode()
    for part in (LENGTHS.pack(len(text), len(body)) + text, body):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(descriptor, rest) :]


class Frames:
    """Puts messages together from what a pipe yields, at most `limit` bytes of body in all."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Add what was read."""
        self._buffer += data

    def pop(self) -> Message | None:
        """Take the next complete message; None until it has come whole. Raises FrameError."""
        if len(self._buffer) < LENGTHS.size:
            return None
        head_size, body_size = LENGTHS.unpack_from(self._buffer)
        if head_size > HEAD_LIMIT or body_size > self.limit:
            raise FrameError(f"a message of {head_size} + {body_size} bytes")
        body_start = LENGTHS.size + head_size
        end = body_start + body_size
        if len(self._buffer) < end:
            return None
        head = cast("AnswerHead", decoded_head(self._buffer[LENGTHS.size : body_start]))
        body = bytes(memoryview(self._buffer)[body_start:end])
        self.limit -= body_size
        del self._buffer[:end]
        return head, body


def decoded_head(text: bytearray) -> dict[str, Any]:
    """Read the JSON part of a message. Raises FrameError unless it is an object."""
    try:
        head = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError("not JSON") from error
    if not isinstance(head, dict):
        raise FrameError("not a JSON object")
    return head


def receive(descriptor: int) -> tuple[Mapping[str, Any], bytes] | None:
    """Wait for a message on a blocking pipe; None when the other side closed it. For the child, which trusts its parent."""
    lengths = read_exactly(descriptor, LENGTHS.size)
    if lengths is None:
        return None
    head_size, body_size = LENGTHS.unpack(lengths)
    head = read_exactly(descriptor, head_size)
    body = read_exactly(descriptor, body_size)
    if head is None or body is None:
        return None
    return decoded_head(bytearray(head)), body


def read_exactly(descriptor: int, size: int) -> bytes | None:
    """Read `size` bytes; None when the pipe ends before."""
    parts = bytearray()
    while len(parts) < size:
        part = os.read(descriptor, min(size - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)
