"""A process group from outside: who is in it, how much memory it holds, and its end."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import psutil

PROC = Path("/proc")


def members(leader: int) -> set[int]:
    """Processes of the group and session that `leader` leads, and their descendants in other groups."""
    parents: dict[int, int] = {}
    pids = {leader}
    for process in psutil.process_iter():
        try:
            parents[process.pid] = process.ppid()
            if leader in (os.getpgid(process.pid), os.getsid(process.pid)):
                pids.add(process.pid)
        except (psutil.Error, OSError):
            continue  # ended between the listing and the reading
    while grown := {process for process, parent in parents.items() if parent in pids} - pids:
        pids |= grown
    return pids


def memory(process: int) -> int:
    """Bytes of memory that only this process holds (anonymous pages: files can be dropped by the system); 0 when it is gone.

    Elsewhere than on Linux all that it has in memory.
    """
    try:
        used = psutil.Process(process).memory_info()
    except psutil.Error:
        return 0
    return int(max(0, used.rss - getattr(used, "shared", 0)))


def descendants(process: int) -> set[int]:
    """A process and all that descends from it.

    psutil looks at every process of the machine for that, as `members` does: on one with 300 of them 10 ms instead of .1,
    which the watch over each document would pay ten times a second. Linux lists the children of a process.
    """
    if not PROC.is_dir():
        with contextlib.suppress(psutil.Error):
            return {process, *(child.pid for child in psutil.Process(process).children(recursive=True))}
        return {process}
    pids: set[int] = set()
    rest = [process]
    while rest:
        pids.add(one := rest.pop())
        with contextlib.suppress(OSError):  # it ends while it is looked at, whole or one of its threads
            for thread in (PROC / str(one) / "task").iterdir():
                with contextlib.suppress(OSError):
                    children = (thread / "children").read_bytes().split()
                    rest.extend(int(child) for child in children if int(child) not in pids)
    return pids


def group_memory(leader: int) -> int:
    """Bytes of memory of a group's leader and its descendants together."""
    return sum(memory(process) for process in descendants(leader))


def group_cpu(leader: int) -> float:
    """Seconds of processor time of a process and its descendants; on Linux with those that have ended and were collected."""
    seconds = 0.0
    for process in descendants(leader):
        with contextlib.suppress(psutil.Error):  # ended meanwhile
            used = psutil.Process(process).cpu_times()
            seconds += used.user + used.system + used.children_user + used.children_system
    return seconds


def kill_group(leader: int) -> None:
    """End all members at once, those that moved to a session of their own included, but never the process that asks."""
    others = members(leader) - {os.getpid()}
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(leader, signal.SIGKILL)
    for process in others:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
