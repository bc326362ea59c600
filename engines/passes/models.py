"""What a language model makes of the pages, where the job asks for one and there is one."""

from __future__ import annotations

from engines.context import Context
from engines.document import Document
from engines.llm.blocks import rebuild_blocks
from engines.llm.documents import rebuild_document
from engines.llm.pages import rebuild_pages
from engines.parameters import ParseParameters, ParsingMode
from engines.parameters.model_use import rebuilds
from engines.parameters.modes import DOCUMENT
from engines.render.pages import is_spreadsheet


def rebuild(document: Document, parameters: ParseParameters, context: Context) -> None:
    """Have the pages rebuilt; sheets have a pipeline of their own in every mode."""
    if context.model is None or is_spreadsheet(document) or not rebuilds(parameters):
        return
    if parameters.parse_mode in DOCUMENT:
        rebuild_document(document, parameters, context)
    elif parameters.parse_mode is ParsingMode.PARSE_PAGE_WITH_LAYOUT_AGENT:
        rebuild_blocks(document, parameters, context)
    else:
        rebuild_pages(document, parameters, context)
