"""Folders of the checkout."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
EXAMPLES = ROOT / "examples"
DOCUMENTS = EXAMPLES / "documents"
OLD_DOCUMENTS = Path(__file__).with_name("documents")
"""Office documents of before 2007, which nothing here can write."""


def tracked_files() -> list[Path]:
    """All files that git knows of and that are there."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]
