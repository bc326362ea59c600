"""Gunicorn's parser of requests, with a shorter way for heads as almost all clients write them.

Gunicorn takes each header line apart in Python, and asks of every request anew whether its sender may speak for a proxy. One
regular expression tells here that nothing of that can matter; whatever it does not know is gunicorn's to judge.
"""

from __future__ import annotations

import re
import time
from typing import Any

from gunicorn.http.body import LengthReader  # type: ignore[import-untyped] # gunicorn has no types
from gunicorn.http.message import Request  # type: ignore[import-untyped] # gunicorn has no types
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped] # gunicorn has no types
from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped] # gunicorn has no types

LINE = r"[A-Za-z0-9-]+:[\t\x20-\x7e]*"
USUAL_LINES = re.compile(rf"(?:{LINE}\r\n)*{LINE}".encode())
"""Header lines without an underscore in a name, a continuation, or a byte that some rule is about."""

SLOWEST = 1024
"""Bytes a second of the slowest body that a thread waits for."""

Headers = list[tuple[str, str]]


class UsualRequest(Request):  # type: ignore[misc] # gunicorn has no types
    """A request whose headers are read at once where they are usual ones."""

    def parse_headers(self, data: bytes, from_trailer: bool = False) -> Headers:
        """See gunicorn."""
        if not from_trailer and len(data) < self.limit_request_field_size and USUAL_LINES.fullmatch(data):
            lines = [line.partition(":") for line in data.decode("ascii").split("\r\n")]
            headers = [(name.upper(), value.strip(" \t")) for name, _, value in lines]
            if self._is_plain({name for name, _ in headers}, len(headers)):
                return headers
        return super().parse_headers(data, from_trailer=from_trailer)  # type: ignore[no-any-return] # untyped

    def _is_plain(self, names: set[str], lines: int) -> bool:
        """Whether each header comes once, and none says more than its value in the environment does."""
        return (
            len(names) == lines < self.limit_request_fields
            and "EXPECT" not in names
            and names.isdisjoint(self.cfg.secure_scheme_headers)
        )


class PacedUnreader(SocketUnreader):  # type: ignore[misc] # gunicorn has no types
    """Reads from a client that may be silent for a while, and only so much slower than SLOWEST: a byte now and then is silence."""

    def begin(self, seconds: float) -> None:
        """A request begins, whose client may be silent for so many seconds in all, or again as it makes up for them."""
        self._most = self._left = seconds
        self.sock.settimeout(seconds)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """See gunicorn. Raises TimeoutError. What the server does in between is not the client's to answer for."""
        began = time.monotonic()
        piece: bytes = super().chunk(size_hint)
        self._left = min(self._most, self._left + len(piece) / SLOWEST - (time.monotonic() - began))
        if self._left < 0:
            raise TimeoutError
        return piece


class Parser(RequestParser):  # type: ignore[misc] # gunicorn has no types
    """Reads one request after the other from a connection."""

    mesg_class = UsualRequest

    def __init__(self, former: Any) -> None:
        super().__init__(former.cfg, former.unreader.sock, former.source_addr)
        self.unreader = PacedUnreader(former.unreader.sock)
        self.unreader.unread(former.unreader.take_buffered())

    def finish_body(self, deadline: float | None = None, max_bytes: int | None = None) -> bool:
        """See gunicorn, which prepares the socket even where no byte is left."""
        body: Any = self.mesg and self.mesg.body
        if body and isinstance(body.reader, LengthReader) and body.reader.length == 0 and not body.failed:
            return True
        return bool(super().finish_body(deadline, max_bytes))


def quicker(parser: Any) -> Any:
    """A parser that takes over from gunicorn's; one of another protocol than HTTP/1, or taken over already, as it is."""
    return Parser(parser) if type(parser) is RequestParser else parser
