"""What every format becomes: a document of pages, each with its items in reading order.

Lengths are in points (1/72 inch), the origin is the top left corner of the page, page numbers count from 1.
The shape follows the parse results of the API (`pages[]`, `items[]`, `images[]`), so that rendering is a walk over it.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engines.parameters import ParseParameters
from engines.results import WarningResult
from engines.revisions import Mark, Revision


class ItemKind(enum.StrEnum):
    """What an item of a page is."""

    HEADING = "heading"
    TEXT = "text"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    IMAGE = "image"
    LINK = "link"


class ImageKind(enum.StrEnum):
    """Where a picture comes from; the values are those of `images_to_save`."""

    EMBEDDED = "embedded"
    SCREENSHOT = "screenshot"
    LAYOUT = "layout"


class Role(enum.StrEnum):
    """What an item is to its page."""

    BODY = "body"
    HEADER = "header"
    FOOTER = "footer"


@dataclass(slots=True)
class Box:
    """A rectangle on a page; `x` and `y` are those of its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """The point in its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height

    def share_in(self, other: Box) -> float:
        """The share of it that lies inside of another one."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        area = self.width * self.height
        return width * height / area if width > 0 and height > 0 and area > 0 else 0.0


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of these, one at least, rounded to hundredths of a point."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.width for box in boxes), max(box.y + box.height for box in boxes)
    return Box(round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2))


@dataclass(slots=True)
class Line:
    """A line of an item: its text, its place, and from where to where it stands in the item's text, the end exclusive.

    The text of a list is that of its entries, one a line.
    """

    text: str
    box: Box
    start: int
    end: int


@dataclass(slots=True)
class LinePart:
    """A part of an item that stands by itself, such as what of a paragraph stands in one column; places count as in Line."""

    box: Box
    start: int
    end: int
    label: str
    confidence: float


@dataclass(slots=True)
class Block:
    """A block of a page's layout; `image` is the name of its picture, empty when there is none."""

    label: str
    """One of those of engines/passes/labels.py."""
    box: Box
    confidence: float
    """From 0 to 1."""
    is_noise: bool = False
    image: str = ""
    content: bytes = b""


@dataclass(slots=True)
class CellLink:
    """A stretch of the text of a cell, within one of its lines, that leads to an address."""

    start: int
    end: int
    url: str


@dataclass(slots=True)
class Cell:
    """One table cell; a span above 1 covers the columns or rows that follow."""

    text: str
    column_span: int = 1
    row_span: int = 1
    box: Box | None = None
    marks: list[Mark] | None = None
    """Of revisions in its text; None where there are none."""
    links: list[CellLink] | None = None
    """Links that are to be written, in the order of its text; None where there are none."""
    markdown: str | None = None
    """Markdown of its lines, when the format knows more of them than `text` says; `links` count only without it."""


@dataclass(slots=True)
class Item:
    """One block of content; fields that its kind does not use stay at their defaults."""

    kind: ItemKind
    text: str = ""
    box: Box | None = None
    """None where the format knows no places."""
    level: int = 1
    """Of a heading: 1 to 6. Of a list entry: its depth from 1."""
    ordered: bool = False
    entries: list[Item] = field(default_factory=list)
    """Of a list: its entries, each an item of kind TEXT whose `level` is the depth and `marker` the printed mark."""
    marker: str = ""
    rows: list[list[Cell]] = field(default_factory=list)
    """Of a table: rows of cells; positions covered by a span are left out."""
    header_rows: int = 1
    """Of a table: how many rows at the top are its header; 0 when it has none."""
    merged_from: list[int] = field(default_factory=list)
    """Of a table that goes on over several pages and is told here as a whole: the numbers of these pages."""
    merged_into: int | None = None
    """Of a part of such a table: the page where the whole stands."""
    caption: str = ""
    language: str = ""
    """Of a code block: the programming language, when known."""
    url: str = ""
    """Of a link: its target. Of an image: the name of the picture in `Page.images`."""
    lines: list[Line] = field(default_factory=list)
    """What it was made of, when a parameter asks for it."""
    parts: list[LinePart] = field(default_factory=list)
    """The parts of it that stand apart, when a parameter asks for them."""
    role: Role = Role.BODY
    """Whether it is a running title (engines/passes/running.py)."""
    markdown: str | None = None
    """Markdown with inline formatting, when the format knows more than `text` says."""
    marks: list[Mark] | None = None
    """Of revisions in its text; None where there are none."""


@dataclass(slots=True)
class Piece:
    """A run of text where it stands on the page, as the reader found it."""

    text: str
    box: Box
    rotation: float = 0.0
    """Degrees, clockwise."""
    size: float = 0.0
    """Height of the font in points; 0 when it is not known."""
    confidence: float | None = None
    """Of text read by OCR, from 0 to 1."""


@dataclass(slots=True)
class Picture:
    """A picture found on a page or made of it."""

    name: str
    """That of its file, with extension."""
    kind: ImageKind
    box: Box | None
    """None where the format knows no places."""
    width: int
    height: int
    """Pixels of the original."""
    content: bytes = b""
    media_type: str = "image/png"
    ocr: list[Piece] = field(default_factory=list)
    """Words read in it, their boxes in pixels of the original."""


