"""Mails that Outlook saves (MSG, MS-OXMSG): properties by number, the short ones in a table, the others a stream each.

python-oxmsg names the properties and knows the code pages. Its own reading of the file takes all streams into memory at once, and
nothing when one character or code page is unknown; so properties are read here.
"""

from __future__ import annotations

import codecs
import contextlib
import email
import email.policy
import functools
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import PurePath

from oxmsg.domain import constants as pid
from oxmsg.domain.encodings import encoding_from_codepage
from oxmsg.domain.model import (
    ATTACH_HDR_OFFSET,
    MSG_HDR_OFFSET,
    RECIP_HDR_OFFSET,
    UnrecognizedCodePageError,
    UnsupportedEncodingError,
)

from engines.amplification import spend
from engines.build.assemble import one_page
from engines.build.images import ImageStore
from engines.build.page_builder import one_line
from engines.containers.compound import CompoundStorage, opened_compound
from engines.containers.encoding import decode, decode_markup
from engines.context import Context, Source
from engines.document import Document
from engines.errors import Code, DocumentError
from engines.formats.mail import Mail, MailText, mail_document
from engines.formats.mail.headers import header_text
from engines.formats.mail.rtf import text_of_packed
from engines.parameters import ParseParameters
from engines.salvage import Losses

TABLE = "__properties_version1.0"
INNER_HDR_OFFSET = 24
"""Bytes of header before the properties of a mail inside a mail (MS-OXMSG 2.4.1.2)."""
RECIPIENT_TYPES = {"To": 1, "Cc": 2}
"""Values of PidTagRecipientType (MS-OXOMSG 2.2.3.1)."""
DISPLAYED = {"To": pid.PID_DISPLAY_TO, "Cc": pid.PID_DISPLAY_CC}
UNKNOWN_CODE_PAGE = (UnrecognizedCodePageError, UnsupportedEncodingError)
NUMBERS = {pid.PID_INTERNET_CODEPAGE, pid.PID_MESSAGE_CODEPAGE, pid.PID_RECIPIENT_TYPE}
TIMES = {pid.PID_CLIENT_SUBMIT_TIME, pid.PID_MESSAGE_DELIVERY_TIME}
"""The properties of a table that are of use here; no other is kept."""
ENTRY = struct.Struct("<HHI8s")
"""An entry of a table (MS-OXMSG 2.4.2): type, number, flags, value."""
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
"""From which times count, in tenths of a microsecond (MS-DTYP 2.3.3)."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a mail of Outlook (MSG); calendar entries and other messages of Outlook are read as mails.

    Raises DocumentError: FILE_IS_BROKEN, NO_DATA_FOUND_IN_FILE, and as `one_page` does.
    """
    one_page(parameters, context)
    image_store = ImageStore(parameters)
    with opened_compound(source.path) as root:
        mail = OutlookMail(root, image_store.losses)
        return mail_document(mail, "application/vnd.ms-outlook", parameters, image_store)


@dataclass(frozen=True, slots=True)
class PropertySet:
    """The properties of one object: the mail, a recipient, or an attachment."""

    storage: CompoundStorage
    table: Mapping[int, int | datetime]
    """Those that stand in the table itself, by number."""
    encoding: str | None
    """Of text that is not UTF-16; None when it is not known."""

    def text(self, number: int, encoding: str | None = None) -> str:
        """A property that is text; empty when there is none. `encoding` wins over that of the set.

        Raises DocumentError: FILE_IS_BROKEN for a damaged stream, OUTPUT_TOO_LARGE.
        """
        wide = self.data(number, pid.PTYP_STRING)
        narrow = self.data(number, pid.PTYP_STRING8) if wide is None else None
        spend(len(wide or narrow or b""))
        text = wide.decode("utf-16-le", "replace") if wide else decode(narrow or b"", encoding or self.encoding)
        return text.rstrip("\0")

    def data(self, number: int, kind: int = pid.PTYP_BINARY) -> bytes | None:
        """The bytes of a property that has a stream of its own (MS-OXMSG 2.4); None when there is none.

        Raises DocumentError: FILE_IS_BROKEN for a damaged stream.
        """
        return self.storage.stream(f"__substg1.0_{number:04X}{kind:04X}")

    def number(self, number: int) -> int | None:
        """A property that is a number; None when there is none."""
        value = self.table.get(number)
        return value if isinstance(value, int) else None

    def time(self, number: int) -> datetime | None:
        """A property that is a time, in UTC; None when there is none."""
        value = self.table.get(number)
        return value if isinstance(value, datetime) else None


