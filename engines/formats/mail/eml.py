"""Mails as they are sent (EML): RFC 5322 and MIME, read by the standard library."""

from __future__ import annotations

import codecs
import email
import email.policy
import functools
from collections.abc import Iterable, Iterator
from email.message import EmailMessage, Message

from engines.build.assemble import one_page
from engines.build.images import ImageStore
from engines.containers.encoding import unmarked_utf16
from engines.context import Context, Source
from engines.document import Document
from engines.errors import Code, DocumentError
from engines.formats.mail import Mail, MailText, mail_document
from engines.formats.mail.headers import header_text
from engines.formats.mail.mime import MimeTree, own_parts, payload
from engines.parameters import ParseParameters
from engines.salvage import Losses

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a mail (EML).

    Raises DocumentError: FILE_IS_BROKEN for a file without a header, NO_DATA_FOUND_IN_FILE, and as `one_page` does.
    """
    one_page(parameters, context)
    message = message_of(source.path.read_bytes())
    if not message.keys():
        raise DocumentError(Code.FILE_IS_BROKEN, "no headers")
    image_store = ImageStore(parameters)
    return mail_document(InternetMail(message, image_store.losses), "message/rfc822", parameters, image_store)


def message_of(data: bytes) -> EmailMessage:
    """A mail from the bytes of its file, which programs may have saved as Unicode text."""
    wide = MARKS.get(data[:3], MARKS.get(data[:2])) or unmarked_utf16(data)
    data = data.decode(wide, "replace").encode() if wide else data
    message = email.message_from_bytes(data.lstrip(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the default policy makes no other
    if wide:
        for part in message.walk():
            declared_as_utf8(part)
    return message


def declared_as_utf8(part: Message) -> None:
    """Let a part that was sent as it is declare the encoding that it is in by now."""
    is_bare = str(part.get("Content-Transfer-Encoding") or "8bit").lower() in ("7bit", "8bit", "binary")
    if is_bare and part.get_content_maintype() == "text":
        part.set_param("charset", "utf-8")


class InternetMail:
    """A mail of parts in parts, which count from 1 in the order in which they stand in the file."""

    def __init__(self, message: EmailMessage, losses: Losses) -> None:
        self.message = message
        self.losses = losses

    def header(self, name: str) -> str:
        """See `Mail`."""
        return header_text(self.message, name)

    def parts(self) -> Iterator[MailText | Mail]:
        """See `Mail`."""
        for part in self._tree.shown:
            yield part if isinstance(part, MailText) else InternetMail(part, self.losses)

    def content(self, content_id: str) -> bytes | None:
        """See `Mail`."""
        part = self._parts_by_id.get(content_id)
        return payload(part) if part is not None else None

    def attachments(self, shown: Iterable[str]) -> Iterator[str]:
        """See `Mail`."""
        gone = {id(part) for one in shown if (part := self._parts_by_id.get(one)) is not None}
        return (name for part, name in self._tree.attached if part is None or id(part) not in gone)

    @functools.cached_property
    def _tree(self) -> MimeTree:
        return MimeTree(self.message, self.losses)

    @functools.cached_property
    def _parts_by_id(self) -> dict[str, Message]:
        """Parts by their ids, and by the addresses that stand for them (RFC 2557)."""
        parts: dict[str, Message] = {}
        for number, part in enumerate(own_parts(self.message), 1):
            with self.losses.part(f"part {number} of the mail", 1):
                if place := str(part.get("Content-Location") or "").strip():
                    parts.setdefault(place, part)
                if identity := str(part.get("Content-ID") or ""):
                    parts[identity.strip(" <>")] = part
        return parts
