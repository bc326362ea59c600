"""`sheaf doctor` says what is there, what is missing and what brings it, and ends with 1 where Sheaf cannot run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main

PARTS = [
    *("sheaf", "tesseract", "rapidocr", "languages", "libreoffice", "chromium", "fonts"),
    *("database", "broker", "storage", "disk", "temporary files", "isolation"),
]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHEAF_DATABASE_URL", "SHEAF_BROKER_URL", "SHEAF_STORAGE_URL", "SHEAF_OCR_ENGINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHEAF_DATA_DIR", str(tmp_path / "data"))


def told(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[int, dict[str, Any]]:
    """How it ends under these variables, and what it says of each part."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result: Result = CliRunner().invoke(main, ["doctor", "--json"])
    answer = json.loads(result.stdout)
    assert answer["is_fit"] is (result.exit_code == 0)
    return result.exit_code, {one["part"]: one for one in answer["parts"]}


def test_a_machine_that_has_what_the_tests_need_is_fit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, parts = told(monkeypatch)
    assert (code, list(parts)) == (0, PARTS)
    assert {parts[one]["state"] for one in ("tesseract", "libreoffice", "chromium", "database", "storage")} == {"ok"}
    assert parts["tesseract"]["found"].startswith("tesseract 5")
    assert "eng" in parts["tesseract"]["details"]["data"].split()
    assert not (tmp_path / "data").exists(), "it changes nothing"


def test_what_is_missing_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("engines.tools.TESSERACT_PLACES", ())
    monkeypatch.setattr("engines.tools.SOFFICE_PLACES", ())
    code, parts = told(monkeypatch, PATH=str(tmp_path), TESSDATA_PREFIX=str(tmp_path), SHEAF_OCR_ENGINE="tesseract")
    assert code == 0, "without them only some documents are read worse"
    assert {parts[one]["state"] for one in ("tesseract", "languages", "libreoffice", "chromium", "fonts")} == {"lacks"}
    assert "tesseract-ocr" in parts["tesseract"]["advice"]
    assert parts["languages"]["found"].startswith("0 of 86")
    assert parts["languages"]["details"]["fa"] == "tesseract-ocr and tesseract-ocr-fas"
    assert "abq (tesseract-ocr and tesseract-ocr-script-cyrl)" in parts["languages"]["advice"]


@pytest.mark.parametrize(
    ("part", "variable", "value"),
    [
        ("database", "SHEAF_DATABASE_URL", "sqlite:///{folder}/none.db"),
        ("database", "SHEAF_DATABASE_URL", "postgresql://sheaf:hush@127.0.0.1:1/sheaf"),
        ("broker", "SHEAF_BROKER_URL", "redis://:hush@127.0.0.1:1/0"),
        ("storage", "SHEAF_STORAGE_URL", "file:///dev/null/store"),
    ],
)
def test_what_sheaf_cannot_run_without_ends_it_with_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str, variable: str, value: str
) -> None:
    code, parts = told(monkeypatch, **{variable: value.format(folder=tmp_path)})
    assert code == 1
    assert [name for name, one in parts.items() if one["state"] == "fails"] == [part]
    assert parts[part]["advice"]
    assert "hush" not in json.dumps(parts)


def test_people_get_a_table() -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0
    assert "rapidocr" in result.stdout
    assert "SHEAF_ISOLATION=auto" in result.stdout
