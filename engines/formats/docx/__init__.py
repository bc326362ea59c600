"""Word documents (OOXML): the parts of the file brought together; engines/formats/docx/body.py reads the body."""

from __future__ import annotations

from typing import NamedTuple

from engines.build.assemble import chosen, document_of
from engines.build.images import ImageStore
from engines.build.revisions import put_on_pages
from engines.containers.ooxml import Element, attribute, child, is_on, local_name, points_in
from engines.containers.zip import Archive, relations
from engines.context import Context, Source
from engines.document import Document, Item, Page
from engines.errors import Code, DocumentError
from engines.formats.docx.body import Body, Section
from engines.formats.docx.notes import Notes
from engines.formats.docx.paper import are_unknown, asks_for_pages, note_pages
from engines.formats.docx.parts import Parts, document_parts, main_part
from engines.formats.docx.watermarks import add_watermarks
from engines.parameters import ParseParameters
from engines.salvage import Losses

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a Word document; how it is divided into pages is told in engines/formats/docx/body.py.

    Raises DocumentError: FILE_IS_BROKEN, FILE_IS_PROTECTED, DOCUMENT_TOO_LARGE, NO_DATA_FOUND_IN_FILE, TOO_MANY_PAGES.
    """
    losses = Losses()
    with Archive(source.path, losses) as archive:
        pages = read_pages(archive, ImageStore(parameters, losses), parameters)
        if asks_for_pages(parameters) and are_unknown((text := text_of(archive))[0], pages):
            notice = note_pages(*text, source, context)
            if notice is None:
                losses = archive.losses = Losses()
                pages = read_pages(archive, ImageStore(parameters, losses), parameters, text)
            else:
                losses.warnings.append(notice)
    chosen_pages, total = chosen(pages, parameters, context)
    return document_of(chosen_pages, MEDIA_TYPE, total, losses=losses)


def text_of(archive: Archive) -> tuple[Element, Element]:
    """The root of the part with the text, and its body. Raises DocumentError: FILE_IS_BROKEN."""
    root = archive.required_xml(main_part(archive))
    body = child(root, "body")
    if root is None or body is None:
        raise DocumentError(Code.FILE_IS_BROKEN, "no body")
    return root, body


def read_pages(
    archive: Archive, image_store: ImageStore, parameters: ParseParameters, text: tuple[Element, Element] | None = None
) -> list[Page]:
    """All pages of a document; `text` is its text (as of `text_of`) where that has been changed."""
    root, content = text_of(archive) if text is None else text
    with_changes = bool(parameters.annotate_revisions)
    parts = document_parts(archive, main_part(archive), root, image_store, with_changes=with_changes)
    body = Body(parts)
    body.read(content)
    titles = [dress(section, body.pages, archive, parts) for section in body.sections]
    add_watermarks(body.sections, body.pages, archive, parts)
    if parts.revisions is not None:
        put_on_pages(with_titles(body, titles), image_store.losses)
        if body.pages:
            body.pages[-1].revisions = [*(body.pages[-1].revisions or ()), *parts.revisions.homeless()]
        for page in body.pages:
            page.revisions = page.revisions or ([] if with_changes else None)
    return body.pages


class Title(NamedTuple):
    """A header or footer: the name of its part, empty when there is none, and what stands in it."""

    part: str
    items: list[Item]

    @property
    def text(self) -> str:
        """Its text, a line for each block."""
        return "\n".join(item.text for item in self.items if item.text)


def dress(section: Section, pages: list[Page], archive: Archive, parts: Parts) -> tuple[Title, Title]:
    """Give the pages of a section their size in points and their running titles, which are returned; what it does not say stays."""
    size = child(section.properties, "pgSz")
    header = running_title(section, "headerReference", archive, parts)
    footer = running_title(section, "footerReference", archive, parts)
    for page in pages:
        if section.first_page <= page.number <= section.last_page:
            page.width = points_in(attribute(size, "w"), page.width)
            page.height = points_in(attribute(size, "h"), page.height)
            page.header = header.text or page.header
            page.footer = footer.text or page.footer
    return header, footer


def running_title(section: Section, tag: str, archive: Archive, parts: Parts) -> Title:
    """A section's header or footer, of the kind that most of its pages carry.

    `tag` is `headerReference` or `footerReference`.
    """
    references = {attribute(one, "type"): attribute(one, "id") for one in section.properties if local_name(one) == tag}
    single = section.first_page == section.last_page and is_on(section.properties, "titlePg")
    part = parts.target(references.get("first" if single else "default", ""))
    root = archive.referred_xml(part, section.first_page)
    if root is None:
        return Title("", [])
    related = relations(archive, part)
    inner = Parts(archive, related, parts.styles, parts.numbering, Notes(), parts.image_store, parts.revisions)
    body = Body(inner, is_cell=True)
    body.blocks(root)
    return Title(part, body.builder.page(section.first_page).items)


def with_titles(body: Body, titles: list[tuple[Title, Title]]) -> list[tuple[Page, list[Item]]]:
    """The pages with all that stands on them; a title that many pages carry stands on the first of these."""
    above: dict[int, list[Item]] = {}
    below: dict[int, list[Item]] = {}
    read: set[str] = set()
    for section, (header, footer) in zip(body.sections, titles, strict=True):
        for title, place in ((header, above), (footer, below)):
            if title.part not in read:
                place.setdefault(section.first_page, []).extend(title.items)
                read.add(title.part)
    return [(page, [*above.get(page.number, ()), *page.items, *below.get(page.number, ())]) for page in body.pages]
