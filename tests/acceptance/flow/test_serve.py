"""`sheaf serve`: the whole service as processes of this machine, from the start to the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from support.places import ROOT
from support.served import Served, environment, serving, sheaf, until
from support.waiting import CEILING

from app.cli import main
from app.stack import Stack, StackError
from models import migration
from settings import Settings


def status(url: str, path: str, key: str = "") -> int:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.get(f"{url}{path}", headers=headers, timeout=CEILING).status_code


def test_serve_runs_every_part_as_a_process_of_its_own(served: Served) -> None:
    lines = list(served.processes().values())
    for part in ("valkey-server", "sheaf-api", "documents@", "control@", "beat"):
        assert any(part in line for line in lines), part


def test_serve_answers_with_the_key_that_it_printed(served: Served) -> None:
    assert status(served.url, "/readyz") == 200
    assert f"API key of the project `default`: {served.key}" in served.said
    assert status(served.url, "/api/v1/projects", served.key) == 200
    assert status(served.url, "/api/v1/projects", "another") == 401


def test_what_serve_keeps_can_be_read_by_its_owner_only(served: Served) -> None:
    assert served.data_dir.stat().st_mode & 0o777 == 0o700
    assert (served.data_dir / "local.key").stat().st_mode & 0o777 == 0o600
    assert (served.data_dir / "serve.json").stat().st_mode & 0o777 == 0o600


def test_a_second_serve_on_the_same_data_says_who_has_it(served: Served) -> None:
    second = sheaf("serve", "--port", "0", env=environment(served.data_dir))
    assert second.returncode == 1
    assert f"in use by another `sheaf serve` (pid {served.process.pid})" in second.stderr
    assert "Traceback" not in second.stderr
    assert status(served.url, "/readyz") == 200


def test_a_port_that_is_taken_is_an_error_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = sheaf("serve", "--port", str(port), env=environment(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: cannot listen on 127.0.0.1:{port}")
    assert len(refused.stderr.splitlines()) == 1


def test_a_port_of_flower_that_is_taken_is_an_error_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(StackError, match="Flower needs it"):
        Stack(Settings(data_dir=str(tmp_path), port=0), flower_port=other.getsockname()[1]).__enter__()


def test_serve_leaves_the_schema_of_a_given_database_to_migrate(tmp_path: Path) -> None:
    variables = environment(tmp_path, SHEAF_DATABASE_URL=f"sqlite:///{tmp_path}/given.db")
    refused = sheaf("serve", "--port", "0", env=variables)
    assert refused.returncode == 1
    assert "run `sheaf migrate` first" in refused.stderr


def test_serve_stops_cleanly_and_starts_again_with_the_same_key(tmp_path: Path) -> None:
    deep = tmp_path / "with a long name, longer than the path of a Unix socket may be".ljust(120, "-")
    with serving(deep) as first:
        key = first.key
        assert first.stop() == 0
        assert first.processes() == {}
    with serving(deep) as second:
        assert "API key" not in second.said
        assert status(second.url, "/api/v1/projects", key) == 200


def test_a_process_that_dies_is_started_again(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        for part in ("sheaf-api", "valkey-server"):
            old = min(pid for pid, line in served.processes().items() if part in line)
            os.kill(old, signal.SIGKILL)
            until(lambda: any(part in line for pid, line in served.processes().items() if pid != old))  # noqa: B023 - called at once
        until(lambda: "valkey ended (SIGKILL); it starts again" in served.said)
        assert "api ended (SIGKILL); it starts again" in served.said
        until(lambda: status(served.url, "/readyz") == 200)


def test_nothing_outlives_a_serve_that_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        folder = Path(f"/proc/{served.find('valkey-server')}/cwd").readlink()
        served.process.kill()
        served.process.wait()
        until(lambda: not served.processes())
        assert not folder.exists()
    with serving(tmp_path) as again:
        assert status(again.url, "/readyz") == 200


def test_procfile_runs_the_service_on_given_parts(tmp_path: Path, redis_url: str) -> None:
    database = f"sqlite:///{tmp_path}/procfile.db"
    migration.upgrade(database)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    variables = environment(
        tmp_path, SHEAF_DATABASE_URL=database, SHEAF_BROKER_URL=redis_url, SHEAF_PORT=str(port), SHEAF_WORKERS="1"
    )
    variables["PATH"] = f"{Path(sys.executable).parent}:{variables['PATH']}"
    key = CliRunner().invoke(main, ["keys", "create", "--project", "default"], env=variables).stdout.strip()
    document = tmp_path / "page.html"
    document.write_text("<h1>From the Procfile</h1>")
    honcho = subprocess.Popen(
        [sys.executable, "-m", "honcho", "--procfile", str(ROOT / "Procfile"), "start"],
        env=variables,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: is_ready(url))
        done = sheaf("run", document, "--out", tmp_path / "out", env=environment(SHEAF_BASE_URL=url, SHEAF_API_KEY=key))
        assert done.returncode == 0, done.stderr
        assert "# From the Procfile" in (tmp_path / "out" / "page.html.md").read_text()
    finally:
        honcho.terminate()
        honcho.wait(timeout=CEILING)


def is_ready(url: str) -> bool:
    try:
        return status(url, "/readyz") == 200
    except httpx.TransportError:
        return False
