"""What is read of processes from outside, while they come and go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from engines.sandbox.procfs import descendants, group_memory, members, memory

MANY = "while :; do /bin/true & /bin/true & /bin/true; done"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere psutil lists the children")
def test_descendants_that_end_while_they_are_looked_at_are_left_out() -> None:
    shell = subprocess.Popen(["/bin/sh", "-c", MANY], start_new_session=True)
    try:
        assert all(shell.pid in descendants(shell.pid) for _ in range(1_500))  # some 7 of them meet one that ends
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()


def test_a_process_that_is_gone_holds_no_memory_and_has_no_descendants() -> None:
    child = subprocess.Popen(["/bin/true"])
    child.wait()
    assert memory(child.pid) == 0
    assert group_memory(child.pid) == 0
    assert descendants(child.pid) == {child.pid}


def test_a_group_has_its_descendants_in_other_sessions_as_members() -> None:
    command = "import subprocess, sys; subprocess.run(['/bin/cat'], start_new_session=True)"
    parent = subprocess.Popen([sys.executable, "-c", command], stdin=subprocess.PIPE, start_new_session=True)
    try:
        while len(descendants(parent.pid)) < 2:
            assert parent.poll() is None
        assert descendants(parent.pid) <= members(parent.pid)
    finally:
        assert parent.stdin is not None
        parent.stdin.close()
        parent.wait()
