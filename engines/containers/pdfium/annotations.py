"""Annotations that say something: links that lead out, values of a form's fields, remarks that viewers draw."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pypdfium2 import raw

from engines.containers.pdfium.boxes import Bounds
from engines.containers.pdfium.calls import utf16
from engines.containers.pdfium.page import Note
from engines.containers.pdfium.sight import Sight

CHECKED, UNCHECKED = "[x]", "[ ]"
UNSEEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
"""Flags of annotations that no viewer shows."""
BOXES = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})

SILENT = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET})
"""Kinds of annotations that show no text of their own, or one that is a note."""


def links_of(document: Any, page: Any, sight: Sight) -> list[tuple[Bounds, str]]:
    """Places and addresses of the links of a page that lead out of the document."""
    found: list[tuple[Bounds, str]] = []
    place, link, rect = ctypes.c_int(0), raw.FPDF_LINK(), raw.FS_RECTF()
    while raw.FPDFLink_Enumerate(page.raw, place, link):
        action = raw.FPDFLink_GetAction(link)
        if (
            not action
            or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI
            or not raw.FPDFLink_GetAnnotRect(link, rect)
        ):
            continue
        size = raw.FPDFAction_GetURIPath(document.raw, action, None, 0)
        address = ctypes.create_string_buffer(size)
        raw.FPDFAction_GetURIPath(document.raw, action, address, size)
        url = address.value.decode("utf-8", "replace")
        found += [(bounds, url) for bounds in _places_of(link, rect, sight)]
    return found


def _places_of(link: Any, rect: Any, sight: Sight) -> list[Bounds]:
    """Where a link lies: its quadrilaterals, one a line of its text, or its rectangle where it has none inside of that."""
    found: list[Bounds] = []
    quad = raw.FS_QUADPOINTSF()
    for at in range(raw.FPDFLink_CountQuadPoints(link)):
        if raw.FPDFLink_GetQuadPoints(link, at, quad):
            xs, ys = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
            if (
                rect.left - 1 <= min(xs) < max(xs) <= rect.right + 1
                and rect.bottom - 1 <= min(ys) <= max(ys) <= rect.top + 1
            ):
                found.append(sight.bounds(min(xs), min(ys), max(xs), max(ys)))
    return found or [sight.bounds(rect.left, rect.bottom, rect.right, rect.top)]


def notes_of(page: Any, form: Any, sight: Sight) -> tuple[list[Note], bool]:
    """The values of fields, and remarks, and whether there is anything that may say more than these: a stamp, a drawing.

    `form` is the form's handle, None of a document without one.
    """
    notes: list[Note] = []
    kinds: set[int] = set()
    rect = raw.FS_RECTF()
    for at in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        with _annotation(page, at) as one:
            kinds.add(raw.FPDFAnnot_GetSubtype(one) if one else raw.FPDF_ANNOT_POPUP)
            text = _text_of(one, form) if one else ""
            if text.strip() and raw.FPDFAnnot_GetRect(one, rect):
                notes.append(Note(sight.bounds(rect.left, rect.bottom, rect.right, rect.top), text.strip()))
    return notes, bool(kinds - SILENT)


@contextmanager
def _annotation(page: Any, at: int) -> Iterator[Any]:
    one = raw.FPDFPage_GetAnnot(page.raw, at)
    try:
        yield one
    finally:
        if one:
            raw.FPDFPage_CloseAnnot(one)


def _text_of(annotation: Any, form: Any) -> str:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if raw.FPDFAnnot_GetFlags(annotation) & UNSEEN:
        return ""
    if kind == raw.FPDF_ANNOT_FREETEXT:
        return utf16(lambda buffer, size: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", _wide(buffer), size))
    if kind != raw.FPDF_ANNOT_WIDGET or form is None:
        return ""
    field = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if field == raw.FPDF_FORMFIELD_PUSHBUTTON:
        return ""
    if field in BOXES:
        return CHECKED if raw.FPDFAnnot_IsChecked(form, annotation) else UNCHECKED
    return utf16(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, annotation, _wide(buffer), size))


def _wide(buffer: Any) -> Any:
    return buffer and ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
