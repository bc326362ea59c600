"""What a page is made of, before anybody looks for lines or paragraphs in it. Lengths are in points."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from engines.containers.pdfium.boxes import Bounds, Boxes


class XfaKind(enum.Enum):
    """How a document is a form whose fields are kept as XML (ISO 32000-1, 12.7.8)."""

    NONE = enum.auto()
    STATIC = enum.auto()
    """Its pages show the fields as those of any form."""
    DYNAMIC = enum.auto()
    """Its pages are made of the XML by programs that know it."""


@dataclass(frozen=True, slots=True)
class Font:
    """A font of a document."""

    name: str
    bold: bool = False
    italic: bool = False
    fixed: bool = False
    """Whether all of its letters are equally wide."""


@dataclass(slots=True)
class TextRun:
    """Consecutive characters of one text object: from where to where in the columns of the page, and what they share."""

    start: int
    end: int
    """Exclusive."""
    font: Font
    size: float
    """As drawn."""
    angle: int
    """Degrees clockwise as the page is seen, from 0 to 359."""
    baseline: float
    """Distance of the first character's origin from the top; of text at 90 and 270 degrees, from the left."""
    color: int | None = None
    """0xRRGGBBAA of its fill, where the page was read with colours."""


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """A line along the edges of the page, or a rectangle."""

    bounds: Bounds
    filled: bool
    stroked: bool
    color: int
    """0xRRGGBBAA of its fill, or of its stroke when it has no fill."""

    @property
    def is_white(self) -> bool:
        """Whether it is filled with the colour of paper."""
        return self.filled and self.color >> 8 == 0xFFFFFF


@dataclass(frozen=True, slots=True)
class PlacedPicture:
    """A picture where it is drawn: an image of its own or one that stands in the content itself, not the drawing of paths."""

    bounds: Bounds
    width: int
    """In pixels, as the document declares it."""
    height: int
    is_hidden: bool = False
    """Whether it is on a layer that is switched off."""


@dataclass(slots=True)
class DecodedPicture:
    """The picture itself, at its own resolution."""

    content: bytes
    """A file of the format; none when nothing of it could be decoded."""
    format: str
    """`jpg` or `png`."""
    width: int
    height: int
    is_whole: bool = True
    """False when a part of it is missing."""


@dataclass(frozen=True, slots=True)
class Note:
    """Text that no content stream draws: the value of a form's field, a remark without an appearance of its own."""

    bounds: Bounds
    text: str


@dataclass(slots=True)
class PdfPage:
    """A page. `characters` and `bounds` are columns of the same length, in the order of the content stream."""

    number: int
    width: float
    height: float
    characters: str = ""
    bounds: Boxes = field(default_factory=Boxes)
    runs: list[TextRun] = field(default_factory=list)
    paths: list[DrawnPath] = field(default_factory=list)
    links: list[tuple[Bounds, str]] = field(default_factory=list)
    """Places of links that lead out of the document, with their addresses."""
    notes: list[Note] = field(default_factory=list)
    pictures: list[PlacedPicture] = field(default_factory=list)
    """In the order in which they are drawn."""
    ink: Bounds | None = None
    """What everything that is drawn but text stands within; None of text alone. White fills are no ink."""
    has_remarks: bool = False
    """Whether anything was put onto the page that is no part of it: stamps, remarks."""
    headings: list[tuple[Bounds, int]] = field(default_factory=list)
    """Places of text that the document tags as headings, with their levels."""
    dots: list[Bounds] = field(default_factory=list)
    """Places of small shapes that are as wide as high, such as bullets that are drawn."""
