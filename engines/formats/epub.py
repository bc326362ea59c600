"""E-books in EPUB: a page for each chapter, that is each document of the book's reading order."""

from __future__ import annotations

from collections.abc import Iterator

from engines.build.assemble import chosen, document_of
from engines.build.images import ImageStore
from engines.build.page_builder import PageBuilder
from engines.containers.encoding import decode_markup
from engines.containers.ooxml import Element, attribute, descendants
from engines.containers.zip import Archive, beside
from engines.context import Context, Source
from engines.document import Document, Page, Picture
from engines.errors import Code, DocumentError
from engines.formats.html import view_of
from engines.formats.html.walker import Walker
from engines.parameters import ParseParameters

FONT_DISGUISES = frozenset(("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"))
"""Encryption that hides fonts only; any other hides the text."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an e-book.

    Raises DocumentError: FILE_IS_BROKEN, FILE_IS_PROTECTED, DOCUMENT_TOO_LARGE, NO_DATA_FOUND_IN_FILE, TOO_MANY_PAGES.
    """
    image_store = ImageStore(parameters)
    with Archive(source.path, image_store.losses) as archive:
        check_readable(archive)
        package = package_name(archive)
        root = archive.required_xml(package)
        if root is None:
            raise DocumentError(Code.FILE_IS_BROKEN, "no package document")
        pages, total = chosen(chapters(archive, package, root, parameters, image_store), parameters, context)
        titles = [one.text or "" for one in descendants(root, "title")]
    title = {"title": titles[0]} if titles else None
    return document_of(pages, "application/epub+zip", total, title, losses=image_store.losses)


def check_readable(archive: Archive) -> None:
    """Look whether the text is encrypted. Raises DocumentError: FILE_IS_PROTECTED."""
    root = archive.xml("META-INF/encryption.xml")
    for one in () if root is None else descendants(root, "EncryptionMethod"):
        if attribute(one, "Algorithm") not in FONT_DISGUISES:
            raise DocumentError(Code.FILE_IS_PROTECTED)


def package_name(archive: Archive) -> str:
    """The part that lists what is in the book. Raises DocumentError: FILE_IS_BROKEN."""
    root = archive.required_xml("META-INF/container.xml")
    for one in () if root is None else descendants(root, "rootfile"):
        if attribute(one, "full-path"):
            return attribute(one, "full-path")
    raise DocumentError(Code.FILE_IS_BROKEN, "no container")


def chapters(
    archive: Archive, package: str, root: Element, parameters: ParseParameters, image_store: ImageStore
) -> Iterator[Page]:
    """The chapters that have any content, as pages counted from 1."""
    items = {attribute(one, "id"): one for one in descendants(root, "item")}
    number = 1
    ids = dict.fromkeys(attribute(reference, "idref") for reference in descendants(root, "itemref"))
    for name in ids:  # each once, as the format has it: a small book may not become an endless one
        item = items.get(name)
        part = beside(package, attribute(item, "href"))
        data = archive.referred(part, number)
        if data is None or "nav" in attribute(item, "properties").split():
            continue
        builder = PageBuilder()
        with image_store.losses.part(part, number):
            Walker(builder, view_of(parameters), EpubImages(archive, part, number, image_store).find).walk(
                decode_markup(data)
            )
        if not builder.is_empty:
            yield builder.page(number)
            number += 1


class EpubImages:
    """The pictures of a book, as one chapter refers to them."""

    def __init__(self, archive: Archive, part: str, number: int, image_store: ImageStore) -> None:
        self.archive = archive
        self.part = part
        self.number = number
        self.image_store = image_store

    def find(self, address: str, _alt: str) -> Picture | None:
        """The picture at an address; None when it is not in the book."""
        is_inside = address and ":" not in address
        content = self.archive.referred(beside(self.part, address), self.number) if is_inside else None
        return self.image_store.picture(content, self.number) if content else None
