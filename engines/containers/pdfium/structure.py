"""Headings that a document itself names: by its structure tree (ISO 32000-1, 14.7 and 14.8.4.3), and by its outline (12.3.3)."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

import pypdfium2
from pypdfium2 import raw

from engines.containers.pdfium import calls
from engines.containers.pdfium.boxes import Bounds
from engines.containers.pdfium.sight import Sight

HEADING = re.compile(r"H([1-6])")
MOST_ENTRIES = 10_000
"""Entries of an outline that are looked at."""
MOST_ELEMENTS, DEEPEST = 20_000, 40
"""Elements of a page's structure that are looked at, and how deep they may lie."""
MOST_OBJECTS = 20_000


def outline_of(document: Any) -> dict[int, list[tuple[int, str]]]:
    """What the outline says begins on each page, by its number from 1: levels, from 1, with titles."""
    found: dict[int, list[tuple[int, str]]] = {}
    for entry in islice(document.get_toc(), MOST_ENTRIES):
        try:
            place, title = entry.get_dest(), entry.get_title()
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            continue
        page = place.get_index() if place else None
        if page is not None and title:
            found.setdefault(page + 1, []).append((entry.level + 1, title))
    return found


def tagged_headings(page: Any, sight: Sight) -> list[tuple[Bounds, int]]:
    """Where the text of elements `H1` to `H6` stands on a page, with their levels."""
    tree = raw.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return []
    try:
        levels = {content: level for level, content in _headings(tree)}
    finally:
        raw.FPDF_StructTree_Close(tree)
    return _placed(page, levels, sight) if levels else []


def _headings(tree: Any) -> Iterator[tuple[int, int]]:
    """Levels of elements that are headings, each with the numbers of the marked content of what is in them."""
    waiting = [
        (raw.FPDF_StructTree_GetChildAtIndex(tree, at), 0, 0) for at in range(raw.FPDF_StructTree_CountChildren(tree))
    ]
    for _ in range(MOST_ELEMENTS):
        if not waiting:
            return
        element, level, depth = waiting.pop()
        if not element or depth > DEEPEST:
            continue
        if found := HEADING.fullmatch(calls.utf16(partial(raw.FPDF_StructElement_GetType, element))):
            level = int(found[1])
        for at in range(raw.FPDF_StructElement_CountChildren(element)):
            content = raw.FPDF_StructElement_GetChildMarkedContentID(element, at)
            if content >= 0 and level:
                yield level, content
            elif content < 0:
                waiting.append((raw.FPDF_StructElement_GetChildAtIndex(element, at), level, depth + 1))


def _placed(page: Any, levels: dict[int, int], sight: Sight) -> list[tuple[Bounds, int]]:
    found: list[tuple[Bounds, int]] = []
    sides = [ctypes.c_float() for _ in range(4)]
    for at in range(min(raw.FPDFPage_CountObjects(page.raw), MOST_OBJECTS)):
        one = raw.FPDFPage_GetObject(page.raw, at)
        level = levels.get(raw.FPDFPageObj_GetMarkedContentID(one))
        if level and raw.FPDFPageObj_GetBounds(one, *sides):
            left, bottom, right, top = (side.value for side in sides)
            found.append((sight.bounds(left, bottom, right, top), level))
    return found
