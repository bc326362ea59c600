"""The packages that most programs still use, in a process of their own, through the running stack (older.py beside this)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.packages import installed, run
from support.running import Tenant, once
from support.waiting import CEILING

PROGRAM = Path(__file__).with_name("older.py")
REQUIREMENTS = ["llama-parse==0.6.94", "llama-cloud-services==0.6.94"]
"""The last ones. The first is a name for a part of the second."""


@pytest.fixture(scope="session")
def packages() -> Path:
    """A directory with the packages and what they need."""

    def install(folder: Path) -> None:
        uv = str(Path(sys.executable).with_name("uv"))
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder), *REQUIREMENTS]
        run(command, f"{REQUIREMENTS} cannot be installed")

    return installed(f"python-older-{sys.implementation.cache_tag}", " ".join(REQUIREMENTS), install)


@once
@pytest.mark.parametrize("chapter", ["load", "results", "objects", "classify"])
def test_programs_of_older_packages_go_on_as_they_are(
    chapter: str, packages: Path, tenant: Tenant, documents: Path
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(packages),
        "PYTHONWARNINGS": "ignore",
        "LLAMA_CLOUD_BASE_URL": tenant.url,
        "LLAMA_CLOUD_API_KEY": tenant.key,
    }
    run([sys.executable, str(PROGRAM), str(documents), chapter], chapter, env=environment, timeout=CEILING)
