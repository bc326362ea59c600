"""Sheaf in a folder that holds somebody else's modules: they are never imported, and paths mean that folder all the same."""

from __future__ import annotations

import contextlib
import importlib.metadata
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.served import environment, until

SHEAF = Path(sys.executable).with_name("sheaf")
OURS = ("app", "tasks", "schemas", "models", "engines", "storage", "settings", "docs", "examples", "tests")
READ_BY_PROGRAMS = ("gunicorn.conf", "flowerconfig", "celeryconfig", "sitecustomize", "usercustomize")
"""Names that gunicorn, Flower, Celery and Python look for by themselves."""
NAMES = {*OURS, *READ_BY_PROGRAMS, *importlib.metadata.packages_distributions(), *sys.stdlib_module_names}
PAGE = "<h1>A letter</h1><p>Ordinary words.</p>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Documents beside modules and packages of every name that Sheaf or its libraries import, each of which tells."""
    place = tmp_path / "project"
    (place / "letters").mkdir(parents=True)
    (place / "letters" / "page.html").write_text(PAGE)
    telling = f"import os\nos.close(os.open({str(tmp_path / 'imported-')!r} + __name__, os.O_CREAT | os.O_WRONLY))\n"
    for name in NAMES:
        if name in {"tasks", "flask"}:
            (place / name).mkdir()
            (place / name / "__init__.py").write_text(telling)
        elif "/" not in name:
            (place / f"{name}.py").write_text(telling)
    return place


def imported(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.glob("imported-*"))


def variables(**given: str) -> dict[str, str]:
    """No path to modules: the command finds its own as it was installed."""
    found = environment(**given)
    return {name: value for name, value in found.items() if name != "PYTHONPATH"}


def sheaf(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SHEAF, *arguments],
        cwd=folder,
        env=variables(**given),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_a_run_and_its_sandbox_import_none_of_them(folder: Path) -> None:
    done = sheaf(folder, "run", "letters", "--out", "results", SHEAF_ISOLATION="always")
    assert (done.returncode, imported(folder)) == (0, []), done.stderr
    assert "# A letter" in (folder / "results" / "page.html.md").read_text()


@contextlib.contextmanager
def started(folder: Path, *lines: str, **given: str) -> Iterator[None]:
    """These processes of the service, each by its own command."""
    with (folder.parent / "log").open("wb") as log:
        running = [
            subprocess.Popen([SHEAF, *line.split()], cwd=folder, env=variables(**given), stdout=log, stderr=log)
            for line in lines
        ]
    try:
        yield
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(timeout=60)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.mark.setting("data_dir", "database_url", "broker_url", "port")
def test_the_single_processes_import_none_of_them_and_find_what_relative_paths_name(
    folder: Path, redis_url: str
) -> None:
    port, flower = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    given = {
        "SHEAF_DATA_DIR": "data",
        "SHEAF_DATABASE_URL": "sqlite:///letters.db",
        "SHEAF_BROKER_URL": redis_url,
        "SHEAF_PORT": str(port),
    }
    assert "fits" in sheaf(folder, "migrate", **given).stdout
    key = sheaf(folder, "keys", "create", "--project", "letters", **given).stdout.strip()
    lines = ("api", "worker --concurrency 1", "beat", f"flower --port {flower}")
    with started(folder, *lines, **given):
        until(lambda: answers(f"{url}/readyz") and answers(f"http://127.0.0.1:{flower}/healthcheck"))
        done = sheaf(folder, "run", "letters", "--out", "results", SHEAF_BASE_URL=url, SHEAF_API_KEY=key)
        assert done.returncode == 0, done.stderr
    assert imported(folder) == []
    assert {path.name for path in folder.iterdir() if path.suffix != ".py" and path.is_dir()} == {
        *("letters", "results", "data", "tasks", "flask")
    }
    assert (folder / "letters.db").exists()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
