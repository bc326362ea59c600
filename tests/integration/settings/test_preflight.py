"""What settings name and cannot be used is told in one line, before anything starts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from support.served import environment, sheaf


def refusal(command: str, data_dir: Path, **variables: str) -> str:
    """The one line that a command ends with."""
    refused = sheaf(command, env=environment(data_dir, **variables))
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    return line


def test_a_database_whose_url_is_none(tmp_path: Path) -> None:
    said = refusal("migrate", tmp_path, SHEAF_DATABASE_URL="postgresql://host:port/name")
    assert said == "Error: SHEAF_DATABASE_URL is no URL of a database"


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_not_there(scheme: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = refusal("serve", tmp_path, SHEAF_BROKER_URL=f"{scheme}://sheaf:secret@127.0.0.1:{port}/0")
    assert said.startswith(f"Error: the broker {scheme}://")
    assert "cannot be used: " in said
    assert "refused" in said
    assert "secret" not in said


def test_a_run_that_does_not_start_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>Words</p>")
    (tmp_path / "temporary").mkdir()
    variables = environment(tmp_path, SHEAF_STORAGE_URL="ftp://host/path", TMPDIR=str(tmp_path / "temporary"))
    assert sheaf("run", tmp_path / "page.html", "--out", tmp_path / "out", env=variables).returncode == 1
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_store_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal("serve", tmp_path, SHEAF_STORAGE_URL=f"file://{tmp_path}/file/store")
    assert "the store cannot be used: " in said
    assert "Not a directory" in said


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal("serve", tmp_path / "file" / "data")
    assert said == (
        f"Error: the data directory {tmp_path}/file/data cannot be used: Not a directory; SHEAF_DATA_DIR names another"
    )
