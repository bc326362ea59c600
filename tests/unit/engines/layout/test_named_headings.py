"""Headings that a document names itself: by tags of its structure, or in its outline."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import drawn, items
from support.rawpdf import FONT, raw_pdf, stream

from engines.document import Document, ItemKind


def headings(document: Document) -> list[tuple[str, int]]:
    return [(one.text, one.level) for one in items(document, ItemKind.HEADING)]


def outlined(path: Path, entries: list[tuple[str, int]], *drawings: papers.Draw) -> Document:
    """A page with these drawings, and an outline of titles with their depths from 0 that lead to it."""

    def draw(canvas: Canvas) -> None:
        for title, depth in entries:
            canvas.bookmarkPage(title)
            canvas.addOutlineEntry(title, title, depth)
        papers.together(*drawings)(canvas)

    return papers.read(papers.pdf(path, draw))


BODY = [papers.lines(*[papers.FOX] * 3, top=130 + 80 * at) for at in range(3)]


def test_what_an_outline_names_is_a_heading_however_it_looks(tmp_path: Path) -> None:
    titles = drawn((72, 110, "Moorings"), (72, 190, "Winter storage"), size=11)
    document = outlined(tmp_path / "book.pdf", [("Moorings", 0), ("Winter storage", 0)], titles, *BODY)
    assert headings(document) == [("Moorings", 1), ("Winter storage", 1)]


def test_an_outline_tells_levels_where_looks_do_not_also_below_a_title_that_it_leaves_out(tmp_path: Path) -> None:
    document = outlined(
        tmp_path / "book.pdf",
        [("1 Moorings", 0), ("Winter storage", 1)],
        drawn((72, 80, "The harbour book"), font="Helvetica-Bold", size=24),
        drawn((72, 110, "1 Moorings"), (72, 190, "Winter storage"), font="Helvetica-Bold", size=15),
        *BODY,
    )
    assert headings(document) == [("The harbour book", 1), ("1 Moorings", 2), ("Winter storage", 3)]


def test_a_long_paragraph_is_none_whatever_names_it(tmp_path: Path) -> None:
    text = "The quick brown fox " * 12
    lines = [text[at : at + 80].strip() for at in range(0, 240, 80)]
    document = outlined(tmp_path / "book.pdf", [(text.strip(), 0)], papers.lines(*lines))
    assert headings(document) == []


@pytest.mark.parametrize(("tag", "found"), [("H2", [("Moorings", 1)]), ("P", [])])
def test_what_is_tagged_as_a_heading_is_one(tmp_path: Path, tag: str, found: list[tuple[str, int]]) -> None:
    text = (
        f"/{tag} <</MCID 0>> BDC BT /F 11 Tf 72 700 Td (Moorings) Tj ET EMC "
        "/P <</MCID 1>> BDC BT /F 11 Tf 72 680 Td (The quick brown fox jumps over the lazy dog, and so on.) Tj ET EMC"
    )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /StructParents 0 "
        b"/Resources << /Font << /F 5 0 R >> >> >>"
    )
    element = "<< /Type /StructElem /S /{} /P {} 0 R /Pg 3 0 R /K {} >>"
    path = tmp_path / "tagged.pdf"
    path.write_bytes(
        raw_pdf(
            [
                b"<< /Type /Catalog /Pages 2 0 R /MarkInfo << /Marked true >> /StructTreeRoot 6 0 R >>",
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                page,
                stream(text.encode()),
                FONT,
                b"<< /Type /StructTreeRoot /K 7 0 R /ParentTree << /Nums [0 [8 0 R 9 0 R]] >> >>",
                element.format("Document", 6, "[8 0 R 9 0 R]").encode(),
                element.format(tag, 7, 0).encode(),
                element.format("P", 7, 1).encode(),
            ]
        )
    )
    assert headings(papers.read(path)) == found


def test_a_running_title_that_says_the_same_is_none(tmp_path: Path) -> None:
    running, title = drawn((480, 40, "Moorings"), size=9), drawn((72, 110, "Moorings"), size=15)
    assert headings(outlined(tmp_path / "book.pdf", [("Moorings", 0)], running, title, *BODY)) == [("Moorings", 1)]
