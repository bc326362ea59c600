"""Mails as they are sent (EML): RFC 5322 and MIME, read by the standard library."""

from __future__ import annotations

import email
import email.policy
import functools
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from pathlib import PurePath

from engines.build.assemble import one_page
from engines.build.images import ImageStore
from engines.build.page_builder import one_line
from engines.containers.encoding import decode, decode_markup
from engines.context import Context, Source
from engines.document import Document
from engines.errors import Code, DocumentError
from engines.formats.mail import mail_document
from engines.parameters import ParseParameters
from engines.salvage import Losses

SURROGATES = re.compile("[\udc80-\udcff]")
"""Bytes that the standard library could not read as text."""
MISWRITTEN = (ValueError, IndexError, TypeError, AttributeError, LookupError)
"""What the standard library raises for headers that keep no rule; such a header is then shown as it is written."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a mail (EML).

    Raises DocumentError: FILE_IS_BROKEN for a file without a header, NO_DATA_FOUND_IN_FILE, and as `one_page` does.
    """
    one_page(parameters, context)
    with source.path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the default policy makes no other
    if not message.keys():
        raise DocumentError(Code.FILE_IS_BROKEN, "no headers")
    image_store = ImageStore(parameters)
    return mail_document(InternetMail(message, image_store.losses), "message/rfc822", parameters, image_store)


class InternetMail:
    """A mail of parts in parts, which count from 0 in the order in which they stand in the file."""

    def __init__(self, message: EmailMessage, losses: Losses) -> None:
        self.message = message
        self.losses = losses

    def header(self, name: str) -> str:
        """See `Mail`."""
        return header_text(self.message, name)

    def html(self) -> str:
        """See `Mail`."""
        part = self._body_part("text/html")
        return decode_markup(payload(part), part.get_content_charset()) if part is not None else ""

    def plain(self) -> str:
        """See `Mail`."""
        part = self._body_part("text/plain")
        return decode(payload(part), part.get_content_charset()) if part is not None else ""

    def content(self, content_id: str) -> bytes | None:
        """See `Mail`."""
        part = self._parts_by_id.get(content_id)
        return payload(part) if part is not None else None

    def attachments(self) -> Iterator[str]:
        """See `Mail`; what is attached to a mail inside the mail is listed too."""
        for number, part in enumerate(self.message.walk()):
            name = ""
            with self.losses.part(f"part {number} of the mail", 1):
                name = mime_attachment_name(part) if part is not self.message else ""
            if name:
                yield name

    def _body_part(self, media_type: str) -> EmailMessage | None:
        """The first part of a media type that is not attached."""
        for number, part in enumerate(self.message.walk()):
            with self.losses.part(f"part {number} of the mail", 1):
                is_attached = part.get_content_disposition() == "attachment"
                if part.get_content_type() == media_type and not is_attached and isinstance(part, EmailMessage):
                    return part
        return None

    @functools.cached_property
    def _parts_by_id(self) -> dict[str, Message]:
        parts: dict[str, Message] = {}
        for number, part in enumerate(self.message.walk()):
            with self.losses.part(f"part {number} of the mail", 1):
                if identity := str(part.get("Content-ID") or ""):
                    parts[identity.strip(" <>")] = part
        return parts


def header_text(message: EmailMessage, name: str) -> str:
    """The text of a header on one line, its encoded words decoded (RFC 2047); empty when there is none."""
    try:
        text = str(message.get(name) or "")
    except MISWRITTEN:
        text = next((str(text) for key, text in message.raw_items() if key.lower() == name.lower()), "")
    return one_line(readable_header(text))


def readable_header(text: str) -> str:
    """A header whose bytes above 127, which it may not have, are read in their most likely encoding."""
    return text if text.isascii() or not SURROGATES.search(text) else decode(text.encode("utf-8", "surrogateescape"))


def payload(part: Message) -> bytes:
    """The bytes of a part, its transfer encoding undone; empty for one that holds other parts."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def mime_attachment_name(part: Message) -> str:
    """The name of what is attached, without folders; empty for a part that is no attachment."""
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        return ""
    name = part.get_filename()
    if name:
        return PurePath(readable_header(name)).name
    return f"unnamed ({part.get_content_type()})" if part.get_content_disposition() == "attachment" else ""
