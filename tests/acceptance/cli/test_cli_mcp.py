"""`sheaf mcp`: the official client calls its tools, over standard input and output and over HTTP, on a real server."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pypdf
import pytest
import sqlalchemy as sa
from conftest import KEY as KEY_OF_APP
from flask import Flask
from mcp import Client, ClientSession, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult
from support import papers
from support.served import SHEAF, Served, environment
from support.waiting import CEILING, eventually
from werkzeug.serving import make_server as make_api

from app.cli.mcp.roots import Roots
from app.cli.mcp.server import make_server
from models import BatchJob, read_session

KEY = "a key for callers"
Talk = Callable[[Any], Awaitable[None]]
"""What is said to a `ClientSession` or a `Client`."""


@dataclass(frozen=True)
class Service:
    """A server, by what its clients need."""

    client_environment: dict[str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Documents of this test's own, and some that may not be read."""
    place = tmp_path / "documents"
    place.mkdir()
    papers.pdf(place / "letter.pdf", papers.lines(f"Heron {tmp_path.name}"), papers.lines("The second page, of wrens."))
    (place / "plover.html").write_text(f"<h1>Plovers {tmp_path.name}</h1>" + "<p>Waders of the shore.</p>" * 90)
    locked = pypdf.PdfWriter(place / "letter.pdf")
    locked.encrypt("secret")
    locked.write(tmp_path / "locked.pdf")
    (tmp_path / "beside.txt").write_text("not for callers")
    (place / "link.txt").symlink_to(tmp_path / "beside.txt")
    (place / ".env").write_text("TOKEN=hidden")
    return place


@contextlib.asynccontextmanager
async def over_stdio(service: Service | Served, folder: Path) -> AsyncIterator[ClientSession]:
    command, *arguments = [*SHEAF, "mcp", "--root", str(folder)]
    server = StdioServerParameters(command=command, args=arguments, env=service.client_environment)
    with (folder.parent / "mcp.errors").open("w") as errors:
        async with stdio_client(server, errlog=errors) as streams, ClientSession(*streams) as session:
            await session.initialize()
            yield session


@contextlib.contextmanager
def listening(service: Service | Served, folder: Path, *options: str) -> Iterator[str]:
    """The address of a server of its own."""
    said = folder.parent / "mcp.said"
    command = [*SHEAF, "mcp", "--transport", "http", "--port", "0", "--root", str(folder), *options]
    with said.open("w") as file, subprocess.Popen(command, env=service.client_environment, stderr=file) as process:
        try:
            found = eventually(lambda: re.search(r"answer on (\S+)", said.read_text()) or process.poll())
            assert isinstance(found, re.Match), said.read_text()
            yield found[1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(CEILING)


@contextlib.asynccontextmanager
async def over_http(service: Service | Served, folder: Path) -> AsyncIterator[ClientSession]:
    with listening(service, folder, "--key", KEY) as url:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, timeout=CEILING, trust_env=False) as http,
            streamable_http_client(url, http_client=http) as streams,
            ClientSession(*streams) as session,
        ):
            await session.initialize()
            yield session


@contextlib.asynccontextmanager
async def over_http_of_2026(service: Service | Served, folder: Path) -> AsyncIterator[Client]:
    """The newer protocol: no handshake, and a call is cancelled by closing its answer."""
    with listening(service, folder) as url:
        async with Client(url) as client:
            yield client


@contextlib.asynccontextmanager
async def in_process(service: Service | Served, folder: Path) -> AsyncIterator[Client]:
    """Without a process of its own, for what the transport has nothing to do with."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SHEAF_BASE_URL", "SHEAF_API_KEY"):
            patch.setenv(name, service.client_environment[name])
        async with Client(make_server(Roots([folder]))) as client:
            yield client


def talk(connection: contextlib.AbstractAsyncContextManager[Any], say: Talk) -> None:
    """Have a conversation to its end."""

    async def run() -> None:
        async with connection as session:
            await say(session)

    anyio.run(run)


async def facts(session: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool answers to programs."""
    answer = await session.call_tool(tool, arguments, read_timeout_seconds=CEILING)
    assert not answer.is_error, text(answer)
    found: dict[str, Any] = answer.structured_content or {}
    return found


async def refusal(session: Any, tool: str, **arguments: Any) -> str:
    """What a tool says that refuses."""
    answer = await session.call_tool(tool, arguments, read_timeout_seconds=CEILING)
    assert answer.is_error, text(answer)
    return text(answer)


def text(answer: CallToolResult) -> str:
    return "\n".join(getattr(part, "text", "") for part in answer.content)


@pytest.mark.parametrize("over", [over_stdio, over_http])
def test_all_five_tools(over: Any, served: Served, folder: Path) -> None:
    async def say(session: ClientSession) -> None:
        await session.list_tools()  # so that each answer is held to its schema
        answer = await session.call_tool("parse_file", {"path": "letter.pdf", "wait_seconds": CEILING})
        letter = answer.structured_content or {}
        assert f"Heron {folder.parent.name}" in text(answer)
        assert (letter["status"], letter["pages"], letter["next_offset"]) == ("completed", 2, None)
        second = await facts(session, "read_result", result_id=letter["result_id"], pages="2")
        assert second["text"].strip() == "The second page, of wrens."

        job = await facts(session, "submit_folder", path=".")
        assert job["documents"] == 2  # neither what is hidden nor what a link leads to
        assert job["left_out"] == "left out 1 that lead out of the folders that may be read"
        while (state := await facts(session, "job_status", job_id=job["job_id"]))["status"] != "completed":
            await anyio.sleep(0.05)
        items = {item["name"]: item for item in state["items"]}
        assert {*items} == {"letter.pdf", "plover.html"}
        plover = {"result_id": items["plover.html"]["result_id"], "max_characters": 500}
        whole, offset = "", 0
        while offset is not None:
            part = await facts(session, "read_result", **plover, offset=offset)
            assert len(part["text"]) <= 500
            whole, offset = whole + part["text"], part["next_offset"]
        assert whole.count("Waders of the shore.") == 90

        rules = [
            {"type": "birds", "description": "Pages about plovers, waders and other birds of the shore"},
            {"type": "invoice", "description": "Bills with an amount that is due"},
        ]
        found = await facts(session, "classify", path=str(folder / "plover.html"), rules=rules, wait_seconds=CEILING)
        assert (found["status"], found["type"]) == ("completed", "birds")
        [item] = (await facts(session, "job_status", job_id=found["job_id"]))["items"]
        again = await facts(session, "read_result", result_id=item["result_id"], format="classification")
        assert json.loads(again["text"]) == {name: found[name] for name in ("type", "confidence", "reasoning")}

    talk(over(served, folder), say)


