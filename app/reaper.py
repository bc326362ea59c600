"""Ends what a supervisor started once the supervisor is gone, however it went. Runs as a program of its own.

It leads the process group that all of a stack's processes are in, and waits for the end of its standard input, a pipe that
only the supervisor holds open. A supervisor that ends in good order kills this process with the rest of the group.
Its arguments are directories to remove.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time

LAST_SECONDS = 2.0
"""Between asking the processes to end and ending them; what they held is found again in SQL."""


def main() -> None:
    """Wait for the supervisor's end; then end the group, this process included."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGTERM)
    time.sleep(LAST_SECONDS)
    for folder in sys.argv[1:]:
        shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
