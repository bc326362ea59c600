"""The pictures inside of a PDF: which of them a page keeps, under which names."""

from __future__ import annotations

from dataclasses import dataclass, field

from engines.amplification import spend_picture
from engines.containers.pdfium import DecodedPicture, PdfDocument, PdfPage, PlacedPicture
from engines.document import Box, ImageKind, Notice, Picture
from engines.errors import SENTENCES, Code
from engines.layout.figures import Figure
from engines.ocr.facts import WHOLE, share_of
from engines.parameters.crop import Margins

MOST_PICTURES = 35
"""Pictures kept of one page, the largest; the hosted service has the same bound."""
LEAST = 25.0
"""Points of the shorter side of a picture; smaller ones are rules, marks of lists, icons."""
CUT_OFF = "A picture of the document is damaged; what can be seen of it was kept."


@dataclass(slots=True)
class PagePictures:
    """The pictures of one page that are kept, in the order in which they are drawn, and what is to be told of the others."""

    pictures: list[Picture] = field(default_factory=list)
    notes: list[Notice] = field(default_factory=list)

    @property
    def figures(self) -> list[Figure]:
        """Their places, with their names."""
        boxes = ((one.name, one.box) for one in self.pictures if one.box)
        return [Figure(name, box.x, box.y, box.x + box.width, box.y + box.height) for name, box in boxes]

    @property
    def by_size(self) -> list[Picture]:
        """The largest first."""
        return sorted(self.pictures, key=lambda one: one.width * one.height, reverse=True)


class PictureStore:
    """The pictures of some pages. One that repeats has the name of its first occurrence."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}

    def taken_out(self, paper: PdfDocument, sheet: PdfPage, margins: Margins) -> PagePictures:
        """The pictures of a page: the largest, those outside of the margins left out."""
        shown = [place for place, one in enumerate(sheet.pictures) if is_picture(one, sheet)]
        numbers = {place: number for number, place in enumerate(shown, 1)}
        inside = [place for place in shown if is_inside(sheet.pictures[place], sheet, margins)]
        inside.sort(key=lambda place: sheet.pictures[place].width * sheet.pictures[place].height, reverse=True)
        kept = sorted(inside[:MOST_PICTURES])
        found = PagePictures()
        if kept:
            for place, picture in paper.pictures(sheet.number, kept).items():
                self._add(found, picture, box_of(sheet.pictures[place]), sheet.number, numbers[place])
        return found

    def _add(self, found: PagePictures, picture: DecodedPicture, box: Box, page: int, number: int) -> None:
        if not picture.is_whole:
            note_once(found, Code.IMAGE_UNREADABLE, page, CUT_OFF if picture.content else "")
        if not picture.content:
            return
        name = self._names.get(picture.content)
        if name is None:
            if not spend_picture(len(picture.content)):
                note_once(found, Code.TOO_MANY_PICTURES, page)
                return
            name = self._names[picture.content] = f"img_p{page - 1}_{number}.{picture.format}"
        media_type = f"image/{'jpeg' if picture.format == 'jpg' else picture.format}"
        size = picture.width, picture.height
        found.pictures.append(Picture(name, ImageKind.EMBEDDED, box, *size, picture.content, media_type))


def note_once(found: PagePictures, code: Code, page: int, sentence: str = "") -> None:
    """Warn of something on a page, once of each kind."""
    notice = Notice(code, sentence or SENTENCES[code], page)
    if notice not in found.notes:
        found.notes.append(notice)


def is_picture(one: PlacedPicture, page: PdfPage) -> bool:
    """Whether a picture can be seen on its page, is large enough to show something, and not the page itself."""
    left, top, right, bottom = one.bounds
    return not one.is_hidden and min(right - left, bottom - top) >= LEAST and 0 < share_of(one.bounds, page) < WHOLE


def is_inside(one: PlacedPicture, page: PdfPage, margins: Margins) -> bool:
    """Whether the middle of a picture lies within the margins."""
    left, top, right, bottom = one.bounds
    x, y = (left + right) / 2 / page.width, (top + bottom) / 2 / page.height
    return not margins or (margins.left <= x <= 1 - margins.right and margins.top <= y <= 1 - margins.bottom)


def box_of(one: PlacedPicture) -> Box:
    """The place of a picture, to hundredths of a point."""
    left, top, right, bottom = one.bounds
    return Box(round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2))
