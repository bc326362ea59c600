"""Charts that are nothing but pixels: a model that sees reads their numbers, and without one it is said where they may be."""

from __future__ import annotations

from engines.context import Context
from engines.document import Document, ItemKind, Notice
from engines.errors import SENTENCES, Code
from engines.llm import figures
from engines.parameters import ParseParameters, wants_chart_data

PIXELS = ("application/pdf", "image/")
"""How the media types of documents begin that hold no numbers behind their charts."""


def tell_of_pictures(document: Document, parameters: ParseParameters, context: Context) -> None:
    """Have charts told as tables, or leave a warning for each page with a picture, where charts were to be read."""
    if not wants_chart_data(parameters) or not document.media_type.startswith(PIXELS):
        return
    is_looked_at = figures.can_look(context)
    left = figures.read_charts(document, parameters, context) if is_looked_at else set()
    for page in document.pages:
        if is_looked_at and page.number not in left:
            continue
        if page.images or any(item.kind is ItemKind.IMAGE for item in page.items):
            document.warnings.append(Notice(Code.CHART_NEEDS_LLM, SENTENCES[Code.CHART_NEEDS_LLM], page.number))
