"""Charts that are nothing but pixels: their numbers need a model that sees, and without one it is said where they may be."""

from __future__ import annotations

from engines.context import Context
from engines.document import Document, ItemKind, Notice
from engines.errors import SENTENCES, Code
from engines.parameters import ParseParameters, wants_chart_data

PIXELS = ("application/pdf", "image/")
"""How the media types of documents begin that hold no numbers behind their charts."""


def tell_of_pictures(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Leave a warning for each page with a picture, where charts were to be read."""
    if not wants_chart_data(parameters) or not document.media_type.startswith(PIXELS):
        return
    for page in document.pages:
        if page.images or any(item.kind is ItemKind.IMAGE for item in page.items):
            document.warnings.append(Notice(Code.CHART_NEEDS_LLM, SENTENCES[Code.CHART_NEEDS_LLM], page.number))