def test_what_cannot_be_done_is_told_with_its_code(served: Served, folder: Path) -> None:
    (folder.parent / "locked.pdf").rename(folder / "locked.pdf")

    async def say(session: ClientSession) -> None:
        said = await refusal(session, "parse_file", path="locked.pdf", wait_seconds=CEILING)
        assert "PDF_IS_PROTECTED: The PDF needs a password" in said
        said = await refusal(session, "parse_file", path="letter.pdf", parameters={"max_page": 1})
        assert "there is no parameter max_page; did you mean max_pages" in said
        said = await refusal(session, "parse_file", path="letter.pdf", parameters={"max_pages": "many"})
        assert "max_pages" in said
        assert "not found" in await refusal(session, "job_status", job_id="bjb-0")
        assert "not found" in await refusal(session, "read_result", result_id="pjb-0")
        for path in (
            "../beside.txt",
            str(folder.parent / "beside.txt"),
            "link.txt",
            "/etc/hostname",
            ".env",
            "~/x.pdf",
        ):
            said = await refusal(session, "parse_file", path=path)
            assert "is not in the folders that may be read" in said, path
            assert "not in the folders" in await refusal(
                session, "classify", path=path, rules=[{"type": "a", "description": "b"}]
            )
        assert "not in the folders" in await refusal(session, "submit_folder", path="..")

    talk(in_process(served, folder), say)


@pytest.fixture
def unattended(app: Flask) -> Iterator[Service]:
    """The API without any worker: what is begun stays open until it is cancelled."""
    with make_api("127.0.0.1", 0, app, threaded=True) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{listening.port}"
        yield Service(environment(SHEAF_BASE_URL=url, SHEAF_API_KEY=KEY_OF_APP))
        listening.shutdown()
        thread.join()


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@on_sqlite
def test_what_takes_longer_than_a_caller_waits_is_told_as_running(unattended: Service, folder: Path) -> None:
    async def say(session: Client) -> None:
        letter = await facts(session, "parse_file", path="letter.pdf", wait_seconds=0)
        assert (letter["status"], letter["result_id"], letter["text"]) == ("running", None, "")
        state = await facts(session, "job_status", job_id=letter["job_id"])
        assert [(item["name"], item["result_id"]) for item in state["items"]] == [("letter.pdf", None)]
        rules = [{"type": "letter", "description": "What somebody writes to somebody"}]
        found = await facts(session, "classify", path="letter.pdf", rules=rules, wait_seconds=0)
        assert (found["status"], found["type"]) == ("running", None)

    talk(in_process(unattended, folder), say)


@on_sqlite
@pytest.mark.parametrize("over", [over_stdio, over_http, over_http_of_2026])
def test_a_call_that_is_cancelled_cancels_its_job(over: Any, unattended: Service, folder: Path) -> None:
    """The caller is told that the work goes on, and gives it up."""

    def is_cancelled() -> bool:
        with read_session() as session:
            [job] = session.scalars(sa.select(BatchJob))
            return job.status == "cancelled"

    async def say(session: Any) -> None:
        with anyio.CancelScope() as call:

            async def heard(_progress: float, _total: float | None, message: str | None) -> None:
                if message == "letter.pdf is being read":
                    call.cancel()

            arguments = {"path": "letter.pdf", "wait_seconds": CEILING}
            await session.call_tool("parse_file", arguments, progress_callback=heard)
        assert call.cancelled_caught
        await anyio.to_thread.run_sync(eventually, is_cancelled)

    talk(over(unattended, folder), say)


def test_over_http_only_callers_with_the_key_and_a_known_name_come_in(folder: Path) -> None:
    with listening(Service(environment()), folder, "--key", KEY, "--allow-host", "tools.example") as url:
        body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        headers = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {KEY}"}

        def status(**others: str) -> int:
            return httpx.post(url, json=body, headers={**headers, **others}, trust_env=False).status_code

        assert status(Authorization="Bearer another") == 401
        assert status(Authorization="") == 401
        assert status(Authorization=f"Basic {KEY}") == 401
        assert status(Host="evil.example") == 421
        assert status(Origin="http://evil.example") == 403
        assert status(Host="tools.example") not in {401, 403, 421}


def test_on_a_terminal_it_says_what_it_waits_for_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    terminal, its_end = os.openpty()
    command = [*SHEAF, "mcp", "--root", str(tmp_path)]
    with (
        os.fdopen(terminal, "rb"),
        os.fdopen(its_end, "rb") as stdin,
        subprocess.Popen(command, env=environment(), stdin=stdin, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr
        assert process.stderr.readline().startswith("Waiting for a program that speaks MCP")
        process.send_signal(signal.SIGINT)
        assert process.wait(CEILING) in {130, -signal.SIGINT}  # the latter before it listens
