"""The HTTP server itself: strangers' connections cost it nothing, and even what is no HTTP is answered in JSON."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.waiting import CEILING

APPLICATION = """
import app.server

app.server.READ_SECONDS = app.server.LINGER_SECONDS = 1e6  # who waits for a client waits for ever


def application(environ, start_response):
    status = "200 OK"
    if environ["PATH_INFO"] == "/body":
        body = environ["wsgi.input"].read()
    elif environ["PATH_INFO"] == "/refuse":
        status, body = "413 Content Too Large", b"too large"
    else:
        body = b"hello"
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
THREADS = 2


@pytest.fixture(scope="module", params=[0, THREADS], ids=["threads stay", "threads return"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of the server with a small application and two threads, which wait for a next request or never do."""
    with serving(tmp_path_factory.mktemp("server"), f"app.server.FREE_THREADS = {request.param}") as found:
        yield found


@contextlib.contextmanager
def serving(folder: Path, more: str) -> Iterator[int]:
    """Port of the server with the small application and `more` lines of it."""
    Path(folder, "greeting.py").write_text(f"{APPLICATION}\n\n{more}\n")
    command = [sys.executable, "-m", "gunicorn", "--pythonpath", str(folder), "--worker-class", "app.server.Worker"]
    options = ["--threads", str(THREADS), "--bind", "127.0.0.1:0", "--keep-alive", "100000", "--graceful-timeout", "1"]
    options.append("--no-control-socket")
    process = subprocess.Popen([*command, *options, "greeting:application"], stderr=subprocess.PIPE, text=True)
    assert process.stderr
    found = None
    while found is None:
        found = re.search(r"Listening at: http://127.0.0.1:(\d+)", process.stderr.readline())
    yield int(found[1])
    process.terminate()
    process.communicate()


def opened(port: int, sent: bytes = b"") -> socket.socket:
    """A connection on which something was sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=CEILING)
    connection.sendall(sent)
    return connection


def answer(connection: socket.socket) -> tuple[str, bytes]:
    """The status line and the body of one answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        assert piece, "closed without an answer"
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return head.split(b"\r\n")[0].decode(), body


def greeted(port: int) -> bool:
    with opened(port, b"GET / HTTP/1.1\r\nHost: here\r\n\r\n") as connection:
        return answer(connection)[1] == b"hello"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: here\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n{",
        b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\nGET / HTTP/1.1\r\nHost:",
    ],
    ids=["silent", "half a head", "half a body that nobody reads", "answered and never closed", "half a second head"],
)
def test_connections_that_do_not_go_on_keep_nobody_waiting(port: int, sent: bytes) -> None:
    idle = [opened(port, sent) for _ in range(8 * THREADS)]
    assert greeted(port)
    for connection in idle:
        connection.close()


def test_a_request_that_comes_in_pieces_is_answered(port: int) -> None:
    with opened(port) as connection:
        for piece in (b"POST /body HTT", b"P/1.1\r\nHost: here\r\nContent-Le", b"ngth: 6\r\n\r", b"\nabc", b"def"):
            connection.sendall(piece)
            time.sleep(0.02)
        assert answer(connection) == ("HTTP/1.1 200 OK", b"abcdef")


def test_a_connection_takes_one_request_after_the_other(port: int) -> None:
    with opened(port) as connection:
        for body in (b"first", b"second"):
            connection.sendall(b"POST /body HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            assert answer(connection)[1] == body


def test_two_requests_sent_at_once_are_both_answered(port: int) -> None:
    with opened(port, 2 * b"GET / HTTP/1.1\r\nHost: here\r\n\r\n") as connection:
        received = b""
        while received.count(b"hello") < 2:
            received += connection.recv(65536)
        assert received.count(b"200 OK") == 2


def test_a_body_that_comes_drop_by_drop_is_not_waited_for(tmp_path: Path) -> None:
    with serving(tmp_path, "app.server.READ_SECONDS = 0.3") as port:
        head = b"POST /body HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n"
        dripping = [opened(port, head) for _ in range(THREADS)]
        for connection in dripping:
            connection.settimeout(0.02)
            with contextlib.suppress(ConnectionError):
                while not is_closed(connection):
                    connection.sendall(b"x")
            connection.close()
        assert greeted(port)


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed."""
    try:
        return not connection.recv(65536)
    except TimeoutError:
        return False


def test_a_second_request_whose_beginning_came_with_the_first_is_answered(port: int) -> None:
    with opened(port, b"GET / HTTP/1.1\r\nHost: here\r\n\r\nPOST /body HTTP/1.1\r\nHost: he") as connection:
        assert answer(connection)[1] == b"hello"
        for piece in (b"re\r\nContent-Length: 6\r\n\r\nabc", b"def"):
            connection.sendall(piece)
            time.sleep(0.02)
        assert answer(connection)[1] == b"abcdef"


def test_an_answer_that_leaves_a_body_unread_says_that_the_connection_closes(port: int) -> None:
    with opened(port, b"POST /refuse HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\n\r\nonly this") as connection:
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close\r\n" in received.lower()
    assert received.endswith(b"too large")


def test_an_answer_to_a_body_that_has_come_whole_keeps_the_connection(port: int) -> None:
    with opened(port) as connection:
        for _ in range(2):
            connection.sendall(b"POST /refuse HTTP/1.1\r\nHost: here\r\nContent-Length: 6\r\n\r\nabcdef")
            assert answer(connection)[1] == b"too large"


@pytest.mark.parametrize(("pieces", "pause"), [(512, 0.0), (35, 0.1)], ids=["much", "slowly"])
def test_a_client_that_still_sends_can_read_the_answer(port: int, pieces: int, pause: float) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(pieces):
            time.sleep(pause)  # longer in all than the server waits for one that is silent
            yield bytes(1 << 17)

    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        refused = client.post("/refuse", content=body(), headers={"Content-Length": str(pieces << 17)})
        assert (refused.status_code, refused.text, refused.headers["Connection"]) == (413, "too large", "close")
        assert client.get("/").text == "hello"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", 400),
        (b"GET /" + 9000 * b"a" + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"H%d: x\r\n" % one for one in range(200)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: " + 100_000 * b"a" + b"\r\n\r\n", 431),
    ],
)
def test_what_is_no_http_is_answered_in_json(port: int, sent: bytes, status: int) -> None:
    with opened(port, sent) as connection:
        line, body = answer(connection)
    assert line.startswith(f"HTTP/1.1 {status} ")
    assert isinstance(json.loads(body)["detail"], str)
