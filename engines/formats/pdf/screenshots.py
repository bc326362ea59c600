"""Pictures of whole pages."""

from __future__ import annotations

import io

from PIL import Image

from engines.containers import pdf_native
from engines.document import Box, ImageKind, Notice, Page, Picture
from engines.errors import Code, DocumentError
from engines.parameters.crop import Margins
from engines.results import screenshot_name

DPI = 150.0
"""Pixels an inch of the pictures of pages."""
QUALITY = 85
"""Of their JPEG, of 100."""


def add(content: bytes, pages: list[Page], margins: Margins) -> list[Notice]:
    """Put a JPEG picture into each page of a PDF, cut to the margins; returns a warning for each that failed."""
    notes = []
    with pdf_native.drawable(content) as path:
        for page in pages:
            try:
                shot = pdf_native.picture(path, page.number, DPI)
            except DocumentError as error:
                notes.append(Notice(Code.SCREENSHOT_UNAVAILABLE, str(error), page.number))
                continue
            page.images.append(screenshot(shot, page, margins))
    return notes


def screenshot(content: bytes, page: Page, margins: Margins) -> Picture:
    """The picture of a page from its PNG; the box, in points, is the part of the page that it shows."""
    with Image.open(io.BytesIO(content)) as whole:
        left, top = round(margins.left * whole.width), round(margins.top * whole.height)
        right = whole.width - round(margins.right * whole.width)
        bottom = whole.height - round(margins.bottom * whole.height)
        cut = whole.convert("RGB").crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    target = io.BytesIO()
    cut.save(target, "JPEG", quality=QUALITY)
    box = Box(
        page.width * margins.left,
        page.height * margins.top,
        page.width * (1 - margins.left - margins.right),
        page.height * (1 - margins.top - margins.bottom),
    )
    name = screenshot_name(page.number)
    return Picture(name, ImageKind.SCREENSHOT, box, cut.width, cut.height, target.getvalue(), "image/jpeg")
