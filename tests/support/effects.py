"""Which tests show what parse parameters do, by their marks.

`PYTHONPATH=tests python -m support.effects` counts the marks; a run of tests ends with those of the tests that have passed in it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Mapping

from engines.parameters import PARAMETERS
from support.places import TESTS

LATER: Mapping[str, str] = {
    "boolean": "presentation_include_hidden_slides annotate_revisions annotate_line_numbers extract_forms",
    "WatermarkHandling": "watermark_handling",
}
"""What the second version of the API has come to know since the reference, under names like the others, by type."""


def shown() -> Counter[str]:
    """How many tests show the effect of each parameter, by the marks in tests/acceptance/parameters."""
    found: Counter[str] = Counter()
    for path in TESTS.rglob("test_parameters_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.effect":
                found.update(one.value for one in node.args if isinstance(one, ast.Constant))
    return found


def sentence(names: Collection[str]) -> str:
    """How many of the reference's parameters, and of those that came later, are among these names."""
    later = {name for some in LATER.values() for name in some.split()}
    reference = PARAMETERS.keys() - later
    return (
        f"parse parameters covered: {len(reference & set(names))} of {len(reference)}"
        f", and {len(later & set(names))} of {len(later)} that came later"
    )


if __name__ == "__main__":
    print(sentence(shown()))
