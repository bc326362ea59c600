"""Pictures: each frame is a page, read like a scan. Those of many frames are read range by range, as long documents are."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace

import pypdf
from PIL import Image

from engines.checkpoints import CheckpointPart
from engines.context import Context, Source
from engines.detect import extension_of, media_type_of
from engines.document import Document, Page
from engines.formats import pdf
from engines.formats.image.as_pdf import frame_count, opened_picture, paper_of
from engines.page_selection import selected_pages
from engines.parameters import ParseParameters
from engines.passes import layout
from engines.salvage import Losses

NAMED = re.compile(r"(img_p|page_)(\d+)(?=[_.])")
"""The number of a page in the name of a picture: counted from 0 in the first form, from 1 in the second."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a picture; each frame of a TIFF becomes a page.

    Raises DocumentError: FILE_IS_BROKEN for what cannot be decoded, DOCUMENT_TOO_LARGE, and as reading a PDF does.
    """
    with opened_picture(source) as image:
        total = frame_count(image, context)
        losses = Losses() if total > 1 else None
        if total <= context.limits.pages_per_range:
            paper = paper_of(image, range(1, total + 1), context, losses)
            document = pdf.parse_content(paper, parameters, context)
        else:
            document = Fax(image, total, parameters, context, losses or Losses()).document()
    document.warnings += losses.warnings if losses else []
    document.media_type = media_type_of(extension_of(source))
    return document


class Fax:
    """A picture of many frames."""

    def __init__(
        self, image: Image.Image, total: int, parameters: ParseParameters, context: Context, losses: Losses
    ) -> None:
        self.image = image
        self.total = total
        self.context = context
        self.losses = losses
        self.numbers = selected_pages(total, parameters, context.limits)
        self.inner = replace(parameters, target_pages=None, max_pages=None)
        self.whole = pdf.PdfRun(b"", parameters, context)
        self.papers: list[bytes] = []
        self.keeps_paper = bool(parameters.output_pdf_of_document) or layout.wants_layout(parameters)
        """Whether anybody will ask for the pages as paper again."""

    def document(self) -> Document:
        """Read the selected frames. Raises as reading a PDF does."""
        size = self.context.limits.pages_per_range
        pages: list[Page] = []
        for start in range(0, len(self.numbers), size):
            self.context.progress(start, len(self.numbers))
            pages += self.range(start, self.numbers[start : start + size])
        self.whole.check_found(pages)
        paper = joined_pdf(self.papers, self.numbers) if self.keeps_paper else b""
        journal = self.whole.journal
        return Document(pages, pdf.MEDIA_TYPE, self.total, journal.notes, paper=paper, degraded=journal.degraded)

    def range(self, start: int, numbers: list[int]) -> list[Page]:
        """The pages of one range, as an earlier attempt has left them, or read."""
        checkpoints = self.context.checkpoints
        part = checkpoints.load(f"range-{start}")
        if part is None or self.keeps_paper or [page.number for page in part.pages] != numbers:
            part = self.read(start, numbers)
            checkpoints.save(f"range-{start}", part)
        self.whole.journal.add(part)
        return part.pages

    def read(self, start: int, numbers: list[int]) -> CheckpointPart:
        """Read one range as a PDF of its own."""

        def progress(done: int, _total: int, page: int | None = None) -> None:
            self.context.progress(start + done, len(self.numbers), numbers[page - 1] if page else None)

        context = replace(
            self.context, progress=progress, checkpoints=self.context.checkpoints.shifted(start), probe_pages=False
        )
        known = len(self.losses.warnings)
        paper = paper_of(self.image, numbers, context, self.losses)
        if self.keeps_paper:
            self.papers.append(paper)
        run = pdf.PdfRun(paper, self.inner, context)
        pages = [page for first, some in run.ranges() for page in run.pages_of(first, some)]
        for page in pages:
            renumber(page, numbers)
        journal = run.journal
        for note in journal.notes:
            note.page = numbers[note.page - 1] if note.page else None
        losses, self.losses.warnings[known:] = self.losses.warnings[known:], []
        return CheckpointPart(
            pages=pages, notes=journal.notes + losses, looked=journal.looked, degraded=journal.degraded
        )


def renumber(page: Page, numbers: Sequence[int]) -> None:
    """Give a page of a range, and what bears its number, the number in the whole document."""

    def named(match: re.Match[str]) -> str:
        first = 0 if match[1] == "img_p" else 1
        return f"{match[1]}{numbers[int(match[2]) - first] - 1 + first}"

    page.number = numbers[page.number - 1]
    for picture in page.images:
        picture.name = NAMED.sub(named, picture.name, count=1)
    for item in page.items:
        item.url = NAMED.sub(named, item.url, count=1)


def joined_pdf(papers: list[bytes], numbers: list[int]) -> bytes:
    """One PDF of the ranges. Its pages have the numbers of the document where all of it was read; else blank ones stand between."""
    writer = pypdf.PdfWriter()
    pages = iter([page for paper in papers for page in pypdf.PdfReader(io.BytesIO(paper)).pages])
    selected = set(numbers)
    for number in range(1, max(numbers) + 1):
        if number in selected:
            writer.add_page(next(pages))
        else:
            writer.add_blank_page(612, 792)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
