"""What is done of a long document is not done again after a kill, and the result is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.papers import FOX, chapter, lines, pdf, picture, scan, together, writing

from engines.checkpoints import CheckpointPart, Checkpoints, decoded_part, encoded_part
from engines.containers.pdfium import PdfDocument, PdfPage
from engines.context import Limits, Source
from engines.document import (
    Box,
    Cell,
    FieldKind,
    FieldOption,
    FormField,
    ImageKind,
    Item,
    ItemKind,
    LineNumber,
    Link,
    Notice,
    Page,
    Picture,
    Piece,
)  # fmt: skip
from engines.formats import pdf as pdf_format
from engines.ocr.engine import PictureWord
from engines.ocr.tesseract import Tesseract
from engines.parameters import ParseParameters
from engines.request import EngineRequest, EngineResult, run
from engines.tools import find_tools

PAGES = 7
RANGE = 3
LIMITS = Limits(pages_per_range=RANGE)


class Killed(BaseException):
    """Stands for the end of the process."""


class Store:
    """Keeps checkpoints in a folder, as a worker does in its store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def keep(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "checkpoints")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A PDF with a heading and text on each page, in three ranges."""
    return pdf(tmp_path / "report.pdf", *(chapter(f"Chapter {number}") for number in range(1, PAGES + 1)))


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A PDF of pages that only OCR can read."""
    return pdf(tmp_path / "scans.pdf", *(scan(writing(f"Sheet {word}", FOX)) for word in ("one", "two", "three")))


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the pages that PDFium was asked for, in their order."""
    asked: list[int] = []
    real = PdfDocument.page

    def counted(self: PdfDocument, number: int) -> PdfPage:
        asked.append(number)
        return real(self, number)

    monkeypatch.setattr(PdfDocument, "page", counted)
    return asked


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The pages that the native reader was asked for, call by call."""
    asked: list[str | None] = []
    real = pdf_format.pdf_native.read

    def counted(content: bytes, pages: str | None = None, **options: object) -> object:
        asked.append(pages)
        return real(content, pages, **options)

    monkeypatch.setattr(pdf_format.pdf_native, "read", counted)
    return asked


