"""PDFium, by pypdfium2: the characters of a page with their places and fonts, what is drawn around them, notes and links."""

from engines.containers.pdfium.boxes import Bounds, Boxes
from engines.containers.pdfium.document import PdfDocument
from engines.containers.pdfium.page import (
    DecodedPicture,
    DrawnPath,
    Font,
    Note,
    PdfPage,
    PlacedPicture,
    TextRun,
    XfaKind,
)

__all__ = [
    "Bounds",
    "Boxes",
    "DecodedPicture",
    "DrawnPath",
    "Font",
    "Note",
    "PdfDocument",
    "PdfPage",
    "PlacedPicture",
    "TextRun",
    "XfaKind",
]
