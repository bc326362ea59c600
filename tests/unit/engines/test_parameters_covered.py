"""No parameter is decoration: each has a test that shows its effect, and what needs a model is refused without one."""

from __future__ import annotations

import pytest
from support.effects import sentence, shown

from engines.parameters import PARAMETERS, ParseParameters
from engines.parameters.conditions import Conditions
from engines.parameters.validation import complaints_about

SAMPLES = {"boolean": True, "string": "text"}


def test_every_parameter_has_a_test_of_its_effect() -> None:
    assert sorted(PARAMETERS.keys() - shown().keys()) == []


def test_how_many_have_one_is_told() -> None:
    assert sentence(shown()) == "parse parameters covered: 125 of 125, and 5 of 5 that came later"
    assert sentence(["model", "extract_forms"]) == "parse parameters covered: 1 of 125, and 1 of 5 that came later"


def test_no_test_claims_an_effect_of_what_does_not_exist() -> None:
    assert sorted(name for name in shown() if name not in PARAMETERS) == []


MODEL = [name for name, one in PARAMETERS.items() if one.needs_model]


@pytest.mark.parametrize("name", MODEL)
def test_what_needs_a_model_is_refused(name: str) -> None:
    one = PARAMETERS[name]
    value = False if one.default is True else SAMPLES[one.kind]
    found = complaints_about(ParseParameters(**{one.attribute: value}), Conditions())
    assert any(complaint.path == (name,) and "needs a language model" in complaint.message for complaint in found)


def test_twenty_one_need_a_model() -> None:
    assert len(MODEL) == 21
