"""The shapes of answers' JSON that more than one module builds or reads."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, Required, TypedDict


class ItemBox(TypedDict):
    """A rectangle in points, its origin the page's upper left corner; and, for a part of an item, which part it is."""

    x: float
    y: float
    w: float
    h: float
    start_index: NotRequired[int]
    end_index: NotRequired[int]
    confidence: NotRequired[float]
    label: NotRequired[str]


class TextPage(TypedDict):
    """The text of a page; pages count from 1 here and below."""

    page_number: int
    text: str


class FailedPage(TypedDict):
    """A page that could not be read; `error` is `CODE: sentence`."""

    page_number: int
    success: Literal[False]
    error: str


class PageLineNumber(TypedDict):
    """A printed line number; see LineNumberResult of engines/results.py."""

    line_number: str
    start_index: int
    end_index: int


class MarkdownPage(TypedDict):
    """The Markdown of a page."""

    page_number: int
    success: Literal[True]
    markdown: str
    header: str | None
    footer: str | None
    line_numbers: NotRequired[list[PageLineNumber]]


class ItemFields(TypedDict, total=False):
    """What an item has by its kind; see ITEMS."""

    level: int
    value: str
    text: str
    ordered: bool
    items: list[ResultItem]
    language: str | None
    rows: list[list[Any]]
    csv: str
    html: str
    merged_from_pages: list[int] | None
    merged_into_page: int | None
    parse_concerns: list[dict[str, str]] | None
    url: str
    caption: str


class ResultItem(ItemFields):
    """A piece of a page: a heading, a list, a table and so on."""

    type: Required[str]
    md: Required[str]
    bbox: Required[list[ItemBox]]


class TargetSpan(TypedDict):
    """Some words of a page; see RevisionResult of engines/results.py."""

    target: str
    target_bbox: ItemBox
    start_index: int | None
    end_index: int | None


class PageRevision(TargetSpan):
    """A tracked change or a comment."""

    type: str
    content: str
    author: str | None
    revision_bbox: ItemBox
    """That of the balloon which the change would be printed in."""
    target_spans: list[TargetSpan] | None


class ItemPage(TypedDict):
    """The structured content of a page, whose sides are in points, 0 where there are none."""

    page_number: int
    page_width: float
    page_height: float
    success: Literal[True]
    items: list[ResultItem]
    revisions: NotRequired[list[PageRevision]]


class FormNode(TypedDict):
    """A field of a form; `isEmpty` is that of a field in which nothing was written."""

    type: Literal["field"]
    field: str
    label: str | None
    value: NotRequired[str | bool]
    isEmpty: NotRequired[bool]
    valueItems: NotRequired[list[FormNode]]
    bbox: list[ItemBox]


class FormLine(TypedDict):
    """A field of a form as a line of text."""

    type: Literal["text"]
    value: str
    md: str


class FormList(TypedDict):
    """A form as lines of text."""

    type: Literal["list"]
    ordered: bool
    items: list[FormLine]
    md: str


class Form(TypedDict):
    """A form: its fields, and the same as lines."""

    json: list[FormNode]
    list: FormList


class FormPage(TypedDict):
    """The forms of a page, whose sides are in points."""

    page_number: int
    success: Literal[True]
    forms: list[Form]
    detected_form_types: list[str] | None
    page_width: float
    page_height: float


class PageMetadata(TypedDict):
    """What is known of a page besides its content; None where nothing is."""

    page_number: int
    confidence: float | None
    cost_optimized: bool | None
    original_orientation_angle: int | None
    """In degrees."""
    printed_page_number: str | None
    slide_section_name: str | None
    speaker_notes: str | None
    triggered_auto_mode: bool | None
    watermark: str | None


class ConfidenceBreakdown(TypedDict):
    """The pages behind the confidence of a document; a score is from 0 to 1."""

    min_page_score: float
    scored_pages: int
    total_pages: int


class DocumentMetadata(TypedDict):
    """How sure the reading of a document is: the mean of its pages that were scored, from 0 to 1."""

    confidence: float
    confidence_breakdown: ConfidenceBreakdown


class Metadata(TypedDict):
    """What is known of a document besides its content; `document` is None where no page was scored."""

    pages: list[PageMetadata]
    document: DocumentMetadata | None


class ImageMetadata(TypedDict):
    """A picture among the outputs; None where its page does not say."""

    index: int
    """From 0."""
    filename: str
    content_type: str
    size_bytes: None
    category: str | None
    bbox: dict[str, int] | None
    presigned_url: NotRequired[str]


class PageError(TypedDict):
    """Why a page could not be read; the code is one of engines.errors.Code."""

    code: str
    message: str


class V1Error(TypedDict):
    """What went wrong on a page, counted from 1, or with None in the document as a whole."""

    page: int | None
    code: str
    message: str
