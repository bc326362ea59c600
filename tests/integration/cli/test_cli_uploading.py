"""Documents on their way to a server: what it has is not sent again, and what concerns one costs no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import KEY
from flask import Flask
from rich.console import Console
from werkzeug.serving import make_server

from app.cli import uploading
from app.cli.documents import Local
from app.cli.uploading import GROUP_BYTES, GROUP_FILES, grouped, upload
from app.client import Client, ClientError
from models import DirectoryFile, File, read_session
from settings import Settings

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Server:
    """The application on a port, with a look at each request, and a way to answer some of them otherwise."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.asked: list[str] = []
        """The last parts of the paths, in their order."""
        self.instead: dict[str, Wsgi] = {}
        """Answers by the last part of a path."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        last = environ["PATH_INFO"].rpartition("/")[2]
        self.asked.append(last)
        return self.instead.get(last, self._app)(environ, start_response)


@pytest.fixture
def server(app: Flask) -> Server:
    return Server(app)


@pytest.fixture
def client(client: object, server: Server) -> Iterator[Client]:
    """A client of the command line; the application's own makes the key."""
    del client
    with make_server("127.0.0.1", 0, server, threaded=True) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        with Client(f"http://127.0.0.1:{listening.port}", KEY) as made:
            yield made
        listening.shutdown()
        thread.join()


def answering(status: str, body: bytes = b'{"detail": "no"}') -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return answer


def documents(folder: Path, **contents: bytes) -> list[Local]:
    made = []
    for name, content in contents.items():
        path = folder / name
        path.write_bytes(content)
        made.append(Local(path, f"below/{name}"))
    return made


def send(client: Client, files: list[Local]) -> tuple[str, dict[str, str]]:
    return upload(client, Console(quiet=True), files, "test")


def names_in(directory: str) -> list[str]:
    with read_session() as session:
        return sorted(entry.unique_id for entry in session.scalars(DirectoryFile.listing(directory)))


def stored(settings: Settings) -> int:
    return sum(path.is_file() for path in Path(settings.data_dir, "store").rglob("*"))


def test_small_documents_go_together_under_their_names(client: Client, server: Server, tmp_path: Path) -> None:
    directory, reasons = send(client, documents(tmp_path, a=b"1", b=b"2", c=b"3"))
    assert reasons == {}
    assert names_in(directory) == ["below/a", "below/b", "below/c"]
    assert server.asked == ["directories", "bulk-attach", "bulk-upload"]
    with read_session() as session:
        assert {file.name for file in session.query(File)} == {"a", "b", "c"}


def test_what_the_project_has_is_not_sent_again(
    client: Client, server: Server, tmp_path: Path, settings: Settings
) -> None:
    files = documents(tmp_path, a=b"1", b=b"2")
    send(client, files)
    server.asked.clear()
    directory, reasons = send(client, files)
    assert (names_in(directory), reasons) == (["below/a", "below/b"], {})
    assert server.asked == ["directories", "bulk-attach"]
    assert stored(settings) == 2


def test_a_single_one_that_is_missing_goes_by_itself(client: Client, server: Server, tmp_path: Path) -> None:
    send(client, documents(tmp_path, a=b"1", b=b"2"))
    server.asked.clear()
    directory, _ = send(client, documents(tmp_path, a=b"1", b=b"2", c=b"3"))
    assert names_in(directory) == ["below/a", "below/b", "below/c"]
    assert server.asked == ["directories", "bulk-attach", "upload"]


def test_an_answer_that_is_lost_makes_no_doubles(
    client: Client, server: Server, app: Flask, tmp_path: Path, settings: Settings
) -> None:
    def lose(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        del server.instead["bulk-upload"]
        list(app(environ, lambda *_: None))
        return answering("503 Service Unavailable")(environ | {"CONTENT_LENGTH": "0"}, start_response)

    server.instead["bulk-upload"] = lose
    directory, reasons = send(client, documents(tmp_path, a=b"1", b=b"2"))
    assert (names_in(directory), reasons) == (["below/a", "below/b"], {})
    assert server.asked.count("bulk-upload") == 2
    assert stored(settings) == 2


@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed", "413 Content Too Large"])
def test_a_server_that_takes_no_groups_gets_the_documents_singly(
    client: Client, server: Server, tmp_path: Path, status: str
) -> None:
    server.instead = dict.fromkeys(("bulk-attach", "bulk-upload"), answering(status))
    directory, reasons = send(client, documents(tmp_path, a=b"1", b=b"2"))
    assert (names_in(directory), reasons) == (["below/a", "below/b"], {})
    assert server.asked.count("upload") == 2


@pytest.mark.parametrize("route", ["bulk-attach", "bulk-upload"])
def test_a_server_that_fails_ends_it_with_its_reason(
    client: Client, server: Server, tmp_path: Path, route: str
) -> None:
    server.instead[route] = answering("500 Internal Server Error", b'{"detail": "broken"}')
    with pytest.raises(ClientError, match=r"broken \(500\)"):
        send(client, documents(tmp_path, a=b"1", b=b"2"))


def test_what_concerns_one_document_costs_no_other(client: Client, tmp_path: Path) -> None:
    files = documents(tmp_path, a=b"1", b=b"2", c=b"3")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    long = Local(tmp_path / "c", "x" * 501)
    directory, reasons = send(client, [*files[:2], Local(tmp_path / "gone", "gone"), long])
    assert names_in(directory) == ["below/a", "below/b"]
    assert reasons["gone"] == "cannot be read: No such file or directory"
    assert reasons[long.name].startswith("cannot be sent: The name is no relative path")


def test_a_document_that_goes_between_looks_is_told(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = documents(tmp_path, a=b"1", b=b"2", c=b"3")
    attach = Client.attach

    def remove(self: Client, directory: str, known: Any) -> Any:
        (tmp_path / "a").unlink()
        return attach(self, directory, known)

    monkeypatch.setattr(Client, "attach", remove)
    directory, reasons = send(client, files)
    assert names_in(directory) == ["below/b", "below/c"]
    assert reasons == {"below/a": "cannot be read: No such file or directory"}


def test_groups_are_bounded_in_number_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {**{f"s{number:03}": 1 for number in range(GROUP_FILES + 1)}, "big": GROUP_BYTES, "last": 1}
    monkeypatch.setattr(uploading, "size_of", lambda document: sizes[document.name])
    groups = list(grouped([Local(tmp_path / name, name) for name in sizes]))
    assert [len(group) for group in groups] == [GROUP_FILES, 1, 1, 1]
    assert list(grouped([])) == []
