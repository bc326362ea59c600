"""What a model writes, held against what the page says."""

from __future__ import annotations

import pytest

from engines.llm.faithfulness import judged

PAGE = """The total cost was 1,234.50 EUR, paid by Ada Love-
lace on 2024-05-01. See section 12 000."""


@pytest.mark.parametrize(
    "answer",
    [
        PAGE,
        "# The total cost\n\nwas **1234.50** EUR, paid by *Ada Lovelace* on 2024-05-01.\n\nSee section 12 000.",
        "| The total cost | was |\n|---|:--:|\n| 1,234.50 EUR | paid by |\n\n1. Ada Lovelace\n2. on 2024-05-01\n\nSection 12 000",
        "<table><tr><td>The total cost</td><td>was 1,234.50 EUR,</td></tr></table>\n\npaid by [Ada Lovelace](https://a.b/9)",
        "The total cost was $\\frac{1,234.50}{}$ EUR, paid by Ada Lovelace on 2024-05-01.\n```\nSee section 12 000.\n```",
    ],
)
def test_form_is_no_matter_of_faith(answer: str) -> None:
    found = judged(answer, PAGE)
    assert (found.share, found.invented) == (1, "")
    assert found.kept > 0.6


def test_numbers_and_names_that_the_page_has_not_are_found() -> None:
    found = judged(PAGE.replace("1,234.50", "1,243.50").replace("Ada", "Grace"), PAGE)
    assert found.invented == "numbers: 1,243.50; names: Grace"
    assert found.lost == ("1,234.50", "Ada")


def test_a_small_number_is_not_found_inside_of_others() -> None:
    assert judged("Section 12", "section 4125").numbers == ("12",)


def test_words_that_the_answer_has_lost_are_counted() -> None:
    found = judged("The total cost", PAGE)
    assert found.kept < 0.5
    assert "2024-05-01" in found.lost


def test_an_empty_answer_says_nothing_wrong_and_an_empty_page_loses_nothing() -> None:
    assert (judged("", PAGE).share, judged("anything", "").kept) == (1, 1)


def test_an_answer_may_owe_less_than_the_page_says() -> None:
    found = judged("To pay: 12 EUR", "Running title\nTo pay: 12 EUR\n3", "To pay: 12 EUR")
    assert (found.share, found.kept) == (1, 1)
