"""A plugin for pytest in the SDK's own tests: runs those that its makers skip, and writes down how each ended.

Its makers skip all that need the mock server, by a mark with a reason; here there is a real one. The outcomes go to the file that
SUITE_OUTCOMES names, a JSON object a line.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

SKIPPED = "Mock server tests are disabled"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take the mark off."""
    for item in items:
        item.own_markers = [
            mark for mark in item.own_markers if (mark.name, mark.kwargs.get("reason")) != ("skip", SKIPPED)
        ]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write down a test that ended, or that could not begin."""
    if report.when == "call" or not report.passed:
        crash = getattr(report.longrepr, "reprcrash", None)
        line = {"test": report.nodeid, "outcome": report.outcome, "error": str(crash and crash.message)[:2000]}
        with Path(os.environ["SUITE_OUTCOMES"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
