"""Text in pictures and its languages (docs/parameters.md: OCR and languages)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from support import papers
from support.engine_runs import NOTE, failure, written
from support.running import Tenant, once

from engines.errors import Code, DocumentError
from engines.parameters.languages import Language
from engines.tools import Tools, find_tools

TESSERACT = dataclasses.replace(find_tools(), rapidocr="")
"""Without the other engine, which reads all languages in Latin letters alike."""


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A page of text and a scanned one."""
    return papers.pdf(tmp_path / "scan.pdf", papers.lines(NOTE), papers.scan(papers.writing("Größe und Süßes")))


@pytest.mark.effect("disable_ocr")
def test_text_in_pictures_is_read_unless_it_shall_not(scan: Path) -> None:
    text, markdown, _ = written(scan)
    assert (NOTE in text, "und" in text, "und" in markdown) == (True, True, True)
    text, markdown, _ = written(scan, disable_ocr=True)
    assert (NOTE in text, "und" in text, "und" in markdown) == (True, False, False)
    alone = papers.pdf(scan.with_name("alone.pdf"), papers.scan(papers.writing("Nothing else")))
    with pytest.raises(DocumentError) as caught:
        written(alone, disable_ocr=True)
    assert caught.value.code is Code.NO_DATA_FOUND_IN_FILE


@pytest.mark.effect("lang")
def test_the_language_decides_how_letters_are_read(scan: Path) -> None:
    assert "Größe und Süßes" not in written(scan, tools=TESSERACT)[0]
    assert "Größe und Süßes" in written(scan, tools=TESSERACT, lang="de")[0]


@pytest.mark.effect("languages")
def test_several_languages_are_read_together(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "scan.pdf", papers.scan(papers.writing("Größe und Süßes", "Weather")))
    assert "Größe" not in written(path, tools=TESSERACT, languages=[Language.EN])[0]
    text = written(path, tools=TESSERACT, languages=[Language.DE, Language.EN], lang="en")[0]
    assert ("Größe und Süßes" in text, "Weather" in text) == (True, True)
    assert failure(path, Tools(), languages=[Language.JA]) is Code.OCR_LANGUAGE_UNAVAILABLE


@pytest.mark.effect("high_res_ocr")
def test_small_print_is_read_at_a_higher_resolution(tmp_path: Path) -> None:
    image = papers.writing(*["Small print of 1234567890 items"] * 3, size=26, width=2480, height=3508)
    path = papers.pdf(tmp_path / "scan.pdf", papers.scan(image))
    assert written(path)[0].count("Small print of 1234567890 items") < 3
    assert written(path, high_res_ocr=True)[0].count("Small print of 1234567890 items") == 3


@pytest.mark.effect("disable_ocr")
@once
def test_ocr_through_the_api(tenant: Tenant, scan: Path) -> None:
    document = (scan.name, scan.read_bytes())
    texts = []
    for parameters in ({"lang": "de"}, {"disable_ocr": True}):
        items = tenant.run([document], parameters)
        texts.append(tenant.parsed(items[scan.name]["job_id"], "text")["text"]["pages"][1]["text"])
    assert ("Süßes" in texts[0], texts[1].strip()) == (True, "")
