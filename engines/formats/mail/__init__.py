"""Mails: who wrote what to whom and when, all that they show in its order, and the names of what is attached.

A mail inside a mail (one that was forwarded, those of a digest) follows as a part of its own, under a heading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
DEEPEST = 12
"""Mails inside of mails that are read; those that stand deeper are noted as lost."""


@dataclass(frozen=True, slots=True)
class MailText:
    """A text of a mail in the forms that it comes in, its paragraphs apart by an empty line; empty where it has no such form."""

    html: str = ""
    plain: str = ""


class Mail(Protocol):
    """A mail, however its file is built. What is damaged of it is noted as lost and given as empty."""

    def header(self, name: str) -> str:
        """The text of a header on one line; empty when there is none."""

    def parts(self) -> Iterator[MailText | Mail]:
        """What it shows in its order: texts, and mails that are inside of it."""

    def content(self, content_id: str) -> bytes | None:
        """What the mail carries for its own HTML under an id (without brackets, RFC 2392); None when it carries no such."""

    def attachments(self, shown: Iterable[str]) -> Iterator[str]:
        """The names of what is attached, without folders, and without those that its HTML has `shown` by their ids."""


def mail_document(mail: Mail, media_type: str, parameters: ParseParameters, image_store: ImageStore) -> Document:
    """A mail as a document of one page, with warnings of what `image_store` notes as lost.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE for a mail that shows nothing, or what was wrong with the part lost first.
    """
    builder = PageBuilder()
    MailReader(builder, parameters, image_store).add(mail)
    metadata = {"title": mail.header("Subject")}
    return document_of([builder.page(1)], media_type, 1, metadata, losses=image_store.losses)


class MailReader:
    """Adds mails to a page, whose number counts from 1."""

    def __init__(
        self, builder: PageBuilder, parameters: ParseParameters, image_store: ImageStore, page: int = 1
    ) -> None:
        self.builder = builder
        self.parameters = parameters
        self.image_store = image_store
        self.page = page

    def add(self, mail: Mail, depth: int = 0) -> None:
        """Add a mail that stands so deep in others. Raises DocumentError: OUTPUT_TOO_LARGE."""
        if depth > DEEPEST:
            self.image_store.losses.note("a mail inside of too many others", self.page)
            return
        headers = {name: text for name in HEADERS if (text := mail.header(name))}
        if depth:
            self.builder.heading(depth + 1, [InlineRun(headers.get("Subject") or "Forwarded message")])
        self.builder.facts(list(headers.items()))
        shown: set[str] = set()
        for part in mail.parts():
            if isinstance(part, MailText):
                self._text(part, mail, shown)
            else:
                self.add(part, depth + 1)
        add_attachments(self.builder, list(mail.attachments(shown)))

    def _text(self, text: MailText, mail: Mail, shown: set[str]) -> None:
        """Add a text: its HTML, and where that shows nothing, its plain form."""
        before = len(self.builder.items)
        losses = self.image_store.losses
        with losses.part("the HTML of the mail", self.page):
            if text.html:
                pictures = mail_pictures(mail, self.image_store, self.page, shown)
                Walker(self.builder, view_of(self.parameters), pictures).walk(text.html)
        if len(self.builder.items) == before:
            with losses.part("the plain text of the mail", self.page):
                for paragraph in text.plain.replace("\r\n", "\n").split("\n\n"):
                    self.builder.paragraph([InlineRun(paragraph)])


def mail_pictures(mail: Mail, image_store: ImageStore, page: int, shown: set[str]) -> Pictures:
    """Find pictures that a mail carries for its own text, by their content id, and those in addresses.

    Each is read once, however often the text shows it, and a damaged one costs nothing but itself. The ids are noted in `shown`.
    """
    inside = inline_pictures(image_store)
    read: dict[str, bytes] = {}

    def find(address: str, alt: str) -> Picture | None:
        content_id = address.removeprefix("cid:")
        if content_id not in read:
            content: bytes | None = b""
            with image_store.losses.part(f"the picture {content_id[:100]} of the mail", page, Code.IMAGE_UNREADABLE):
                content = mail.content(content_id)
            if content is None:
                return inside(address, alt)
            read[content_id] = content
            shown.add(content_id)
        return image_store.picture(read[content_id], page) if read[content_id] else None

    return find


def add_attachments(builder: PageBuilder, names: list[str]) -> None:
    """Add the names of what is attached as a list."""
    if names:
        builder.paragraph([InlineRun("Attachments:", bold=True)])
        builder.end_list()
        for name in names:
            builder.entry([InlineRun(name)], 1, "-", ordered=False)
