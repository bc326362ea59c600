"""Gunicorn's threaded worker, without the ways in which a stranger's connection could keep it from everybody else.

Gunicorn means to stand behind a proxy. Alone, a handful of connections that stop in the middle of a request would hold all of
its threads for ever, one that does not close would hold its loop, and what is no HTTP would be answered in HTML.
"""

from __future__ import annotations

import contextlib
import gc
import json
import selectors
import socket
import threading
import time
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger  # type: ignore[import-untyped] # gunicorn has no types
from gunicorn.http import errors  # type: ignore[import-untyped] # gunicorn has no types
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped] # gunicorn has no types

from app import middleware
from app.http_requests import quicker
from settings import Settings
from tasks import logs

READ_SECONDS = 15.0
"""How long a client may be silent in the middle of a body, or slower than app.http_requests.SLOWEST."""
LARGEST_HEAD = 1 << 16
"""Bytes of a request's line and headers that are gathered; gunicorn's own limits are found out about by its parser."""
LINGER_SECONDS = 2.0
"""How long an answered connection stays half open for a client that is silent: one that still sends can read the answer only
when it is done, and would lose it to a reset before."""
LONGEST_LINGER = 30.0
"""Seconds after which a connection is closed although its client still sends."""
STAY_SECONDS = 0.02
"""How long a thread waits for the next request of a connection that it has answered, before the loop does."""
FREE_THREADS = 2
"""Threads that never wait so."""
LEFTOVER_SECONDS = 0.05
"""How long to wait for the rest of a body that nobody read, before the answer says that the connection closes."""

NotHttpError: type[Exception] = errors.ParseException
"""What a client sent is not quite HTTP; raised while a body is read, too."""

STATUSES = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
}
"""The status of what is not quite HTTP; 400 for everything else."""


