"""Pictures, read by OCR."""

from __future__ import annotations

from engines.context import Context, Source
from engines.document import Document
from engines.parameters import ParseParameters

EXTENSIONS = ("png", "jpg", "jpeg", "gif", "bmp", "tiff", "tif", "webp")


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a picture; each frame becomes a page."""
    raise NotImplementedError
