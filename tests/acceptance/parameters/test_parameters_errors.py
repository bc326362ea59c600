"""Pages that fail, and jobs that would rather fail than get less (docs/parameters.md: Errors and strictness)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.corpus import of_corpus, pdfs_of_corpus
from support.engine_runs import NOTE, failure, work, written
from support.rawpdf import with_missing_pages, with_picture
from support.running import Tenant, once

from engines.errors import Code
from engines.parameters import FailPageMode
from engines.tools import Tools, find_tools


def codes(path: Path, tools: Tools | None = None, **parameters: Any) -> set[str]:
    return {note["code"] for note in work(path, tools, **parameters).warnings}


def stored(folder: Path, content: bytes, name: str = "paper.pdf") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.effect("page_error_tolerance")
def test_more_failed_pages_than_tolerated_fail_the_document(tmp_path: Path) -> None:
    outcome = work(stored(tmp_path, with_missing_pages(19, 1)))
    assert (outcome.partial, outcome.failed_pages) == (True, [20]), "one of twenty is not more than 5 %"
    two = stored(tmp_path, with_missing_pages(18, 2))
    assert failure(two) is Code.PAGE_ERROR_TOLERANCE_EXCEEDED
    assert work(two, page_error_tolerance=0.1).failed_pages == [19, 20]


@pytest.mark.effect(
    "replace_failed_page_mode",
    "replace_failed_page_with_error_message_prefix",
    "replace_failed_page_with_error_message_suffix",
)
def test_what_stands_for_a_failed_page(tmp_path: Path) -> None:
    path = stored(tmp_path, with_missing_pages(1, 1))
    asked: dict[str, Any] = {"page_error_tolerance": 1.0}
    assert written(path, **asked)[2][1]["md"] == ""
    asked["replace_failed_page_mode"] = FailPageMode.ERROR_MESSAGE
    assert written(path, **asked)[2][1]["md"].startswith("PDF_IS_BROKEN: ")
    asked["replace_failed_page_with_error_message_prefix"] = "[[ERR "
    assert written(path, **asked)[2][1]["md"].startswith("[[ERR PDF_IS_BROKEN: ")
    asked["replace_failed_page_with_error_message_suffix"] = "]]"
    assert written(path, **asked)[2][1]["md"].endswith("]]")
    assert written(path, **asked | {"replace_failed_page_mode": FailPageMode.BLANK_PAGE})[2][1]["md"] == ""


@pytest.mark.effect("strict_mode_image_extraction")
def test_a_picture_that_cannot_be_decoded_is_told_or_fails_the_document(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.effect_noise((50, 50), 90).convert("RGB").save(picture, "JPEG")
    good = stored(tmp_path, with_picture(picture.getvalue(), b"DCTDecode"), "good.pdf")
    assert codes(good, strict_mode_image_extraction=True) == set()
    bad = stored(tmp_path, with_picture(picture.getvalue()[:30], b"DCTDecode"), "bad.pdf")
    assert codes(bad) == {Code.IMAGE_UNREADABLE}
    assert failure(bad, strict_mode_image_extraction=True) is Code.IMAGE_UNREADABLE
    assert failure(bad, strict_mode_image_extraction=True, save_images=False) is Code.IMAGE_UNREADABLE


@pytest.mark.effect("strict_mode_image_extraction")
def test_pictures_of_office_documents_too(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(NOTE)
    document.add_picture(io.BytesIO(papers.png(papers.writing("ZEBRA", width=600, height=400))))
    target = io.BytesIO()
    document.save(target)
    content = target.getvalue()
    part = next(part for part in document.part.package.iter_parts() if part.partname.startswith("/word/media"))
    part._blob = b"no picture at all"
    document.save(broken := io.BytesIO())
    good, bad = stored(tmp_path, content, "good.docx"), stored(tmp_path, broken.getvalue(), "bad.docx")
    assert codes(good, strict_mode_image_extraction=True) == set()
    assert codes(bad) == {Code.IMAGE_UNREADABLE}
    assert failure(bad, strict_mode_image_extraction=True) is Code.IMAGE_UNREADABLE


@pytest.mark.effect("strict_mode_image_ocr")
def test_a_picture_that_cannot_be_read_is_told_or_fails_the_document(tmp_path: Path) -> None:
    (tmp_path / "eng.traineddata").write_bytes(b"no trained data")
    tools = Tools(tesseract=find_tools().tesseract, tessdata=str(tmp_path), ocr_models=frozenset({"eng"}))
    path = papers.pdf(tmp_path / "scan.pdf", papers.lines(NOTE), papers.scan(papers.writing("Scanned words")))
    assert codes(path, tools) == {Code.OCR_FAILED}
    assert failure(path, tools, strict_mode_image_ocr=True) is Code.OCR_FAILED


@pytest.mark.effect("strict_mode_reconstruction")
def test_a_page_that_cannot_be_rebuilt_is_told_or_fails_the_document(tmp_path: Path) -> None:
    def drawing(canvas: Canvas) -> None:
        """More words than a page can be made of: labels of a plan."""
        canvas.setFont("Helvetica", 2)
        for line in range(210):
            canvas.drawString(10, 780 - 3 * line, "123 " * 100)

    path = papers.pdf(tmp_path / "plan.pdf", papers.lines(NOTE), drawing)
    assert codes(path, disable_ocr=True) == {Code.RECONSTRUCTION_FAILED}
    assert "123" in written(path, disable_ocr=True)[1], "the text stands in"
    assert failure(path, disable_ocr=True, strict_mode_reconstruction=True) is Code.RECONSTRUCTION_FAILED
    whole = papers.pdf(tmp_path / "whole.pdf", papers.lines(NOTE))
    assert codes(whole, strict_mode_reconstruction=True) == set()


@pytest.mark.effect("strict_mode_reconstruction")
def test_a_page_that_failed_was_not_rebuilt(tmp_path: Path) -> None:
    path = stored(tmp_path, with_missing_pages(19, 1))
    assert work(path).failed_pages == [20]
    assert failure(path, strict_mode_reconstruction=True) is Code.RECONSTRUCTION_FAILED


@pytest.mark.effect("strict_mode_reconstruction")
def test_a_document_without_a_part_of_it_was_not_rebuilt(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([NOTE])
    book.create_sheet("Second").append([NOTE])
    book.save(target := io.BytesIO())
    with zipfile.ZipFile(target) as whole, zipfile.ZipFile(tmp_path / "book.xlsx", "w") as damaged:
        for name in whole.namelist():
            damaged.writestr(name, b"<no sheet" if name.endswith("sheet2.xml") else whole.read(name))
    assert codes(tmp_path / "book.xlsx") == {Code.PART_UNREADABLE}
    assert failure(tmp_path / "book.xlsx", strict_mode_reconstruction=True) is Code.RECONSTRUCTION_FAILED


@pytest.mark.effect("strict_mode_buggy_font")
def test_a_font_without_names_for_its_letters_is_read_by_ocr_or_fails_the_document(tmp_path: Path) -> None:
    plain = papers.pdf(tmp_path / "plain.pdf", papers.lines(NOTE, "and a second line of it"), pageCompression=0)
    names = b" ".join(b"/g%d" % number for number in range(95))
    buggy = plain.read_bytes().replace(
        b"/Encoding /WinAnsiEncoding", b"/Encoding << /Differences [ 32 " + names + b" ] >>"
    )
    path = stored(tmp_path, buggy, "buggy.pdf")
    [page] = written(path)[2]
    assert NOTE in page["text"]
    assert failure(path, strict_mode_buggy_font=True) is Code.FONT_IS_BUGGY
    assert NOTE in written(plain, strict_mode_buggy_font=True)[0]


@pytest.mark.effect("strict_mode_buggy_font")
@pytest.mark.parametrize("name", ["font_ascent_descent", "issue15441", "issue_cff_unsigned_bbox", "simpletype3font"])
def test_fonts_without_unicode_that_others_made_fail_the_document(name: str) -> None:
    path = of_corpus("hostile", "pdfjs", f"{name}.pdf")
    assert failure(path, strict_mode_buggy_font=True, disable_ocr=True) is Code.FONT_IS_BUGGY


@pytest.mark.effect("strict_mode_buggy_font", "strict_mode_reconstruction")
def test_good_documents_pass_where_fonts_and_structure_must_be_good() -> None:
    for path in pdfs_of_corpus("pdf-bench")[::6]:
        strict = {"strict_mode_buggy_font": True, "strict_mode_reconstruction": True}
        assert written(path, disable_ocr=True, **strict) == written(path, disable_ocr=True), path.name


def test_hyphens_at_the_ends_of_lines_are_no_letters_that_a_font_does_not_know(tmp_path: Path) -> None:
    narrow = papers.lines(*("a har-", "bour", "long-", "ing", "re-", "port"))
    path = papers.pdf(tmp_path / "narrow.pdf", papers.together(narrow))
    assert "harbour" in written(path, strict_mode_buggy_font=True)[1]


@pytest.mark.effect("remove_hidden_text")
def test_text_that_cannot_be_seen_can_be_left_out(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        papers.lines(NOTE, "seen by everybody")(canvas)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 500, "whitewashed")
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(72, 400, "covered")
        canvas.setFillColorRGB(0.9, 0.9, 1)
        canvas.rect(60, 390, 200, 30, stroke=0, fill=1)

    path = papers.pdf(tmp_path / "hidden.pdf", page)
    text, markdown, _ = written(path)
    for word in ("whitewashed", "covered", NOTE, "everybody"):
        assert word in text
        assert word in markdown
    text, markdown, _ = written(path, remove_hidden_text=True)
    for word, is_left in (("whitewashed", False), ("covered", False), (NOTE, True), ("everybody", True)):
        assert (word in text) is is_left
        assert (word in markdown) is is_left


@pytest.mark.effect("remove_hidden_text")
@pytest.mark.parametrize("is_fast", [False, True])
def test_of_a_line_under_a_bar_the_letters_go_that_it_covers(tmp_path: Path, *, is_fast: bool) -> None:
    said = "The witness is Hedda Lindgren of Norrvik"

    def page(canvas: Canvas) -> None:
        papers.lines(NOTE, said)(canvas)
        left, right = (72 + canvas.stringWidth(said[:end], "Helvetica", 11) for end in (15, 29))
        canvas.rect(left - 1, papers.HEIGHT - 108, right - left + 2, 14, fill=1)

    path = papers.pdf(tmp_path / "redacted.pdf", page)
    assert said in written(path, fast_mode=is_fast)[0]
    text = written(path, remove_hidden_text=True, fast_mode=is_fast)[0]
    assert ("Hedda" in text, "Lindgren" in text, "The witness is" in text, "of Norrvik" in text) == (
        False,
        False,
        True,
        True,
    )


@pytest.mark.effect("remove_hidden_text")
def test_what_others_made_loses_nothing_but_what_nobody_sees() -> None:
    for path in pdfs_of_corpus("pdf-bench")[::6]:
        assert written(path, disable_ocr=True, remove_hidden_text=True)[0] == written(path, disable_ocr=True)[0], (
            path.name
        )
    covered = of_corpus("pdf-bench", "01030000000079.pdf")
    texts = [written(covered, disable_ocr=True, remove_hidden_text=asked)[0] for asked in (False, True)]
    assert ["Jailed for Doing Business" in text for text in texts] == [True, False]


@pytest.mark.effect("remove_hidden_text")
def test_what_was_filled_in_and_what_lacks_a_font_here_is_not_hidden(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))

    def page(canvas: Canvas) -> None:
        papers.lines(NOTE)(canvas)
        canvas.acroForm.textfield(name="a", value="Meier", x=100, y=600, width=200, height=20)
        canvas.setFont("HeiseiMin-W3", 14)
        canvas.drawString(72, 500, "日本語の文章")
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 450, "見えない文字")

    path = papers.pdf(tmp_path / "form.pdf", page)
    text = written(path, disable_ocr=True)[0]
    assert [word in text for word in ("Meier", "日本語", "見えない")] == [True, True, True]
    text = written(path, remove_hidden_text=True, disable_ocr=True)[0]
    assert [word in text for word in ("Meier", "日本語", "見えない")] == [True, True, False]


@pytest.mark.effect("remove_hidden_text")
def test_a_searchable_scan_keeps_its_text(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        papers.scan(papers.writing("Scanned words", "and more of them"))(canvas)
        layer = canvas.beginText(60, 700)
        layer.setTextRenderMode(3)
        layer.textLine("Scanned words")
        canvas.drawText(layer)

    path = papers.pdf(tmp_path / "scan.pdf", page)
    assert "Scanned words" in written(path, remove_hidden_text=True)[0]


@pytest.mark.effect("page_error_tolerance", "replace_failed_page_mode")
@once
def test_failed_pages_through_the_api(tenant: Tenant) -> None:
    content = with_missing_pages(1, 1)
    items = tenant.run([("a.pdf", content)])
    assert items["a.pdf"]["error_message"].startswith("PAGE_ERROR_TOLERANCE_EXCEEDED")
    parameters = {"page_error_tolerance": 0.5, "replace_failed_page_mode": "error_message"}
    items = tenant.run([("a.pdf", content)], parameters)
    markdown = tenant.client.get(f"/api/v1/parsing/job/{items['a.pdf']['job_id']}/result/raw/markdown").text
    assert "PDF_IS_BROKEN: " in markdown
