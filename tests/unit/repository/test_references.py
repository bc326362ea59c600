"""What code, tests and pages refer to lies in the repository: pages, headings, promises, decisions, tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.places import ROOT, tracked_files

OUTSIDE = re.compile(
    r"\b[Dd]esign(?: §|: [A-Z]|\.md)|\b[Ss]pec(?:: [a-z]|/)|\b[Cc]ontract (?:§|\.md)|\bnames\.md|\bstyle\.md"
    r"|\.md §|\bshared/(?!corpus\b)|\bissue \d+\b"
)
"""How papers that are not here were named."""
PROMISE = re.compile(r"\b[Pp]romises? (\d+)\b")
DECISION = re.compile(r"\b[Dd]ecision (\d{1,4})\b|docs/decisions/(\d{4})\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")

FILES = tracked_files()
PAGES = [path for path in FILES if path.suffix == ".md"]
PROMISES = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


def text_of(path: Path) -> str:
    """The text of a file, empty for what is no text and for the patterns of this module."""
    if path == Path(__file__):
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    """What a pattern matches, each with its line."""
    return [f"{text.count(chr(10), 0, one.start()) + 1}: {one[0]}" for one in pattern.finditer(text)]


def anchors_of(page: Path) -> set[str]:
    """The names by which the headings of a page are linked to, as GitHub makes them."""
    outside_of_code = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#{1,6} (.+)$", outside_of_code, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def prose_of(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"`[^`\n]*`|^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def broken_links(page: Path) -> list[str]:
    """Relative links of a page to files or headings that do not exist."""
    broken = []
    for target in LINK.findall(prose_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        linked = page.parent / name if name else page
        if not linked.exists() or (heading and heading not in anchors_of(linked)):
            broken.append(target)
    return broken


@pytest.mark.parametrize(
    "text",
    [
        "(design: Work)",
        "design §6",
        "(spec: parse-output.md §2)",
        "spec/parameters.md",
        "contract §4.4",
        "see ../shared/x",
    ],
)
def test_a_paper_that_is_not_here_is_recognised(text: str) -> None:
    assert OUTSIDE.search(text)


def test_nothing_refers_to_papers_outside_of_the_repository() -> None:
    outside = {str(path.relative_to(ROOT)): found(OUTSIDE, text_of(path)) for path in FILES}
    assert {name: places for name, places in outside.items() if places} == {}


def test_promises_that_are_named_are_listed() -> None:
    listed = set(re.findall(r"^## (\d+)\. ", PROMISES, re.MULTILINE))
    named = {(number, path) for path in FILES for number in PROMISE.findall(text_of(path))}
    assert {(number, path) for number, path in named if number not in listed} == set()


def test_every_promise_is_shown_by_tests_that_exist() -> None:
    tests = {name for path in FILES if path.suffix == ".py" for name in re.findall(r"def (test_\w+)\(", text_of(path))}
    for section in re.split(r"^## ", PROMISES, flags=re.MULTILINE)[1:]:
        shown = set(re.findall(r"`(test_\w+)`", section))
        assert shown, section
        assert shown <= tests


def test_files_that_pages_name_exist() -> None:
    """Paths in code, such as `tasks/batch.py` or `engines/sandbox/`; decisions tell of their time and are left out."""
    named = re.compile(r"`((?:app|tasks|schemas|models|engines|storage|tests|docs|examples|benchmarks)/[\w./-]+)`")
    for page in (page for page in PAGES if page.parent.name != "decisions" and page.name != "CHANGELOG.md"):
        missing = [name for name in named.findall(page.read_text(encoding="utf-8")) if not (ROOT / name).exists()]
        assert missing == [], page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    assert broken_links(page) == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One, two\n[a](#one-two) [b](#three) [c](page.md#one-two) [d](other.md) [e](https://example.org/x)\n"
    )
    assert broken_links(page) == ["#three", "other.md"]


def test_decisions_that_are_named_exist() -> None:
    numbers = {int(path.name[:4]) for path in DECISIONS}
    named = {(int(one[1] or one[2]), path) for path in FILES for one in DECISION.finditer(text_of(path))}
    assert {(number, path) for number, path in named if number not in numbers} == set()


def test_the_index_of_decisions_has_each_with_its_title() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{4}) \| \[(.+)\]\((.+\.md)\) \| [a-z].* \| \d{4}-\d\d-\d\d \|$", index, re.MULTILINE)
    expected = [
        (path.name[:4], path.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {path.name[:4]} "), path.name)
        for path in DECISIONS
    ]
    assert rows == expected
    assert len({number for number, _, _ in rows}) == len(rows)
