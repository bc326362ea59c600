"""Pages that hold text which only OCR can see: their own text is kept, and what OCR reads is put where there is none."""

from __future__ import annotations

import io
from contextlib import closing

from PIL import Image

from engines.containers import pdf_native
from engines.containers.pdfium import PdfDocument, PdfPage
from engines.document import Notice, Page
from engines.errors import Code, DocumentError
from engines.formats.pdf import line_numbers, options
from engines.formats.pdf.additions import additions, bare
from engines.formats.pdf.job import PdfJob
from engines.formats.pdf.journal import Journal
from engines.formats.pdf.sheets import Sheets
from engines.layout import items as layout_items
from engines.layout.page import PageLayout
from engines.layout.recognised import RecognisedWord, words_of_recognised
from engines.layout.turned import main_angle
from engines.layout.unidentified import Recognised, lost_stretches, recognised_words
from engines.ocr import pages as ocr_pages
from engines.ocr import policy, skew
from engines.ocr import words as ocr_words


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
        is_alone = self._job.is_looked_at or self._sheets.facts[number].letters < policy.FEW_LETTERS
        return self._scanned(number) if is_alone else self._merged(number)

    def _merged(self, number: int) -> Page | None:
        """The page with its own text, and what OCR reads where it has none, or none that its fonts identify."""
        sheet = self._sheet(number)
        if main_angle(sheet):
            return None  # its pictures lie on their sides as well, and OCR would read no more than letters by chance
        lost = lost_stretches(sheet)
        content, place = (pictured(self._job, number), 1) if lost else (self._job.content, number)
        found = self._attempt(number, content, place, may_be_turned=False)
        if found is None:
            return None
        words = ocr_words.apart_from(sheet, ocr_words.words_in(found.native))
        added = additions(sheet, self._sheets.facts[number], words)
        mended = recognised_words(found.native.text_items, lost)
        if not mended and not added.all:
            return None
        among = words_of_recognised(added.among)
        layout = self._sheets.laid_out_with(sheet, Recognised(lost if mended else [], mended + among))
        for bounds, inside in added.by_picture:
            part = self._sheets.laid_out_with(bare(sheet), Recognised([], words_of_recognised(inside)), figures=False)
            layout.add_text_of(bounds, part)
        return self._page_of(layout, found, added.all)

    def _scanned(self, number: int) -> Page | None:
        """The page as OCR reads all of it; None when that is nothing."""
        is_looked_at = self._job.is_looked_at
        askew = skew.skew_of(picture_of(self._job, number, skew.DPI))
        is_drawn = is_looked_at or bool(askew)
        content, place = (pictured(self._job, number, askew), 1) if is_drawn else (self._job.content, number)
        found = self._attempt(number, content, place, may_be_turned=True)
        if found is None:
            return None
        sheet = self._sheet(number)
        is_bare = is_drawn or bool(found.angle)
        words = ocr_words.legible(ocr_words.words_in(found.native, own=is_bare))
        if not is_bare:
            words = ocr_words.apart_from(sheet, words)
        if not is_looked_at and not ocr_words.has_text(words):
            return None
        paper = PdfPage(number, found.native.width, found.native.height) if is_bare else sheet
        layout = self._sheets.laid_out_with(paper, Recognised([], words_of_recognised(words)), figures=not found.angle)
        page = self._page_of(layout, found, words)
        page.rotation = float(found.angle)
        if askew and not found.angle:
            skew.put_back(page, askew)
        return page

    def _page_of(self, layout: PageLayout, found: ocr_pages.Attempt, words: list[RecognisedWord]) -> Page:
        """The page of a layout with these words of OCR in it."""
        page = layout_items.page_of(layout)
        page.ocr = True
        page.confidence = ocr_words.confidence_of(words, own=self._own_letters(page.number))
        if options.wants_pieces(self._job.parameters):
            page.pieces = layout_items.pieces_of(layout)
        if self._job.parameters.annotate_line_numbers and page.number not in self._sheets.numbered:
            page.line_numbers = line_numbers.numbers_of(found.native)
        return page

    def _own_letters(self, number: int) -> int:
        return 0 if self._job.is_looked_at else self._sheets.facts[number].letters

    def _sheet(self, number: int) -> PdfPage:
        with closing(PdfDocument(self._job.content)) as paper:
            return self._sheets.sheet(paper, number)

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


def pictured(job: PdfJob, number: int, askew: float = 0.0) -> bytes:
    """A PDF of one page that is nothing but the picture of a page, of the same size; turned so that what lies askew is straight."""
    target = io.BytesIO()
    shot = picture_of(job, number, job.dpi).rotate(askew, Image.Resampling.BICUBIC, fillcolor="white")
    shot.save(target, "PDF", resolution=job.dpi, quality=92)
    return target.getvalue()


def picture_of(job: PdfJob, number: int, dpi: float) -> Image.Image:
    """A page as it is seen."""
    with (
        pdf_native.drawable(job.content) as path,
        Image.open(io.BytesIO(pdf_native.picture(path, number, dpi))) as shot,
    ):
        return shot.convert("RGB")
