"""Folders of the checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
EXAMPLES = ROOT / "examples"
DOCUMENTS = EXAMPLES / "documents"
OLD_DOCUMENTS = Path(__file__).with_name("documents")
"""Office documents of before 2007, which nothing here can write."""
