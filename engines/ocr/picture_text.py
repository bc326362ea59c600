"""Text in a single picture, read by OCR."""

from __future__ import annotations

import io

from PIL import Image

from engines.build.images import opaque
from engines.containers import pdf_native
from engines.containers.pdf_native import box_of
from engines.context import Context
from engines.document import Piece
from engines.errors import DocumentError
from engines.ocr import policy
from engines.parameters import ParseParameters

DPI = 150.0
LEAST = 16
"""Pixels of the shorter side of a picture that can hold a letter."""
ENLARGED = 1000
"""Pictures whose longer side has fewer pixels are enlarged: Tesseract wants letters of some size."""


def text_in(content: bytes, parameters: ParseParameters, context: Context) -> list[Piece]:
    """The words in a picture (bytes of any format that Pillow opens), their boxes in its own pixels from its top left corner.

    There are none where the job wants none, without Tesseract's data, and in what is no picture.

    Raises DocumentError: OCR_LANGUAGE_UNAVAILABLE.
    """
    reading = policy.reading_of(parameters, context.tools) if policy.is_wanted(parameters) else None
    if reading is None:
        return []
    try:
        page, scale = as_page(content)
        result = pdf_native.read(
            page, ocr_enabled=True, ocr_language=reading.models, tessdata_path=reading.tessdata, dpi=DPI
        )
    except (DocumentError, OSError, ValueError):
        return []  # a picture without text is the usual case, one that cannot be read is told elsewhere
    factor = DPI / 72 / scale
    pieces = []
    for one in result.pages[0].text_items:
        box = box_of(one)
        if box and one.text.strip():
            box.x, box.y = box.x * factor, box.y * factor
            box.width, box.height = box.width * factor, box.height * factor
            pieces.append(Piece(one.text.strip(), box, confidence=one.confidence))
    return pieces


def as_page(content: bytes) -> tuple[bytes, float]:
    """A PDF of the picture, and how many times it was enlarged. Raises OSError and ValueError."""
    with Image.open(io.BytesIO(content)) as image:
        picture = opaque(image)
        if min(picture.size) < LEAST:
            raise ValueError("too small for letters")
        scale = max(1.0, ENLARGED / max(picture.size))
        if scale > 1:
            picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
        target = io.BytesIO()
        picture.save(target, "PDF", resolution=DPI)
        return target.getvalue(), scale
