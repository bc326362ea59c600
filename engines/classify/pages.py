"""What a document shows besides its text: what sort of file it is, how its pages are made, and the words in its pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from statistics import fmean

from engines.document import Document, Item, ItemKind, Page

A4 = 595.0 * 842.0
"""Points of area."""
FILES = {
    "message/rfc822": "#mail-file",
    "application/vnd.ms-outlook": "#mail-file",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "#slides-file",
    "application/vnd.ms-powerpoint": "#slides-file",
    "application/vnd.oasis.opendocument.presentation": "#slides-file",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "#sheet-file",
    "application/vnd.ms-excel": "#sheet-file",
    "application/vnd.oasis.opendocument.spreadsheet": "#sheet-file",
    "text/csv": "#sheet-file",
}


def file_marks(document: Document) -> dict[str, float]:
    """The mark of the sort of file, where it tells anything."""
    mark = FILES.get(document.media_type)
    return {mark: 1.0} if mark else {}


def page_marks(document: Document) -> dict[str, float]:
    """How the pages are made, as marks with a strength from 0 to 1; those that they do not have are left out."""
    pages = [page for page in document.pages if page.width > 0 and page.height > 0]
    if not pages:
        return {}
    first = pages[0]
    items = [item for page in pages for item in all_items(page.items)]
    counts = Counter(item.kind for item in items)
    number = max(6, len(items))
    marks = {
        "#narrow": (0.75 - first.width / first.height) * 3 if first.width / first.height < 0.62 else 0.0,
        "#landscape": float(first.width > 1.15 * first.height),
        "#tiny": 1 - first.width * first.height / (0.4 * A4),
        "#scan": fmean(page.ocr for page in pages),
        "#pictures": fmean(min(1.0, len(page.images) / 2) for page in pages),
        "#tables": 3 * counts[ItemKind.TABLE] / number,
        "#headings": 3 * counts[ItemKind.HEADING] / number,
        "#fields": fmean(bool(page.form_fields) for page in pages),
    }
    return {mark: min(1.0, strength) for mark, strength in marks.items() if strength > 0.05}


def all_items(items: Iterable[Item]) -> Iterator[Item]:
    """The items of a page and those inside of lists."""
    for item in items:
        yield item
        yield from all_items(item.entries)


def words_of_pictures(page: Page) -> str:
    """The words that were read in the pictures of a page, a line for each picture."""
    return "\n".join(" ".join(piece.text for piece in picture.ocr) for picture in page.images if picture.ocr)
