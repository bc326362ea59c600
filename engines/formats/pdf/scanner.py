"""Pages that hold text which only OCR can see: their own text is kept, and what OCR reads is put where there is none."""

from __future__ import annotations

from contextlib import closing
from functools import partial

from PIL import Image

from engines.containers.pdfium import Bounds, DrawnPath, PdfDocument, PdfPage
from engines.document import Box, Notice, Page, PictureWords, Piece
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
from engines.ocr import policy, rules, shades, skew
from engines.ocr import words as ocr_words
from engines.ocr.choice import reading_of
from engines.ocr.engine import Patience
from engines.ocr.written import without_text

SAME_PLACE = 0.1
"""Points by which the corners of a picture's place may differ, which is rounded where it is told."""


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
        facts = self._sheets.facts[number]
        is_picture = facts.letters < policy.FEW_LETTERS or (facts.is_scan and facts.is_stamped and not facts.is_unclear)
        return self._scanned(number) if self._job.is_looked_at or is_picture else self._merged(number)

    def _merged(self, number: int) -> Page | None:
        """The page with its own text, and what OCR reads where it has none, or none that its fonts identify."""
        sheet = self._sheet(number)
        if main_angle(sheet):
            return None  # its pictures lie on their sides as well, and OCR would read no more than letters by chance
        lost = lost_stretches(sheet)
        found = self._attempt(sheet, self._shot(number), may_be_turned=False)
        if found is None:
            return None
        words = ocr_words.apart_from(sheet, found.words)
        added = additions(sheet, self._sheets.facts[number], words)
        mended = recognised_words(found.words, lost)
        if not mended and not added.all:
            return None
        among = words_of_recognised(added.among)
        layout = self._sheets.laid_out_with(sheet, Recognised(lost if mended else [], mended + among))
        for bounds, inside in added.by_picture:
            part = self._sheets.laid_out_with(bare(sheet), Recognised([], words_of_recognised(inside)), figures=False)
            layout.add_text_of(bounds, part)
        page = self._page_of(layout, found, added.all)
        for bounds, inside in added.by_picture:
            page.words_in_pictures += self._told(number, bounds, inside)
        return page

    def _told(self, number: int, bounds: Bounds, words: list[RecognisedWord]) -> list[PictureWords]:
        """Words for the picture that stands at a place of a page, where it is kept."""
        kept = self._sheets.pictures.get(number)
        return [
            PictureWords(
                one.name, [piece_in(word, box, one.width / box.width, one.height / box.height) for word in words]
            )
            for one in (kept.pictures if kept else ())
            if (box := one.box) and max(abs(box.x - bounds[0]), abs(box.y - bounds[1])) < SAME_PLACE
        ]

    def _scanned(self, number: int) -> Page | None:
        """The page as OCR reads its picture, with the text that it has of its own, such as a stamp; None when that is no more.

        What is read is a picture without that text, straight, and without rules.
        """
        sheet = self._sheet(number)
        shot = self._shot(number)
        if not self._job.is_looked_at:
            shot = without_text(shot, sheet)
        askew = skew.skew_of(shot)
        if askew:
            shot = shot.rotate(askew, Image.Resampling.BICUBIC, fillcolor="white")
        seen = rules.rules_in(shot, sheet.width, sheet.height)
        clean = rules.without_rules(shot, seen, sheet.width, sheet.height)
        found = self._attempt(sheet, clean, may_be_turned=True)
        if found is None:
            return None
        words = ocr_words.legible(found.words)
        if not self._job.is_looked_at and not ocr_words.has_text(words):
            return None
        upright = ocr_pages.upright(shot, found.angle)
        if found.angle:
            seen = rules.rules_in(upright, found.width, found.height)
        layout = self._laid_out(
            sheet, rules.lines_of(seen) + shades.shades_in(upright, found.width, found.height), words, found
        )
        page = self._page_of(layout, found, words)
        page.rotation = float(found.angle)
        if askew and not found.angle:
            skew.put_back(page, askew)
        return page

    def _laid_out(
        self, sheet: PdfPage, drawn: list[DrawnPath], words: list[RecognisedWord], found: ocr_pages.Attempt
    ) -> PageLayout:
        """The layout of what was read on a picture, with what is `drawn` on it, and with the page's own text."""
        own = sheet if not self._job.is_looked_at else bare(sheet)
        paper = own if not found.angle else PdfPage(sheet.number, found.width, found.height)
        paper.paths += drawn
        recognised = Recognised([], words_of_recognised(words))
        layout = self._sheets.laid_out_with(paper, recognised, figures=not found.angle)
        if found.angle and own.characters:
            stamp = self._sheets.laid_out_with(own, Recognised([], []), figures=False)
            layout.parts, layout.lines = stamp.parts + layout.parts, stamp.lines + layout.lines
        return layout

    def _page_of(self, layout: PageLayout, found: ocr_pages.Attempt, words: list[RecognisedWord]) -> Page:
        """The page of a layout with these words of OCR in it."""
        page = layout_items.page_of(layout)
        page.ocr = True
        page.ocr_engine = found.engine
        page.confidence = ocr_words.confidence_of(words, own=self._own_letters(page.number))
        if options.wants_pieces(self._job.parameters):
            page.pieces = layout_items.pieces_of(layout)
        if self._job.parameters.annotate_line_numbers and page.number not in self._sheets.numbered:
            page.line_numbers = line_numbers.numbers_of(found.words)
        return page

    def _own_letters(self, number: int) -> int:
        return 0 if self._job.is_looked_at else self._sheets.facts[number].letters

    def _shot(self, number: int) -> Image.Image:
        """The page as it is seen."""
        with closing(PdfDocument(self._job.content)) as paper:
            return paper.drawn(number, self._job.dpi)

    def _sheet(self, number: int) -> PdfPage:
        with closing(PdfDocument(self._job.content)) as paper:
            return self._sheets.sheet(paper, number)

    def _attempt(self, sheet: PdfPage, shot: Image.Image, *, may_be_turned: bool) -> ocr_pages.Attempt | None:
        """What OCR reads in the picture of a page; None when that is not possible."""
        number = sheet.number
        self._journal.looked = True
        reading = reading_of(self._job.parameters, self._job.context.tools)
        if reading.shortage:
            self._journal.miss(reading.shortage)
        if reading.engine is None:
            return None
        self._journal.report(number)
        patience = Patience(self._job.context.limits.ocr_seconds, partial(self._journal.report, number))
        picture = ocr_pages.PagePicture(shot, sheet.width)
        try:
            if may_be_turned:
                return ocr_pages.best_of(picture, reading.engine, reading.second, patience)
            return ocr_pages.scan(picture, reading.engine, patience, may_be_turned=False)
        except DocumentError as error:
            if error.code is not Code.OCR_FAILED or self._job.parameters.strict_mode_image_ocr:
                raise
            self._journal.notes.append(Notice(Code.OCR_FAILED, error.message, number))
            return None


def piece_in(word: RecognisedWord, box: Box, across: float, down: float) -> Piece:
    """A word with its place in a picture that stands in a box of the page, and has so many pixels a point."""
    left, top = (word.x - box.x) * across, (word.y - box.y) * down
    place = Box(round(left, 2), round(top, 2), round(word.width * across, 2), round(word.height * down, 2))
    return Piece(word.text, place, confidence=word.confidence)
