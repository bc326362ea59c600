"""A web server and a proxy on loopback, which remember what they were asked."""

from __future__ import annotations

import contextlib
import http.server
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from support.waiting import CEILING

Page = tuple[int, dict[str, str], bytes]


@dataclass
class Website:
    """What lies at each path, and the requests so far as (path, headers)."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, Message]] = field(default_factory=list)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the pages of its server, or fetches for a client what lies elsewhere."""

    site: Website

    def do_GET(self) -> None:
        """Answer."""
        self.site.asked.append((self.path, self.headers))
        if self.path.startswith("http://"):
            try:
                with urllib.request.urlopen(self.path, timeout=CEILING) as answer:
                    self.reply(answer.status, {"Content-Type": answer.headers["Content-Type"]}, answer.read())
            except urllib.error.HTTPError as error:
                self.reply(error.code, {}, b"")
        else:
            self.reply(*self.site.pages.get(self.path, (404, {}, b"nothing here")))

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in ({"Content-Type": "application/octet-stream"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextlib.contextmanager
def website() -> Iterator[Website]:
    """A server for as long as the block lasts."""
    handler = type("OwnHandler", (Handler,), {})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.site = Website(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined] # just made
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield handler.site  # type: ignore[attr-defined] # as above
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
