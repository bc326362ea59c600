"""A folder of documents such as a user has, made by the tests that send it through the SDKs."""

from __future__ import annotations

from pathlib import Path

import docx
import openpyxl
import pytest
from PIL import Image

from support.papers import FOX, chapter, lines, pdf, picture, together


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of documents of several kinds, one of them broken and one long; the scenarios in tests/sdk know them."""
    folder = tmp_path_factory.mktemp("documents")
    photo = Image.radial_gradient("L").convert("RGB")
    pdf(
        folder / "report.pdf", chapter("Annual report"), together(chapter("Outlook"), picture(photo, 72, 200, 150, 150))
    )
    pdf(folder / "long.pdf", *(lines(f"{FOX}, page {number}", FOX) for number in range(400)))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nthis was a document once\n")
    (folder / "page.html").write_text("<html><body><h1>Opening hours</h1><p>Monday to Friday.</p></body></html>")
    (folder / "invoice.txt").write_text("Invoice 17\n\nAmount due: 250 EUR, to be paid by the first of May.\n")
    letter = docx.Document()
    letter.add_heading("A letter", 1)
    letter.add_paragraph("Dear Sir or Madam, this is a personal letter.")
    letter.save(str(folder / "letter.docx"))
    book = openpyxl.Workbook()
    for row in [("Crop", "Tonnes"), ("Potatoes", 12), ("Beans", 3)]:
        book.active.append(row)
    book.save(folder / "figures.xlsx")
    return folder
