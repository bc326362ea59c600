"""Packages that some tests run in processes of their own: installed once into a directory of their own, and kept between runs."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from support.places import ROOT

CACHE = ROOT / ".cache" / "sdk"


def installed(name: str, stamp: str, install: Callable[[Path], None]) -> Path:
    """The directory `name` as `install` fills it, anew when `stamp` has changed; of several test processes one does it."""
    folder = CACHE / name
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "installed"
        if not done.exists() or done.read_text() != stamp:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            install(folder)
            done.write_text(stamp)
    return folder


def run(command: Sequence[str], failure: str, **options: object) -> str:
    """Run a program and answer its output. Raises AssertionError with what it says about its failure."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload] # options are its own
    assert done.returncode == 0, f"{failure}: {done.stderr}"
    return str(done.stdout)
