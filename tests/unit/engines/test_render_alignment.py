"""Where the characters of a text are found in what is written of it (engines/render/alignment.py)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engines.build.inline import InlineRun, markdown_of, text_of
from engines.render.alignment import aligned, verbatim

LETTERS = st.text("ab _*\\`<[]()|$\n🛶", max_size=8)
RUNS = st.lists(
    st.builds(
        InlineRun,
        LETTERS,
        bold=st.booleans(),
        italic=st.booleans(),
        strike=st.booleans(),
        url=st.sampled_from(["", "https://e.example/a", "https://e.example/a (b)"]),
    ),
    max_size=5,
)


@given(RUNS)
def test_every_character_of_formatted_text_is_found_as_itself_or_none_is(runs: list[InlineRun]) -> None:
    text, markdown = text_of(runs), markdown_of(runs)
    written = text if markdown is None else markdown
    found = aligned(text, written, is_markdown=markdown is not None)
    if found is None:
        return
    for number, letter in enumerate(text):
        start, end = found.span(number, number + 1)
        assert written[start:end].lstrip("\\") in (letter, "") or letter in " \n\\"
    assert found.starts == sorted(found.starts)


@given(st.lists(st.builds(InlineRun, st.text("ab *_.,!?\n", max_size=8), bold=st.booleans(), italic=st.booleans())))
def test_text_as_people_write_it_is_always_found(runs: list[InlineRun]) -> None:
    text, markdown = text_of(runs), markdown_of(runs)
    assert aligned(text, text if markdown is None else markdown, is_markdown=markdown is not None) is not None


def test_marks_around_a_stretch_are_left_out_and_those_in_it_are_not() -> None:
    found = aligned("see our page now", "see **our [page](https://x.example/a)** now")
    assert found is not None
    assert found.span(4, 12) == (6, 15)
    assert found.span(3, 3) == (3, 3)
    assert found.span(16, 16) == (43, 43)


def test_a_blank_that_is_missing_is_not_looked_for_behind_a_character_of_the_text() -> None:
    assert aligned("? \n* ?", "*?*\n*\\** ?") is not None


def test_code_is_taken_as_it_is_written() -> None:
    found = aligned("run a*b` now", "run ``a*b` `` now")
    assert found is not None
    assert "run ``a*b` `` now"[slice(*found.span(4, 8))] == "a*b`"


def test_something_else_is_not_found() -> None:
    assert aligned("kayak", "canoe") is None
    assert aligned("kayak", "kay") is None
    assert aligned("a<br/>b", "a b") is None


def test_texts_between_lines_are_passed_over() -> None:
    found = aligned("a\nb", "a<br/>b", ("<br/>", ""), is_markdown=False)
    assert found is not None
    assert found.span(2, 3) == (6, 7)


def test_what_is_written_as_it_is_stands_where_it_stands() -> None:
    assert verbatim("abc", 2).span(1, 3) == (3, 5)
    assert verbatim("").span(0, 0) == (0, 0)
