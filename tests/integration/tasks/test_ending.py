"""A process that is asked to end does, also when its main thread cannot hear of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from support.places import ROOT
from support.served import environment, sheaf, until
from support.stuck import READY

from app import commands
from engines.sandbox import procfs

TESTS = ROOT / "tests"


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_worker_whose_main_thread_is_stuck_ends_with_its_children(tmp_path: Path, valkey_url: str, pool: str) -> None:
    ready = tmp_path / "ready"
    variables = environment(tmp_path / "data", SHEAF_BROKER_URL=valkey_url, SHEAF_DRAIN_SECONDS="5")
    assert sheaf("migrate", env=variables).returncode == 0
    command = commands.worker("stuck", ("control",), concurrency=2, pool=pool)
    command += ["--include", "support.stuck"]
    variables |= {READY: str(ready), "PYTHONPATH": f"{ROOT}:{TESTS}"}
    worker = subprocess.Popen(command, env=variables, cwd=commands.FOLDER, process_group=0)
    try:
        until(ready.exists)
        worker.terminate()
        assert worker.wait(timeout=300) == 0
        until(lambda: procfs.members(worker.pid) == {worker.pid})
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, 9)
            worker.wait()
