"""Pages that hold text which only OCR can see: read by it as a whole, or in those words that fonts do not identify."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import closing

from PIL import Image

from engines.containers import pdf_native
from engines.containers.pdfium import PdfDocument
from engines.document import Box, Item, ItemKind, Notice, Page, Picture
from engines.errors import Code, DocumentError
from engines.formats.pdf import blocks, line_numbers, lost_text, options
from engines.formats.pdf.job import PdfJob
from engines.formats.pdf.journal import Journal
from engines.formats.pdf.sheets import Sheets
from engines.layout import items as layout_items
from engines.layout.unidentified import Recognised, lost_stretches, recognised_words
from engines.ocr import pages as ocr_pages
from engines.ocr import policy
from engines.ocr import text as ocr_text


class Scanner:
    """Reads pages of a range by OCR, one at a time."""

    def __init__(self, job: PdfJob, journal: Journal, sheets: Sheets) -> None:
        self._job, self._journal, self._sheets = job, journal, sheets

    def page(self, number: int) -> Page | None:
        """The page as OCR reads it; None when that is not possible, or finds nothing more. Raises DocumentError: OCR_FAILED.

        Of several pages each is left as a checkpoint, since reading it costs that much.
        """
        if self._journal.selected == 1:
            return self._read(number)

        def read() -> list[Page]:
            page = self._read(number)
            return [page] if page else []

        return next(iter(self._journal.kept(f"page-{number}", [number], read)), None)

    def _read(self, number: int) -> Page | None:
        return (None if self._job.is_looked_at else self._mended(number)) or self._whole(number)

    def _mended(self, number: int) -> Page | None:
        """The page with those words read by OCR that its fonts do not identify; None without such, or when OCR finds none."""
        with closing(PdfDocument(self._job.content)) as paper:
            sheet = self._sheets.sheet(paper, number)
        lost = lost_stretches(sheet)
        found = self._attempt(number, pictured(self._job, number), 1, may_be_turned=False) if lost else None
        words = recognised_words(found.native.text_items, lost) if found else []
        if not words:
            return None
        page = layout_items.page_of(self._sheets.laid_out_with(sheet, Recognised(lost, words)))
        page.ocr = True
        return page

    def _whole(self, number: int) -> Page | None:
        """The page made of all that OCR reads on it; None when that is no more than the page has of its own."""
        letters, is_looked_at = self._sheets.facts[number].letters, self._job.is_looked_at
        alone = is_looked_at or letters < policy.FEW_LETTERS
        content, place = (pictured(self._job, number), 1) if is_looked_at else (self._job.content, number)
        found = self._attempt(number, content, place, may_be_turned=alone)
        if found is None or not (is_looked_at or found.says_more(letters)):
            return None
        page = blocks.page_of(found.native)
        page.number, page.ocr, page.rotation = number, True, float(found.angle)
        page.confidence = ocr_pages.confidence_of(found.native)
        own_text = self._sheets.own_text(found.native)
        if options.wants_pieces(self._job.parameters):
            page.pieces = blocks.pieces_of(own_text)
        if self._job.parameters.annotate_line_numbers and number not in self._sheets.numbered:
            page.line_numbers = line_numbers.numbers_of(found.native)
        if alone:
            page.items = ocr_text.items_of_words(found.native.text_items, page.items)
        else:
            lost_text.restore(page, [one for one in own_text if one.confidence is None])
        if number in self._sheets.pictures and not page.rotation:
            add_figures(page, self._sheets.pictures[number].pictures)
        return page

    def _attempt(self, number: int, content: bytes, place: int, *, may_be_turned: bool) -> ocr_pages.Attempt | None:
        """What OCR reads on a page, the one of number `place` in `content`; None when that is not possible."""
        self._journal.looked = True
        reading = policy.reading_of(self._job.parameters, self._job.context.tools)
        if reading is None or not reading.is_complete:
            self._journal.miss_data()
        if reading is None:
            return None
        self._journal.report(number)
        asked = self._sheets.natives.options_of(number) | options.QUICK | {"dpi": self._job.dpi}
        try:
            return ocr_pages.scan(content, place, asked, reading, may_be_turned=may_be_turned)
        except DocumentError as error:
            if error.code is not Code.OCR_FAILED or self._job.parameters.strict_mode_image_ocr:
                raise
            self._journal.notes.append(Notice(Code.OCR_FAILED, error.message, number))
            return None


def add_figures(page: Page, pictures: Iterable[Picture]) -> None:
    """Put the pictures of a page into their places: before the first item below the top of each that stands over or under it."""
    for one in pictures:
        if one.box is None:
            continue
        left, top, right = one.box.x, one.box.y, one.box.x + one.box.width
        places = (at for at, item in enumerate(page.items) if item.box and is_below(item.box, left, top, right))
        page.items.insert(next(places, len(page.items)), Item(ItemKind.IMAGE, box=one.box, url=one.name))


def is_below(box: Box, left: float, top: float, right: float) -> bool:
    """Whether a box stands below a line from `left` to `right` at the height `top`."""
    return box.y >= top - 2 and box.x < right and left < box.x + box.width


def pictured(job: PdfJob, number: int) -> bytes:
    """A PDF of one page that is nothing but the picture of a page, of the same size."""
    target = io.BytesIO()
    with (
        pdf_native.drawable(job.content) as path,
        Image.open(io.BytesIO(pdf_native.picture(path, number, job.dpi))) as shot,
    ):
        shot.convert("RGB").save(target, "PDF", resolution=job.dpi, quality=92)
    return target.getvalue()
