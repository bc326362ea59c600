"""The example documents are what their script makes, and each of them can be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml
from support.places import EXAMPLES
from support.waiting import CEILING

from engines import parse
from engines.context import Context, Source
from engines.parameters import ParseParameters
from engines.tools import find_tools


def test_the_examples_are_many_small_and_readable() -> None:
    documents = sorted((EXAMPLES / "documents").iterdir())
    assert len(documents) >= 13
    assert sum(path.stat().st_size for path in documents) < 600_000
    for path in documents:
        document = parse(Source(path=path, name=path.name), ParseParameters(), Context(tools=find_tools()))
        assert document.pages[0].text, path.name
        assert not document.warnings, path.name


def test_the_script_makes_all_of_them(tmp_path: Path) -> None:
    script = str(EXAMPLES / "make_documents.py")
    subprocess.run([sys.executable, script, str(tmp_path)], check=True, capture_output=True, timeout=CEILING)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in (EXAMPLES / "documents").iterdir()}


def test_the_rules_are_types_with_descriptions() -> None:
    rules = yaml.safe_load((EXAMPLES / "rules.yaml").read_text())
    assert all(set(rule) == {"type", "description"} for rule in rules)
