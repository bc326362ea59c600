"""The packages that most programs still use, in a process of their own, through the running stack (older.py beside this)."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.running import Tenant
from support.sdks import NEWEST, pinned, play_python, python_packages, versions

LAST = "0.6.94"
READER = "0.7.0"
"""Of the package that names `LlamaParse` for LlamaIndex."""
pytestmark = versions("packages", [LAST], daily=(LAST, "sqlite+valkey"))


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest) -> Path:
    """A directory with the packages and what they need."""
    version = request.param
    reader = pinned("llama-index-readers-llama-parse", version if version == NEWEST else READER)
    return python_packages(pinned("llama-parse", version), pinned("llama-cloud-services", version), reader)


@pytest.mark.parametrize("chapter", ["load", "results", "objects", "classify", "names"])
def test_programs_of_older_packages_go_on_as_they_are(
    chapter: str, packages: Path, tenant: Tenant, documents: Path
) -> None:
    play_python("older.py", packages, tenant, chapter, documents)
