"""A document being read: range by range, each left as a checkpoint, its pages finished by what the parameters ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from engines.containers import pdf_native
from engines.containers.pdfium import PdfDocument, XfaKind
from engines.context import Context
from engines.document import Document, Page
from engines.errors import Code, DocumentError
from engines.formats.pdf import blocks, fonts, form_fields, options, quick, screenshots, unseen, watermarks
from engines.formats.pdf.job import PdfJob
from engines.formats.pdf.journal import Journal
from engines.formats.pdf.scanner import Scanner
from engines.formats.pdf.sheets import Sheets
from engines.layout import items as layout_items
from engines.ocr import policy
from engines.page_selection import selected_pages
from engines.parameters import ParseParameters, SaveableImage, saved_images
from engines.parameters.modes import preset_of

MEDIA_TYPE = "application/pdf"


class PdfRun:
    """One document being read."""

    def __init__(self, content: bytes, parameters: ParseParameters, context: Context) -> None:
        self.job = PdfJob.of(content, parameters, context)
        self.journal = Journal(context)
        self.total = 0
        self._paper: PdfDocument | None = None
        """The document as it was opened to count its pages, for the first range that is read."""
        self.xfa = XfaKind.NONE

    def document(self) -> Document:
        """Read everything that is selected."""
        content, journal = self.job.content, self.journal
        pages = [page for start, numbers in self.ranges() for page in self.pages_of(start, numbers)]
        if all(page.error for page in pages):
            code, _, sentence = (pages[0].error or "").partition(": ")
            raise DocumentError(Code(code), sentence)
        if self.xfa is not XfaKind.NONE:
            journal.notes += unseen.add_xfa_data(content, pages, self.xfa)
        self.check_found(pages)
        return Document(pages, MEDIA_TYPE, self.total, journal.notes, paper=content, degraded=journal.degraded)

    def ranges(self) -> Iterator[tuple[int, list[int]]]:
        """Where each range of the selection starts, and the numbers of its pages."""
        limits = self.job.context.limits
        with closing(PdfDocument(self.job.content)) as paper:
            self.total = len(paper)
            self.journal.notes += unseen.packed_files(paper)
            self.xfa = paper.xfa
            numbers = selected_pages(self.total, self.job.parameters, limits)
            self.journal.selected = len(numbers)
            self._paper = paper
            for start in range(0, len(numbers), limits.pages_per_range):
                yield start, numbers[start : start + limits.pages_per_range]

    def pages_of(self, start: int, numbers: list[int]) -> list[Page]:
        """The pages of one range, finished: as an earlier attempt has left them, or read."""
        if self.journal.selected <= self.job.context.limits.pages_per_range:
            return self._read(numbers)
        return self.journal.kept(f"range-{start}", numbers, lambda: self._read(numbers), len(numbers))

    def check_found(self, pages: list[Page]) -> None:
        """Raise NO_DATA_FOUND_IN_FILE when the pages are blank, or hold pictures only that were not to be read."""
        if self.journal.looked or any(page.text.strip() or page.watermark or page.form_fields for page in pages):
            return
        if not policy.is_wanted(self.job.parameters) or not any(page.items or page.images for page in pages):
            raise DocumentError(Code.NO_DATA_FOUND_IN_FILE)

    def _read(self, numbers: list[int]) -> list[Page]:
        """Read the pages of one range, and finish them."""
        if self.job.context.probe_pages:
            self._probe(numbers)
        if self.job.parameters.strict_mode_buggy_font:
            fonts.require_identified(self.job.content, numbers)
        paper, self._paper = self._paper, None
        sheets = Sheets(self.job, self.journal, numbers, paper)
        scanner = Scanner(self.job, self.journal, sheets)
        pages = []
        for number in numbers:
            pages.append(self._page(number, sheets, scanner))
            if self.job.is_quick or sheets.is_scanned(number):
                self.journal.finish()
        for page in pages:
            if page.number in sheets.pictures:
                page.images += sheets.pictures[page.number].by_size
                read = {one.name: one.words for one in page.words_in_pictures}
                for picture in page.images:
                    picture.ocr = read.get(picture.name, picture.ocr)
                self.journal.notes += sheets.pictures[page.number].notes
        if SaveableImage.SCREENSHOT in saved_images(self.job.parameters):
            self.journal.notes += screenshots.add(self.job.content, pages, self.job.margins)
        return pages

    def _probe(self, numbers: list[int]) -> None:
        """Read each page by itself, for nothing but to know which one it was when the process dies of it."""
        for number in numbers:
            self.journal.report(number)
            with suppress(DocumentError):  # the reading of the range will say so
                Sheets(self.job, Journal(Context()), [number])
                pdf_native.read(self.job.content, str(number), **self.job.options)
        self.journal.report()  # no page is to blame for what comes now

    def _page(self, number: int, sheets: Sheets, scanner: Scanner) -> Page:
        """One page, read by OCR as well where that is needed."""
        native, layout = sheets.natives.by_number.get(number), sheets.layouts.get(number)
        if layout is None and native is None:
            return Page(number, error=sheets.failures.get(number, f"{Code.PDF_IS_BROKEN}: The page could not be read."))
        page = scanner.page(number) if sheets.is_scanned(number) else None
        if page is None and layout is not None:
            page = layout_items.page_of(layout)
        elif page is None:
            page = quick.page_of(self.job.content, native, sheets.natives.options_of(number), self.job.parameters)
        self._complete(page, sheets, native)
        return page

    def _complete(self, page: Page, sheets: Sheets, native: Any) -> None:
        """What parameters ask for beyond the text of a page, and what they ask to be left out."""
        if native is not None:
            self._add_form(page, native)
        if options.wants_pieces(self.job.parameters) and not page.pieces:
            layout = sheets.layouts.get(page.number)
            page.pieces = layout_items.pieces_of(layout) if layout else blocks.pieces_of(sheets.own_text(native))
        if self.job.parameters.annotate_line_numbers and page.line_numbers is None:
            page.line_numbers = sheets.numbered.get(page.number, [])
        if page.number in sheets.marks:
            watermarks.take_out(page, sheets.marks[page.number])

    def _add_form(self, page: Page, native: Any) -> None:
        """Tell of the fields of a form: after what else the page says when the job is about forms, by themselves when asked to."""
        if self.job.parameters.extract_forms:
            page.form_fields = form_fields.fields_of(native.form_fields or ())
        if preset_of(self.job.parameters) == "forms" and (table := form_fields.table_of(native.form_fields or ())):
            page.items.append(table)
