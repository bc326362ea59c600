"""What a language model makes of the pages, where the job asks for one and there is one."""

from __future__ import annotations

from engines.context import Context
from engines.document import Document
from engines.llm.documents import rebuild_document
from engines.llm.pages import rebuild_pages
from engines.parameters import ParseParameters
from engines.parameters.model_use import rebuilds
from engines.parameters.modes import DOCUMENT
from engines.render.pages import is_spreadsheet


def rebuild(document: Document, parameters: ParseParameters, context: Context) -> None:
    """Have the pages rebuilt; sheets have a pipeline of their own in every mode."""
    if context.model is None or is_spreadsheet(document) or not rebuilds(parameters):
        return
    rebuild_all = rebuild_document if parameters.parse_mode in DOCUMENT else rebuild_pages
    rebuild_all(document, parameters, context)
