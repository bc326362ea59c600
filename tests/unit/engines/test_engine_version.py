"""What is part of the engines' version: whatever, changed, may change a result."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from support.notes import notes, statuses
from support.running import RunningStack, Tenant

import engines
import engines.version
from engines.tools import OcrChoice, Tools
from engines.version import EXTRAS, LIBRARIES, profile_version
from models import CachedResult, ProcessingResult


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    profile_version.cache_clear()
    yield
    profile_version.cache_clear()


def imported(root: Path) -> set[str]:
    """The distributions that the modules below a folder import, besides Python's own modules and those of Sheaf."""
    found = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module or "")
    modules = {name.partition(".")[0] for name in found} - sys.stdlib_module_names - {"engines"}
    owners = metadata.packages_distributions()
    return {owner.lower() for module in modules for owner in owners.get(module, [module])}


def test_all_that_engines_import_is_part_of_the_version() -> None:
    assert imported(Path(engines.__path__[0])) == {*LIBRARIES, *EXTRAS}


def test_an_import_that_is_not_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text(
        "def late():\n    import flask.views\n    from yaml import load\n    import nowhere\n"
    )
    assert imported(tmp_path) - set(LIBRARIES) == {"flask", "pyyaml", "nowhere"}


@pytest.mark.parametrize("upgraded", LIBRARIES)
def test_another_version_of_a_library_is_another_version(upgraded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = profile_version()
    monkeypatch.setattr(engines.version, "version", lambda name: "99" if name == upgraded else metadata.version(name))
    profile_version.cache_clear()
    assert profile_version() != before


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """Programs and trained data of which only sizes and times are looked at."""
    for name in ("eng.traineddata", "deu.traineddata", "soffice", "chromium", "versionrc"):
        (tmp_path / name).write_text(name)
    models = frozenset(("eng", "deu"))
    return Tools(
        tessdata=str(tmp_path), ocr_models=models, soffice=f"{tmp_path}/soffice", chromium=f"{tmp_path}/chromium"
    )


@pytest.mark.parametrize("name", ["eng.traineddata", "deu.traineddata", "soffice", "chromium", "versionrc"])
def test_another_version_of_a_program_or_of_trained_data_is_another_version(
    name: str, tools: Tools, tmp_path: Path
) -> None:
    before = profile_version(tools)
    (tmp_path / name).write_text("a new one")
    assert profile_version(tools) == before, "it is worked out once in a process"
    profile_version.cache_clear()
    assert profile_version(tools) != before


def test_tools_that_are_missing_are_another_version(tools: Tools) -> None:
    others = (Tools(soffice=tools.soffice), Tools(rapidocr="3.10.0"), Tools(rapidocr="3.10.1"))
    forced = Tools(rapidocr="3.10.0", ocr_engine=OcrChoice.RAPIDOCR)
    assert len({profile_version(one) for one in (None, Tools(), tools, *others, forced)}) == 7


def test_after_an_upgrade_nothing_is_answered_from_before(stack: RunningStack, tenant: Tenant) -> None:
    directory = tenant.upload(notes(1, "upgraded"))

    def again() -> tuple[str, bool]:
        """Status of the one item of another job over the directory, and whether the cache answered."""
        job = tenant.batch(directory)
        tenant.wait(job)
        [item] = tenant.items(job).values()
        found = tenant.parsed(item["job_id"], "job_metadata")["job_metadata"]
        return item["status"], found["job_is_cache_hit"]

    assert again() == ("completed", False)
    assert again() == ("skipped", False)
    assert statuses(tenant.run(notes(1, "upgraded"))) == ["completed"]
    with Session(stack.engine) as session, session.begin():  # as results of another version stand there
        for table in (ProcessingResult, CachedResult):
            session.execute(sa.update(table).values(engine_version="1+liteparse-2.0.0"))
    assert again() == ("completed", False)
