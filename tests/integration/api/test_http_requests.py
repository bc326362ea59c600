"""Heads of requests mean what they mean to gunicorn, whichever of the two ways reads them."""

from __future__ import annotations

from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from app.http_requests import UsualRequest


def read(kind: type[Any], lines: bytes, **options: Any) -> Any:
    """What a request with these header lines says, or which error it is."""
    cfg = Config()
    for name, value in options.items():
        cfg.set(name, value)
    head = b"POST /a?b=c HTTP/1.1\r\n" + lines + b"\r\n\r\nbody"
    try:
        request = kind(cfg, IterUnreader([head]), ("127.0.0.1", 5))
        body = request.body.read(4)
    except Exception as error:  # noqa: BLE001 - whatever it is, both say it
        return type(error), str(error)
    return request.headers, request.scheme, request._expected_100_continue, request.should_close(), body


HOST = b"Host: here\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        b"Host: here",
        HOST + b"Content-Length: 4\r\nAuthorization: Bearer a b",
        HOST + b"Empty:\r\nBlank:   \r\nTab:\tvalue\t",
        HOST + b"Colons: a:b:c",
        HOST + b"Host: there",
        HOST + b"Content-Length: 4\r\nContent-Length: 4",
        HOST + b"Content-Length: -4",
        HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked",
        HOST + b"Transfer-Encoding: chunked",
        HOST + b"Accept: a\r\nAccept: b",
        HOST + b"Expect: 100-continue",
        HOST + b"expect: 200-ok",
        HOST + b"X-Forwarded-Proto: https",
        HOST + b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off",
        HOST + b"Connection: close",
        HOST + b"Under_Score: a",
        HOST + b"Space : a",
        HOST + b" folded: a",
        HOST + b"Folded: a\r\n b",
        HOST + b"Umlaut: \xfc",
        HOST + b"Null: \x00",
        HOST + b"Delete: \x7f",
        HOST + b"Bare: a\rb",
        HOST + b"Bare: a\nX: b",
        HOST + b": nameless",
        HOST + b"no colon",
        HOST + b"Tok!en: a",
        HOST + b"Long: " + 8200 * b"a",
        HOST + b"\r\n".join(b"H%d: a" % one for one in range(99)),
        HOST + b"\r\n".join(b"H%d: a" % one for one in range(100)),
    ],
)
def test_a_head_says_the_same_as_to_gunicorn(lines: bytes) -> None:
    assert read(UsualRequest, lines) == read(Request, lines)


def test_the_header_by_which_an_operators_proxy_speaks_of_https_is_heard() -> None:
    lines, options = HOST + b"X-Scheme: secure", {"secure_scheme_headers": {"X-SCHEME": "secure"}}
    assert read(UsualRequest, lines, **options)[1] == "https"
