"""An open PDF."""

from __future__ import annotations

import pypdfium2

from engines.containers.pdfium.annotations import links_of, notes_of
from engines.containers.pdfium.drawings import paths_of
from engines.containers.pdfium.page import Font, PdfPage
from engines.containers.pdfium.sight import Sight
from engines.containers.pdfium.text import characters_of
from engines.errors import Code, DocumentError


class PdfDocument:
    """An open document, which one thread at a time may use. `hidden_layers` are the names of those that are switched off."""

    def __init__(self, content: bytes, hidden_layers: frozenset[str] = frozenset()) -> None:
        """Open it. Raises DocumentError: PDF_IS_PROTECTED, PDF_IS_BROKEN."""
        self._hidden = hidden_layers
        self._fonts: dict[int, Font] = {}
        try:
            self._document = pypdfium2.PdfDocument(content)
            if self._document.get_formtype():
                self._document.init_forms()
        except pypdfium2.PdfiumError as error:
            protected = "password" in str(error).lower() or "security" in str(error).lower()
            raise DocumentError(Code.PDF_IS_PROTECTED if protected else Code.PDF_IS_BROKEN) from error

    def close(self) -> None:
        """Free it."""
        self._document.close()

    @property
    def attachments(self) -> list[str]:
        """The names of the files that are packed into it."""
        return [self._document.get_attachment(at).get_name() for at in range(self._document.count_attachments())]

    def page(self, number: int) -> PdfPage:
        """A page by its number from 1. Raises DocumentError: PDF_IS_BROKEN."""
        try:
            page = self._document[number - 1]
        except pypdfium2.PdfiumError as error:
            raise DocumentError(Code.PDF_IS_BROKEN, f"page {number}") from error
        try:
            sight = Sight(page)
            characters, bounds, runs = characters_of(page, sight, self._fonts, self._hidden)
            form = self._document.formenv
            return PdfPage(
                number,
                sight.width,
                sight.height,
                characters,
                bounds,
                runs,
                paths_of(page, sight),
                links_of(self._document, page, sight),
                notes_of(page, form.raw if form else None, sight),
            )
        finally:
            page.close()