@dataclass(slots=True)
class PictureWords:
    """Words that were read in the picture of a name."""

    name: str
    words: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Chart:
    """A chart on a page; `name` is that of its picture, empty when none could be made."""

    box: Box | None
    """None where the format knows no places."""
    name: str = ""
    content: bytes = b""
    """An image file; empty when there is none."""


@dataclass(slots=True)
class Link:
    """A link on a page that leads out of the document."""

    url: str
    text: str


class FieldKind(enum.StrEnum):
    """What is filled into a field of a form; the values are those of the API."""

    TEXT = "text"
    CHECKBOX = "checkbox"
    SINGLE_SELECT = "single_select"
    MULTI_SELECT = "multi_select"
    SIGNATURE = "signature"


@dataclass(slots=True)
class FieldOption:
    """Something that can be chosen in a field of a form, and whether it was."""

    label: str
    is_chosen: bool


@dataclass(slots=True)
class FormField:
    """A field of a form."""

    kind: FieldKind
    label: str
    value: str = ""
    """What was written; empty when nothing was, and of fields in which nothing is written."""
    is_set: bool = False
    """Of a checkbox whether it is checked, of a signature whether it is there."""
    options: list[FieldOption] = field(default_factory=list)
    """Of a field in which something is chosen."""
    box: Box | None = None


@dataclass(slots=True)
class LineNumber:
    """A number printed in the margin to count a line, and the text of that line."""

    number: str
    text: str


@dataclass(slots=True)
class Notice:
    """Something a reader of the result should know: `code` is one of engines.errors.Code."""

    code: str
    message: str
    page: int | None = None
    """Its number; None where no page is meant."""

    def as_result(self) -> WarningResult:
        """As the result has it."""
        return {"code": self.code, "message": self.message, "page": self.page}


@dataclass(slots=True)
class Page:
    """One page, sheet or slide. `text` is its laid-out plain text, `items` its content in reading order."""

    number: int
    width: float = 612.0
    height: float = 792.0
    text: str = ""
    items: list[Item] = field(default_factory=list)
    images: list[Picture] = field(default_factory=list)
    layout: list[Block] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    """The text with its places, of formats that have such, and only when a parameter needs it."""
    links: list[Link] = field(default_factory=list)
    header: str = ""
    footer: str = ""
    """Running titles, whether items of the page are marked as such or only the format declares them."""
    form_fields: list[FormField] | None = None
    """The fields of fillable forms; None where they were not asked for."""
    line_numbers: list[LineNumber] | None = None
    """Numbers printed in the margin, from top to bottom; None where they were not looked for."""
    watermark: Item | None = None
    """Text stamped across the page, which is none of its items until it is put in its place (engines/passes/watermarks.py)."""
    markdown: str | None = None
    """The page's Markdown when the engine rendered it itself; None means that it is rendered from `items`."""
    ocr: bool = False
    """True when text of this page was read by OCR."""
    confidence: float | None = None
    """How sure OCR is of the letters of this page, from 0 to 1; None of pages that it has not read."""
    words_in_pictures: list[PictureWords] = field(default_factory=list)
    """What OCR has read in its pictures, until these are put onto it."""
    ocr_engine: str | None = None
    """What has read it: `tesseract` or `rapidocr`; None of pages that OCR has not read."""
    rotation: float = 0.0
    """Degrees, clockwise, by which its content was turned on the paper; boxes are those of the page set upright."""
    speaker_notes: str | None = None
    section_name: str | None = None
    """Of a slide its section, of a sheet its name."""
    printed_number: str | None = None
    """What the page itself says its number is; None when it was not looked for, or there is none."""
    parameters: ParseParameters | None = None
    """What this page was read with, when that is not what the job asked for as a whole (auto mode)."""
    triggered: bool = False
    """True when auto mode found a reason to read this page in a better mode."""
    cost_optimized: bool | None = None
    """Whether the cost optimizer found the page simple; None when it was not asked."""
    revisions: list[Revision] | None = None
    """Tracked changes and comments; None when they were not looked for."""
    faithfulness: float | None = None
    """Share, from 0 to 1, of the words that a model has written of this page which the page has; None of pages it did not write."""
    error: str | None = None
    """Why this page failed, as `CODE: sentence`; None when it did not."""


@dataclass(slots=True)
class Document:
    """The whole result of an engine."""

    pages: list[Page]
    media_type: str
    total_pages: int
    """Pages of the source before any selection."""
    warnings: list[Notice] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    """What the format says of the document, such as its title; no part of the result."""
    parameters: ParseParameters | None = None
    """What the document was read with: those of the job, with what its mode, tier and preset stand for."""
    paper: bytes = b""
    """A PDF whose pages are those of the document, to draw them from; of documents without fixed pages there is none."""
    pdf: bytes = b""
    """The document as a PDF, when a parameter asks for it."""
    structured: Any = None
    """What the document says as JSON, when a parameter asks for it; None where that could not be had."""
    degraded: bool = False
    """True when the environment (missing OCR data, missing LibreOffice) made the result worse than it could be."""
