"""Faults of processes: killed, asked to end, and stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path

from chaos.fault import Act, Fault


def send(pids: Iterable[int], how: signal.Signals) -> None:
    """Send a signal to all of them; one that is gone already is passed over."""
    for pid in pids:
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            continue


def children(pid: int) -> list[int]:
    """The processes that a process has started itself, the oldest first."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, listing.read_text().split())
    return sorted(found)


def command_line(pid: int) -> str:
    """The command line of a process; "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


class KillPoolChild(Fault):
    """kill -9 of one of the processes in which the document worker does its work."""

    name = "kill-pool-child"

    def inject(self, act: Act) -> None:
        send([act.random.choice(children(act.stage.stack.pid_of("documents")))], signal.SIGKILL)
