"""Processes that belong together: started in one process group, restarted when they die, ended with their supervisor."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

REAPER = Path(__file__).with_name("reaper.py")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a process that died is started again; the pause doubles in between."""
STEADY_SECONDS = 60.0
"""A process that lived this long is restarted without a pause when it dies."""
LARGEST_LOG = 10 << 20
"""Bytes above which a log is put aside at the next start of its process."""


@dataclass(slots=True)
class ServiceProcess:
    """One process: how to start it, and what became of it so far."""

    name: str
    command: Sequence[str]
    log: Path
    keep_open: tuple[int, ...] = ()
    """File descriptors it inherits."""
    deaths: int = 0
    """How often it died in a row without having been steady."""
    started: float = 0.0
    """When it was started last; monotonic."""
    due: float = 0.0
    """When to start it again; monotonic."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def ended(self) -> int | None:
        """Its exit code, or None while it runs or before it was started."""
        return self.process.poll() if self.process else None

    def rest(self) -> float:
        """Take note of a death; answers the seconds to wait before the next start."""
        self.deaths = 0 if time.monotonic() - self.started > STEADY_SECONDS else self.deaths + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.deaths - 1)) if self.deaths else 0.0
        self.due = time.monotonic() + pause
        self.process = None
        return pause

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""


class Supervisor:
    """Starts children, keeps them running, and takes them all down.

    Children are started in `place`. `folders` are removed should this process be killed; `keep_open` are descriptors, such as a
    lock, that stay open until the children of a killed supervisor are gone.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        place: Path,
        folders: Sequence[Path] = (),
        keep_open: Sequence[int] = (),
    ) -> None:
        self._environment = dict(environment)
        self._place = place
        self._children: list[ServiceProcess] = []
        self._reaper = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", str(REAPER), *map(str, folders)],
            stdin=subprocess.PIPE,
            process_group=0,
            cwd=place,
            pass_fds=keep_open,
        )

    def start(self, child: ServiceProcess) -> None:
        """Start a child and keep it running from now on."""
        self._children.append(child)
        self._spawn(child)

    def keep(self) -> list[str]:
        """Start again what died; call it often. Answers a sentence for each event."""
        events = []
        for child in self._children:
            if (code := child.ended()) is not None:
                pause = child.rest()
                events.append(
                    f"{child.name} ended ({exit_reason(code)}); it starts again in {pause:.1f} s, see {child.log}"
                )
            if child.process is None and child.due <= time.monotonic():
                self._spawn(child)
        return events

    def ask_to_stop(self, *names: str) -> None:
        """Send SIGTERM to the children of these names."""
        for child in self._named(names):
            if child.process and child.process.poll() is None:
                child.process.terminate()

    def stopped(self, *names: str) -> bool:
        """Whether all children of these names are gone."""
        return all(child.process is None or child.process.poll() is not None for child in self._named(names))

    def close(self) -> None:
        """End at once whatever is left of the group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            os.killpg(self._reaper.pid, signal.SIGKILL)
        for process in (self._reaper, *(child.process for child in self._children)):
            if process:
                process.wait()
        if self._reaper.stdin:
            self._reaper.stdin.close()

    def _named(self, names: Sequence[str]) -> list[ServiceProcess]:
        return [child for child in self._children if child.name in names]

    def _spawn(self, child: ServiceProcess) -> None:
        turn_over(child.log)
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603 - our own command lines
                child.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._place,
                env=self._environment,
                process_group=self._reaper.pid,
                pass_fds=child.keep_open,
            )
        child.started = time.monotonic()


def turn_over(log: Path) -> None:
    """Put a log that has grown large aside, in place of the one put aside before."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))


def exit_reason(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
