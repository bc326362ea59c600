"""What `sheaf mcp` offers, what of this machine it reads, and how texts are cut."""

from __future__ import annotations

import os
import re
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import Tool
from support.places import ROOT

from app.cli import main
from app.cli.mcp.excerpts import cut
from app.cli.mcp.roots import Roots
from app.cli.mcp.server import make_server


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, Tool]:
    """The tools as a client sees them, by name."""

    async def listed() -> list[Tool]:
        async with Client(make_server(Roots([tmp_path]))) as client:
            return (await client.list_tools()).tools

    return {tool.name: tool for tool in anyio.run(listed)}


def first_sentence(tool: Tool) -> str:
    return (tool.description or "").partition("\n")[0].strip()


def test_the_page_about_them_says_what_they_say(tools: dict[str, Tool]) -> None:
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|", page, re.MULTILINE)
    arguments = {name: re.findall(r"`(\w+)`", cell) for name, cell, _ in rows}
    assert arguments == {name: list(tool.input_schema["properties"]) for name, tool in tools.items()}
    assert {name: said for name, _, said in rows} == {name: first_sentence(tool) for name, tool in tools.items()}


def test_each_argument_and_answer_is_described(tools: dict[str, Tool]) -> None:
    for tool in tools.values():
        assert tool.title
        assert tool.annotations
        assert tool.annotations.open_world_hint is False
        assert tool.output_schema
        assert "\n " not in (tool.description or "")
        assert all(field.get("description") for field in tool.input_schema["properties"].values()), tool.name
    assert {name for name, tool in tools.items() if tool.annotations and tool.annotations.read_only_hint} == {
        "job_status",
        "read_result",
    }


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "first", tmp_path / "second"
    for place in (first / "deep", second, first / ".git", tmp_path / "beside"):
        place.mkdir(parents=True)
    for name in ("first/one.txt", "first/deep/two.txt", "second/three.txt", "first/.git/config", "first/.env"):
        (tmp_path / name).write_text(name)
    (tmp_path / "beside" / "other.txt").write_text("elsewhere")
    (first / "away").symlink_to(tmp_path / "beside")
    (first / "away.txt").symlink_to(tmp_path / "beside" / "other.txt")
    (first / "across.txt").symlink_to(second / "three.txt")
    os.mkfifo(first / "pipe.txt")
    return first, second


@pytest.mark.parametrize(
    "path", ["one.txt", "deep/two.txt", "deep/../one.txt", "three.txt", "across.txt", "{first}/one.txt"]
)
def test_what_lies_in_a_folder_is_read_whatever_leads_there(folders: tuple[Path, Path], path: str) -> None:
    found = Roots(folders).document(path.format(first=folders[0]))
    assert found.path.resolve() == found.path
    assert found.path.is_file()


@pytest.mark.parametrize(
    "path",
    [
        "../beside/other.txt",
        "away.txt",
        "away/other.txt",
        "/etc/hostname",
        "~",
        ".env",
        ".git/config",
        "deep/../../beside/other.txt",
        "../first-secret/one.txt",
        "\0",
    ],
)
def test_what_lies_elsewhere_or_is_hidden_is_refused_whether_it_exists_or_not(
    folders: tuple[Path, Path], path: str
) -> None:
    with pytest.raises(ToolError, match=r"in the folders that may be read|character 0"):
        Roots(folders).document(path)


@pytest.mark.parametrize("path", ["missing.txt", "deep", "pipe.txt"])
def test_only_files_are_read(folders: tuple[Path, Path], path: str) -> None:
    with pytest.raises(ToolError, match="there is no file"):
        Roots(folders).document(path)


def test_a_folder_gives_its_documents_and_says_what_it_leaves_out(folders: tuple[Path, Path]) -> None:
    found, left_out = Roots(folders).documents(".")
    assert [one.name for one in found] == ["across.txt", "deep/two.txt", "one.txt"]
    assert left_out == "left out 1 that lead out of the folders that may be read"


@given(st.text(alphabet="ab\n", max_size=80), st.integers(1, 30))
def test_the_parts_of_a_text_are_the_text_again(text: str, most: int) -> None:
    parts, offset = [], 0
    while offset is not None:
        part, following = cut(text, offset, most)
        assert len(part) <= most
        assert following is None or following > offset
        parts.append(part)
        offset = following
    assert "".join(parts) == text


def test_a_part_ends_with_a_line_where_it_can() -> None:
    assert cut("one\ntwo\nthree", 0, 9) == ("one\ntwo\n", 8)
    with pytest.raises(ToolError, match="13 characters, and none at 14"):
        cut("one\ntwo\nthree", 14, 9)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    done = CliRunner().invoke(main, ["mcp"])
    assert done.exit_code == 1
    assert "pip install 'sheaf[mcp]'" in done.output


def test_without_a_server_a_call_says_what_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHEAF_BASE_URL", raising=False)
    monkeypatch.setenv("SHEAF_DATA_DIR", str(tmp_path / "none"))

    async def said() -> str:
        async with Client(make_server(Roots([tmp_path]))) as client:
            answer = await client.call_tool("job_status", {"job_id": "bjb-1"})
        assert answer.is_error
        return str(getattr(answer.content[0], "text", ""))

    assert "no server: start `sheaf serve`" in anyio.run(said)


def test_others_come_in_with_a_key_alone() -> None:
    done = CliRunner().invoke(main, ["mcp", "--transport", "http", "--host", "0.0.0.0"])
    assert done.exit_code == 2
    assert "SHEAF_MCP_KEY" in done.output


def test_the_whole_machine_is_read_only_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    done = CliRunner().invoke(main, ["mcp"])
    assert done.exit_code == 2
    assert "--root" in done.output
