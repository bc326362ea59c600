"""A real `sheaf serve` in a process of its own, and the `sheaf` command."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.datadir import DataDir
from support.places import ROOT
from support.waiting import CEILING
from support.waiting import eventually as until

SHEAF = (sys.executable, "-c", "from app.cli import main; main()")


def environment(data_dir: Path | None = None, **variables: str) -> dict[str, str]:
    """The environment of a command: this one's, without another server or the width of this terminal."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("SHEAF_", "COLUMNS", "COVERAGE_"))
    }
    settings = {"SHEAF_DATA_DIR": str(data_dir)} if data_dir else {}
    return kept | {"PYTHONPATH": str(ROOT)} | settings | variables


def sheaf(*arguments: str | Path, env: Mapping[str, str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*SHEAF, *map(str, arguments)], env=env, cwd=cwd, capture_output=True, text=True, timeout=CEILING, check=False
    )


@dataclass(slots=True)
class Served:
    """A running `sheaf serve`."""

    process: subprocess.Popen[str]
    data_dir: Path
    output: Path
    group: int = 0
    """The process group of what it has started."""

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self.output.read_text()

    @property
    def url(self) -> str:
        """Its base URL."""
        return self.said.partition("answers on ")[2].split()[0]

    @property
    def key(self) -> str:
        """The key that it keeps for commands on this machine."""
        return DataDir(self.data_dir).read_key()

    @property
    def client_environment(self) -> dict[str, str]:
        """What a client command needs."""
        return environment(SHEAF_BASE_URL=self.url, SHEAF_API_KEY=self.key)

    def processes(self) -> dict[int, str]:
        """Command lines of the processes that it has started, by process id."""
        return {pid: line for pid, line in command_lines().items() if line and self._owns(pid)}

    def _owns(self, pid: int) -> bool:
        try:
            return os.getpgid(pid) == self.group
        except ProcessLookupError:
            return False

    def find(self, text: str) -> int:
        """Process id of the one process whose command line holds `text`."""
        (found,) = [pid for pid, line in self.processes().items() if text in line]
        return found

    def stop(self) -> int:
        """Ask it to stop as a service manager does; answers its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=CEILING)


def command_lines() -> dict[int, str]:
    """Command lines of all processes of this machine; those of dead ones are empty."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                found[int(folder.name)] = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
    return found


def group_of(process: subprocess.Popen[str]) -> int:
    """The process group that a `sheaf serve` keeps its processes in, led by its reaper."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    (reaper,) = [int(pid) for pid in children if "reaper.py" in command_lines().get(int(pid), "")]
    return reaper


@contextlib.contextmanager
def serving(data_dir: Path, *options: str, **variables: str) -> Iterator[Served]:
    """Run `sheaf serve` on a free port for as long as the block lasts."""
    data_dir.mkdir(parents=True, exist_ok=True)
    output = data_dir / "serve.output"
    with output.open("w") as file:
        process = subprocess.Popen(
            [*SHEAF, "serve", "--port", "0", *options],
            env=environment(data_dir, **variables),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    served = Served(process, data_dir, output)
    try:
        until(lambda: "answers on" in served.said or process.poll() is not None)
        assert process.poll() is None, served.said
        served.group = group_of(process)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)  # twice: nothing is held that a test would miss
        process.send_signal(signal.SIGINT)
        process.wait(timeout=CEILING)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A `sheaf serve` that many tests of this process share."""
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running
