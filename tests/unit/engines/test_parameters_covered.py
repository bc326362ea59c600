"""No parameter is decoration: each has a test that shows its effect, or one that shows its refusal."""

from __future__ import annotations

import ast
from collections import Counter

import pytest
from support.places import TESTS

from engines.parameters import PARAMETERS, ParseParameters
from engines.parameters.conditions import Conditions
from engines.parameters.validation import complaints_about

SAMPLES = {"boolean": True, "string": "text"}


def shown() -> Counter[str]:
    """How many tests show the effect of each parameter, by the marks in tests/acceptance/parameters."""
    found: Counter[str] = Counter()
    for path in TESTS.rglob("test_parameters_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.effect":
                found.update(one.value for one in node.args if isinstance(one, ast.Constant))
    return found


def test_every_parameter_that_needs_no_model_has_a_test_of_its_effect() -> None:
    acting = {name for name, one in PARAMETERS.items() if not one.needs_model}
    assert sorted(acting - shown().keys()) == []


def test_no_test_claims_an_effect_of_what_does_not_exist() -> None:
    assert sorted(name for name in shown() if name not in PARAMETERS) == []


MODEL = [name for name, one in PARAMETERS.items() if one.needs_model]


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.effect(name)) for name in MODEL])
def test_what_needs_a_model_is_refused(name: str) -> None:
    one = PARAMETERS[name]
    value = False if one.default is True else SAMPLES[one.kind]
    found = complaints_about(ParseParameters(**{one.attribute: value}), Conditions())
    assert any(complaint.path == (name,) and "needs a language model" in complaint.message for complaint in found)


def test_twenty_one_need_a_model() -> None:
    assert len(MODEL) == 21
