"""A proxy in front of a stack that puts real ids where a client says made-up ones.

The SDKs' own tests ask for `/api/v1/beta/files/{a uuid that is everywhere the same}` and expect a mock server, which knows the
shape of every answer and no file. Here the file is made first, and its id takes the place of the made-up one: in the path, and in
the fields of query and JSON body that name something, a page's token included. Nothing else of a request is touched, and nothing of
an answer: a value that makes no sense, such as a page of 0 rows, reaches the stack as it is.
"""

from __future__ import annotations

import contextlib
import http.server
import itertools
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import httpx
import orjson

from support.places import DOCUMENTS
from support.running import BATCHES, DIRECTORIES, FILES, Tenant
from support.waiting import CEILING, eventually

ENDS = {"COMPLETED", "FAILED", "CANCELLED"}
INVOICE = b"Amount due: 12 EUR, to be paid by Friday."
RULES = [{"type": "invoice", "description": "An invoice with an amount due"}]
NOT_FORWARDED = {"host", "authorization", "content-length", "transfer-encoding", "connection", "accept-encoding"}
NOT_RETURNED = {"transfer-encoding", "connection", "content-encoding", "content-length"}


class Props:
    """Things that are really there, in one project: each made when it is asked for, unless looking at it does not use it up."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self._numbers = itertools.count()
        [project] = tenant.ask("GET", "/api/v1/projects")
        self.project: str = project["id"]
        self.organization: str = project["organization_id"]
        self._parsed = self.parse_job()
        self._photographed = ""

    def file(self) -> str:
        """A new file; its text is its own, so that no cache answers for it."""
        return self.tenant.upload_file("invoice.txt", INVOICE + uuid.uuid4().bytes.hex().encode())

    def directory(self) -> str:
        """A new, empty directory."""
        return str(self.tenant.ask("POST", DIRECTORIES, json={"name": f"directory {next(self._numbers)}"})["id"])

    def entry(self, directory: str) -> str:
        """A new file in a directory."""
        made = self.tenant.ask("POST", f"{DIRECTORIES}/{directory}/files", json={"file_id": self.file()})
        return str(made["id"])

    def filled_directory(self) -> str:
        """A new directory with a file."""
        directory = self.directory()
        self.entry(directory)
        return directory

    def configuration(self, product: str = "parse_v2", name: str | None = None) -> str:
        """A saved configuration: a new one, or that of this name."""
        what = {"tier": "fast", "version": "latest"} if product == "parse_v2" else {"rules": RULES}
        body = {"name": name or f"saved {next(self._numbers)}", "parameters": {"product_type": product, **what}}
        return str(self.tenant.ask("POST", "/api/v1/beta/configurations", json=body)["id"])

    def webhook(self) -> str:
        """A new saved webhook that nobody ever gets."""
        body = {"webhook_url": "https://example.com/", "webhook_events": ["sheets.success"]}
        return str(self.tenant.ask("POST", "/api/v1/beta/webhook-configs", json=body)["id"])

    def parse_job(self, ended: bool = True) -> str:
        """A new parse job."""
        body = {"file_id": self.file(), "tier": "fast", "version": "latest"}
        return self._ended("/api/v2/parse", body, lambda found: found["job"], ended=ended)

    def classify_job(self, ended: bool = True) -> str:
        """A new classify job."""
        body = {"file_input": self.file(), "configuration": {"rules": RULES}}
        return self._ended("/api/v2/classify", body, lambda found: found, ended=ended)

    def parsed(self) -> str:
        """A parse job that has ended, always the same."""
        return self._parsed

    def photographed(self) -> str:
        """A file of whose page there is a picture, always the same."""
        if not self._photographed:
            file = self.tenant.upload_file("article.pdf", (DOCUMENTS / "article.pdf").read_bytes())
            options = {"output_options": {"images_to_save": ["screenshot"]}}
            body = {"file_id": file, "tier": "agentic", "version": "latest", **options}
            self._ended("/api/v2/parse", body, lambda found: found["job"], ended=True)
            self._photographed = file
        return self._photographed

    def page_token(self, path: str) -> str:
        """The token of the second page of a list of single rows; empty where the list has one."""
        found = self.tenant.client.get(path, params={"page_size": 1})
        return str(found.json().get("next_page_token") or "") if found.is_success else ""

    def batch(self) -> str:
        """A new batch of the second API."""
        config = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_FAST"}}
        body = {"source_directory_id": self.filled_directory(), "config": config}
        return str(self.tenant.ask("POST", "/api/v2/batches", json=body)["id"])

    def first_batch(self) -> str:
        """A new batch of the first API."""
        return self.tenant.batch(self.filled_directory())

    def item(self) -> str:
        """An item of a batch that has ended."""
        job = self.first_batch()
        self.tenant.wait(job)
        [item] = self.tenant.items(job).values()
        return str(item["item_id"])

    def _ended(self, path: str, body: Mapping[str, Any], job: Callable[[Any], Any], *, ended: bool) -> str:
        made = str(self.tenant.ask("POST", path, json=body)["id"])
        if ended:
            eventually(lambda: job(self.tenant.ask("GET", f"{path}/{made}"))["status"] in ENDS)
        return made


Staging = Callable[[Props, str], list[str]]
"""What the variable parts of a path stand for when it is asked for by a method."""


def _one(make: Callable[[Props], str]) -> Staging:
    return lambda props, _method: [make(props)]


def _entry(props: Props, _method: str) -> list[str]:
    directory = props.directory()
    return [directory, props.entry(directory)]


PATHS: dict[str, Staging] = {
    rf"{DIRECTORIES}/([^/]+)": _one(Props.directory),
    rf"{DIRECTORIES}/([^/]+)/files(?:/upload)?": _one(Props.filled_directory),
    rf"{DIRECTORIES}/([^/]+)/files/(?!upload$)([^/]+)": _entry,
    rf"{FILES}/(?!query$)([^/]+)(?:/content)?": _one(Props.file),
    r"/api/v2/parse/(?!versions$|upload$)([^/]+)": lambda props, method: [
        props.parse_job() if method == "DELETE" else props.parsed()
    ],
    r"/api/v2/parse/([^/]+)/cancel": lambda props, _method: [props.parse_job(ended=False)],
    r"/api/v2/classify/([^/]+)": _one(Props.classify_job),
    r"/api/v2/classify/([^/]+)/cancel": lambda props, _method: [props.classify_job(ended=False)],
    r"/api/v1/classifier/jobs/([^/]+)(?:/results)?": _one(Props.classify_job),
    r"/api/v[12]/projects/([^/]+)": _one(lambda props: props.project),
    r"/api/v2/batches/([^/]+)(?:/cancel)?": _one(Props.batch),
    r"/api/v1/beta/configurations/([^/]+)": lambda props, method: [
        props.configuration("classify_v2", "x" if method == "PUT" else None)  # which the tests call it
    ],
    r"/api/v1/beta/webhook-configs/([^/]+)": _one(Props.webhook),
    r"/api/v1/beta/attachments/([^/]+)": lambda _props, _method: ["page_1.jpg"],
    rf"{BATCHES}/([^/]+)(?:/cancel|/items)?": _one(Props.first_batch),
    rf"{BATCHES}/items/([^/]+)/processing-results": _one(Props.item),
}
"""Regular expressions of the paths that name something."""


def props_of_fields(props: Props, path: str) -> dict[str, Callable[[], str]]:
    """What each field of query and body that names something stands for."""
    product = "classify_v2" if path.startswith("/api/v2/classify") else "parse_v2"
    return {
        "project_id": lambda: props.project,
        "organization_id": lambda: props.organization,
        "file_id": props.file,
        "file_ids": props.file,
        "file_input": props.file,
        "parse_job_id": props.parsed,
        "job_ids": props.parsed,
        "item_ids": lambda: props.entry(props.directory()),
        "directory_id": props.filled_directory,
        "source_directory_id": props.filled_directory,
        "target_directory_id": props.directory,
        "configuration_id": lambda: props.configuration(product),
        "webhook_configuration_ids": props.webhook,
        "source_id": props.photographed,
        "page_token": lambda: props.page_token(path),
    }


class Stagehand:
    """Rewrites requests; `url` is where clients send them."""

    def __init__(self, tenant: Tenant) -> None:
        self.props = Props(tenant)
        self.client = httpx.Client(base_url=tenant.url, timeout=CEILING, trust_env=False)
        self.key = tenant.key

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        """What the stack answers to a request with real ids in it."""
        url = urlsplit(target)
        path = self._path(method, url.path)
        fields = props_of_fields(self.props, path)
        query = [(name, self._real(fields, name, value)) for name, value in parse_qsl(url.query, True)]
        if body and headers.get("content-type", "").startswith("application/json"):
            body = orjson.dumps(self._staged(fields, orjson.loads(body)))
        kept = {name: value for name, value in headers.items() if name not in NOT_FORWARDED}
        kept["authorization"] = f"Bearer {self.key}"
        target = path + (f"?{urlencode(query)}" if query else "")
        return self.client.request(method, target, headers=kept, content=body or None)

    def _path(self, method: str, path: str) -> str:
        for pattern, staging in PATHS.items():
            match = re.fullmatch(pattern, path)
            if match:
                for number, real in reversed(list(enumerate(staging(self.props, method), 1))):
                    path = path[: match.start(number)] + quote(real, safe="") + path[match.end(number) :]
                return path
        return unquote(path)

    def _staged(self, fields: Mapping[str, Callable[[], str]], value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._staged(fields, one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self._staged(fields, one, name) for one in value]
        return self._real(fields, name, value) if isinstance(value, str) else value

    def _real(self, fields: Mapping[str, Callable[[], str]], name: str, value: str) -> str:
        """The id that a made-up one stands for; presets are no made-up ones."""
        return fields[name]() if name in fields and not value.startswith("cfg-PARSE_") else value


@contextlib.contextmanager
def stagehand(tenant: Tenant) -> Iterator[str]:
    """Run the proxy in threads; its URL."""
    hand = Stagehand(tenant)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            found = hand.answer(self.command, self.path, headers, self._body())
            self.send_response(found.status_code)
            for name, value in found.headers.items():
                if name not in NOT_RETURNED:
                    self.send_header(name, value)
            if found.status_code != 204:
                self.send_header("Content-Length", str(len(found.content)))
            self.end_headers()
            self.wfile.write(found.content)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        hand.client.close()
