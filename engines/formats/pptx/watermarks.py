"""Watermarks of presentations: text at a slant across a slide, or what is named so, on the slide itself or on what lies below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engines.build.page_builder import one_line
from engines.document import Item, ItemKind

NAMED = "watermark"
SLANT = 5.0
"""Degrees from upright, or from a right angle, at which text stands at a slant."""
SPAN = 0.4
"""Share of the slide's width that slanted text is long, to be a watermark."""
LONGEST = 60
"""Letters of a watermark."""


def watermark_of(slide: Any, width: float) -> Item | None:
    """The watermark of a slide of this width in EMU, or of its layout or master; None when there is none."""
    shapes = [*slide.shapes, *slide.slide_layout.shapes, *slide.slide_layout.slide_master.shapes]
    text = " ".join(dict.fromkeys(texts_of(shapes, width)))
    return Item(ItemKind.TEXT, text) if text else None


def texts_of(shapes: list[Any], width: float) -> Iterator[str]:
    """The texts of those shapes that are watermarks."""
    return (one_line(shape.text_frame.text) for shape in shapes if is_watermark(shape, width))


def is_watermark(shape: Any, width: float) -> bool:
    """Whether a shape is a watermark of a slide of this width in EMU."""
    if not shape.has_text_frame or shape.is_placeholder or not 0 < len(shape.text_frame.text.strip()) <= LONGEST:
        return False
    is_slanted = SLANT < shape.rotation % 90 < 90 - SLANT
    return NAMED in shape.name.lower() or (is_slanted and (shape.width or 0) >= SPAN * width)
