"""Pages in the shape of the API's JSON (engines/results.py)."""

from __future__ import annotations

from engines.document import Block, Box, Chart, Document, FormField, ImageKind, Page, Picture, Piece
from engines.parameters import FailPageMode, ParseParameters, ParsingMode
from engines.render import titles
from engines.render.framing import Frame
from engines.render.items import box_result, item_result
from engines.render.line_numbers import line_number_results
from engines.render.revisions import revision_results
from engines.render.tables import TableStyle
from engines.results import BlockResult, ChartResult, FormFieldResult, PageExtras, PageResult, PictureResult, WordResult

SPREADSHEETS = ("spreadsheet", "excel", "csv", "tab-separated-values")
"""Parts of the media types of documents whose pages are sheets."""


def page_result(page: Page, document: Document, parameters: ParseParameters, frame: Frame) -> PageResult:
    """A page as JSON. Its `md` and `text` stand in their frame, so that the full outputs are these, joined."""
    if page.parameters:
        parameters, frame = page.parameters, Frame.of(page.parameters)
    style = TableStyle.of(parameters)
    items = [item_result(item, style) for item in page.items]
    blocks = [(item.role, written["md"]) for item, written in zip(page.items, items, strict=True)]
    markdown = page.markdown if page.markdown is not None else titles.joined_blocks(blocks, page, parameters)
    if page.error:
        markdown = stand_in(page, parameters)
    framed = frame.around(markdown, page.number)
    extras = page_extras(page, document)
    if page.form_fields is not None:
        extras["formFields"] = [field_result(one) for one in page.form_fields]
    if page.line_numbers is not None:
        extras["lineNumbers"] = line_number_results(page.line_numbers, framed)
    if page.revisions is not None:
        extras["revisions"] = revision_results(page, items, framed, style)
    return {
        "page": page.number,
        "text": frame.around(page.text, page.number),
        "md": framed,
        "images": [picture_result(picture) for picture in page.images],
        "charts": [chart_result(chart) for chart in page.charts] if parameters.extract_charts else [],
        "tables": [f"table_p{page.number - 1}_{n}" for n in range(sum(item["type"] == "table" for item in items))],
        "layout": [block_result(block, page) for block in page.layout],
        "items": items,
        "status": "ERROR" if page.error else "OK",
        "links": [{"url": link.url, "text": link.text} for link in page.links],
        "width": page.width,
        "height": page.height,
        "triggeredAutoMode": page.triggered,
        "parsingMode": parameters.parse_mode or ParsingMode.PARSE_PAGE_WITH_LLM,
        "structuredData": document.structured if page is document.pages[0] else None,
        "noStructuredContent": document.structured is None or page is not document.pages[0],
        "noTextContent": not page.text.strip(),
        "pageHeaderMarkdown": page.header,
        "pageFooterMarkdown": page.footer,
        "originalOrientationAngle": page.rotation,
        **extras,
    }


def page_extras(page: Page, document: Document) -> PageExtras:
    """Keys that only some pages have."""
    extras: PageExtras = {}
    if page.cost_optimized is not None:
        extras["costOptimized"] = page.cost_optimized
    if page.confidence is not None:
        extras["confidence"] = page.confidence
    if page.ocr_engine is not None:
        extras["ocrEngine"] = page.ocr_engine
    if page.faithfulness is not None:
        extras["faithfulness"] = page.faithfulness
    if page.printed_number is not None:
        extras["printedPageNumber"] = page.printed_number
    if page.speaker_notes is not None:
        extras["slideSpeakerNotes"] = page.speaker_notes
    if page.section_name is not None:
        extras["sheetName" if is_spreadsheet(document) else "slideSectionName"] = page.section_name
    if page.watermark is not None:
        extras["watermark"] = page.watermark.text
    if page.error:
        code, _, message = page.error.partition(": ")
        extras["error"] = {"code": code, "message": message}
    return extras


def is_spreadsheet(document: Document) -> bool:
    """Whether pages are sheets."""
    return any(part in document.media_type for part in SPREADSHEETS)


def stand_in(page: Page, parameters: ParseParameters) -> str:
    """What stands in the Markdown for a page that failed."""
    mode = parameters.replace_failed_page_mode or FailPageMode.RAW_TEXT
    if mode is FailPageMode.ERROR_MESSAGE:
        prefix = parameters.replace_failed_page_with_error_message_prefix or ""
        suffix = parameters.replace_failed_page_with_error_message_suffix or ""
        return f"{prefix}{page.error}{suffix}"
    return page.text if mode is FailPageMode.RAW_TEXT else ""


def block_result(block: Block, page: Page) -> BlockResult:
    """A block of the layout; its box is given in fractions of the page."""
    box = block.box
    return {
        "bbox": {
            "x": round(box.x / page.width, 4),
            "y": round(box.y / page.height, 4),
            "w": round(box.width / page.width, 4),
            "h": round(box.height / page.height, 4),
        },
        "image": block.image,
        "confidence": block.confidence,
        "label": block.label,
        "isLikelyNoise": block.is_noise,
    }


def field_result(one: FormField) -> FormFieldResult:
    """A field of a form."""
    return {
        "kind": one.kind.value,
        "label": one.label,
        "value": one.value,
        "isSet": one.is_set,
        "options": [{"label": option.label, "isChosen": option.is_chosen} for option in one.options],
        "bBox": box_result(one.box) if one.box else None,
    }


def chart_result(chart: Chart) -> ChartResult:
    """A chart of a page; the name is that of its picture."""
    box = chart.box or Box(0, 0, 0, 0)
    return {"name": chart.name, "x": box.x, "y": box.y, "width": box.width, "height": box.height}


def picture_result(picture: Picture) -> PictureResult:
    """A picture of a page; its box is in points, `original_*` in pixels."""
    box = picture.box
    result: PictureResult = {
        "name": picture.name,
        "height": box.height if box else picture.height,
        "width": box.width if box else picture.width,
        "x": box.x if box else 0,
        "y": box.y if box else 0,
        "original_width": picture.width,
        "original_height": picture.height,
    }
    if picture.kind is ImageKind.SCREENSHOT:
        result["type"] = "full_page_screenshot"
    else:
        result["ocr"] = [word_result(word) for word in picture.ocr]
    return result


def word_result(word: Piece) -> WordResult:
    """A word of a picture; its box is in pixels of the picture, as whole numbers."""
    box = word.box
    return {
        "text": word.text,
        "x": round(box.x),
        "y": round(box.y),
        "w": round(box.width),
        "h": round(box.height),
        "confidence": f"{word.confidence or 0:.2f}",
    }
