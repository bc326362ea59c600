"""Printed line numbers of a PDF, as they are told apart from the text that they count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from support import papers

from engines.containers import pdf_native
from engines.formats.pdf.line_numbers import set_apart
from engines.formats.pdf.native_pages import NativePages
from engines.parameters.crop import Margins

LINE = "The witness said that nothing of the kind had happened before"


def numbered(edge: float, text: float) -> Callable[[Canvas], None]:
    """A page of twelve lines that begin at `text`, and are counted by numbers that end, or begin, at `edge`."""

    def draw(canvas: Canvas) -> None:
        for line in range(1, 13):
            canvas.setFont("Helvetica", 10)
            height = 700 - 28 * line
            (canvas.drawRightString if edge < text else canvas.drawString)(edge, height, str(line))
            canvas.drawString(text, height, LINE)

    return draw


@pytest.mark.parametrize(
    ("pages", "readings"),
    [
        ([(60 + 0.5 * number, 90) for number in range(8)], 1),
        ([(500 + 0.5 * number, 90) for number in range(8)], 1),
        ([(60, 90), (100, 130), (61, 90), (101, 130)], 2),
        ([(60, 90), (500, 90), (60, 90)], 2),
    ],
)
def test_pages_on_which_the_numbers_stand_a_little_apart_are_cut_together(
    tmp_path: Path, pages: list[tuple[float, float]], readings: int
) -> None:
    content = papers.pdf(tmp_path / "a.pdf", *(numbered(*page) for page in pages)).read_bytes()
    reports: list[None] = []
    options = {"ocr_enabled": False}
    natives = NativePages(content, options, pdf_native.read(content, **options).pages, lambda: reports.append(None))
    found = set_apart(natives, Margins())
    assert len(reports) == readings
    for number in range(1, len(pages) + 1):
        assert [line.number for line in found[number]] == [str(line) for line in range(1, 13)]
        assert {one.text.strip() for one in natives.by_number[number].text_items} == {LINE}
