"""Where printed line numbers say that their lines are in the Markdown of a page."""

from __future__ import annotations

import pytest

from engines.document import LineNumber
from engines.render.line_numbers import line_number_results


def found(markdown: str, *texts: str) -> list[str]:
    """What the Markdown has in the places of these lines, an empty text where one is not in it."""
    numbers = [LineNumber(str(number), text) for number, text in enumerate(texts)]
    units = markdown.encode("utf-16-le")
    places = {one["lineNumber"]: one for one in line_number_results(numbers, markdown)}
    cut = [places.get(one.number, {"startIndex": 0, "endIndex": 0}) for one in numbers]
    return [units[2 * one["startIndex"] : 2 * one["endIndex"]].decode("utf-16-le") for one in cut]


@pytest.mark.parametrize(
    ("markdown", "lines", "expected"),
    [
        ("one boat two boats", ("one boat", "two boats"), ["one boat", "two boats"]),
        ("# Title\n\nThe **boat** left.", ("Title", "The boat left."), ["Title", "The **boat** left."]),
        ("moored at the har bour", ("moored at the", "harbour"), ["moored at the", "har bour"]),
        (
            "see [the book](https://example.org/a) here",
            ("see the book here",),
            ["see [the book](https://example.org/a) here"],
        ),
        ("<tr><td>Q.</td><td>Was it?</td></tr>", ("Q. Was it?",), ["Q.</td><td>Was it?"]),
        (
            "\U0001f6a2\U0001f6a2 the ship \U0001f6a2 sails (soon).",
            ("the ship", "sails (soon)."),
            ["the ship", "sails (soon)."],
        ),
        ("Yes.\n\nNo.\n\nYes.", ("Yes.", "No.", "Yes."), ["Yes.", "No.", "Yes."]),
        ("only this", ("something else", "only this"), ["", "only this"]),
        ("the end is near", ("...", "the end"), ["", "the end"]),
        (
            "second column line, first column line",
            ("first column line", "second column line"),
            ["first column line", "second column line"],
        ),
        ("a" * 300 + " No.", ("No.",), [""]),  # as short as that it may be any
    ],
)
def test_lines_are_found_by_their_letters(markdown: str, lines: tuple[str, ...], expected: list[str]) -> None:
    assert found(markdown, *lines) == expected
