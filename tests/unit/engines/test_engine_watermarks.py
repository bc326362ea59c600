"""What a PDF says of its watermarks: the marks around them, and what programs that stamp write into the drawing that they place."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pypdf
import pytest
from pypdf.generic import DictionaryObject, NameObject, RectangleObject
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.engine_runs import written

from engines.containers.pdf_objects import MarkedPages, mentions_watermarks
from engines.formats.pdf.watermarks import stamps_of

STAMP = "For the board"


def stamped(tmp_path: Path) -> pypdf.PdfWriter:
    """Two pages; on the first a small upright stamp is placed as a drawing of its own."""

    def place(canvas: Canvas) -> None:
        canvas.beginForm("stamp")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(300, 40, STAMP)
        canvas.endForm()
        canvas.doForm("stamp")

    path = papers.pdf(
        tmp_path / "a.pdf", papers.together(papers.chapter("Terms", 3), place), papers.chapter("Prices", 3)
    )
    return pypdf.PdfWriter(clone_from=path)


def named(**members: object) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in members.items()})


def saved(writer: pypdf.PdfWriter, path: Path) -> Path:
    writer.write(path)
    return path


def resources(writer: pypdf.PdfWriter) -> DictionaryObject:
    return writer.pages[0]["/Resources"].get_object()  # type: ignore[no-any-return] # pypdf does not say


def as_acrobat_does(writer: pypdf.PdfWriter) -> None:
    """Say in the drawing itself that it is a watermark."""
    [drawing] = resources(writer)["/XObject"].values()
    kind = named(ADBE_CompoundType=named(Private=NameObject("/Watermark")))
    drawing.get_object()[NameObject("/PieceInfo")] = kind


def under_a_name(writer: pypdf.PdfWriter) -> None:
    """Mark the drawing as an artifact whose properties stand in the resources."""
    page = writer.pages[0]
    resources(writer)[NameObject("/Properties")] = named(MC0=named(Subtype=NameObject("/Watermark")))
    mark_drawing(page, b"/Artifact /MC0 BDC\n")


def by_the_tag(writer: pypdf.PdfWriter) -> None:
    """Mark the drawing by a tag of that name."""
    mark_drawing(writer.pages[0], b"/Watermark BMC\n")


def mark_drawing(page: pypdf.PageObject, mark: bytes) -> None:
    stream = page.get_contents()
    assert stream is not None
    placed = next(line for line in stream.get_data().split(b"\n") if b" Do" in line)
    stream.set_data(stream.get_data().replace(placed, mark + placed + b"\nEMC"))
    page.replace_contents(stream)


@pytest.mark.parametrize("mark", [as_acrobat_does, under_a_name, by_the_tag])
def test_what_is_marked_as_watermark_is_one(tmp_path: Path, mark: Callable[[pypdf.PdfWriter], None]) -> None:
    writer = stamped(tmp_path)
    assert not any("watermark" in page for page in written(saved(writer, tmp_path / "plain.pdf"))[2])
    mark(writer)
    path = saved(writer, tmp_path / "marked.pdf")
    _, _, [first, second] = written(path)
    assert first["watermark"] == STAMP
    assert first["md"].endswith(f"\n\n{STAMP}")
    assert first["md"].count(STAMP) == 1
    assert "watermark" not in second
    unmarked = MarkedPages(path.read_bytes())
    assert unmarked.without_watermarks(1) is not None
    assert unmarked.without_watermarks(2) is None


def test_a_document_that_only_speaks_of_watermarks_marks_none(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "a.pdf", papers.lines("The operator /Watermark BMC begins a mark"), pageCompression=0)
    assert mentions_watermarks(path.read_bytes())
    assert MarkedPages(path.read_bytes()).without_watermarks(1) is None
    assert "watermark" not in written(path)[2][0]


def test_a_mark_is_found_in_packed_streams_and_objects(tmp_path: Path) -> None:
    writer = stamped(tmp_path)
    by_the_tag(writer)
    for page in writer.pages:
        page.compress_content_streams()
    content = saved(writer, tmp_path / "packed.pdf").read_bytes()
    assert b"/Watermark" not in content
    assert mentions_watermarks(content)
    assert MarkedPages(content).without_watermarks(1) is not None


@pytest.mark.parametrize("end", [0.3, 0.6, 0.9])
def test_a_damaged_document_is_read_as_if_it_marked_nothing(tmp_path: Path, end: float) -> None:
    writer = stamped(tmp_path)
    under_a_name(writer)
    content = saved(writer, tmp_path / "whole.pdf").read_bytes()
    cut = content[: int(end * len(content))] + b"/Watermark"
    pages = MarkedPages(cut)
    for number in (0, 1, 2, 99):
        assert isinstance(pages.without_watermarks(number), bytes | None)


def test_a_locked_document_keeps_its_marks_to_itself(tmp_path: Path) -> None:
    writer = stamped(tmp_path)
    as_acrobat_does(writer)
    writer.encrypt("secret", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    assert MarkedPages(target.getvalue() + b"/Watermark").without_watermarks(1) is None


def test_a_page_that_is_no_page_marks_nothing(tmp_path: Path) -> None:
    writer = stamped(tmp_path)
    writer.pages[0][NameObject("/Resources")] = RectangleObject((0, 0, 1, 1))
    content = saved(writer, tmp_path / "odd.pdf").read_bytes() + b"% /Watermark"
    assert MarkedPages(content).without_watermarks(1) is None


def test_a_page_full_of_slanted_text_is_looked_through_a_few_times_not_once_for_each_piece() -> None:
    asked = 0

    class Piece(SimpleNamespace):
        """A piece of text that counts how often its slant is asked for."""

        @property
        def rotation(self) -> float:
            nonlocal asked
            asked += 1
            return 30.0

    count = 400
    pieces = [
        Piece(text="Lot", x=number, y=0.0, width=9.0, height=3.0, font_height=3.0, fill_color=None)
        for number in range(count)
    ]
    page = SimpleNamespace(text_items=pieces, width=2000.0, height=2000.0)
    assert stamps_of(page) == []
    assert asked < 10 * count
