"""One document, read: by the parser of its format, or from the pictures of its pages where the job wants only these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from engines import auto_mode, passes
from engines.amplification import allowed
from engines.context import Context, Source
from engines.document import Document, Notice
from engines.errors import Code, DocumentError
from engines.formats import pdf
from engines.formats.image.embedded import read_pictures
from engines.formats.print import output_pdf, screenshot_job
from engines.formats.print.page_images import printed
from engines.formats.registry import Format, Parser, format_for
from engines.llm import structured
from engines.llm.asking import OfEntry
from engines.parameters import ParseParameters
from engines.parameters.effective import inapplicable, not_applicable
from engines.parameters.families import Family
from engines.parameters.modes import LOOKING, resolved

PRINTABLE = frozenset({Family.WORD, Family.SLIDES, Family.WEB})
"""Documents without fixed pages that LibreOffice or Chromium can print."""


def read(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a document as the job wants it. Raises as `engines.parse` does."""
    source = hinted(source, parameters.resource_info or {})
    document_format = format_for(source, context.tools)
    whole = resolved(parameters)

    def read_with(changed: ParseParameters, /, *, may_ask: bool = True, entry: int | None = None) -> Document:
        model = context.model if may_ask else None
        if model is not None and entry is not None:
            model = OfEntry(model, entry)
        with allowed(source.path.stat().st_size):
            document = reader_of(document_format, changed)(source, changed, context)
            if document_format.family not in (Family.PDF, Family.IMAGE):
                read_pictures(document, changed, context)
            return passes.finish(document, changed, replace(context, model=model))

    is_judged = auto_mode.judges_pages(whole)
    document = (
        auto_mode.read(source, whole, read_with, has_model=context.model is not None) if is_judged else read_with(whole)
    )
    if whole.structured_output:
        structured.extract(document, whole, context)
    if whole.output_pdf_of_document:
        output_pdf.add_output_pdf(document, source, document_format.family, whole, context)
    document.parameters = whole
    has_model = context.model is not None
    document.warnings += inapplicable(parameters, document_format.family, has_model=has_model)
    if whole.annotate_revisions and document_format.family is Family.WORD and not knows_revisions(document):
        document.warnings.append(not_applicable("annotate_revisions", "pictures of pages, or no reader of this format"))
    return document


def knows_revisions(document: Document) -> bool:
    """Whether revisions were looked for: pictures of pages show none, and not every reader knows them."""
    return any(page.revisions is not None for page in document.pages)


def hinted(source: Source, info: Mapping[str, Any]) -> Source:
    """The document with what `resource_info` says of its type, where its own name says nothing.

    Of `info` the keys `file_name`, `source_url` (their extension) and `mime_type` count.
    """
    if PurePath(source.name).suffix or source.media_type:
        return source
    addresses = [str(info.get(name) or "").partition("?")[0] for name in ("file_name", "source_url")]
    suffix = next((PurePath(one).suffix for one in addresses if PurePath(one).suffix), "")
    media_type = str(info.get("mime_type") or "") or None
    return replace(source, name=source.name + suffix, media_type=media_type)


def reader_of(document_format: Format, parameters: ParseParameters) -> Parser:
    """Who reads a document of this format for such a job."""
    if parameters.internal_is_screenshot_job and document_format.family in screenshot_job.FAMILIES:
        return screenshot_job.parse
    if parameters.parse_mode in LOOKING and document_format.family in PRINTABLE:
        return looking(document_format.parse)
    return document_format.parse


def looking(parse: Parser) -> Parser:
    """Reads the pictures of a printed document; where it cannot be printed here, the document itself, and says so."""

    def parse_printed(source: Source, parameters: ParseParameters, context: Context) -> Document:
        try:
            with printed(source, parameters, context) as content:
                return pdf.parse_content(content, parameters, context)
        except DocumentError as error:
            if error.code not in (Code.LIBREOFFICE_UNAVAILABLE, Code.CHROMIUM_UNAVAILABLE, Code.CONVERSION_FAILED):
                raise
            document = parse(source, parameters, context)
            document.warnings.append(Notice(error.code, error.message))
            document.degraded |= error.code is not Code.CONVERSION_FAILED
            return document

    return parse_printed
