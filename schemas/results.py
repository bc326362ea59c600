"""The v2 shape of a parse result, derived from the stored `output.json` (v1 shape) when it is read.

One stored form, two wire forms: nothing is written twice and an old result gains new fields by itself. All functions
here are pure. docs/results.md describes the stored form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from schemas.forms_of_results import form_page
from schemas.shapes import (
    DocumentMetadata,
    FailedPage,
    FormPage,
    ImageMetadata,
    ItemBox,
    ItemFields,
    ItemPage,
    MarkdownPage,
    Metadata,
    PageError,
    PageMetadata,
    PageRevision,
    ResultItem,
    TargetSpan,
    TextPage,
    V1Error,
)

Page = Mapping[str, Any]
"""A page of `output.json`."""


NOWHERE: ItemBox = {"x": 0, "y": 0, "w": 0, "h": 0}
"""The box of what has no known place, where clients want one."""
FAILED_PAGE = "The page could not be read"
IMAGES = "images/"
"""Where the pictures lie among the outputs."""


def text_pages(pages: Iterable[Page]) -> dict[str, list[TextPage]]:
    """`text`: the plain text, page by page."""
    return {"pages": [{"page_number": page["page"], "text": page.get("text") or ""} for page in pages]}


def markdown_pages(pages: Iterable[Page]) -> dict[str, list[MarkdownPage | FailedPage]]:
    """`markdown`: the Markdown page by page, with the running header and footer where there is one."""
    return {"pages": [_failure(page) or _markdown_page(page) for page in pages]}


def item_pages(pages: Iterable[Page]) -> dict[str, list[ItemPage | FailedPage]]:
    """`items`: the structured content page by page, in reading order."""
    return {"pages": [_failure(page) or _item_page(page) for page in pages]}


def form_pages(pages: Iterable[Page]) -> dict[str, list[FormPage | FailedPage]] | None:
    """`forms`: the fields of fillable forms, page by page; None where they were not asked for."""
    known = list(pages)
    if not any("formFields" in page for page in known):
        return None
    return {"pages": [_failure(page) or form_page(page) for page in known]}


def metadata_pages(pages: Iterable[Page]) -> Metadata:
    """`metadata`: what is known of each page besides its content, and how sure all of it is."""
    known = list(pages)
    return {"pages": [_metadata_page(page) for page in known], "document": _document(known)}


def images_of(pages: Iterable[Page], stored: Iterable[str]) -> list[ImageMetadata]:
    """`images_content_metadata.images` without links: the pictures among the `stored` outputs, page by page."""
    names = {name.removeprefix(IMAGES) for name in stored if name.startswith(IMAGES)}
    described: dict[str, tuple[str, dict[str, int]]] = {}
    for page in pages:
        for category, picture in _pictures(page):
            described.setdefault(picture["name"], (category, _whole_box(picture)))
    known = [(name, category, box) for name, (category, box) in described.items() if name in names]
    unknown = [(name, None, None) for name in sorted(names - described.keys())]
    return [
        {
            "index": index,
            "filename": name,
            "content_type": image_type(name),
            "size_bytes": None,
            "category": category,
            "bbox": box,
        }
        for index, (name, category, box) in enumerate([*known, *unknown])
    ]


def image_type(name: str) -> str:
    """The media type of a picture that Sheaf stored, by its extension."""
    extension = name.rsplit(".", 1)[-1].lower()
    return {"jpg": "image/jpeg", "svg": "image/svg+xml", "tif": "image/tiff"}.get(extension, f"image/{extension}")


def failed_pages(pages: Iterable[Page]) -> list[V1Error]:
    """The errors of pages that could not be read."""
    failures = ((page["page"], page_error(page)) for page in pages)
    return [{"page": number, **error} for number, error in failures if error is not None]


def page_error(page: Page) -> PageError | None:
    """`code` and `message` of a page that could not be read, else None."""
    if page["status"] == "OK":
        return None
    error = page.get("error") or {}
    return {"code": error.get("code", "INTERNAL_ERROR"), "message": error.get("message", FAILED_PAGE)}


def _failure(page: Page) -> FailedPage | None:
    error = page_error(page)
    if error is None:
        return None
    return {"page_number": page["page"], "success": False, "error": f"{error['code']}: {error['message']}"}


def _markdown_page(page: Page) -> MarkdownPage:
    shown: MarkdownPage = {
        "page_number": page["page"],
        "success": True,
        "markdown": page.get("md") or "",
        "header": page.get("pageHeaderMarkdown") or None,
        "footer": page.get("pageFooterMarkdown") or None,
    }
    if "lineNumbers" in page:
        shown["line_numbers"] = [
            {"line_number": one["lineNumber"], "start_index": one["startIndex"], "end_index": one["endIndex"]}
            for one in page["lineNumbers"]
        ]
    return shown


def _item_page(page: Page) -> ItemPage:
    shown: ItemPage = {
        "page_number": page["page"],
        "page_width": page.get("width") or 0,
        "page_height": page.get("height") or 0,
        "success": True,
        "items": _with_margins(page),
    }
    if "revisions" in page:
        shown["revisions"] = [_revision(one) for one in page["revisions"]]
    return shown


def _revision(revision: Mapping[str, Any]) -> PageRevision:
    spans = [_target(span) for span in revision["targetSpans"]]
    return {
        "type": revision["type"],
        "content": revision["content"],
        "author": revision["author"],
        **_target(revision),
        "revision_bbox": NOWHERE,
        "target_spans": spans or None,
    }


def _target(span: Mapping[str, Any]) -> TargetSpan:
    return {
        "target": span["target"],
        "target_bbox": NOWHERE,
        "start_index": span["startIndex"],
        "end_index": span["endIndex"],
    }


def _document(pages: Sequence[Page]) -> DocumentMetadata | None:
    scores = [page["confidence"] for page in pages if page.get("confidence") is not None]
    if not scores:
        return None
    return {
        "confidence": round(sum(scores) / len(scores), 4),
        "confidence_breakdown": {
            "min_page_score": min(scores),
            "scored_pages": len(scores),
            "total_pages": len(pages),
        },
    }


def _metadata_page(page: Page) -> PageMetadata:
    angle = page.get("originalOrientationAngle")
    return {
        "page_number": page["page"],
        "confidence": page.get("confidence"),
        "cost_optimized": page.get("costOptimized"),
        "original_orientation_angle": None if angle is None else round(angle),
        "printed_page_number": page.get("printedPageNumber") or None,
        "slide_section_name": page.get("slideSectionName") or None,
        "speaker_notes": page.get("slideSpeakerNotes") or None,
        "triggered_auto_mode": page.get("triggeredAutoMode"),
        "watermark": page.get("watermark") or None,
    }


def item_of(item: Mapping[str, Any]) -> ResultItem:
    """One v2 item of a v1 item; a kind that v2 does not have becomes text."""
    kind = item.get("type") if item.get("type") in ITEMS else "text"
    text = _text(item)
    return {"type": str(kind), "md": item.get("md") or text, "bbox": boxes_of(item), **ITEMS[str(kind)](item)}


def boxes_of(item: Mapping[str, Any]) -> list[ItemBox]:
    """The boxes of a v1 item: those of its parts where they are known, else the one around all of it."""
    parts = item.get("layoutAwareBbox") or ([item["bBox"]] if item.get("bBox") else [])
    return [_box(part) for part in parts]


def _box(part: Mapping[str, Any]) -> ItemBox:
    box: ItemBox = {"x": part.get("x", 0), "y": part.get("y", 0), "w": part.get("w", 0), "h": part.get("h", 0)}
    if part.get("startIndex") is not None:
        box["start_index"] = part["startIndex"]
    if part.get("endIndex") is not None:
        box["end_index"] = part["endIndex"]
    if part.get("confidence") is not None:
        box["confidence"] = part["confidence"]
    if part.get("label") is not None:
        box["label"] = part["label"]
    return box


def _text(item: Mapping[str, Any]) -> str:
    return str(item.get("value") or item.get("text") or "")


def _heading(item: Mapping[str, Any]) -> ItemFields:
    return {"level": int(item.get("lvl") or 1), "value": _text(item)}


def _plain(item: Mapping[str, Any]) -> ItemFields:
    return {"value": _text(item) or str(item.get("md") or "")}


def _list(item: Mapping[str, Any]) -> ItemFields:
    return {"ordered": bool(item.get("ordered")), "items": [item_of(one) for one in item.get("items") or ()]}


def _code(item: Mapping[str, Any]) -> ItemFields:
    return {"value": _text(item), "language": item.get("language") or None}


def _table(item: Mapping[str, Any]) -> ItemFields:
    concern = {"type": "inconsistent_row_cell_count", "details": "Rows of this table differ in their number of cells"}
    return {
        "rows": item["rows"],
        "csv": item["csv"],
        "html": item["html"],
        "merged_from_pages": item.get("mergedFromPages"),
        "merged_into_page": item.get("mergedIntoPage"),
        "parse_concerns": None if item.get("isPerfectTable", True) else [concern],
    }


def _image(item: Mapping[str, Any]) -> ItemFields:
    return {"url": str(item.get("url") or item.get("name") or ""), "caption": str(item.get("caption") or "")}


def _link(item: Mapping[str, Any]) -> ItemFields:
    return {"url": str(item.get("url") or ""), "text": _text(item)}


ITEMS: dict[str, Callable[[Mapping[str, Any]], ItemFields]] = {
    "heading": _heading,
    "text": _plain,
    "list": _list,
    "code": _code,
    "table": _table,
    "image": _image,
    "link": _link,
}
"""What each kind of item has besides `type`, `md` and `bbox`."""


def _with_margins(page: Page) -> list[ResultItem]:
    """The items of a page, those of its running titles inside of a header and a footer."""
    header, body = _margin("header", page.get("pageHeaderMarkdown"), [item_of(one) for one in page.get("items") or ()])
    footer, body = _margin("footer", page.get("pageFooterMarkdown"), body[::-1])
    return [*header, *body[::-1], *footer]


def _margin(kind: str, markdown: str | None, items: list[ResultItem]) -> tuple[list[ResultItem], list[ResultItem]]:
    """A running title with its items, if there is one, and the items that are not of it; the nearest ones are tried first.

    Of a title that only the format declares there are none on the page: then it is a text.
    """
    if not markdown:
        return [], items
    lines = Counter(markdown.split("\n"))
    own: list[ResultItem] = []
    for item in items:
        needed = Counter(item["md"].split("\n"))
        if needed <= lines:
            own.append(item)
            lines -= needed
    if lines:
        text: ResultItem = {"type": "text", "md": markdown, "value": markdown, "bbox": []}
        return [{"type": kind, "md": markdown, "bbox": [], "items": [text]}], items
    within = own if kind == "header" else own[::-1]
    boxes = [box for item in within for box in item["bbox"]]
    return [{"type": kind, "md": markdown, "bbox": boxes, "items": within}], [
        one for one in items if not any(one is other for other in own)
    ]


def _pictures(page: Page) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for picture in page.get("images") or ():
        yield ("screenshot" if picture.get("type") == "full_page_screenshot" else "embedded"), picture
    for chart in page.get("charts") or ():
        if chart.get("name"):  # of some charts there is no picture
            yield "embedded", chart
    for block in page.get("layout") or ():
        if block.get("image"):
            # A layout box is in fractions of the page, the others in its units.
            box = block.get("bbox") or {}
            width, height = page.get("width") or 0, page.get("height") or 0
            yield (
                "layout",
                {
                    "name": block["image"],
                    "x": box.get("x", 0) * width,
                    "y": box.get("y", 0) * height,
                    "width": box.get("w", 0) * width,
                    "height": box.get("h", 0) * height,
                },
            )


def _whole_box(picture: Mapping[str, Any]) -> dict[str, int]:
    sides = {"x": "x", "y": "y", "w": "width", "h": "height"}
    return {side: round(picture.get(name) or 0) for side, name in sides.items()}
