"""A process group from outside: who is in it, how much memory it holds, and its end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


def members(leader: int) -> set[int]:
    """Processes of the group and session that `leader` leads, and their descendants in other groups; Linux only."""
    parents: dict[int, int] = {}
    found = {leader}
    for entry in os.scandir(PROC):
        if not entry.name.isdigit():
            continue
        try:
            # The name in parentheses may hold anything; the fields after it are state, parent, group, session …
            fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue  # ended between the listing and the reading
        process = int(entry.name)
        parents[process] = int(fields[1])
        if leader in (int(fields[2]), int(fields[3])):
            found.add(process)
    while grown := {process for process, parent in parents.items() if parent in found} - found:
        found |= grown
    return found


def memory(process: int) -> int:
    """Bytes of memory that only this process holds (anonymous pages: files can be dropped by the system); 0 when it is gone."""
    try:
        _size, resident, shared = (PROC / str(process) / "statm").read_bytes().split()[:3]
    except OSError:
        return 0
    return max(0, int(resident) - int(shared)) * PAGE


def descendants(process: int) -> set[int]:
    """A process and all that descends from it, without looking at every process of the machine as `members` does; Linux only."""
    found: set[int] = set()
    rest = [process]
    while rest:
        found.add(one := rest.pop())
        for children in (PROC / str(one)).glob("task/*/children"):
            with contextlib.suppress(OSError):  # ended meanwhile
                rest.extend(int(child) for child in children.read_bytes().split() if int(child) not in found)
    return found


def group_memory(leader: int) -> int:
    """Bytes of memory of a group's leader and its descendants together; elsewhere than on Linux, of the group."""
    if PROC.is_dir():
        return sum(memory(process) for process in descendants(leader))
    listing = subprocess.run(  # noqa: S603 - fixed program, a number as argument
        ["/bin/ps", "-o", "rss=", "-g", str(leader)], capture_output=True, text=True, check=False
    ).stdout
    return sum(int(line) for line in listing.split()) * 1024


def group_cpu(leader: int) -> float:
    """Seconds of processor time of a process and its descendants, those that have ended and were collected included; Linux only."""
    ticks = 0
    for process in descendants(leader) if PROC.is_dir() else ():
        with contextlib.suppress(OSError):  # ended meanwhile
            fields = (PROC / str(process) / "stat").read_bytes().rpartition(b")")[2].split()
            ticks += sum(int(one) for one in fields[11:15])
    return ticks / TICKS


def kill_group(leader: int) -> None:
    """End all members at once, those that moved to a session of their own included, but never the process that asks."""
    others = members(leader) - {os.getpid()} if PROC.is_dir() else set()
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(leader, signal.SIGKILL)
    for process in others:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
