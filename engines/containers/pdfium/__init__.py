"""PDFium, by pypdfium2: the characters of a page with their places and fonts, what is drawn around them, notes and links."""

from engines.containers.pdfium.document import PdfDocument
from engines.containers.pdfium.page import Bounds, DrawnPath, Font, Note, PdfPage, TextRun

__all__ = ["Bounds", "DrawnPath", "Font", "Note", "PdfDocument", "PdfPage", "TextRun"]