class OutlookMail:
    """A mail as Outlook keeps it: with the headers it came with, and what Outlook knows without them."""

    def __init__(self, root: CompoundStorage, losses: Losses, table_start: int = MSG_HDR_OFFSET) -> None:
        """Raise DocumentError: FILE_IS_BROKEN for a compound file that is no mail."""
        self.losses = losses
        self.properties = property_set(root, table_start)
        self.encoding = encoding_of(self.properties.number(pid.PID_INTERNET_CODEPAGE))
        """Of the bodies."""

    def header(self, name: str) -> str:
        """See `Mail`."""
        with self.losses.part(f"the header {name} of the mail", 1):
            if name == "Subject" and (subject := self.properties.text(pid.PID_SUBJECT)):
                return one_line(subject)
            return header_text(self._transport_headers, name) or one_line(self._known(name))
        return ""

    def parts(self) -> Iterator[MailText | Mail]:
        """See `Mail`."""
        yield self._text()
        for number, attachment in self._attachments:
            inner = inner_mail(attachment)
            with self.losses.part(f"attachment {number} of the mail", 1):
                if inner is not None:
                    yield OutlookMail(inner, self.losses, INNER_HDR_OFFSET)

    def _text(self) -> MailText:
        """Its text: HTML, else plain text, else what its RTF says."""
        html = plain = ""
        with self.losses.part("the HTML of the mail", 1):
            data = self.properties.data(pid.PID_HTML)
            html = (
                decode_markup(data, self.encoding) if data else self.properties.text(pid.PID_BODY_HTML, self.encoding)
            )
        with self.losses.part("the plain text of the mail", 1):
            plain = self.properties.text(pid.PID_BODY, self.encoding)
        if not html.strip() and (packed := self._packed_text()) and (packed.html or not plain.strip()):
            return MailText(packed.html, plain or packed.plain)
        return MailText(html, plain)

    def _packed_text(self) -> MailText | None:
        """What the RTF of the mail says; None without any that can be read."""
        with self.losses.part("the RTF of the mail", 1):
            packed = self.properties.data(pid.PID_RTF_COMPRESSED)
            return text_of_packed(packed) if packed else None
        return None

    def content(self, content_id: str) -> bytes | None:
        """See `Mail`."""
        attachment = self._attachments_by_id.get(content_id)
        if attachment is None:
            return None
        return attachment.data(pid.PID_ATTACH_DATA_BINARY) or b""

    def attachments(self, shown: Iterable[str]) -> Iterator[str]:
        """See `Mail`."""
        gone = {id(one) for content_id in shown if (one := self._attachments_by_id.get(content_id)) is not None}
        for number, attachment in self._attachments:
            name = ""
            with self.losses.part(f"attachment {number} of the mail", 1):
                if id(attachment) not in gone and inner_mail(attachment) is None:
                    name = outlook_attachment_name(attachment)
            if name:
                yield name

    def _known(self, name: str) -> str:
        """What Outlook itself knows of a header."""
        properties = self.properties
        if name == "From":
            return person(
                properties.text(pid.PID_SENDER_NAME) or properties.text(pid.PID_SENT_REPRESENTING_NAME),
                properties.text(pid.PID_SENDER_SMTP_ADDRESS),
                properties.text(pid.PID_SENDER_EMAIL_ADDRESS),
                properties.text(pid.PID_SENT_REPRESENTING_EMAIL_ADDRESS),
            )
        if name == "Date":
            sent = properties.time(pid.PID_CLIENT_SUBMIT_TIME) or properties.time(pid.PID_MESSAGE_DELIVERY_TIME)
            return format_datetime(sent) if sent else ""
        if name in RECIPIENT_TYPES:
            people = [text for kind, text in self._recipients if kind == RECIPIENT_TYPES[name]]
            return ", ".join(people) or properties.text(DISPLAYED[name])
        return ""

    @functools.cached_property
    def _transport_headers(self) -> EmailMessage:
        """The headers that the mail came with; none in one that was not sent over the Internet, or when they are damaged."""
        text = ""
        with self.losses.part("the Internet headers of the mail", 1):
            text = self.properties.text(pid.PID_TRANSPORT_MESSAGE_HEADERS)
        first, _, rest = text.partition("\n")
        text = text if ":" in first else rest  # Exchange puts "Microsoft Mail Internet Headers Version 2.0" above
        message = email.message_from_string(text, policy=email.policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - the default policy makes no other
        return message

    @functools.cached_property
    def _recipients(self) -> list[tuple[int | None, str]]:
        """The type (PidTagRecipientType) of each recipient, with its name and address."""
        recipients: list[tuple[int | None, str]] = []
        for number, storage in enumerate(self.properties.storage.storages("__recip_version1.0_#"), start=1):
            with self.losses.part(f"recipient {number} of the mail", 1):
                one = property_set(storage, RECIP_HDR_OFFSET, self.properties.encoding)
                addresses = one.text(pid.PID_SMTP_ADDRESS), one.text(pid.PID_EMAIL_ADDRESS)
                recipients.append(
                    (one.number(pid.PID_RECIPIENT_TYPE), person(one.text(pid.PID_DISPLAY_NAME), *addresses))
                )
        return recipients

    @functools.cached_property
    def _attachments(self) -> list[tuple[int, PropertySet]]:
        """What is attached, counted from 1."""
        attachments: list[tuple[int, PropertySet]] = []
        for number, storage in enumerate(self.properties.storage.storages("__attach_version1.0_#"), start=1):
            with self.losses.part(f"attachment {number} of the mail", 1):
                attachments.append((number, property_set(storage, ATTACH_HDR_OFFSET, self.properties.encoding)))
        return attachments

    @functools.cached_property
    def _attachments_by_id(self) -> dict[str, PropertySet]:
        by_id: dict[str, PropertySet] = {}
        for number, attachment in self._attachments:
            with self.losses.part(f"attachment {number} of the mail", 1):
                if identity := attachment.text(pid.PID_ATTACH_CONTENT_ID):
                    by_id[identity.strip(" <>")] = attachment
        return by_id


def property_set(storage: CompoundStorage, table_start: int, encoding: str | None = None) -> PropertySet:
    """The properties of an object whose table begins after so many bytes of header (MS-OXMSG 2.4.1).

    `encoding` is that of its text where the object itself names none. Raises DocumentError: FILE_IS_BROKEN.
    """
    content = storage.stream(TABLE)
    if content is None:
        raise DocumentError(Code.FILE_IS_BROKEN, "no table of properties")
    table = dict(fixed_properties(content[table_start:]))
    own = PropertySet(storage, table, None)
    return PropertySet(storage, table, encoding_of(own.number(pid.PID_MESSAGE_CODEPAGE)) or encoding)


def fixed_properties(table: bytes) -> Iterator[tuple[int, int | datetime]]:
    """The numbers and times of a table that are of use here, by the number of their property."""
    for kind, number, _flags, value in ENTRY.iter_unpack(table[: len(table) // ENTRY.size * ENTRY.size]):
        if kind == pid.PTYP_INTEGER_32 and number in NUMBERS:
            yield number, int.from_bytes(value[:4], "little", signed=True)
        elif kind == pid.PTYP_TIME and number in TIMES:
            with contextlib.suppress(OverflowError):  # a year that no calendar has
                yield number, EPOCH + timedelta(microseconds=int.from_bytes(value, "little") // 10)


def encoding_of(code_page: int | None) -> str | None:
    """The encoding that Python has for a code page of Windows; None for none, and for one that it does not have.

    Those that Python calls by the number go first: `shift_jis` lacks what Windows added to it as 932.
    """
    if code_page is None:
        return None
    with contextlib.suppress(LookupError):
        return codecs.lookup(f"cp{code_page}").name
    with contextlib.suppress(LookupError, *UNKNOWN_CODE_PAGE):
        return codecs.lookup(encoding_from_codepage(code_page)).name
    return None


def person(name: str, *addresses: str) -> str:
    """A name with the first address that is one of the Internet, as in a header: those within Exchange help nobody."""
    address = next((one for one in addresses if "@" in one), "")
    name = one_line(name).strip("'")
    if name and address and name != address:
        return f"{name} <{address}>"
    return name or address or next(filter(None, addresses), "")


def inner_mail(attachment: PropertySet) -> CompoundStorage | None:
    """The storage of a mail that is attached as one; None for any other attachment."""
    found = attachment.storage.storages(f"__substg1.0_{pid.PID_ATTACH_DATA_BINARY:04X}000D")
    return next((one for one in found if one.stream(TABLE) is not None), None)


def outlook_attachment_name(attachment: PropertySet) -> str:
    """The name of what is attached, without folders. Raises DocumentError: FILE_IS_BROKEN for damaged streams."""
    file_name = attachment.text(pid.PID_ATTACH_LONG_FILENAME) or attachment.text(pid.PID_ATTACH_FILENAME)
    name = PurePath(file_name).name or one_line(attachment.text(pid.PID_DISPLAY_NAME))
    return name or f"unnamed ({attachment.text(pid.PID_ATTACH_MIME_TAG) or 'application/octet-stream'})"
