"""What a mode leaves out of the result: no Markdown without a model, no text where only the picture of a page counts."""

from __future__ import annotations

from engines.context import Context
from engines.document import Document
from engines.parameters import ParseParameters, ParsingMode
from engines.parameters.modes import LOOKING
from engines.render.pages import is_spreadsheet


def leave_out(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Drop what the mode does not give; sheets have a pipeline of their own in every mode."""
    if is_spreadsheet(document):
        return
    if parameters.parse_mode is ParsingMode.PARSE_PAGE_WITHOUT_LLM:
        for page in document.pages:
            page.items, page.markdown = [], ""
    elif parameters.parse_mode in LOOKING:
        for page in document.pages:
            page.text = page.text if page.error else ""  # it may have to stand for the page
