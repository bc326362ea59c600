"""PDF: text by PDFium, a layout of our own (engines/layout), pictures and OCR by liteparse.

Pages are read in ranges. They are laid out from the characters that PDFium has; then liteparse looks at those that have pictures,
little text, or what a job wants and it alone tells, and those that hold text that only OCR can see are read by OCR.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from engines.checkpoints import CheckpointPart
from engines.containers import pdf_native
from engines.containers.pdf_objects import MarkedPages
from engines.containers.pdfium import PdfDocument, PdfPage, XfaKind
from engines.context import Context, Source
from engines.document import Document, LineNumber, Notice, Page, Piece
from engines.errors import SENTENCES, Code, DocumentError
from engines.formats.pdf import (
    blocks,
    fonts,
    form_fields,
    hidden_text,
    line_numbers,
    lost_text,
    options,
    quick,
    screenshots,
    unseen,
    watermarks,
)
from engines.formats.pdf.drawings import lightened
from engines.formats.pdf.images import PagePictures, PictureStore
from engines.formats.pdf.native_needs import every_page, may_have_watermark
from engines.formats.pdf.native_pages import NativePages
from engines.formats.pdf.watermarks import Watermark
from engines.layout import items as layout_items
from engines.layout.headings import assign_levels
from engines.layout.named_headings import name_outlined
from engines.layout.page import PageLayout, Wishes, lay_out
from engines.layout.unidentified import Recognised, lost_stretches, recognised_words
from engines.ocr import pages as ocr_pages
from engines.ocr import policy
from engines.ocr import text as ocr_text
from engines.ocr.facts import facts_of
from engines.ocr.policy import PageFacts
from engines.page_selection import consecutive, page_expression, selected_pages
from engines.parameters import ParseParameters, SaveableImage, saved_images, takes_pictures_out, tells_watermarks
from engines.parameters.crop import Margins, margins_of
from engines.parameters.modes import AGENTS, LOOKING, preset_of

MEDIA_TYPE = "application/pdf"
EVERY_PAGE = AGENTS | LOOKING
"""Modes in which every page is read by OCR."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a PDF; where a page draws too much, without what is drawn, and with a warning.

    Raises DocumentError: FILE_NOT_FOUND, PDF_IS_BROKEN, PDF_IS_PROTECTED, DOCUMENT_TOO_LARGE, TOO_MANY_PAGES,
    NO_DATA_FOUND_IN_FILE, OCR_LANGUAGE_UNAVAILABLE, and where strict modes ask for it OCR_FAILED, FONT_IS_BUGGY; and whatever
    `context.progress` raises.
    """
    content, notes = lightened(pdf_native.content_of(source.path))
    try:
        document = parse_content(content, parameters, context)
    except DocumentError as error:
        if not notes or error.code is not Code.NO_DATA_FOUND_IN_FILE:
            raise
        raise DocumentError(Code.DOCUMENT_TOO_LARGE, SENTENCES[Code.DRAWING_LEFT_OUT]) from error
    document.warnings += notes
    return document


def parse_content(content: bytes, parameters: ParseParameters, context: Context) -> Document:
    """Read the PDF that these bytes are, its boxes in points from the top left corner of each page. Raises as `parse` does."""
    return PdfRun(content, parameters, context).document()


@dataclass(slots=True)
class PdfRun:
    """One document being read."""

    content: bytes
    parameters: ParseParameters
    context: Context
    options: dict[str, Any] = field(init=False)
    failures: dict[int, str] = field(default_factory=dict)
    """Why pages of the range at hand could not be loaded, by number, as `CODE: sentence`."""
    pictures: dict[int, PagePictures] = field(default_factory=dict)
    """The pictures of the range at hand, by the number of their page."""
    layouts: dict[int, PageLayout] = field(default_factory=dict)
    """The pages of the range at hand by number, as their own text lays them out."""
    facts: dict[int, PageFacts] = field(default_factory=dict)
    """What decides whether these are read by OCR."""
    outline: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    """What the outline of the document says begins on each page: levels with titles."""
    kept_images: frozenset[SaveableImage] = field(init=False)
    margins: Margins = field(init=False)
    marked: MarkedPages | None = field(init=False)
    needs_all: bool = field(init=False)
    """Whether the native reader has to look at every page."""
    natives: NativePages = field(init=False)
    """The pages of the range being read."""
    marks: dict[int, Watermark] = field(default_factory=dict)
    """The watermarks of pages, by number."""
    numbered: dict[int, list[LineNumber]] = field(default_factory=dict)
    """The printed line numbers of pages, by number."""
    xfa: XfaKind = XfaKind.NONE
    total: int = 0
    done: int = 0
    selected: int = 0
    looked: bool = False
    """Whether there was a page that needed OCR, and OCR was wanted: read or not, the document is not blank."""
    degraded: bool = False
    notes: list[Notice] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Work out the options of the reader."""
        self.margins = margins_of(self.parameters)
        self.kept_images = saved_images(self.parameters)
        self.options = options.options_of(self.parameters, self.margins)
        self.options["max_pages"] = self.context.limits.pages_per_range
        self.marked = MarkedPages(self.content) if tells_watermarks(self.parameters) else None
        marks_any = self.marked is not None and self.marked.is_any
        self.natives = NativePages(self.content, self.options, (), self.report)
        self.needs_all = marks_any or every_page(self.parameters, self.options)

    def document(self) -> Document:
        """Read everything that is selected."""
        pages = [page for start, numbers in self.ranges() for page in self.pages_of(start, numbers)]
        if all(page.error for page in pages):
            code, _, sentence = (pages[0].error or "").partition(": ")
            raise DocumentError(Code(code), sentence)
        if self.xfa is not XfaKind.NONE:
            self.notes += unseen.add_xfa_data(self.content, pages, self.xfa)
        self.check_found(pages)
        return Document(pages, MEDIA_TYPE, self.total, self.notes, paper=self.content, degraded=self.degraded)

    def ranges(self) -> Iterator[tuple[int, list[int]]]:
        """Where each range of the selection starts, and the numbers of its pages."""
        size = self.context.limits.pages_per_range
        with closing(PdfDocument(self.content)) as paper:
            self.total = len(paper)
            self.notes += unseen.packed_files(paper)
            self.xfa = paper.xfa
            self.outline = paper.outline
        numbers = selected_pages(self.total, self.parameters, self.context.limits)
        self.selected = len(numbers)
        for start in range(0, len(numbers), size):
            if start:
                self.context.progress(self.done, self.selected)
            yield start, numbers[start : start + size]

    def pages_of(self, start: int, numbers: list[int]) -> list[Page]:
        """The pages of one range, finished: as an earlier attempt has left them, or read."""
        if self.selected <= self.context.limits.pages_per_range:
            return self.read_range(numbers)
        return self.kept(f"range-{start}", numbers, lambda: self.read_range(numbers), len(numbers))

    def kept(self, name: str, numbers: list[int], read: Callable[[], list[Page]], count: int = 0) -> list[Page]:
        """The pages of these numbers as a checkpoint has them, else as `read` gives them, left there for later attempts.

        `count` pages are done when they were not read.
        """
        part = self.context.checkpoints.load(name)
        if part is None or not {page.number for page in part.pages} <= set(numbers):
            noted = len(self.notes)
            pages = read()
            part = CheckpointPart(pages=pages, notes=self.notes[noted:], looked=self.looked, degraded=self.degraded)
            self.context.checkpoints.save(name, part)
            return pages
        self.notes += part.notes
        self.looked, self.degraded = self.looked or part.looked, self.degraded or part.degraded
        self.done += count
        self.context.progress(self.done, self.selected)
        return part.pages

    def read_range(self, numbers: list[int]) -> list[Page]:
        """Read the pages of one range, and finish them."""
        if self.context.probe_pages:
            self.probe(numbers)
        if self.parameters.strict_mode_buggy_font:
            fonts.require_identified(self.content, numbers)
        by_letters = self.margins or self.parameters.remove_hidden_text  # the native reader leaves out whole lines
        is_quick = self.parameters.fast_mode and not by_letters
        needed = numbers if is_quick else self.lay_out_all(numbers)
        selection = page_expression(consecutive(needed))
        result = pdf_native.read(self.content, selection, **self.options) if needed else None
        self.natives = natives = NativePages(self.content, self.options, result.pages if result else (), self.report)
        if self.marked is not None:
            self.marks = watermarks.told_apart(natives, self.marked)
        if self.parameters.annotate_line_numbers:
            self.numbered = line_numbers.set_apart(natives, self.margins)
        self.finish_layouts()
        pages = [self.page_of(number, natives.by_number.get(number)) for number in numbers]
        for page in pages:
            if page.number in self.pictures:
                page.images += self.pictures[page.number].by_size
                self.notes += self.pictures[page.number].notes
        if SaveableImage.SCREENSHOT in self.kept_images:
            self.notes += screenshots.add(self.content, pages, self.margins)
        self.context.progress(self.done, self.selected)
        return pages

    def lay_out_all(self, numbers: list[int]) -> list[int]:
        """Lay the pages of a range out, and return the numbers of those that the native reader has to look at.

        Pages that PDFium cannot load have no layout; the result says so of them.
        """
        self.layouts, self.facts, self.pictures, self.failures, needed = {}, {}, {}, {}, []
        store = PictureStore() if takes_pictures_out(self.parameters) else None
        with closing(PdfDocument(self.content)) as paper:
            for number in numbers:
                try:
                    sheet = self.sheet_of(paper, number)
                except DocumentError as error:
                    self.failures[number] = str(error)
                    continue
                self.layouts[number] = lay_out(sheet, self.wishes_of(number))
                if store and sheet.pictures:
                    self.pictures[number] = store.taken_out(paper, sheet, self.margins)
                self.facts[number] = facts_of(sheet, self.layouts[number])
                if self.needs_all or (self.marked is not None and may_have_watermark(sheet)):
                    needed.append(number)
        return needed

    def sheet_of(self, paper: PdfDocument, number: int) -> PdfPage:
        """A page as it is to be laid out. Raises DocumentError as `PdfDocument.page` does."""
        if self.parameters.remove_hidden_text:
            return hidden_text.without_hidden(self.content, paper.page(number, colors=True))
        return paper.page(number)

    def finish_layouts(self) -> None:
        """Lay those pages out again of which something is to be left out, add pictures, and give headings their levels."""
        changed = [one for one in self.layouts if one in self.marks or one in self.numbered]
        if changed:
            with closing(PdfDocument(self.content)) as paper:
                self.layouts |= {one: lay_out(self.sheet_of(paper, one), self.wishes_of(one)) for one in changed}
        for number, some in self.pictures.items():
            self.layouts[number].add(some.figures)
        for number, layout in self.layouts.items():
            name_outlined(layout.blocks, self.outline.get(number, ()))
        assign_levels([block for layout in self.layouts.values() for block in layout.blocks])

    def wishes_of(self, number: int) -> Wishes:
        """What is wanted of a page, as far as it is known."""
        read_with = self.natives.options_of(number)
        return options.wishes_of(self.parameters, read_with, self.marks.get(number))

    def report(self) -> None:
        """Say how far the work is."""
        self.context.progress(self.done, self.selected)

    def probe(self, numbers: list[int]) -> None:
        """Read each page by itself, for nothing but to know which one it was when the process dies of it."""
        for number in numbers:
            self.context.progress(self.done, self.selected, number)
            with suppress(DocumentError):  # the reading of the range will say so
                self.lay_out_all([number])
                pdf_native.read(self.content, str(number), **self.options)
        self.context.progress(self.done, self.selected)  # no page is to blame for what comes now

    def page_of(self, number: int, native: Any) -> Page:
        """One page, read by OCR as well where that is needed."""
        if number not in self.layouts and native is None:
            self.done += 1
            return Page(number, error=self.failures.get(number, f"{Code.PDF_IS_BROKEN}: The page could not be read."))
        page = self.scanned_if_needed(number, native) if number in self.layouts else None
        if page is None:
            layout = self.layouts.get(number)
            if layout:
                page = layout_items.page_of(layout)
            else:
                page = quick.page_of(self.content, native, self.natives.options_of(number), self.parameters)
            self.add_form(page, native)
        self.complete(page, native)
        self.done += 1
        return page

    def scanned_if_needed(self, number: int, native: Any) -> Page | None:
        """The page read by OCR where it needs that; None when it does not, or OCR finds nothing more."""
        if not policy.is_wanted(self.parameters):
            return None
        every = self.parameters.parse_mode in EVERY_PAGE
        if every or policy.page_needs_reading(self.facts[number], self.parameters, self.context.limits):
            return self.scanned_once(number, native)
        return None

    def complete(self, page: Page, native: Any) -> None:
        """What parameters ask for beyond the text of a page, and what they ask to be left out."""
        if options.wants_pieces(self.parameters) and not page.pieces:
            layout = self.layouts.get(page.number)
            page.pieces = layout_items.pieces_of(layout) if layout else pieces_of(self.own_text(native))
        if self.parameters.annotate_line_numbers and page.line_numbers is None:
            page.line_numbers = self.numbered.get(page.number, [])
        if page.number in self.marks:
            watermarks.take_out(page, self.marks[page.number])

    def own_text(self, native: Any) -> list[Any]:
        """The pieces of a page's text that belong to no watermark."""
        mark = self.marks.get(native.page_num)
        return mark.others(native) if mark else native.text_items

    def scanned_once(self, number: int, native: Any) -> Page | None:
        """As `scanned`; of several pages each is left as a checkpoint, since reading it costs that much."""
        if self.selected == 1:
            return self.scanned(number, native)

        def read() -> list[Page]:
            page = self.scanned(number, native)
            return [page] if page else []

        return next(iter(self.kept(f"page-{number}", [number], read)), None)

    def read_by_ocr(self, number: int, content: bytes, place: int, *, may_be_turned: bool) -> ocr_pages.Attempt | None:
        """What OCR reads on a page, the one of number `place` in `content`; None when that is not possible."""
        self.looked = True
        reading = policy.reading_of(self.parameters, self.context.tools)
        if reading is None or not reading.is_complete:
            self.miss_data()
        if reading is None:
            return None
        self.context.progress(self.done, self.selected, number)
        ocr_options = self.natives.options_of(number) | options.QUICK | {"dpi": self.dpi}
        try:
            return ocr_pages.scan(content, place, ocr_options, reading, may_be_turned=may_be_turned)
        except DocumentError as error:
            if error.code is not Code.OCR_FAILED or self.parameters.strict_mode_image_ocr:
                raise
            self.notes.append(Notice(Code.OCR_FAILED, error.message, number))
            return None

    @property
    def dpi(self) -> float:
        """Pixels an inch of the pictures that OCR reads."""
        return policy.HIGH_DPI if self.parameters.high_res_ocr else policy.DPI

    def mended(self, number: int, native: Any) -> Page | None:
        """The page with those words read by OCR that its fonts do not identify; None without such, or when OCR finds none."""
        with closing(PdfDocument(self.content)) as paper:
            sheet = paper.page(number)
        lost = lost_stretches(sheet)
        found = (
            self.read_by_ocr(number, pictured(self.content, number, self.dpi), 1, may_be_turned=False) if lost else None
        )
        words = recognised_words(found.native.text_items, lost) if found else []
        if not words:
            return None
        layout = lay_out(sheet, self.wishes_of(number), Recognised(lost, words))
        if number in self.pictures:
            layout.add(self.pictures[number].figures)
        assign_levels(layout.blocks)
        page = layout_items.page_of(layout)
        page.ocr = True
        self.add_form(page, native)
        return page

    def scanned(self, number: int, native: Any) -> Page | None:
        """The page read by OCR; None when that is not possible, or finds nothing more."""
        is_looked_at = self.parameters.parse_mode in LOOKING
        if not is_looked_at and (page := self.mended(number, native)) is not None:
            return page
        alone = is_looked_at or self.facts[number].letters < policy.FEW_LETTERS
        content, place = (pictured(self.content, number, self.dpi), 1) if is_looked_at else (self.content, number)
        found = self.read_by_ocr(number, content, place, may_be_turned=alone)
        if found is None or not (is_looked_at or found.says_more(self.facts[number].letters)):
            return None
        page = blocks.page_of(found.native)
        page.number, page.ocr, page.rotation = number, True, float(found.angle)
        page.confidence = ocr_pages.confidence_of(found.native)
        self.note_places(page, found.native)
        if alone:
            page.items = ocr_text.items_of_words(found.native.text_items, page.items)
        else:
            lost_text.restore(page, [one for one in self.own_text(found.native) if one.confidence is None])
        self.add_form(page, native)
        return page

    def note_places(self, page: Page, native: Any) -> None:
        """Note of a page that was read by OCR where its text stands, and the line numbers that only OCR has seen."""
        if options.wants_pieces(self.parameters):
            page.pieces = pieces_of(self.own_text(native))
        if self.parameters.annotate_line_numbers and page.number not in self.numbered:
            page.line_numbers = line_numbers.numbers_of(native)

    def add_form(self, page: Page, native: Any) -> None:
        """Tell of the fields of a form: after what else the page says when the job is about forms, by themselves when asked to."""
        if native is None:
            return
        if self.parameters.extract_forms:
            page.form_fields = form_fields.fields_of(native.form_fields or ())
        if preset_of(self.parameters) == "forms" and (table := form_fields.table_of(native.form_fields or ())):
            page.items.append(table)

    def miss_data(self) -> None:
        """Say once that data of Tesseract is missing."""
        if not self.degraded:
            self.degraded = True
            self.notes.append(Notice(Code.OCR_UNAVAILABLE, SENTENCES[Code.OCR_UNAVAILABLE]))

    def check_found(self, pages: list[Page]) -> None:
        """Raise NO_DATA_FOUND_IN_FILE when the pages are blank, or hold pictures only that were not to be read."""
        if self.looked or any(page.text.strip() or page.watermark for page in pages):
            return
        if not policy.is_wanted(self.parameters) or not any(page.items or page.images for page in pages):
            raise DocumentError(Code.NO_DATA_FOUND_IN_FILE)


def pictured(content: bytes, number: int, dpi: float) -> bytes:
    """A PDF of one page that is nothing but the picture of a page, of the same size, at `dpi` pixels an inch."""
    target = io.BytesIO()
    with (
        pdf_native.drawable(content) as path,
        Image.open(io.BytesIO(pdf_native.picture(path, number, dpi))) as shot,
    ):
        shot.convert("RGB").save(target, "PDF", resolution=dpi, quality=92)
    return target.getvalue()


def pieces_of(text_items: list[Any]) -> list[Piece]:
    """Pieces of text with their places."""
    found = ((one, pdf_native.box_of(one)) for one in text_items if one.text.strip())
    return [
        Piece(one.text, box, one.rotation, one.font_height or 0.0, one.confidence)
        for one, box in found
        if box is not None
    ]
