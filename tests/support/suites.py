"""The tests that the makers of the Python SDK ship with it: fetched with its source, never kept here, and run on a stack."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from support.packages import installed, run
from support.sdks import PROGRAMS, python_packages

SHA256 = {
    "2.8.0": "ee13ecdb2c924363eb1023a43619dbd072e182c596ed5c292b8a5c95b01a0ce5",
    "2.19.0": "17cd945511c3f6bc2f64d73ec5ea24b31ed7d2401b49026a94d7d02b92c5fbf5",
}
"""Of the source distributions."""
RUNNERS = ("pytest==9.2.0", "pytest-asyncio==1.5.0")
LONGEST = 1200.0
"""Seconds that a suite may take."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ended."""

    test: str
    """Its id, below `tests/api_resources`."""
    passed: bool
    error: str


def fetched(version: str) -> Path:
    """The unpacked source distribution of this version."""

    def fetch(folder: Path) -> None:
        wanted = folder / "wanted.txt"
        wanted.write_text(f"llama-cloud=={version} --hash=sha256:{SHA256[version]}\n")
        quietly = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", ":all:"]
        command = [sys.executable, "-m", "pip", "download", *quietly, "--require-hashes", "-r", str(wanted)]
        run(command, f"the source of {version} cannot be fetched", cwd=folder)
        [archive] = folder.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()

    folder = installed(f"suite-{version}", SHA256[version], fetch)
    [source] = folder.glob("llama*")
    return source


def outcomes(version: str, modules: Sequence[str], url: str, folder: Path) -> list[Outcome]:
    """Run the modules of a suite against a server, in an environment of their own; `folder` is for what they write."""
    source = shutil.copytree(fetched(version) / "tests", folder / "tests")
    shutil.copy(fetched(version) / "pyproject.toml", folder)
    packages = python_packages(f"llama-cloud[aiohttp]=={version}", *RUNNERS)
    written = folder / "outcomes"
    environment = {
        "PYTHONPATH": f"{packages}:{PROGRAMS}:{folder}",
        "TEST_API_BASE_URL": url,
        "SUITE_OUTCOMES": str(written),
        "NO_PROXY": "*",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "suite_plugin", "-p", "no:cacheprovider", "-o", "addopts="]
    done = subprocess.run(
        [*command, *(str(source / "api_resources" / module) for module in modules)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    lines = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]
    return [
        Outcome(one["test"].removeprefix("tests/api_resources/"), one["outcome"] == "passed", one["error"])
        for one in lines
    ]