@pytest.fixture
def recognitions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An entry for each picture that OCR was asked to read."""
    asked: list[str] = []
    real = Tesseract.read

    def counted(*arguments: Any) -> list[PictureWord]:
        asked.append("a picture")
        return real(*arguments)

    monkeypatch.setattr(Tesseract, "read", counted)
    return asked


def work(path: Path, **fields: object) -> EngineRequest:
    source = Source(path=path, name=path.name)
    return EngineRequest(source=source, parameters=ParseParameters(), tools=find_tools(), limits=LIMITS, **fields)


def killed_after(done_pages: int) -> Callable[..., None]:
    """A progress callback of a process that ends when so many pages are done."""

    def progress(done: int, _total: int, _page: int | None = None) -> None:
        if done >= done_pages:
            raise Killed

    return progress


def interrupted(one: EngineRequest, store: Store, done_pages: int) -> None:
    with pytest.raises(Killed):
        run(one, killed_after(done_pages), store.keep)


def outputs(outcome: EngineResult) -> dict[str, bytes]:
    return outcome.outputs


def test_only_the_missing_ranges_are_read_again_and_the_output_is_the_same(
    report: Path, store: Store, loaded: list[int]
) -> None:
    undisturbed = run(work(report))
    interrupted(work(report), store, 2 * RANGE)
    assert store.names == ["range-0"], "the second range was done, but not handed over"
    loaded.clear()
    again = run(work(report, checkpoints=str(store.folder)), keep=store.keep)
    assert loaded == [4, 5, 6, 7]
    assert outputs(again) == outputs(undisturbed)


def test_pages_read_by_ocr_are_kept_singly(scans: Path, store: Store, recognitions: list[str]) -> None:
    undisturbed = run(work(scans))
    interrupted(work(scans), store, 2)
    assert store.names == ["page-1", "page-2"]
    recognitions.clear()
    again = run(work(scans, checkpoints=str(store.folder)), keep=store.keep)
    assert len(recognitions) == 1, "the two pages that were there are not read by OCR again"
    assert outputs(again) == outputs(undisturbed)
    assert b"Sheet two" in outputs(again)["output.md"]


def test_a_document_of_one_range_without_ocr_leaves_nothing(tmp_path: Path, store: Store) -> None:
    run(work(pdf(tmp_path / "short.pdf", lines(FOX), lines(FOX))), keep=store.keep)
    assert store.names == []


def test_a_checkpoint_of_other_pages_is_not_taken_for_these(report: Path, store: Store) -> None:
    interrupted(work(report), store, 2 * RANGE)
    others = replace(work(report), parameters=ParseParameters(target_pages="4-6"))
    assert outputs(run(replace(others, checkpoints=str(store.folder)))) == outputs(run(others))


def test_pictures_are_the_same_after_a_kill(tmp_path: Path, store: Store) -> None:
    page = together(lines(FOX), picture(writing(FOX), 72, 72, 300, 300))
    parameters = ParseParameters(save_images=True, images_to_save=("embedded", "screenshot"))
    one = replace(work(pdf(tmp_path / "pictures.pdf", *[page] * 5)), parameters=parameters)
    undisturbed = run(one)
    interrupted(one, store, 5)
    assert outputs(run(replace(one, checkpoints=str(store.folder)))) == outputs(undisturbed)
    assert {"images/page_1.jpg", "images/page_5.jpg"} < outputs(undisturbed).keys()


def test_half_a_checkpoint_is_read_again_and_the_log_says_so(
    report: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    interrupted(work(report), store, 2 * RANGE)
    store.keep("range-0", (store.folder / "range-0").read_bytes()[:-100])
    assert outputs(run(work(report, checkpoints=str(store.folder)))) == outputs(run(work(report)))
    assert "the checkpoint range-0 cannot be read" in caplog.text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": "0", "part": {}}', b'{"part": 1}'])
def test_a_checkpoint_that_is_damaged_or_of_another_version_is_read_again(
    report: Path, store: Store, content: bytes
) -> None:
    store.keep("range-0", content)
    assert outputs(run(work(report, checkpoints=str(store.folder)))) == outputs(run(work(report)))


def test_the_last_attempt_reads_each_page_by_itself_first_and_gives_the_same(report: Path) -> None:
    seen: list[int] = []

    def progress(_done: int, _total: int, page: int | None = None) -> None:
        if page is not None:
            seen.append(page)

    again = run(work(report, probe_pages=True), progress)
    assert seen == list(range(1, PAGES + 1))
    assert outputs(again) == outputs(run(work(report)))


def test_whatever_a_page_can_hold_survives_being_kept() -> None:
    items = [
        Item(kind=ItemKind.TABLE, rows=[[Cell("a", 2, 1, Box(1, 2.5, 3, 4))]], caption="t", box=Box(0, 0, 1, 1)),
        Item(kind=ItemKind.LIST, entries=[Item(kind=ItemKind.TEXT, text="é", marker="•", level=2)], ordered=True),
    ]
    image = Picture("p.png", ImageKind.EMBEDDED, None, 3, 4, b"\x00\xff", ocr=[Piece("w", Box(1, 2, 3, 4))])
    page = Page(1, text="x", items=items, images=[image], links=[Link("u", "t")], markdown="m", error="E: e")
    page.watermark, page.line_numbers, page.confidence = items[1], [LineNumber("1", "a line")], 0.5
    page.form_fields = [
        FormField(FieldKind.SINGLE_SELECT, "f", options=[FieldOption("o", is_chosen=True)], box=Box(1, 2, 3, 4))
    ]
    part = CheckpointPart(pages=[page], notes=[Notice("OCR_FAILED", "m", 3)], looked=True, degraded=False)
    assert decoded_part(encoded_part(part)) == part


def test_without_a_folder_nothing_is_found() -> None:
    assert Checkpoints().load("range-0") is None
