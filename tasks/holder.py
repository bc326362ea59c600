"""Who holds an item: a message in a process. A message that comes twice while its first delivery lives is no redelivery.

Brokers deliver a message again when the process that had it died, and now and then when it did not (a connection that was
lost, a visibility timeout). Only in the first case may the second delivery take back what the first one holds. On the same
machine the process table tells; elsewhere the lease does.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

from engines.sandbox.procfs import PROC


def this_process() -> str:
    """The name of this process, which no other ever has: `MACHINE/PROCESS/START`."""
    return f"{platform.node()}/{os.getpid()}/{start_of(os.getpid())}"


def holder_of(message_id: str) -> str:
    """The name under which this process claims items for a message: `MESSAGE@MACHINE/PROCESS/START`."""
    return f"{message_id}@{this_process()}"


def is_gone(holder: str) -> bool:
    """Whether a holder has ended for certain. One on another machine may live: its lease will tell.

    A delivery in this very process has ended too: a process works on one message at a time.
    """
    machine, process, start = holder.rpartition("@")[2].split("/")
    if machine != platform.node():
        return False
    return int(process) == os.getpid() or start_of(int(process)) != start


def start_of(process: int) -> str:
    """When a process was started, in ticks of the machine's clock, so that a number used again is noticed; "" when it is gone.

    Elsewhere than on Linux the number of a process that lives has to do.
    """
    if not PROC.is_dir():
        return "alive" if _lives(process) else ""
    try:
        fields = Path(PROC, str(process), "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == b"Z" else fields[19].decode()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
