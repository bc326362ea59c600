"""An open PDF."""

from __future__ import annotations

import functools
import logging
from collections.abc import Collection
from typing import Any

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from engines.containers.pdfium.annotations import links_of, notes_of
from engines.containers.pdfium.drawings import drawings_of
from engines.containers.pdfium.layers import hidden_layers
from engines.containers.pdfium.page import DecodedPicture, Font, PdfPage, XfaKind
from engines.containers.pdfium.pictures import PictureDecoder
from engines.containers.pdfium.sight import Sight
from engines.containers.pdfium.structure import outline_of, tagged_headings
from engines.containers.pdfium.text import characters_of, unmapped_share
from engines.errors import Code, DocumentError

MOST_PIXELS = 24_000_000
"""Of the picture of a page: a sheet of A2 at 200 dpi has 15 million."""

logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it tells whoever reads the log to install another build of it


class PdfDocument:
    """An open document, which one thread at a time may use."""

    def __init__(self, content: bytes) -> None:
        """Open it. Raises DocumentError: PDF_IS_PROTECTED, PDF_IS_BROKEN."""
        self._content = content
        self._fonts: dict[int, Font] = {}
        self._hidden_layers: frozenset[str] | None = None
        self._decoder: PictureDecoder | None = None
        self._kept: tuple[int, Any] | None = None
        """The page that was read last, and its number: its pictures may be asked for next, and loading it again costs as much."""
        try:
            self._document = pypdfium2.PdfDocument(content)
            self._is_tagged = bool(raw.FPDFCatalog_IsTagged(self._document.raw))
            if self._document.get_formtype():
                self._document.init_forms()
        except pypdfium2.PdfiumError as error:
            protected = "password" in str(error).lower() or "security" in str(error).lower()
            raise DocumentError(Code.PDF_IS_PROTECTED if protected else Code.PDF_IS_BROKEN) from error

    def close(self) -> None:
        """Free it."""
        self._let_go()
        self._document.close()

    def _let_go(self) -> None:
        if self._kept:
            self._kept[1].close()
            self._kept = None

    @functools.cached_property
    def _may_have_layers(self) -> bool:
        return b"/OCProperties" in self._content or b"/ObjStm" in self._content  # which packs objects

    def hidden_layers(self) -> frozenset[str]:
        """The names of the layers that are switched off; looked up when it is first asked for."""
        if self._hidden_layers is None:
            self._hidden_layers = hidden_layers(self._content)
        return self._hidden_layers

    def __len__(self) -> int:
        return len(self._document)

    @property
    def xfa(self) -> XfaKind:
        """Whether it is a form that keeps its fields as XML, and its pages are drawn of that alone."""
        kinds = {raw.FORMTYPE_XFA_FULL: XfaKind.DYNAMIC, raw.FORMTYPE_XFA_FOREGROUND: XfaKind.STATIC}
        return kinds.get(self._document.get_formtype(), XfaKind.NONE)

    @property
    def attachments(self) -> list[str]:
        """The names of the files that are packed into it."""
        return [self._document.get_attachment(at).get_name() for at in range(self._document.count_attachments())]

    @property
    def outline(self) -> dict[int, list[tuple[int, str]]]:
        """Levels and titles of what its outline says begins on each page, by its number from 1."""
        return outline_of(self._document)

    def _loaded(self, number: int) -> Any:
        try:
            return self._document[number - 1]
        except pypdfium2.PdfiumError as error:
            raise DocumentError(Code.PDF_IS_BROKEN, f"page {number}") from error

    def pictures(self, number: int, places: Collection[int]) -> dict[int, DecodedPicture]:
        """Pictures of a page (from 1), by their places in `PdfPage.pictures`. Raises DocumentError: PDF_IS_BROKEN."""
        if self._decoder is None:
            self._decoder = PictureDecoder(self._document, self._content)
        if self._kept is None or self._kept[0] != number:
            self._let_go()
            self._kept = number, self._loaded(number)
        try:
            return self._decoder.pictures_of(self._kept[1], places)
        finally:
            self._let_go()

    def drawn(self, number: int, dpi: float) -> Image.Image:
        """A page (from 1) as it is seen, in colour, of so many pixels an inch, fewer of a very large one.

        Raises DocumentError: PDF_IS_BROKEN.
        """
        page = self._loaded(number)
        try:
            width, height = page.get_size()
            scale = min(dpi / 72, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
            picture: Image.Image = page.render(scale=scale, rev_byteorder=True).to_pil()
            return picture.convert("RGB")
        finally:
            page.close()

    def unmapped_share(self, number: int) -> float:
        """The share of the characters of a page, by its number from 1, that fonts do not identify. Raises PDF_IS_BROKEN."""
        page = self._loaded(number)
        try:
            return unmapped_share(page)
        finally:
            page.close()

    def page(self, number: int, *, colors: bool = False) -> PdfPage:
        """A page by its number from 1, if wanted with the colours of its text. Raises PDF_IS_BROKEN, DOCUMENT_TOO_LARGE."""
        self._let_go()
        self._kept = number, self._loaded(number)
        found = self._read(number, self._kept[1], colors=colors)
        if not found.pictures:
            self._let_go()
        return found

    def _read(self, number: int, page: Any, *, colors: bool) -> PdfPage:
        sight = Sight(page)
        hidden = self.hidden_layers if self._may_have_layers else None
        characters, bounds, runs = characters_of(page, sight, self._fonts, hidden, colors=colors)
        form = self._document.formenv
        notes, has_remarks = notes_of(page, form.raw if form else None, sight)
        drawn = drawings_of(page, sight, hidden, has_characters=bool(characters))
        return PdfPage(
            number,
            sight.width,
            sight.height,
            characters,
            bounds,
            runs,
            drawn.paths,
            links_of(self._document, page, sight),
            notes,
            drawn.pictures,
            drawn.ink,
            has_remarks,
            tagged_headings(page, sight) if self._is_tagged else [],
            drawn.dots,
        )
