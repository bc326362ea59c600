"""Pages of more text than a page can have."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import papers

from engines.containers.pdfium import text as pdfium_text
from engines.errors import Code, DocumentError


def test_a_page_of_more_characters_than_a_page_can_have_fails_and_the_others_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdfium_text, "MOST_CHARACTERS", 100)
    path = papers.pdf(tmp_path / "long.pdf", papers.lines("short"), papers.lines("x" * 101))
    short, long = papers.read(path, disable_ocr=True).pages
    assert (short.error, short.text) == (None, "short")
    assert long.error is not None
    assert long.error.startswith("DOCUMENT_TOO_LARGE: ")


def test_a_document_of_such_a_page_alone_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfium_text, "MOST_CHARACTERS", 100)
    with pytest.raises(DocumentError) as caught:
        papers.read(papers.pdf(tmp_path / "long.pdf", papers.lines("x" * 101)), disable_ocr=True)
    assert caught.value.code is Code.DOCUMENT_TOO_LARGE
