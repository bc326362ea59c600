"""The documentation says what the code says."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections import Counter
from pathlib import Path

import click
import pytest
from support.places import ROOT

from app.cli import main
from docs.generate import PAGES
from engines.errors import Code
from settings import OTHER_VARIABLES, Settings, variable_of

DOCS = ROOT / "docs"
WRITTEN = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(DOCS.glob("*.md")),
    *sorted(DOCS.glob("decisions/*.md")),
]
VARIABLES = {variable_of(one) for one in dataclasses.fields(Settings)}

each_page = pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)


@pytest.mark.parametrize("name", list(PAGES))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@each_page
def test_variables_that_are_named_are_read(page: Path) -> None:
    assert (
        set(re.findall(r"\bSHEAF_[A-Z0-9_]*[A-Z0-9]\b", page.read_text(encoding="utf-8")))
        <= VARIABLES | OTHER_VARIABLES.keys()
    )


def command_lines(text: str) -> set[str]:
    """What follows `sheaf ` at the start of lines of code, and in code within lines."""
    fenced = re.findall(r"^(?:\$ )?(?:\.venv/bin/)?sheaf ([a-z][^#\n]*)", text, re.MULTILINE)
    inline = re.findall(r"`sheaf ([a-z][^`]*)`", text)
    return {part.strip().removeprefix("sheaf ") for line in (*fenced, *inline) for part in line.split(";")}


@each_page
def test_commands_that_are_named_exist(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for line in command_lines(page.read_text(encoding="utf-8")):
        name, *words = shlex.split(line)
        command = main.get_command(click.Context(main), name)
        assert command, line
        paths = [str(ROOT / "examples") if word.endswith("/") or word == "FOLDER" else word for word in words]
        with command.make_context(name, paths, resilient_parsing=not words):
            pass


def test_error_codes_that_are_explained_exist() -> None:
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*)", page, re.MULTILINE))
    assert {code for some in codes for code in re.findall("[A-Z_]+", some)} <= set(Code)


def test_error_codes_are_in_use_or_named_by_the_api() -> None:
    """Those that others know are kept, used or not."""
    named = {"LLM_NOT_CONFIGURED"}
    sources = [
        path for room in ("app", "tasks", "schemas", "models", "engines") for path in (ROOT / room).rglob("*.py")
    ]
    words = Counter(
        code for path in sources for code in re.findall(r"Code\.([A-Z_]+)", path.read_text(encoding="utf-8"))
    )
    used = {code for code, count in words.items() if count > 1}  # once it has its sentence
    assert set(Code) - used == named
