"""The wheel holds all of Sheaf, and what is installed from it runs outside of the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.places import ROOT, tracked_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SHIPPED = PROJECT["tool"]["hatch"]["build"]["only-include"]
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
IMPORTS = """
import app.web, tasks.celery, engines.pipeline, sys
ours = {path.partition(".")[0] for path in sys.argv[1:]}
print(*(module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] in ours), sep="\\n")
"""
"""Imports what the API, a worker and an engine begin with, and prints where each module of Sheaf was found."""


def run(command: Sequence[str | Path], **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload] # options are its own
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run([*PIP, "wheel", "--no-deps", "--wheel-dir", folder, ROOT])
    (found,) = folder.glob("sheaf-*.whl")
    return found


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sheaf alone, as the wheel brings it; what it depends on comes from the environment of the tests."""
    folder = tmp_path_factory.mktemp("installation")
    run([*PIP, "install", "--no-deps", "--no-compile", "--target", folder, wheel])
    return folder


def outside(installation: Path, *command: str | Path) -> str:
    """What a command prints in a folder of its own, with the modules of the installation before all others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHEAF_", "PYTHON"))}
    return run(command, cwd=installation.parent, env={**kept, "PYTHONPATH": str(installation)})


def test_it_holds_what_git_knows_of_the_packages_and_nothing_else(wheel: Path) -> None:
    tracked = {path.relative_to(ROOT).as_posix() for path in tracked_files()}
    expected = {name for name in tracked if name.partition("/")[0] in SHIPPED}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == expected


def test_its_command_tells_the_version(installation: Path) -> None:
    assert (
        outside(installation, installation / "bin" / "sheaf", "--version").split()[-1] == PROJECT["project"]["version"]
    )


def test_all_modules_come_from_it(installation: Path) -> None:
    printed = outside(installation, sys.executable, "-c", IMPORTS, *SHIPPED)
    places = [Path(line) for line in printed.splitlines() if line]
    assert {installation / name for name in SHIPPED} <= {
        *places,
        *(parent for place in places for parent in place.parents),
    }
    assert [place for place in places if not place.is_relative_to(installation)] == []
