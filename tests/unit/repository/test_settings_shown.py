"""Each setting changes something, and a test shows it."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import fields

from support.places import TESTS

from settings import Settings


def shown() -> Counter[str]:
    """How many tests show the effect of each setting, by their marks."""
    found: Counter[str] = Counter()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.setting":
                found.update(one.value for one in node.args if isinstance(one, ast.Constant))
    return found


def test_every_setting_has_a_test_of_its_effect_and_no_test_claims_one_of_what_is_none() -> None:
    names, marked = {one.name for one in fields(Settings)}, shown()
    assert sorted(names - marked.keys()) == []
    assert sorted(marked.keys() - names) == []
