"""Mails: who wrote what to whom and when, the text in its richest form, and the names of what is attached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from engines.build.assemble import document_of
from engines.build.images import ImageStore
from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.document import Document, Picture
from engines.errors import Code
from engines.formats.html import inline_pictures, view_of
from engines.formats.html.walker import Pictures, Walker
from engines.parameters import ParseParameters

HEADERS = ("From", "To", "Cc", "Subject", "Date")
"""The headers shown, in this order."""


class Mail(Protocol):
    """A mail, however its file is built. What is damaged of it is noted as lost and given as empty."""

    def header(self, name: str) -> str:
        """The text of a header on one line; empty when there is none."""

    def html(self) -> str:
        """The HTML of the text; empty when there is none."""

    def plain(self) -> str:
        """The plain text, its paragraphs apart by an empty line; empty when there is none."""

    def content(self, content_id: str) -> bytes | None:
        """What the mail carries for its own HTML under an id (without brackets, RFC 2392); None when it carries no such."""

    def attachments(self) -> Iterator[str]:
        """The names of what is attached, without folders."""


def mail_document(mail: Mail, media_type: str, parameters: ParseParameters, image_store: ImageStore) -> Document:
    """A mail as a document of one page, with warnings of what `image_store` notes as lost.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE for a mail that shows nothing, or what was wrong with the part lost first.
    """
    builder = PageBuilder()
    headers = {name: text for name in HEADERS if (text := mail.header(name))}
    builder.facts(list(headers.items()))
    add_body(builder, mail, parameters, image_store)
    add_attachments(builder, list(mail.attachments()))
    return document_of(
        [builder.page(1)], media_type, 1, {"title": headers.get("Subject", "")}, losses=image_store.losses
    )


def add_body(builder: PageBuilder, mail: Mail, parameters: ParseParameters, image_store: ImageStore) -> None:
    """Add the text of a mail: its HTML, and where that shows nothing, its plain text."""
    before = len(builder.items)
    with image_store.losses.part("the HTML of the mail", 1):
        if markup := mail.html():
            Walker(builder, view_of(parameters), mail_pictures(mail, image_store)).walk(markup)
    if len(builder.items) == before:
        with image_store.losses.part("the plain text of the mail", 1):
            for paragraph in mail.plain().replace("\r\n", "\n").split("\n\n"):
                builder.paragraph([InlineRun(paragraph)])


def mail_pictures(mail: Mail, image_store: ImageStore) -> Pictures:
    """Find pictures that a mail carries for its own text, by their content id, and those in addresses.

    Each is read once, however often the text shows it, and a damaged one costs nothing but itself.
    """
    inside = inline_pictures(image_store)
    read: dict[str, bytes] = {}

    def find(address: str, alt: str) -> Picture | None:
        content_id = address.removeprefix("cid:")
        if content_id not in read:
            content: bytes | None = b""
            with image_store.losses.part(f"the picture {content_id[:100]} of the mail", 1, Code.IMAGE_UNREADABLE):
                content = mail.content(content_id)
            if content is None:
                return inside(address, alt)
            read[content_id] = content
        return image_store.picture(read[content_id], 1) if read[content_id] else None

    return find


def add_attachments(builder: PageBuilder, names: list[str]) -> None:
    """Add the names of what is attached as a list."""
    if names:
        builder.paragraph([InlineRun("Attachments:", bold=True)])
        for name in names:
            builder.entry([InlineRun(name)], 1, "-", ordered=False)
