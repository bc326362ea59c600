"""Which engine reads text in pictures, in which languages, and that it can be ended at any time."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from support import papers

from engines.context import Context, Limits
from engines.document import Document, Page
from engines.errors import Code, DocumentError
from engines.ocr.choice import reading_of
from engines.ocr.rapid import READERS
from engines.parameters import ParseParameters
from engines.parameters.languages import Language
from engines.tools import OcrChoice, Tools, find_tools

LINES = ("Forty lanterns for the harbour", "were counted by Mrs Aldous", "on the evening of May 17")
RAPIDOCR = Tools(rapidocr="3.10.0")
TESSERACT = Tools(tesseract="/usr/bin/tesseract", tessdata="/data", ocr_models=frozenset({"eng", "rus", "chi_sim"}))
BOTH = dataclasses.replace(TESSERACT, rapidocr="3.10.0")


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return papers.pdf(tmp_path / "scan.pdf", papers.scan(papers.writing(*LINES, size=44)))


@pytest.fixture
def _alone() -> Iterator[None]:
    """No reader is left of another test, or for one."""
    READERS.close()
    yield
    READERS.close()


def only_page(path: Path, tools: Tools) -> Page:
    [page] = papers.read(path, context=Context(tools=tools)).pages
    return page


def words(page: Page) -> list[str]:
    return " ".join(item.text for item in page.items).split()


# What is read by whom


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("engine", [OcrChoice.TESSERACT, OcrChoice.RAPIDOCR])
def test_a_picture_is_read_by_each_engine(scan: Path, engine: OcrChoice) -> None:
    page = only_page(scan, dataclasses.replace(find_tools(), ocr_engine=engine))
    assert words(page) == " ".join(LINES).split()
    assert page.ocr_engine == engine
    assert 0.8 < (page.confidence or 0) <= 1
    box = page.items[0].box
    assert box
    assert (box.x, box.y) == pytest.approx((60, 77), abs=12), "lines stand where they are on the page"


@pytest.mark.usefixtures("_alone")
def test_rapidocr_alone_reads_where_no_program_is_installed(
    scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("engines.tools.TESSERACT_PLACES", ())
    tools = find_tools(tessdata=str(tmp_path))
    assert (tools.tesseract, tools.tessdata) == (None, None)
    page = only_page(scan, tools)
    assert (words(page), page.ocr_engine) == (" ".join(LINES).split(), "rapidocr")


@pytest.mark.parametrize(
    ("tools", "languages", "engine"),
    [
        (BOTH, [Language.EN], "tesseract"),
        (BOTH, [Language.CH_SIM], "rapidocr"),
        (BOTH, [Language.JA, Language.EN], "rapidocr"),
        (BOTH, [Language.EN, Language.CH_SIM], "tesseract"),
        (BOTH, [Language.CH_SIM, Language.RU], "tesseract"),
        (BOTH, [Language.DE], "rapidocr"),
        (TESSERACT, [Language.CH_SIM], "tesseract"),
        (RAPIDOCR, [Language.EN], "rapidocr"),
        (dataclasses.replace(BOTH, ocr_engine=OcrChoice.TESSERACT), [Language.CH_SIM], "tesseract"),
        (dataclasses.replace(BOTH, ocr_engine=OcrChoice.RAPIDOCR), [Language.EN], "rapidocr"),
    ],
)
def test_the_engine_is_the_one_that_reads_most_and_best(tools: Tools, languages: list[Language], engine: str) -> None:
    reading = reading_of(ParseParameters(languages=languages), tools)
    assert (reading.engine and reading.engine.name, reading.missing) == (engine, ())


@pytest.mark.parametrize("language", Language)
def test_each_language_is_read_by_its_data_or_named_with_what_brings_it(language: Language) -> None:
    asked = ParseParameters(languages=[language])
    nothing = dataclasses.replace(TESSERACT, ocr_models=frozenset())
    with_data = dataclasses.replace(TESSERACT, ocr_models=frozenset({language.model}))
    reading = reading_of(asked, with_data)
    assert (reading.engine and reading.engine.name, reading.shortage) == ("tesseract", None)
    if language.is_in_rapidocr:
        assert (reading_of(asked, RAPIDOCR).engine or reading).name == "rapidocr"
    both = ParseParameters(languages=[Language.EN, language])
    if language is not Language.EN:
        with pytest.raises(DocumentError, match=rf"OCR_LANGUAGE_UNAVAILABLE.*{language.package}\b"):
            reading_of(asked, nothing)
        told = reading_of(both, dataclasses.replace(TESSERACT, ocr_models=frozenset({"eng"}))).shortage
        assert told
        assert f"needs {language.package}" in told.message


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize(
    ("languages", "engine"), [(None, "rapidocr"), ([Language.EN, Language.RU], "tesseract")], ids=["able", "unable"]
)
def test_a_page_of_which_tesseract_is_not_sure_is_read_by_rapidocr_as_well(
    scan: Path, tmp_path: Path, languages: list[Language] | None, engine: str
) -> None:
    doubtful = "5\\t1\\t1\\t1\\t1\\t1\\t100\\t100\\t90\\t20\\t31\\tgarbled\\n"
    models = frozenset({"eng", "rus"})
    tools = dataclasses.replace(
        program(tmp_path, f"printf '{doubtful}'"), ocr_models=models, rapidocr="3.10.0", ocr_engine=OcrChoice.AUTO
    )
    [page] = papers.read(scan, context=Context(tools=tools), languages=languages).pages
    read = " ".join(LINES) if engine == "rapidocr" else "garbled"
    assert (" ".join(words(page)), page.ocr_engine) == (read, engine)


def test_an_engine_that_is_wanted_and_not_there_is_told(scan: Path) -> None:
    wanted = dataclasses.replace(find_tools(), rapidocr="", ocr_engine=OcrChoice.RAPIDOCR)
    document = papers.read(scan, context=Context(tools=wanted))
    assert [note.code for note in document.warnings] == [Code.OCR_UNAVAILABLE]
    with pytest.raises(DocumentError, match=r"Russian needs another SHEAF_OCR_ENGINE than rapidocr"):
        reading_of(ParseParameters(lang="ru"), dataclasses.replace(BOTH, ocr_engine=OcrChoice.RAPIDOCR))


# Ended at any time


def program(folder: Path, script: str) -> Tools:
    """A machine whose Tesseract is a script."""
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return dataclasses.replace(find_tools(), tesseract=str(path), ocr_engine=OcrChoice.TESSERACT)


def package(folder: Path, monkeypatch: pytest.MonkeyPatch, reading: str, *, models: bool = True) -> Tools:
    """A machine whose RapidOCR does this in place of reading."""
    root = folder / "rapidocr"
    (root / "models").mkdir(parents=True)
    for name in ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx") if models else ():
        (root / "models" / name).touch()
    (root / "__init__.py").write_text(
        f"import os, socket, time\ndef RapidOCR(params):\n    return read\ndef read(path):\n    {reading}\n"
    )
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return Tools(rapidocr="3.10.0")


def readers() -> list[int]:
    """Processes that this one has started and that run."""
    return [one.pid for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]


Machine = Callable[[Path, pytest.MonkeyPatch], Tools]
STUCK: list[Any] = [
    pytest.param(lambda folder, _: program(folder, "exec sleep 3600"), id="tesseract"),
    pytest.param(lambda folder, monkeypatch: package(folder, monkeypatch, "time.sleep(3600)"), id="rapidocr"),
]


def read_with(path: Path, tools: Tools, **given: Any) -> Document:
    return papers.read(path, context=Context(tools=tools, **given))


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("machine", STUCK)
def test_the_reading_of_a_picture_can_be_stopped(
    scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Machine
) -> None:
    tools = machine(tmp_path, monkeypatch)
    before = set(readers())

    def stop(_done: int, _total: int, _page: int | None = None) -> None:
        if set(readers()) - before:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_with(scan, tools, progress=stop)
    assert set(readers()) == before


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("machine", STUCK)
def test_a_picture_that_takes_too_long_is_told_and_the_document_goes_on(
    scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Machine
) -> None:
    tools = machine(tmp_path, monkeypatch)
    before = set(readers())
    document = read_with(scan, tools, limits=Limits(ocr_seconds=0.3))
    assert [(note.code, "took longer than 0.3 s" in note.message) for note in document.warnings] == [
        (Code.OCR_FAILED, True)
    ]
    assert set(readers()) == before


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize(
    ("reading", "models", "why"),
    [
        ("os._exit(9)", True, "rapidocr has died of a picture"),
        ("raise ValueError", True, "ValueError"),
        ("socket.create_connection(('127.0.0.1', 9))", True, "PermissionError"),
        ("raise AssertionError", False, "FileNotFoundError"),
    ],
    ids=["dies", "fails", "would download", "lacks its models"],
)
def test_what_rapidocr_cannot_do_is_told(
    scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reading: str, *, models: bool, why: str
) -> None:
    document = read_with(scan, package(tmp_path, monkeypatch, reading, models=models))
    assert [(note.code, why in note.message) for note in document.warnings] == [(Code.OCR_FAILED, True)]
