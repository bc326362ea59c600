"""Running titles of documents of several pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from support import papers

from engines.document import Document

Book = Callable[..., Document]
CHAPTERS = ("Sails", "Sails", "Oars", "Oars", "Ropes and knots", "Ropes and knots", "Anchors", "Lanterns")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Reads a book whose pages have these two words at their upper or lower edge."""

    def read(*titles: tuple[str, str], bottom: bool = False) -> Document:
        def page(left: str, right: str) -> papers.Draw:
            def draw(canvas: Canvas) -> None:
                canvas.setFont("Helvetica", 9)
                height = 40 if bottom else papers.HEIGHT - 40
                canvas.drawString(72, height, left)
                canvas.drawRightString(540, height, right)

            return papers.together(draw, papers.lines(*[papers.FOX] * 12))

        return papers.read(papers.pdf(tmp_path / "book.pdf", *(page(*title) for title in titles)))

    return read


def test_titles_of_chapters_with_the_number_of_the_page_are_running(book: Book) -> None:
    document = book(*((f"Chapter: {name}", str(3 + at)) for at, name in enumerate(CHAPTERS)))
    assert [page.header.split()[-1] for page in document.pages] == [str(3 + at) for at in range(len(CHAPTERS))]
    assert all(name in page.header for page, name in zip(document.pages, CHAPTERS, strict=True))


def test_first_pages_of_chapters_have_the_number_alone(book: Book) -> None:
    names = [name if at % 4 else "" for at, name in enumerate(CHAPTERS)]
    document = book(*((name, str(1 + at)) for at, name in enumerate(names)), bottom=True)
    assert all(page.footer for page in document.pages)


def test_numbers_that_do_not_go_on_make_no_title(book: Book) -> None:
    numbers = (4, 17, 9, 1, 30, 2, 8, 5)
    document = book(*((name, str(number)) for name, number in zip(CHAPTERS, numbers, strict=True)))
    assert not any(page.header for page in document.pages)
