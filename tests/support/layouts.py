"""Pages of text at given places, and what is read of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reportlab.pdfgen.canvas import Canvas

from engines.containers.pdfium import Boxes, Font, PdfPage, TextRun
from engines.document import Document, Item, ItemKind
from engines.parameters import ParseParameters
from engines.render import render
from support import papers

Placed = tuple[float, float, str]
"""Left and top in points from the upper left corner, and the text there."""
Read = Callable[..., Document]
"""Drawings of one page, and parameters, to the document that is read of them: the fixture `read`."""
BOATS = (("Boat", "Length", "Year"), ("Skarv", "5.20", "1998"), ("Tern", "7.40", "2011"), ("Gull", "6.10", "2003"))
"""The rows of a table."""


def drawn(*texts: Placed, font: str = "Helvetica", size: float = 10) -> papers.Draw:
    """Texts at their places, in one font."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for x, y, text in texts:
            canvas.drawString(x, papers.HEIGHT - y, text)

    return draw


def placed(rows: Sequence[Sequence[str]] = BOATS, top: float = 200) -> list[Placed]:
    """The cells of a table, 110 points wide and 18 high."""
    return [
        (72 + 110.0 * at, top + 18 * number, text) for number, row in enumerate(rows) for at, text in enumerate(row)
    ]


def typed(said: str, *, leftwards: bool = False) -> PdfPage:
    """A page on which these characters stand one after the other, each 6 points wide."""
    place = [(300 - 6 * at if leftwards else 100 + 6 * at) for at in range(len(said))]
    bounds = [(float(x), 90.0, x + 6.0, 102.0) for x in place]
    run = TextRun(0, len(said), Font("Any"), 10.0, 0, 100.0)
    return PdfPage(1, 600.0, 800.0, said, Boxes.of(bounds), [run])


def markdown(document: Document, **parameters: object) -> str:
    """The document as Markdown."""
    return render(document, ParseParameters(**parameters), {})["output.md"].decode()


def items(document: Document, kind: ItemKind) -> list[Item]:
    """The items of one kind on all pages."""
    return [item for page in document.pages for item in page.items if item.kind is kind]


def cells(document: Document) -> list[list[str]]:
    """The texts of the only table."""
    (table,) = items(document, ItemKind.TABLE)
    return [[cell.text for cell in row] for row in table.rows]
