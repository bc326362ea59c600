"""Text in a single picture, read by OCR."""

from __future__ import annotations

import io
from functools import partial

from PIL import Image

from engines.build.images import opaque
from engines.context import Context
from engines.document import Box, Piece
from engines.errors import Code, DocumentError
from engines.ocr import policy
from engines.ocr.choice import reading_of
from engines.ocr.engine import Patience
from engines.parameters import ParseParameters

DPI = 150.0
LEAST = 16
"""Pixels of the shorter side of a picture that can hold a letter."""
ENLARGED = 1000
"""Pictures whose longer side has fewer pixels are enlarged: engines want letters of some size."""


def text_in(content: bytes, parameters: ParseParameters, context: Context) -> list[Piece]:
    """The words in a picture (bytes of any format that Pillow opens), their boxes in its own pixels from its top left corner.

    There are none where the job wants none, without an engine, and in what is no picture.

    Raises DocumentError: OCR_LANGUAGE_UNAVAILABLE; and what `context.progress` raises.
    """
    engine = reading_of(parameters, context.tools).engine if policy.is_wanted(parameters) else None
    if engine is None:
        return []
    try:
        picture, scale = enlarged(content)
    except (OSError, ValueError):
        return []  # one that cannot be opened is told elsewhere
    try:
        words = engine.read(picture, DPI, Patience(context.limits.ocr_seconds, partial(context.progress, 0, 1)))
    except DocumentError as error:
        if error.code is not Code.OCR_FAILED:
            raise
        return []
    return [
        Piece(
            one.text,
            Box(*(round(length / scale, 2) for length in (one.x, one.y, one.width, one.height))),
            confidence=one.confidence,
        )
        for one in words
    ]


def enlarged(content: bytes) -> tuple[Image.Image, float]:
    """The picture as large as engines want it, and how many times it was enlarged. Raises OSError and ValueError."""
    with Image.open(io.BytesIO(content)) as image:
        if min(image.size) < LEAST:
            raise ValueError("too small for letters")
        picture = opaque(image)
        picture.load()
    scale = max(1.0, ENLARGED / max(picture.size))
    if scale > 1:
        picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    return picture, scale
