"""E-books in FictionBook 2: its elements are nearly those of HTML."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from html import escape

from engines.build.assemble import one_page
from engines.build.images import ImageStore
from engines.containers.ooxml import Element, attribute, child, descendants, local_name
from engines.containers.zip import Archive, xml_of
from engines.context import Context, Source
from engines.document import Document, Picture
from engines.errors import Code, DocumentError
from engines.formats.markup import document_of_html, heading_html
from engines.formats.text import read_bytes
from engines.parameters import ParseParameters

MEDIA_TYPE = "application/x-fictionbook+xml"
SAME = frozenset(("p", "sub", "sup", "strong", "code", "table", "tr"))
TAGS = {
    "emphasis": "em", "strikethrough": "s", "cite": "blockquote", "epigraph": "blockquote", "annotation": "blockquote",
    "stanza": "p", "text-author": "p", "date": "p", "poem": "div",
}  # fmt: skip
CELLS = frozenset(("td", "th"))
DEEPEST = 100


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an e-book, packed or not.

    Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, NO_DATA_FOUND_IN_FILE, and as `one_page` does.
    """
    one_page(parameters, context)
    root = xml_of(content_of(source))
    image_store = ImageStore(parameters)
    binaries = {attribute(one, "id"): one for one in descendants(root, "binary")}

    def find(address: str, _alt: str) -> Picture | None:
        binary = binaries.get(address.removeprefix("#"))
        if binary is None:
            return None
        try:
            content = base64.b64decode(binary.text or "")
        except binascii.Error:
            content = b"-"  # no picture, as the store of images will find
        return image_store.picture(content, 1)

    return document_of_html("".join(book(root)), MEDIA_TYPE, parameters, image_store, find)


def content_of(source: Source) -> bytes:
    """The bytes of a book, which may stand alone in an archive. Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE."""
    data = read_bytes(source)
    if not data.startswith(b"PK"):
        return data
    with Archive(source.path) as archive:
        name = next((one for one in archive.names if one.lower().endswith(".fb2")), "")
        content = archive.required(name)
    if content is None:
        raise DocumentError(Code.FILE_IS_BROKEN, "no book in the archive")
    return content


def book(root: Element) -> Iterator[str]:
    """A book as HTML: its title, its text, and behind it the notes that it refers to."""
    facts = child(root, "description", "title-info")
    title = child(facts, "book-title")
    if title is not None:
        yield heading_html(1, escape(text_of(title)))
    for author in () if facts is None else facts:
        if local_name(author) == "author":
            names = (
                text_of(one)
                for one in author
                if local_name(one) in ("first-name", "middle-name", "last-name", "nickname")
            )
            yield f"<p>{escape(' '.join(filter(None, names)))}</p>"
    annotation = child(facts, "annotation")
    if annotation is not None:
        yield block(annotation, 1)
    for body in root:
        if local_name(body) == "body":
            yield notes(body) if attribute(body, "name") in ("notes", "comments", "footnotes") else children(body, 1)


def notes(body: Element) -> str:
    """Notes, each with the name that their marks lead to."""
    parts = (
        f'<aside id="{escape(attribute(one, "id"))}">{children(one, 2, without_title=True)}</aside>'
        for one in descendants(body, "section")
    )
    return "".join(parts)


def children(element: Element, depth: int, *, without_title: bool = False) -> str:
    """What is in an element, as HTML; sections of it stand so deep."""
    parts = [escape(element.text or "")]
    for one in element:
        if not (without_title and local_name(one) == "title") and depth < DEEPEST:
            parts.append(block(one, depth))
        parts.append(escape(one.tail or ""))
    return "".join(parts)


def block(element: Element, depth: int) -> str:
    """An element as HTML."""
    tag = local_name(element)
    if tag == "section":
        return f"<div>{children(element, depth + 1)}</div>"
    inside = children(element, depth)
    if tag == "title":
        return heading_html(depth, inside.replace("<p>", "").replace("</p>", " "))
    if tag == "a":
        kind = ' epub:type="noteref"' if attribute(element, "type") == "note" else ""
        return f'<a{kind} href="{escape(attribute(element, "href"))}">{inside}</a>'
    if tag == "image":
        return f'<img src="{escape(attribute(element, "href"))}" alt="{escape(attribute(element, "alt"))}">'
    return tagged(element, tag, inside)


def tagged(element: Element, tag: str, inside: str) -> str:
    """An element that HTML has too, or has under another name."""
    if tag in CELLS:
        spans = "".join(
            f' {name}="{escape(value)}"' for name in ("colspan", "rowspan") if (value := attribute(element, name))
        )
        return f"<{tag}{spans}>{inside}</{tag}>"
    if tag == "subtitle":
        return f"<p><b>{inside}</b></p>"
    if tag == "v":
        return f"{inside}<br>"
    name = tag if tag in SAME else TAGS.get(tag, "")
    return f"<{name}>{inside}</{name}>" if name else inside


def text_of(element: Element) -> str:
    """The characters of an element, blanks once."""
    return " ".join("".join(map(str, element.itertext())).split())
