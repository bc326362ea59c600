"""Text in the pictures inside of documents that are no PDFs: each is read like a scan, and what it says stands below it.

A picture that is repeated is read once, and one that does not look as if it had text is not read at all (engines/ocr/written.py).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from PIL import Image

from engines.build.plain_text import plain_text
from engines.checkpoints import Checkpoints
from engines.context import Context
from engines.document import Document, ImageKind, Item, ItemKind, Notice, Page, Picture
from engines.errors import SENTENCES, Code, DocumentError
from engines.formats import pdf
from engines.formats.image.as_pdf import paper_of
from engines.ocr import policy
from engines.ocr.written import looks_written
from engines.parameters import ParseParameters, SaveableImage
from engines.salvage import Losses

LEAST = 16, 40
"""Pixels of the shorter and of the longer side of a picture that can hold a word."""
MEAGRE = 100
"""Letters of its own below which a page is nothing but its pictures."""
WHOLE = 700
"""Pixels of the shorter side of a picture that may be such a page: it is read whatever it looks like, and keeps its headings."""
SURE = 0.6
"""Confidence of what is said by anything else: below, it is no text."""
MOST_READ = 50
"""Pictures of a document that are read."""
UNDERSTOOD = (Code.NO_DATA_FOUND_IN_FILE, Code.PDF_IS_BROKEN, Code.DOCUMENT_TOO_LARGE)
"""What is raised for a picture in which nothing can be read."""


def read_pictures(document: Document, parameters: ParseParameters, context: Context) -> None:
    """Add to the pages what their pictures say. Raises DocumentError: OCR_LANGUAGE_UNAVAILABLE for a document of pictures only,
    OCR_FAILED where strict modes ask for it; and whatever `context.progress` raises.
    """
    if not policy.is_wanted(parameters) or parameters.disable_image_extraction:
        return
    reader = PictureReader(document, parameters, context)
    for page in document.pages:
        reader.read(page)
    document.warnings += reader.losses.warnings


@dataclass(slots=True)
class PictureReader:
    """Reads the pictures of one document."""

    document: Document
    parameters: ParseParameters
    context: Context
    losses: Losses = field(default_factory=Losses)
    _seen: set[bytes] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)

    def read(self, page: Page) -> None:
        """Read the pictures of a page."""
        by_name = {one.name: one for one in page.images if one.kind is ImageKind.EMBEDDED and one.content}
        if not by_name:
            return
        is_meagre = sum(map(str.isalnum, page.text)) < MEAGRE
        was_plain = page.text == plain_text(page.items)
        found: list[Item] = []
        items: list[Item] = []
        for item in page.items:
            items.append(item)
            picture = by_name.get(item.url) if item.kind is ItemKind.IMAGE else None
            if picture is not None:
                is_whole = is_meagre and min(picture.width, picture.height) >= WHOLE
                inner = list(self.items_in(picture, page, is_whole=is_whole))
                found += inner
                items += [replace(one, box=item.box) for one in inner]
        if found:
            page.items, page.ocr = items, True
            page.text = plain_text(items) if was_plain else "\n\n".join(filter(None, [page.text, plain_text(found)]))

    def items_in(self, picture: Picture, page: Page, *, is_whole: bool) -> Iterator[Item]:
        """What a picture says; headings are such only where the picture is the whole page."""
        for read in self.pages_of(picture, page.number, is_whole=is_whole):
            if not is_whole and (read.confidence or 0.0) < SURE:
                continue
            if read.confidence is not None:
                page.confidence = min(page.confidence or 1.0, read.confidence)
                page.ocr_engine = read.ocr_engine
            for item in read.items:
                if item.kind is ItemKind.HEADING and not is_whole:
                    yield Item(ItemKind.TEXT, item.text)
                elif item.kind is not ItemKind.IMAGE:
                    yield item

    def pages_of(self, picture: Picture, page: int, *, is_whole: bool) -> list[Page]:
        """The pages that a picture makes as a scan; none of one that was read before, has no text, or cannot be read."""
        key = hashlib.sha256(picture.content).digest()
        if (
            key in self._seen
            or min(picture.width, picture.height) < LEAST[0]
            or max(picture.width, picture.height) < LEAST[1]
        ):
            return []
        paper = b""
        with (
            self.losses.part(picture.name, page, Code.IMAGE_UNREADABLE),
            Image.open(io.BytesIO(picture.content)) as image,
        ):
            if is_whole or looks_written(image):
                paper = paper_of(image, [1], self.context)
        if not paper:
            return []
        if len(self._seen) >= MOST_READ:
            self.tell(Notice(Code.OCR_FAILED, f"{SENTENCES[Code.OCR_FAILED]} (more than {MOST_READ} pictures)", page))
            return []
        self._seen.add(key)
        return self.scanned(paper, page)

    def scanned(self, paper: bytes, page: int) -> list[Page]:
        """The pages of a picture as PDF."""
        wanted = ParseParameters(
            lang=self.parameters.lang,
            languages=self.parameters.languages,
            high_res_ocr=self.parameters.high_res_ocr,
            strict_mode_image_ocr=self.parameters.strict_mode_image_ocr,
            images_to_save=list[SaveableImage](),
        )
        context = replace(self.context, checkpoints=Checkpoints(), probe_pages=False, progress=self.go_on)
        try:
            read = pdf.parse_content(paper, wanted, context)
        except DocumentError as error:
            if error.code in UNDERSTOOD:
                return []
            is_lost = error.code is not Code.OCR_LANGUAGE_UNAVAILABLE or not any(
                one.text for one in self.document.pages
            )
            if is_lost:
                raise
            self.document.degraded = True
            self.tell(Notice(error.code, error.message, page))
            return []
        for note in read.warnings:
            self.tell(Notice(note.code, note.message, page))
        self.document.degraded |= read.degraded
        return read.pages

    def go_on(self, _done: int, _total: int, _page: int | None = None, /) -> None:
        """Let whoever watches stop the work."""
        total = len(self.document.pages)
        self.context.progress(total, total)

    def tell(self, notice: Notice) -> None:
        """Add a warning, once for the document."""
        if notice.message not in self._told:
            self._told.add(notice.message)
            self.document.warnings.append(notice)
