"""Word documents (OOXML): the parts of the file brought together; engines/formats/docx/body.py reads the body."""

from __future__ import annotations

from engines.build.assemble import chosen, document_of
from engines.build.images import ImageStore
from engines.containers.ooxml import Element, attribute, child, is_on, local_name, points_in
from engines.containers.zip import Archive, relations
from engines.context import Context, Source
from engines.document import Document, Page
from engines.errors import Code, DocumentError
from engines.formats.docx.body import Body, Parts, Section
from engines.formats.docx.styles import DocxStyles, Numbering
from engines.parameters import ParseParameters

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a Word document; how it is divided into pages is told in engines/formats/docx/body.py.

    Raises DocumentError: FILE_IS_BROKEN, FILE_IS_PROTECTED, DOCUMENT_TOO_LARGE, NO_DATA_FOUND_IN_FILE, TOO_MANY_PAGES.
    """
    image_store = ImageStore(parameters)
    with Archive(source.path, image_store.losses) as archive:
        main = main_part(archive)
        root = archive.required_xml(main)
        content = child(root, "body")
        if content is None:
            raise DocumentError(Code.FILE_IS_BROKEN, "no body")
        parts = document_parts(archive, main, image_store)
        body = Body(parts)
        body.read(content)
        for section in body.sections:
            dress(section, body.pages, archive, parts)
    pages, total = chosen(body.pages, parameters, context)
    return document_of(pages, MEDIA_TYPE, total, losses=image_store.losses)


def main_part(archive: Archive) -> str:
    """The name of the part that holds the text."""
    targets = (one.target for one in relations(archive, "").values() if one.kind == "officeDocument")
    return next(targets, "word/document.xml")


def document_parts(archive: Archive, main: str, image_store: ImageStore) -> Parts:
    """What the body refers to."""
    related = relations(archive, main)
    by_kind = {one.kind: one.target for one in related.values()}

    def part(kind: str) -> Element | None:
        return archive.referred_xml(by_kind.get(kind, ""))

    styles = DocxStyles(part("styles"))
    notes = {
        f"{kind} {attribute(one, 'id')}": one
        for kind in ("footnote", "endnote")
        for one in children(part(f"{kind}s"))
        if attribute(one, "type") in ("", "normal")
    }
    return Parts(archive, related, styles, Numbering(part("numbering"), styles), notes, image_store)


def children(root: Element | None) -> list[Element]:
    """The children of a part that may be missing."""
    return [] if root is None else list(root)


def dress(section: Section, pages: list[Page], archive: Archive, parts: Parts) -> None:
    """Give the pages of a section their size in points and their running titles; what it does not say stays."""
    size = child(section.properties, "pgSz")
    header = running_title(section, "headerReference", archive, parts)
    footer = running_title(section, "footerReference", archive, parts)
    for page in pages:
        if section.first_page <= page.number <= section.last_page:
            page.width = points_in(attribute(size, "w"), page.width)
            page.height = points_in(attribute(size, "h"), page.height)
            page.header = header or page.header
            page.footer = footer or page.footer


def running_title(section: Section, tag: str, archive: Archive, parts: Parts) -> str:
    """The text of a section's header or footer, of the kind that most of its pages carry; empty when it has none.

    `tag` is `headerReference` or `footerReference`.
    """
    references = {attribute(one, "type"): attribute(one, "id") for one in section.properties if local_name(one) == tag}
    single = section.first_page == section.last_page and is_on(section.properties, "titlePg")
    part = parts.target(references.get("first" if single else "default", ""))
    root = archive.referred_xml(part, section.first_page)
    if root is None:
        return ""
    inner = Parts(archive, relations(archive, part), parts.styles, parts.numbering, {}, parts.image_store)
    body = Body(inner, is_cell=True)
    body.blocks(root)
    return "\n".join(item.text for item in body.builder.items if item.text)
