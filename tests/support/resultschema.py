"""The shape of `output.json` as a JSON schema (docs/results.md)."""

from __future__ import annotations

from typing import Any

NUMBER = {"type": "number"}
TEXT = {"type": "string"}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
COUNT = {"type": "integer", "minimum": 0}


def record(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these members."""
    return {"type": "object", "required": list(required), "properties": required | optional}


def listing(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


BOX = record({"x": NUMBER, "y": NUMBER, "w": NUMBER, "h": NUMBER})
MAYBE_BOX = {"anyOf": [{"type": "null"}, BOX]}
PART = record({**BOX["properties"], "startIndex": COUNT, "endIndex": COUNT, "label": TEXT, "confidence": SHARE})
LINE = record({"value": TEXT, "bBox": BOX, "startIndex": COUNT, "endIndex": COUNT})
COMMON = {"md": TEXT, "bBox": MAYBE_BOX}
MORE = {"lines": listing(LINE), "layoutAwareBbox": listing(PART)}


def item(kind: str, **required: Any) -> dict[str, Any]:
    return record({"type": {"const": kind}, **COMMON, **required}, **MORE)


ITEM = {
    "oneOf": [
        item("heading", lvl={"type": "integer", "minimum": 1, "maximum": 6}, value=TEXT),
        item("text", value=TEXT),
        item("list", ordered={"type": "boolean"}, items=listing(item("text", value=TEXT)), value=TEXT),
        item("table", rows=listing(listing(TEXT)), csv=TEXT, html=TEXT, isPerfectTable={"type": "boolean"}),
        item("code", value=TEXT, language={"type": ["string", "null"]}),
        item("image", url=TEXT, caption={"type": ["string", "null"]}),
        item("link", url=TEXT, text=TEXT),
    ]
}
PLACED = {"name": TEXT, "x": NUMBER, "y": NUMBER, "width": NUMBER, "height": NUMBER}
BLOCK = record({"bbox": BOX, "image": TEXT, "confidence": SHARE, "label": TEXT, "isLikelyNoise": {"type": "boolean"}})
PLACE = {"anyOf": [{"type": "null"}, COUNT]}
SPAN = {"target": TEXT, "startIndex": PLACE, "endIndex": PLACE}
REVISION = record(
    {
        "type": {"enum": ["comment", "deleted", "formatted", "inserted", "moved_from", "moved_to"]},
        "content": TEXT,
        "author": {"type": ["string", "null"]},
        **SPAN,
        "targetSpans": listing(record(SPAN)),
    }
)
PAGE = record(
    {
        "page": {"type": "integer", "minimum": 1},
        "text": TEXT,
        "md": TEXT,
        "images": listing(record({**PLACED, "original_width": COUNT, "original_height": COUNT})),
        "charts": listing(record(PLACED)),
        "tables": listing(TEXT),
        "layout": listing(BLOCK),
        "items": listing(ITEM),
        "status": {"enum": ["OK", "ERROR"]},
        "links": listing(record({"url": TEXT, "text": TEXT})),
        "width": NUMBER,
        "height": NUMBER,
        "triggeredAutoMode": {"type": "boolean"},
        "parsingMode": TEXT,
        "structuredData": {"type": "null"},
        "noStructuredContent": {"type": "boolean"},
        "noTextContent": {"type": "boolean"},
        "pageHeaderMarkdown": TEXT,
        "pageFooterMarkdown": TEXT,
        "originalOrientationAngle": NUMBER,
    },
    printedPageNumber=TEXT,
    costOptimized={"type": "boolean"},
    revisions=listing(REVISION),
    error=record({"code": TEXT, "message": TEXT}),
)
WARNING = record({"code": TEXT, "message": TEXT, "page": {"type": ["integer", "null"]}})
RESULT = record(
    {
        "pages": listing(PAGE),
        "job_metadata": record(
            {
                "job_pages": COUNT,
                "job_auto_mode_triggered_pages": listing(COUNT),
                "job_is_cache_hit": {"type": "boolean"},
                "warnings": listing(WARNING),
                "failed_pages": listing(COUNT),
            }
        ),
    }
)
