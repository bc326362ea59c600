"""Messages between a worker and its sandboxed child: a JSON object and, optionally, bytes that belong to it.

On the pipe: four bytes with the length of the JSON, eight with the length of the bytes, then both. Nothing that a child sends
is ever unpickled or executed, because a hostile document may have taken the child over.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from typing import Any

LENGTHS = struct.Struct(">IQ")
HEADER_LIMIT = 16 * 1024 * 1024
"""Bytes of the largest JSON part accepted: room for the warnings of a document of thousands of pages."""

Message = tuple[dict[str, Any], bytes]


class FrameError(Exception):
    """What came through the pipe is not a message, or is larger than allowed."""


def send(descriptor: int, header: Mapping[str, Any], body: bytes = b"") -> None:
    """Write one message to a blocking pipe. Raises OSError when the other side is gone."""
    text = json.dumps(header).encode()
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
        header_size, body_size = LENGTHS.unpack_from(self._buffer)
        if header_size > HEADER_LIMIT or body_size > self.limit:
            raise FrameError(f"a message of {header_size} + {body_size} bytes")
        body_start = LENGTHS.size + header_size
        end = body_start + body_size
        if len(self._buffer) < end:
            return None
        header = decoded(self._buffer[LENGTHS.size : body_start])
        body = bytes(memoryview(self._buffer)[body_start:end])
        self.limit -= body_size
        del self._buffer[:end]
        return header, body


def decoded(text: bytearray) -> dict[str, Any]:
    """Read the JSON part of a message. Raises FrameError unless it is an object."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError("not JSON") from error
    if not isinstance(header, dict):
        raise FrameError("not a JSON object")
    return header


def receive(descriptor: int) -> Message | None:
    """Wait for one message on a blocking pipe; None when the other side closed it. For the side that trusts its sender."""
    lengths = read_exactly(descriptor, LENGTHS.size)
    if lengths is None:
        return None
    header_size, body_size = LENGTHS.unpack(lengths)
    header = read_exactly(descriptor, header_size)
    body = read_exactly(descriptor, body_size)
    if header is None or body is None:
        return None
    return decoded(bytearray(header)), body


def read_exactly(descriptor: int, size: int) -> bytes | None:
    """Read `size` bytes; None when the pipe ends before."""
    parts = bytearray()
    while len(parts) < size:
        part = os.read(descriptor, min(size - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)
