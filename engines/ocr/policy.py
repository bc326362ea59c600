"""When text has to be read from pictures."""

from __future__ import annotations

from dataclasses import dataclass

from engines.context import Limits
from engines.parameters import ParseParameters

FEW_LETTERS = 20
"""A page with fewer letters has no text of its own: a page number, a stamp."""
LITTLE_TEXT = 200
"""A page with fewer letters is read when most of what is drawn on it lies outside them."""
TEXT_OF_A_SCAN = 100
"""A page that is one picture and has at least as many letters is a scan that was read before."""

DPI = 150.0
HIGH_DPI = 300.0
"""Pixels an inch of the pictures that pages are read from; the second is that of `high_res_ocr`."""


def is_wanted(parameters: ParseParameters) -> bool:
    """Whether this job lets text in pictures be read."""
    return not (parameters.disable_ocr or parameters.fast_mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What of a page decides whether it has text that only OCR can see. Shares are of the page's area."""

    letters: int
    """Of its own text."""
    is_unclear: bool
    """Whether fonts do not identify a good part of these."""
    is_scan: bool
    """Whether a picture covers the page, or tiles of one do."""
    is_stamped: bool
    """Whether it is a scan that shows more than its own text, or whose text stands at its edges only, as a fax line does."""
    picture_share: float
    """What the largest other picture covers."""
    is_illustrated: bool
    """Whether one of the others looks as if it had text."""
    drawn_share: float
    """What all that is drawn spans, its text included; of a page with little text, else 1."""
    text_share: float
    """What its text spans; the same."""
    has_remarks: bool
    """Whether there are stamps or the like on it."""


def page_needs_reading(facts: PageFacts, parameters: ParseParameters, limits: Limits) -> bool:
    """Whether there is text on a page that only OCR can see."""
    if facts.is_unclear:
        return True
    if parameters.disable_image_extraction and (facts.is_scan or facts.picture_share):
        return False
    if facts.is_scan and (facts.is_stamped or facts.letters < TEXT_OF_A_SCAN):
        return True
    if facts.picture_share >= limits.ocr_picture_share or facts.is_illustrated:
        return True
    return facts.letters < LITTLE_TEXT and is_drawn_beyond_text(facts)


def is_drawn_beyond_text(facts: PageFacts) -> bool:
    """Whether most of what is drawn on a page with little text lies outside that text: letters drawn as curves, small pictures."""
    if facts.drawn_share <= facts.text_share:
        return facts.letters < FEW_LETTERS and facts.has_remarks
    if not facts.letters:
        return True
    return facts.drawn_share - facts.text_share > (0.1 if facts.letters < FEW_LETTERS else 0.4)