class Logger(GunicornLogger):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn's own lines in Sheaf's form. Its access log stays off: app.middleware writes one, without tokens."""

    def setup(self, cfg: Any) -> None:
        """See gunicorn; the handlers are those of all logs."""
        super().setup(cfg)
        logs.configure(Settings.from_env())
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True

    def access(self, *_: object) -> None:
        """Say nothing."""


class Connection(TConn):  # type: ignore[misc] # gunicorn has no types
    """One client's connection, and what has come of a request while no thread is reading it."""

    parser: Any

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._head = bytearray()

    def gather(self) -> bool:
        """Take what has come; whether a thread can go on: with all of the headers, or with the end of the stream."""
        try:
            piece = self.sock.recv(LARGEST_HEAD)
        except (BlockingIOError, TimeoutError):
            return False
        except OSError:
            piece = b""
        self._head += piece
        return not piece or self.has_head

    @property
    def has_head(self) -> bool:
        """Whether all headers of a request are there, or more than any has."""
        return b"\r\n\r\n" in self._head or len(self._head) > LARGEST_HEAD

    def take_back(self) -> None:
        """In a thread, after an answer: what was read beyond its request is the beginning of the next one."""
        self._head += self.parser.unreader.take_buffered()

    def goes_on(self) -> bool:
        """In a thread, after `take_back`: whether the next request comes at once, as far as `gather` needs it."""
        self.sock.settimeout(STAY_SECONDS)
        return self.gather()

    def init(self) -> None:
        """See TConn; called in a thread before each reading of a request."""
        super().init()
        self.parser = quicker(self.parser)
        self.parser.unreader.begin(READ_SECONDS)
        self.parser.unreader.unread(bytes(self._head))
        self._head.clear()


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Gives a thread only to requests whose headers are complete, and none to connections that are to be closed."""

    wsgi: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._handed = 0
        """Connections that threads have, or are to get; counted in the loop."""
        self._staying = threading.Semaphore(max(0, self.cfg.threads - FREE_THREADS))
        self._lingering: dict[Connection, tuple[float, float]] = {}
        """Answered connections: when each is closed if its client stays silent, and when in any case."""

    def load_wsgi(self) -> None:
        """Let the answer to a request whose body is left over say whether the connection closes."""
        super().load_wsgi()
        gc.freeze()  # what is loaded by now stays: collections need not look at it again and again
        application = self.wsgi

        def announcing(environ: dict[str, Any], start_response: Any) -> Any:
            answer = application(environ, start_response)
            response = (
                start_response.__self__
            )  # gunicorn's, which has sent nothing before it gets the answer's first piece
            if not response.req.finish_body():
                response.force_close()
            return answer

        self.wsgi = announcing

    def accept(self, listener: Any) -> None:
        """Take a connection and wait in the loop, not in a thread, until it has sent the headers of a request."""
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            sock, address = listener.accept()
            self.nr_conns += 1
            conn = Connection(self.cfg, sock, address, listener.getsockname())
            self.poller.register(sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
            self._await_head(conn)

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """A connection that was kept begins its next request."""
        self.keepalived_conns.remove(conn)
        self.poller.modify(client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
        self._await_head(conn)

    def on_pending_socket_readable(self, conn: Connection, client: Any) -> None:
        """Hand a request to a thread as soon as its headers are complete."""
        if conn.gather():
            super().on_pending_socket_readable(conn, client)

    def handle(self, conn: Connection) -> Any:
        """Answer the requests of a connection in a thread while one follows the other closely and nobody waits for the thread.

        Each way back to the loop and into a thread again costs as much as the reading of a request.
        """
        kept = super().handle(conn)
        while kept is True:
            conn.take_back()
            if not (self.alive and self._goes_on(conn)):
                break
            kept = super().handle(conn)
        return kept

    def _goes_on(self, conn: Connection) -> bool:
        if self._handed > self.cfg.threads:
            return False
        if conn.has_head:
            return True
        if not self._staying.acquire(blocking=False):
            return False
        try:
            return conn.goes_on()
        finally:
            self._staying.release()

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer a request in a thread; whether the connection can take another."""
        req.finish_body = lambda: conn.parser.finish_body(deadline=time.monotonic() + LEFTOVER_SECONDS)
        return bool(super().handle_request(req, conn))

    def enqueue_req(self, conn: Connection) -> None:
        """Hand a connection to the threads."""
        self._handed += 1
        super().enqueue_req(conn)

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """Back in the loop: keep the connection, or let it linger without anybody waiting for it."""
        self._handed -= 1
        if not fs.cancelled() and fs.exception() is None and not fs.result():
            self._linger(conn)
        elif not fs.cancelled() and fs.exception() is None and conn.has_head:
            self.enqueue_req(conn)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Called about every second: end the connections whose time is over."""
        now = time.monotonic()
        if not self.alive:
            for conn in self.pending_conns:
                conn.timeout = min(conn.timeout, now + LINGER_SECONDS)
        super().murder_pending()
        for conn in [conn for conn, deadlines in self._lingering.items() if min(deadlines) < now]:
            self._end(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Say in JSON what is wrong with a request that never reached the application."""
        del addr
        if isinstance(exc, NotHttpError):
            status, detail = STATUSES.get(type(exc), HTTPStatus.BAD_REQUEST), f"The request is not valid HTTP: {exc}"
            self.log.info("Invalid request: %s", type(exc).__name__)  # its text may be a header with a key
        else:
            status, detail = HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on the server"
            self.log.exception("Error handling request %s", middleware.shown_path(getattr(req, "path", "")))
        body = json.dumps({"detail": detail[:300]}).encode()
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        with contextlib.suppress(OSError):  # nobody is listening
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _await_head(self, conn: Connection) -> None:
        """The whole head of a request has to come within the time that a connection is kept."""
        conn.set_timeout()
        self.pending_conns.append(conn)

    def _linger(self, conn: Connection) -> None:
        """Say that nothing more comes, and wait in the loop for the client to close."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._swallow, conn))
        except (OSError, ValueError):  # it is closed already
            self.nr_conns -= 1
            conn.close()
        else:
            now = time.monotonic()
            self._lingering[conn] = now + LINGER_SECONDS, now + LONGEST_LINGER

    def _swallow(self, conn: Connection, sock: Any) -> None:
        try:
            has_more = bool(sock.recv(1 << 16))
        except BlockingIOError:
            return
        except OSError:
            has_more = False
        if not has_more:
            self._end(conn)
        elif conn in self._lingering:
            self._lingering[conn] = time.monotonic() + LINGER_SECONDS, self._lingering[conn][1]

    def _end(self, conn: Connection) -> None:
        if self._lingering.pop(conn, None) is None:
            return
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()
