"""The shapes of a result's JSON, `output.json`, as it is stored (docs/results.md); the API's mixed spelling of keys is kept.

Lengths are in points, the origin is the upper left corner of the page, pages count from 1, where nothing else is said. Keys that
only some results have are NotRequired; all others are always there. The order of the keys is that in which they are written.
"""

from __future__ import annotations

import re
from typing import Any, Literal, NotRequired, TypedDict

SCREENSHOT = re.compile(r"page_([1-9]\d*)\.jpg")
"""What the picture of a whole page is called, with the number of the page."""


def screenshot_name(page: int) -> str:
    """What the picture of a whole page is called."""
    return f"page_{page}.jpg"


def screenshot_page(name: str) -> int | None:
    """The number of the page that a picture of this name shows whole; None for another picture."""
    match = SCREENSHOT.fullmatch(name)
    return int(match[1]) if match else None


class BoxResult(TypedDict):
    """A rectangle."""

    x: float
    y: float
    w: float
    h: float


class LineResult(TypedDict):
    """A line of an item, with `line_level_bounding_box`; its indices count in the item's `value`, the end is exclusive."""

    value: str
    bBox: BoxResult
    startIndex: int
    endIndex: int


class PartResult(BoxResult):
    """A part of an item that stands by itself, with `layout_aware`; its indices count in the item's `md`, the end is exclusive."""

    startIndex: int
    endIndex: int
    label: str
    confidence: float
    """From 0 to 1."""


class ItemExtras(TypedDict):
    """What items have where the job asks for it."""

    lines: NotRequired[list[LineResult]]
    layoutAwareBbox: NotRequired[list[PartResult]]


class PlacedResult(ItemExtras):
    """What all items have."""

    md: str
    bBox: BoxResult | None
    """None where the format knows no places."""


class HeadingResult(PlacedResult):
    """A heading."""

    type: Literal["heading"]
    lvl: int
    """From 1 to 6."""
    value: str


class TextItemResult(PlacedResult):
    """A paragraph, or an entry of a list."""

    type: Literal["text"]
    value: str


class ListResult(PlacedResult):
    """A list."""

    type: Literal["list"]
    ordered: bool
    items: list[TextItemResult]
    value: str


class TableExtras(ItemExtras):
    """What only some tables have."""

    caption: NotRequired[str]
    mergedFromPages: NotRequired[list[int]]
    """Of a table over several pages that is told here as a whole: these pages."""
    mergedIntoPage: NotRequired[int]
    """Of a part of such a table: the page where the whole stands; its own `md` is empty."""


class TableResult(TableExtras):
    """A table; all rows of `rows` are equally long, a span's text stands in its first place."""

    type: Literal["table"]
    rows: list[list[str]]
    md: str
    csv: str
    html: str
    isPerfectTable: bool
    bBox: BoxResult | None


class CodeResult(PlacedResult):
    """Program code, or text whose blanks mean something."""

    type: Literal["code"]
    value: str
    language: str | None


class ImageItemResult(PlacedResult):
    """A picture in its place; `url` is its name among the page's `images`, or where it lies outside of the document."""

    type: Literal["image"]
    url: str
    caption: str | None


class LinkItemResult(PlacedResult):
    """A link that stands alone."""

    type: Literal["link"]
    url: str
    text: str


ItemResult = HeadingResult | TextItemResult | ListResult | TableResult | CodeResult | ImageItemResult | LinkItemResult


class WordResult(TypedDict):
    """A word read in a picture; its box is in pixels of the picture."""

    text: str
    x: int
    y: int
    w: int
    h: int
    confidence: str
    """From `0.00` to `1.00`."""


class PictureResult(TypedDict):
    """A picture of a page; without a place its box is its size in pixels, at 0, 0."""

    name: str
    height: float
    width: float
    x: float
    y: float
    original_width: int
    original_height: int
    """In pixels."""
    type: NotRequired[Literal["full_page_screenshot"]]
    ocr: NotRequired[list[WordResult]]
    """Of all that are no picture of a whole page; empty unless `specialized_image_parsing` had it read."""


class ChartResult(TypedDict):
    """A chart; all zero where the format knows no places, and the name empty where there is no picture of it."""

    name: str
    x: float
    y: float
    width: float
    height: float


class BlockResult(TypedDict):
    """A block of the layout; its box is in fractions of the page."""

    bbox: BoxResult
    image: str
    """The name of its picture, or empty."""
    confidence: float
    label: str
    isLikelyNoise: bool


