"""What runs on each change is what the README and the Makefile say, with everything pinned."""

from __future__ import annotations

import importlib.resources
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from support.places import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def workflow(path: Path) -> dict[str, Any]:
    """A workflow as GitHub reads it: in YAML 1.1 its key `on` would be true."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on": document.pop(True), **document}


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


@each_workflow
def test_it_fits_the_schema(path: Path) -> None:
    schema = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "github-workflows.json"
    jsonschema.validate(workflow(path), json.loads(schema.read_text()))


@each_workflow
def test_its_actions_are_pinned_by_full_version_and_it_may_only_read(path: Path) -> None:
    for used in (step["uses"] for step in steps(path) if "uses" in step):
        assert re.fullmatch(r"[\w./-]+@v\d+\.\d+\.\d+", used)
    assert workflow(path)["permissions"] == {"contents": "read"}


@each_workflow
def test_it_makes_targets_that_exist(path: Path) -> None:
    commands = "\n".join(step["run"] for step in steps(path) if "run" in step)
    assert set(re.findall(r"\bmake ([a-z-]+)", commands)) <= TARGETS


def test_every_supported_python_is_tested() -> None:
    jobs = workflow(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert jobs["test"]["strategy"]["matrix"]["python"] == [oldest, "3.12", "3.13", "3.14"]


def test_hooks_are_the_programs_of_the_makefile() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert {hook["id"] for hook in hooks} == {"ruff", "ruff-format", "mypy"}
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks)


def test_one_version_stands_in_all_places() -> None:
    (image,) = set(re.findall(r"image: sheaf:(\S+)", (ROOT / "docker-compose.yml").read_text()))
    released = re.findall(r"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert (image, released[0]) == (PROJECT["version"], PROJECT["version"])
