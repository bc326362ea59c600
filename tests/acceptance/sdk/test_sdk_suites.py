"""The Python SDK's own tests of the resources that exist here, as its makers ship them, against the running stack.

They are made for a mock server with made-up ids; support.stagehand puts real ones in their place. `suites.toml` beside this says
what differs and why: anything else that fails fails here, and what passes although it is listed there is told by a warning.
"""

from __future__ import annotations

import re
import tomllib
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from support.places import ROOT
from support.running import KINDS, Tenant
from support.sdks import PROGRAMS
from support.stagehand import stagehand
from support.suites import LONGEST, Outcome, outcomes

SUITES = tomllib.loads((PROGRAMS / "suites.toml").read_text(encoding="utf-8"))


def name_of(test: str) -> str:
    """A test's name without its class and its parameters: `test_files.py::test_method_create`."""
    return re.sub(r"::Test[A-Za-z0-9]+::(\w+).*", r"::\1", test)


def surprises(found: list[Outcome], differs: list[dict[str, Any]]) -> tuple[dict[str, str], list[str]]:
    """The errors of tests that should have passed, by their names, and the names of those that passed unexpectedly."""
    listed = {name for one in differs for name in one["tests"]}
    errors = {one.test: one.error for one in found if not one.passed and name_of(one.test) not in listed}
    by_name = defaultdict(list)
    for one in found:
        by_name[name_of(one.test)].append(one.passed)
    return errors, [name for name in sorted(listed) if all(by_name[name])]


@pytest.mark.clients
@pytest.mark.timeout(LONGEST + 300)
@pytest.mark.filterwarnings("default::UserWarning")
@pytest.mark.parametrize(("version", "stack"), list(zip(["2.8.0", "2.19.0"], KINDS, strict=True)), indirect=["stack"])
def test_the_sdks_own_tests_pass_but_for_those_that_are_known_to_differ(
    version: str, tenant: Tenant, tmp_path: Path
) -> None:
    suite = SUITES[version]
    with stagehand(tenant) as url:
        found = outcomes(version, suite["modules"], url, tmp_path)
    errors, passing = surprises(found, suite["differs"])
    assert not errors, "\n".join(f"{test}: {error}" for test, error in errors.items())
    if passing:
        warnings.warn(f"suites.toml lists what passes: {passing}", stacklevel=1)
    figures = (sum(one.passed for one in found), len(found))
    if figures != (suite["passed"], suite["all"]):
        warnings.warn(f"of {version} pass {figures[0]} of {figures[1]}: write it into suites.toml", stacklevel=1)


def test_the_figures_of_the_documentation_are_those_of_the_list() -> None:
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    for version, suite in SUITES.items():
        assert f"| {version} | {suite['passed']:,} of {suite['all']:,} |" in page
        for one in suite["differs"]:
            assert one["why"] in page
