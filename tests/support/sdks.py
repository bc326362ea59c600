"""The clients that others made, unmodified: each version in a directory of its own, and the programs that run on one of them.

`make test` runs some of them against one kind of stack, `make test-clients` all others against both kinds, and `make test-newest`
what the registries have today.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from support.packages import installed, run
from support.places import TESTS
from support.running import KINDS, Tenant
from support.waiting import CEILING

PROGRAMS = TESTS / "acceptance" / "sdk"
NEWEST = "newest"
"""The version that the registry has when it is asked."""
TYPESCRIPT = "@llamaindex/llama-cloud"


def versions(name: str, given: Sequence[str], daily: tuple[str, str], newest: bool = True) -> pytest.MarkDecorator:
    """Runs a test with each given version of the fixture `name` on each kind of stack; only `daily` of these in `make test`.

    The newest version meets one kind: what it may break is the shape of requests and answers.
    """
    cases = [
        pytest.param(version, kind, marks=[] if (version, kind) == daily else pytest.mark.clients)
        for version in given
        for kind in KINDS
    ]
    if newest:
        cases.append(pytest.param(NEWEST, KINDS[0], marks=pytest.mark.newest))
    return pytest.mark.parametrize((name, "stack"), cases, indirect=True)


def python_packages(*requirements: str) -> Path:
    """A directory with these Python packages and what they need; a name without a version is asked for at the registry."""
    uv = str(Path(sys.executable).with_name("uv"))

    def install(folder: Path) -> None:
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder), *requirements]
        run(command, f"{requirements} cannot be installed")

    stamp = " ".join(requirements)
    if not all("==" in one for one in requirements):
        asking = [uv, "pip", "compile", "--quiet", "--refresh", "--no-header", "--python", sys.executable, "-"]
        stamp = run(asking, "the registry does not answer", input="\n".join(requirements))
    name = "-".join(one.replace("==", "-") for one in requirements)
    return installed(f"python-{name}-{sys.implementation.cache_tag}", stamp, install)


def pinned(name: str, version: str) -> str:
    """The requirement of a package in this version."""
    return name if version == NEWEST else f"{name}=={version}"


@pytest.fixture(scope="session")
def sdk(request: pytest.FixtureRequest) -> Path:
    """A directory with one version of the official Python SDK and what it needs; `versions` says which."""
    return python_packages(pinned("llama-cloud", request.param))


def typescript_package(version: str) -> tuple[Path, str]:
    """A directory where this version of the TypeScript SDK is installed, and the name that it has there.

    Those of `package.json` are pinned with their hashes beside it; `newest` asks the registry.
    """
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    assert not missing, f"{' and '.join(missing)} missing: run `make system`"
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund"]
    if version == NEWEST:
        found = run(["npm", "view", TYPESCRIPT, "version"], "the registry does not answer").strip()

        def newest(folder: Path) -> None:
            run(["npm", "install", *quietly, f"{TYPESCRIPT}@{found}"], f"{found} cannot be installed", cwd=folder)

        return installed("typescript-newest", found, newest), TYPESCRIPT
    needed = ("package.json", "package-lock.json")

    def locked(folder: Path) -> None:
        for name in needed:
            shutil.copy(PROGRAMS / name, folder)
        run(["npm", "ci", *quietly], "the packages cannot be installed", cwd=folder)

    stamp = "".join((PROGRAMS / name).read_text() for name in needed)
    return installed("typescript", stamp, locked), f"llama-cloud-{version}"


def environment_of(tenant: Tenant, **more: str) -> dict[str, str]:
    """What a program is told by its environment, as the SDKs document it."""
    return {
        "PATH": os.environ["PATH"],
        "LLAMA_CLOUD_BASE_URL": tenant.url,
        "LLAMA_CLOUD_API_KEY": tenant.key,
        **more,
    }


def play_python(program: str, packages: Path, tenant: Tenant, chapter: str, *arguments: object) -> dict[str, Any]:
    """Run a chapter of a program beside the tests with these packages on its path; what it reports."""
    environment = environment_of(tenant, PYTHONPATH=str(packages), PYTHONWARNINGS="ignore")
    command = [sys.executable, str(PROGRAMS / program), chapter, *map(str, arguments)]
    report: dict[str, Any] = json.loads(run(command, chapter, env=environment, timeout=CEILING))
    return report


def play_typescript(
    program: str, package: tuple[Path, str], tenant: Tenant, chapter: str, *arguments: object
) -> dict[str, Any]:
    """Run a chapter of a program beside the tests under Node; what it reports."""
    folder, name = package
    environment = environment_of(tenant, SDK=name)
    command = ["node", str(PROGRAMS / program), chapter, *map(str, arguments)]
    report: dict[str, Any] = json.loads(run(command, chapter, cwd=folder, env=environment, timeout=CEILING))
    return report
