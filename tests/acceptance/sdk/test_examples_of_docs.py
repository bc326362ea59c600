"""The programs that the README and docs/clients.md show run as they stand, with what they say to install and to set."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from support.packages import run
from support.papers import chapter, pdf
from support.places import ROOT
from support.running import Tenant, once
from support.sdks import environment_of, python_packages, typescript_package
from support.waiting import CEILING


def program(page: str, language: str, name: str) -> str:
    """The one block of code in this language on a page that holds `name`."""
    text = (ROOT / page).read_text(encoding="utf-8")
    [found] = [one for one in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if name in one]
    return str(found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a reader of these pages has an invoice."""
    pdf(tmp_path / "invoice.pdf", chapter("Amount due: 250 EUR"))
    return tmp_path


@once
@pytest.mark.parametrize(
    ("page", "name", "requirement"),
    [
        ("README.md", "client.batches", "llama-cloud==2.19.0"),
        pytest.param("docs/clients.md", "client.beta.batch", "llama-cloud==2.8.0"),
        pytest.param("docs/clients.md", "LlamaParse", "llama-parse==0.6.94", marks=pytest.mark.clients),
    ],
)
def test_a_program_in_python_prints_the_text_of_its_document(
    page: str, name: str, requirement: str, tenant: Tenant, folder: Path
) -> None:
    packages = python_packages(requirement)
    environment = environment_of(tenant, PYTHONPATH=str(packages), PYTHONWARNINGS="ignore")
    command = [sys.executable, "-c", program(page, "python", name)]
    assert "Amount due: 250 EUR" in run(command, page, env=environment, cwd=folder, timeout=CEILING)


@once
@pytest.mark.clients
def test_the_program_in_javascript_prints_the_text_of_its_document(tenant: Tenant, folder: Path) -> None:
    packages, name = typescript_package("2.16.0")
    modules = folder / "node_modules" / "@llamaindex"
    modules.mkdir(parents=True)
    (modules / "llama-cloud").symlink_to(packages / "node_modules" / name)
    (folder / "program.mjs").write_text(program("docs/clients.md", "js", "client.batches"))
    found = run(["node", "program.mjs"], "node", env=environment_of(tenant), cwd=folder, timeout=CEILING)
    assert "Amount due: 250 EUR" in found
