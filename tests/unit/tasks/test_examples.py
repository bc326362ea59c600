"""Examples of rules that are files: one that could not be read is tried again, though not with each document."""

from __future__ import annotations

import pytest

from engines.errors import Code, DocumentError
from engines.parameters.languages import Language
from tasks import examples

READ = "the words of the file"


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tries to read a file, of which the first fails."""
    tried: list[str] = []

    def read(_project_id: str, file_id: str, _language: Language) -> str:
        tried.append(file_id)
        if len(tried) == 1:
            raise DocumentError(Code.TIMEOUT)
        return READ

    monkeypatch.setattr(examples, "_text_read", read)
    monkeypatch.setattr(examples, "_unreadable", {})
    return tried


def text() -> str | None:
    return examples.text_of_file("p", "f-1", Language.EN)


def test_a_file_that_could_not_be_read_is_left_alone_for_a_while(tries: list[str]) -> None:
    assert [text() for _ in range(3)] == [None] * 3
    assert tries == ["f-1"]


def test_and_then_it_is_read(tries: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "UNREADABLE_SECONDS", 0.0)
    assert [text(), text()] == [None, READ]
    assert tries == ["f-1"] * 2
