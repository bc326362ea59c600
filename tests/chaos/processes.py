"""Faults of processes: killed, asked to end, and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from support.waiting import eventually

from chaos.fault import Act, Fault
from chaos.stage import KINDS, Stage
from engines.sandbox.procfs import descendants

LONGER_THAN_A_LEASE = 1.25
KILLS = 3
"""Fewer than would use up the attempts of an item that is hit each time: the first time it shares a message, and pays nothing."""


def send(pids: Collection[int], how: signal.Signals) -> None:
    """Send a signal to all of them; one that is gone already is passed over."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)


def children(pid: int) -> list[int]:
    """The processes that a process has started itself, the oldest first."""
    return sorted(one for one in descendants(pid) if parent(one) == pid)


def parent(pid: int) -> int:
    """The process that started this one; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def command_line(pid: int) -> str:
    """The command line of a process; "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def pool_child(act: Act) -> int:
    """One of the processes in which the document worker does its work; after a kill of all there are none for a moment."""
    return act.random.choice(eventually(lambda: children(act.stage.stack.pid_of("documents"))))


class KillPoolChild(Fault):
    """kill -9 of one of the processes in which the document worker does its work, three times in a second."""

    name = "kill-pool-child"
    kinds = KINDS

    def inject(self, act: Act) -> None:
        for _ in range(KILLS):  # one kill may come between two messages, and show nothing
            send([pool_child(act)], signal.SIGKILL)
            time.sleep(act.random.uniform(0.2, 0.5))


class KillProcess(Fault):
    """kill -9 of one of the stack's processes and of all that it has started."""

    process: ClassVar[str]

    def inject(self, act: Act) -> None:
        send(descendants(act.stage.stack.pid_of(self.process)), signal.SIGKILL)


class KillWorker(KillProcess):
    """kill -9 of the whole document worker, with all its processes."""

    name, process, kinds = "kill-worker", "documents", KINDS


@contextlib.contextmanager
def slow(_stage: Stage) -> Iterator[Mapping[str, str]]:
    """Documents that take some ten times as long (tests/support/hostile/sitecustomize.py)."""
    yield {"CHAOS_PACE": "0.06"}


class KillWorkerInQueue(KillProcess):
    """kill -9 of the whole document worker while its queue is long: what it held does not wait behind all that."""

    name, process = "kill-worker-in-queue", "documents"
    variant = staticmethod(slow)
    most = 1500

    def moment(self, act: Act) -> float:
        """Early, so that much is left to wait behind."""
        return act.random.uniform(0.15, 0.25)


class KillApi(KillProcess):
    """kill -9 of the API."""

    name, process = "kill-api", "api"


class KillBeat(KillProcess):
    """kill -9 of beat, the clock of the reconciler."""

    name, process = "kill-beat", "beat"


class KillControl(KillProcess):
    """kill -9 of the control worker, which dispatches, finishes and reconciles."""

    name, process = "kill-control", "control"


@contextlib.contextmanager
def isolated(_stage: Stage) -> Iterator[Mapping[str, str]]:
    """Every document in a child process of its own."""
    yield {"SHEAF_ISOLATION": "always"}


class KillEngineChild(Fault):
    """kill -9 of the sandboxed children in which engines run; every document runs in one."""

    name = "kill-engine-child"
    variant = staticmethod(isolated)

    def inject(self, act: Act) -> None:
        worker = descendants(act.stage.stack.pid_of("documents"))
        engines = [pid for pid in worker if "engines.sandbox.child" in command_line(pid)]
        if not engines:
            act.broken.append("no engine ran in a child")
        send(engines, signal.SIGKILL)


class TermWorker(Fault):
    """SIGTERM to the document worker, as every deployment sends it: it drains, and another one starts."""

    name = "term-worker"

    def inject(self, act: Act) -> None:
        send([act.stage.stack.pid_of("documents")], signal.SIGTERM)


class Stop(Fault):
    """SIGSTOP for longer than a lease, then SIGCONT: who was taken for dead comes back and finds its claims gone."""

    is_outage = True

    def targets(self, act: Act) -> Collection[int]:
        """The processes to stop."""
        raise NotImplementedError

    def inject(self, act: Act) -> None:
        stopped = self.targets(act)
        send(stopped, signal.SIGSTOP)
        try:
            time.sleep(LONGER_THAN_A_LEASE * act.setting("lease_seconds"))
        finally:
            send(stopped, signal.SIGCONT)


class StopPoolChild(Stop):
    """SIGSTOP of a pool child for longer than a lease, then SIGCONT; meanwhile others do its items."""

    name = "stop-pool-child"
    strands_until_end = False

    def targets(self, act: Act) -> Collection[int]:
        return [pool_child(act)]


class StopWorker(Stop):
    """SIGSTOP of the whole document worker for longer than a lease, then SIGCONT."""

    name = "stop-worker"

    def targets(self, act: Act) -> Collection[int]:
        return descendants(act.stage.stack.pid_of("documents"))
