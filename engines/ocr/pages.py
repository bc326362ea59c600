"""Pages whose text only OCR can see: read one at a time, and turned upright where they lie on a side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engines.containers import pdf_native
from engines.ocr.policy import Reading

LIKELY = 0.75
"""A reading of this quality is taken as it is."""
CERTAIN = 0.85
"""A turned page of this quality ends the search for a better angle."""
SHORT = 3
"""Shorter words may well be higher than wide."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One reading of a page, `angle` being how many degrees clockwise its content was taken to be turned: 0, 90, 180 or 270."""

    native: Any
    angle: int
    quality: float
    """Confidence of the letters that lie in words wider than high, over all letters: from 0 to 1."""
    lies_on_side: bool
    """Most letters lie in words higher than wide."""


def scan(content: bytes, page: int, options: dict[str, Any], reading: Reading, *, may_be_turned: bool) -> Attempt:
    """Read a page, counted from 1, by OCR. `options` are those of the native reader, the data to read with is in `reading`.

    A page without text of its own (`may_be_turned`) is tried at other angles when the first reading looks bad.

    Pages are read one at a time, so that cancelling takes no longer than a page, and so that the result of a page does
    not depend on which others needed OCR. Raises DocumentError: OCR_FAILED, PDF_IS_BROKEN.
    """
    first = attempt(content, page, options, reading, 0)
    if not may_be_turned or first.quality >= LIKELY or not first.native.text_items:
        return first
    best = first
    for angle in (90, 270, 180) if first.lies_on_side else (180, 90, 270):
        other = attempt(content, page, options, reading, angle)
        best = max(best, other, key=lambda one: one.quality)
        if best.quality >= CERTAIN:
            break
    return best


def attempt(content: bytes, page: int, options: dict[str, Any], reading: Reading, angle: int) -> Attempt:
    """Read a page once."""
    options = options | {
        "ocr_enabled": True,
        "ocr_language": reading.models,
        "tessdata_path": reading.tessdata,
    }
    if angle:
        options["page_orientation_corrections"] = ((page, angle),)
    result = pdf_native.read(content, str(page), **options)
    return judged(result.pages[0], angle)


def judged(native: Any, angle: int) -> Attempt:
    """The attempt with its quality. Letters that the page had of its own count as certain."""
    good = wide = letters = 0.0
    for one in native.text_items:
        length = len(one.text)
        letters += length
        if length < SHORT or one.width >= one.height:
            wide += length
            good += length * (1.0 if one.confidence is None else one.confidence)
    if not letters:
        return Attempt(native, angle, 0.0, lies_on_side=False)
    return Attempt(native, angle, good / letters, lies_on_side=wide < letters / 2)
