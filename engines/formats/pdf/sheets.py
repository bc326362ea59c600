"""The pages of one range as their own text lays them out, without what is no part of it."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import Any

from engines.containers import pdf_native
from engines.containers.pdfium import PdfDocument, PdfPage
from engines.document import LineNumber
from engines.errors import DocumentError
from engines.formats.pdf import hidden_text, line_numbers, options, watermarks
from engines.formats.pdf.images import PagePictures, PictureStore
from engines.formats.pdf.job import PdfJob
from engines.formats.pdf.journal import Journal
from engines.formats.pdf.native_needs import may_have_watermark
from engines.formats.pdf.native_pages import NativePages
from engines.formats.pdf.watermarks import Watermark
from engines.layout.headings.levels import assign_levels
from engines.layout.headings.named import name_outlined
from engines.layout.page import PageLayout, Wishes, lay_out
from engines.layout.unidentified import Recognised
from engines.ocr import policy
from engines.ocr.facts import facts_of
from engines.ocr.policy import PageFacts
from engines.page_selection import consecutive, page_expression
from engines.parameters import takes_pictures_out

LOOK_DPI = 100.0
"""Pixels an inch of the picture in which one sees whether there is text that the page has not."""


class Sheets:
    """The pages of a range, by number. Those that nothing but OCR will change are reported as done while they are laid out."""

    def __init__(self, job: PdfJob, journal: Journal, numbers: list[int], paper: PdfDocument | None = None) -> None:
        """Read them, from the open document if one is given, which may be closed then.

        Raises what `context.progress` raises, and DocumentError as the native reader does.
        """
        self._job, self._journal = job, journal
        self.layouts: dict[int, PageLayout] = {}
        self.facts: dict[int, PageFacts] = {}
        """What decides whether they are read by OCR."""
        self.pictures: dict[int, PagePictures] = {}
        self.failures: dict[int, str] = {}
        """Why pages could not be loaded, as `CODE: sentence`."""
        self.marks: dict[int, Watermark] = {}
        self.numbered: dict[int, list[LineNumber]] = {}
        """The printed line numbers of pages."""
        self._outline: dict[int, list[tuple[int, str]]] = {}
        """What the outline of the document says begins on each page: levels with titles."""
        self.natives = NativePages(job.content, job.options, (), journal.report)
        needed = numbers if job.is_quick else self._lay_out(numbers, paper)
        if needed:
            self._look_closer(needed)
        self._finish()

    def is_scanned(self, number: int) -> bool:
        """Whether a page is to be read by OCR."""
        return number in self.facts and self._job.is_scanned(self.facts[number])

    def own_text(self, native: Any) -> list[Any]:
        """The pieces of text of a page that the native reader has read, but those of its watermark."""
        mark = self.marks.get(native.page_num)
        return mark.others(native) if mark else native.text_items

    def laid_out_with(self, sheet: PdfPage, recognised: Recognised, *, figures: bool = True) -> PageLayout:
        """The layout of a page with what OCR has read, and with its pictures."""
        layout = lay_out(sheet, self._wishes_of(sheet.number), recognised)
        if figures and sheet.number in self.pictures:
            layout.add(self.pictures[sheet.number].figures)
        assign_levels(layout.blocks)
        return layout

    def sheet(self, paper: PdfDocument, number: int) -> PdfPage:
        """A page as it is to be laid out. Raises DocumentError as `PdfDocument.page` does."""
        if self._job.parameters.remove_hidden_text:
            return hidden_text.without_hidden(self._job.content, paper.page(number, colors=True))
        return paper.page(number)

    def _lay_out(self, numbers: list[int], opened: PdfDocument | None) -> list[int]:
        """Lay them out, and return the numbers of those that the native reader has to look at."""
        needed = []
        store = PictureStore() if takes_pictures_out(self._job.parameters) else None
        with closing(PdfDocument(self._job.content) if opened is None else opened) as paper:
            self._outline = paper.outline
            for number in numbers:
                try:
                    sheet = self.sheet(paper, number)
                except DocumentError as error:
                    self.failures[number] = str(error)
                    self._journal.finish()
                    continue
                self.layouts[number] = lay_out(sheet, self._wishes_of(number))
                look = partial(paper.drawn, number, LOOK_DPI) if policy.is_wanted(self._job.parameters) else None
                self.facts[number] = facts_of(sheet, self.layouts[number], look)
                if store and sheet.pictures:
                    self.pictures[number] = store.taken_out(paper, sheet, self._job.margins)
                if self._job.needs_native or (self._job.marked is not None and may_have_watermark(sheet)):
                    needed.append(number)
                if not self.is_scanned(number):
                    self._journal.finish()
        return needed

    def _look_closer(self, numbers: list[int]) -> None:
        """What only the native reader knows of pages, and what of them is therefore to be left out of their layouts."""
        job = self._job
        result = pdf_native.read(job.content, page_expression(consecutive(numbers)), **job.options)
        self.natives = NativePages(job.content, job.options, result.pages, self._journal.report)
        if job.marked is not None:
            self.marks = watermarks.told_apart(self.natives, job.marked)
        if job.parameters.annotate_line_numbers:
            self.numbered = line_numbers.set_apart(self.natives, job.margins)
        changed = [one for one in self.layouts if one in self.marks or one in self.numbered]
        if changed:
            with closing(PdfDocument(job.content)) as paper:
                self.layouts |= {one: lay_out(self.sheet(paper, one), self._wishes_of(one)) for one in changed}

    def _finish(self) -> None:
        """Add the pictures, and give headings their levels, which are judged over the range."""
        for number, some in self.pictures.items():
            self.layouts[number].add(some.figures)
        for number, layout in self.layouts.items():
            name_outlined(layout.blocks, self._outline.get(number, ()))
        assign_levels([block for layout in self.layouts.values() for block in layout.blocks])

    def _wishes_of(self, number: int) -> Wishes:
        return options.wishes_of(self._job.parameters, self.natives.options_of(number), self.marks.get(number))