class LinkResult(TypedDict):
    """A link of a page."""

    url: str
    text: str


class PageErrorResult(TypedDict):
    """Why a page failed; the code is one of engines.errors.Code."""

    code: str
    message: str


class SpanResult(TypedDict):
    """Some words of a page; the indices are None where these are not in its Markdown."""

    target: str
    startIndex: int | None
    endIndex: int | None


class RevisionResult(SpanResult):
    """A tracked change or a comment, with `annotate_revisions`.

    Its indices count in the page's `md`, in code units of UTF-16, the end exclusive; where words are gone, or it is about
    none, they are the same. No format that has revisions knows places on the paper.
    """

    type: str
    """One of engines.revisions.RevisionKind."""
    content: str
    author: str | None
    targetSpans: list[SpanResult]
    """The parts of what it is about, where these stand apart; else empty."""


class FieldOptionResult(TypedDict):
    """Something that can be chosen in a field of a form."""

    label: str
    isChosen: bool


class FormFieldResult(TypedDict):
    """A field of a form; of `value`, `isSet` and `options` that counts which its kind has."""

    kind: Literal["text", "checkbox", "single_select", "multi_select", "signature"]
    label: str
    value: str
    isSet: bool
    options: list[FieldOptionResult]
    bBox: BoxResult | None


class LineNumberResult(TypedDict):
    """A printed line number; its indices count code units of UTF-16 in the page's `md`, the end is exclusive."""

    lineNumber: str
    startIndex: int
    endIndex: int


class PageExtras(TypedDict):
    """What only some pages have."""

    costOptimized: NotRequired[bool]
    confidence: NotRequired[float]
    """From 0 to 1, of a page that was read by OCR."""
    ocrEngine: NotRequired[str]
    """What has read it: `tesseract` or `rapidocr`."""
    faithfulness: NotRequired[float]
    """From 0 to 1: of the words that a language model has written, those that the page has."""
    printedPageNumber: NotRequired[str]
    slideSpeakerNotes: NotRequired[str]
    sheetName: NotRequired[str]
    slideSectionName: NotRequired[str]
    watermark: NotRequired[str]
    lineNumbers: NotRequired[list[LineNumberResult]]
    formFields: NotRequired[list[FormFieldResult]]
    error: NotRequired[PageErrorResult]
    revisions: NotRequired[list[RevisionResult]]


class PageResult(PageExtras):
    """A page, sheet or slide."""

    page: int
    text: str
    md: str
    images: list[PictureResult]
    charts: list[ChartResult]
    tables: list[str]
    layout: list[BlockResult]
    items: list[ItemResult]
    status: Literal["OK", "ERROR"]
    links: list[LinkResult]
    width: float
    height: float
    triggeredAutoMode: bool
    parsingMode: str
    structuredData: Any
    """What the document says as JSON, on its first page; null on the others, and where that was not asked for."""
    noStructuredContent: bool
    noTextContent: bool
    pageHeaderMarkdown: str
    pageFooterMarkdown: str
    originalOrientationAngle: float
    """Degrees by which the page was turned."""


class WarningResult(TypedDict):
    """Something a reader of the result should know; the code is one of engines.errors.Code."""

    code: str
    message: str
    page: int | None
    """None where no page is meant."""


class JobEchoes(TypedDict, total=False):
    """What a job has its results repeat, and what is to be said of its parameters in each."""

    effective_parameters: dict[str, Any] | None
    """All of them by wire name, secrets masked."""
    custom_metadata: dict[str, Any] | None
    resource_info: dict[str, Any] | None
    pipeline_id: str | None
    warnings: list[WarningResult]


class JobMetadata(TypedDict):
    """The `job_metadata` of a result."""

    job_pages: int
    job_auto_mode_triggered_pages: list[int]
    job_is_cache_hit: bool
    effective_parameters: dict[str, Any] | None
    custom_metadata: dict[str, Any] | None
    resource_info: dict[str, Any] | None
    pipeline_id: str | None
    warnings: list[WarningResult]
    failed_pages: list[int]
    engine_version: str
    tier: str | None
    version: str | None


class ClassificationResult(TypedDict):
    """The type found, None below the threshold; how sure that is, from 0 to 1; and why, in words."""

    type: str | None
    confidence: float
    reasoning: str
