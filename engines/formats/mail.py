"""Mails: who wrote what to whom and when, the text in its richest form, and the names of what is attached."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from pathlib import PurePath

from engines.build.assemble import chosen, document_of, one_page
from engines.build.images import ImageStore
from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder, one_line
from engines.build.structure import StructureReader
from engines.containers.encoding import decode, decode_markup
from engines.containers.extraction import extract
from engines.context import Context, Source
from engines.document import Document, Picture
from engines.errors import Code, DocumentError
from engines.formats.html import inline_pictures, view_of
from engines.formats.html.walker import Pictures, Walker
from engines.parameters import ParseParameters
from engines.salvage import Losses

HEADERS = ("From", "To", "Cc", "Subject", "Date")
SURROGATES = re.compile("[\udc80-\udcff]")
"""Bytes that the standard library could not read as text."""
MISWRITTEN = (ValueError, IndexError, TypeError, AttributeError, LookupError)
"""What the standard library raises for headers that keep no rule; such a header is then shown as it is written."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a mail (EML).

    Raises DocumentError: FILE_IS_BROKEN, NO_DATA_FOUND_IN_FILE.
    """
    one_page(parameters, context)
    with source.path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the default policy makes no other
    if not message.keys():
        raise DocumentError(Code.FILE_IS_BROKEN, "no headers")
    album = ImageStore(parameters)
    flow = PageBuilder()
    flow.facts([(name, text) for name in HEADERS if (text := header(message, name))])
    add_body(flow, message, parameters, album)
    add_attachments(flow, list(attachments(message, album.losses)))
    title = {"title": header(message, "Subject")}
    return document_of([flow.page(1)], "message/rfc822", 1, title, losses=album.losses)


def parse_outlook(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a mail of Outlook (MSG).

    Raises DocumentError: FILE_IS_BROKEN, FILE_IS_PROTECTED, NO_DATA_FOUND_IN_FILE.
    """
    one_page(parameters, context)
    album = ImageStore(parameters)
    extracted = extract(source.path.read_bytes(), "application/vnd.ms-outlook")
    facts = extracted.metadata.format.email if extracted.metadata.format is not None else None
    pages, _ = chosen(StructureReader(extracted, album).read()[:1], parameters, context)
    title = {"title": extracted.metadata.subject or ""}
    document = document_of(pages, "application/vnd.ms-outlook", 1, title, losses=album.losses)
    if facts is not None and facts.attachments:
        flow = PageBuilder()
        add_attachments(flow, list(facts.attachments))
        pages[0].items += flow.items
        pages[0].text += f"\n\n{flow.page(1).text}"
    return document


def header(message: EmailMessage, name: str) -> str:
    """The text of a header; empty when there is none."""
    try:
        text = str(message.get(name) or "")
    except MISWRITTEN:
        text = next((str(text) for key, text in message.raw_items() if key.lower() == name.lower()), "")
    return one_line(readable(text))


def readable(text: str) -> str:
    """A header whose bytes above 127, which it may not have, are read in their most likely encoding."""
    return text if text.isascii() or not SURROGATES.search(text) else decode(text.encode("utf-8", "surrogateescape"))


def add_body(flow: PageBuilder, message: EmailMessage, parameters: ParseParameters, album: ImageStore) -> None:
    """Add the text of a mail: its HTML, and where that shows nothing, its plain text."""
    before = len(flow.items)
    page = body_part(message, "text/html", album.losses)
    if page is not None:
        with album.losses.part("the HTML of the mail", 1):
            markup = decode_markup(payload(page), page.get_content_charset())
            Walker(flow, view_of(parameters), pictures(message, album)).walk(markup)
    plain = body_part(message, "text/plain", album.losses)
    if len(flow.items) == before and plain is not None:
        with album.losses.part("the plain text of the mail", 1):
            text = decode(payload(plain), plain.get_content_charset()).replace("\r\n", "\n")
            for paragraph in text.split("\n\n"):
                flow.paragraph([InlineRun(paragraph)])


def body_part(message: EmailMessage, kind: str, losses: Losses) -> EmailMessage | None:
    """The first part of a kind that is not attached."""
    for number, part in enumerate(message.walk()):
        with losses.part(f"part {number} of the mail", 1):
            is_attached = part.get_content_disposition() == "attachment"
            if part.get_content_type() == kind and not is_attached and isinstance(part, EmailMessage):
                return part
    return None


def payload(part: Message) -> bytes:
    """The bytes of a part."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def pictures(message: EmailMessage, album: ImageStore) -> Pictures:
    """Find pictures that a mail carries for its own text, by their content id, and those in addresses."""
    inside = inline_pictures(album)
    by_id: dict[str, Message] = {}
    for number, part in enumerate(message.walk()):
        with album.losses.part(f"part {number} of the mail", 1):
            if identity := str(part.get("Content-ID") or ""):
                by_id[identity.strip(" <>")] = part

    def find(address: str, alt: str) -> Picture | None:
        part = by_id.get(address.removeprefix("cid:"))
        if part is None:
            return inside(address, alt)
        content = payload(part)
        return album.picture(content, 1) if content else None

    return find


def attachments(message: EmailMessage, losses: Losses) -> Iterator[str]:
    """The names of what is attached; mails inside a mail go by their subject."""
    for number, part in enumerate(message.walk()):
        name = ""
        with losses.part(f"part {number} of the mail", 1):
            name = attachment_name(part) if part is not message else ""
        if name:
            yield name


def attachment_name(part: Message) -> str:
    """The name of what is attached; empty for a part that is no attachment."""
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        return ""
    name = part.get_filename()
    if name:
        return PurePath(readable(name)).name
    return f"unnamed ({part.get_content_type()})" if part.get_content_disposition() == "attachment" else ""


def add_attachments(flow: PageBuilder, names: list[str]) -> None:
    """Add the names of what is attached as a list."""
    if names:
        flow.paragraph([InlineRun("Attachments:", bold=True)])
        for name in names:
            flow.entry([InlineRun(name)], 1, "-", ordered=False)
