"""The parts of a mail (MIME, RFC 2046): which are shown and in which order, and which are attached."""

from __future__ import annotations

import binascii
import email
import email.policy
import re
from base64 import b64decode
from collections.abc import Iterator
from email.message import EmailMessage, Message
from pathlib import PurePath

from engines.containers.encoding import decode, decode_markup
from engines.errors import DocumentError
from engines.formats.mail import MailText
from engines.formats.mail.headers import MISWRITTEN, readable_header
from engines.formats.mail.rtf import text_of_rtf
from engines.formats.mail.tnef import Tnef, is_tnef
from engines.salvage import Losses

DEEPEST = 60
"""Parts inside of parts that are looked at."""
QUOTED = re.compile(r">+")
ENRICHED = re.compile(r"<(/?)[A-Za-z-]{1,60}>")
NO_TEXTS = frozenset(("text/x-amp-html", "text/watch-html", "text/calendar", "text/directory", "text/vcard"))
"""Texts for programs: of alternatives they are never the one to be read, and alone they are attached."""


class MimeTree:
    """What a mail shows and what is attached to it, each in the order of the file."""

    def __init__(self, message: EmailMessage, losses: Losses) -> None:
        self.losses = losses
        self.shown: list[MailText | EmailMessage] = []
        self.attached: list[tuple[Message | None, str]] = []
        """The parts with their names; None for what a part holds."""
        self._count = 0
        self._unnamed = any(is_text(one) and not name_of(one) for one in own_parts(message))
        """Whether the mail has a text that is no file: then one with a name is attached, whatever else it says."""
        self._visit(message, 0)

    def _visit(self, part: Message, depth: int) -> None:
        """Read a part and what is inside of it."""
        self._count += 1
        with self.losses.part(f"part {self._count} of the mail", 1):
            if depth > DEEPEST:
                self.losses.note("parts inside of too many others", 1)
            elif part.get_content_type() == "message/rfc822":
                self._mail(part)
            elif part.get_content_maintype() == "multipart" and part.is_multipart():
                VISITS.get(part.get_content_subtype(), MimeTree.each)(self, children(part), depth)
            elif part.get_content_type() == "message/delivery-status":
                self.shown.append(MailText(plain=status_of(part)))
            else:
                self._leaf(part)

    def each(self, parts: list[Message], depth: int) -> None:
        """Read parts that stand one after the other."""
        for part in parts:
            self._visit(part, depth + 1)

    def related(self, parts: list[Message], depth: int) -> None:
        """Read a text with what belongs to it: the first one is the text, unless it is none."""
        self.each(parts[:1], depth)
        for part in parts[1:]:
            if part.is_multipart() or (is_text(part) and not name_of(part) and not part.get("Content-ID")):
                self._visit(part, depth + 1)
            else:
                self._attach(part)

    def alternative(self, parts: list[Message], depth: int) -> None:
        """Read the richest of several forms of a text, which stands last, with the plain one in case it shows nothing."""
        texts = [part for part in parts if readable(part)]
        chosen = texts[-1] if texts else None
        plain = next((part for part in texts if part.get_content_type() == "text/plain"), None)
        for part in parts:
            if part is chosen:
                before = len(self.shown)
                self._visit(part, depth + 1)
                self._add_plain(before, plain if plain is not chosen else None)
            elif not readable(part) and part.get_content_type() not in NO_TEXTS:
                self._visit(part, depth + 1)

    def _add_plain(self, place: int, plain: Message | None) -> None:
        """Give the text at a place its plain form."""
        text = self.shown[place] if place < len(self.shown) else None
        if plain is not None and isinstance(text, MailText) and not text.plain:
            self.shown[place] = MailText(text.html, plain_text(plain))

    def _mail(self, part: Message) -> None:
        """Read a mail inside of this one; one that cannot be is attached."""
        inner = next(iter(children(part)), None)
        if isinstance(inner, EmailMessage) and not inner.keys():
            inner = unpacked(inner)
        if isinstance(inner, EmailMessage) and inner.keys():
            self.shown.append(inner)
        else:
            self._attach(part)

    def _leaf(self, part: Message) -> None:
        """Read a part without others in it."""
        name, kind = name_of(part), part.get_content_type()
        if is_tnef(kind, name):
            self._tnef(part, name)
        elif is_shown(part, unnamed=self._unnamed):
            self.shown.append(mail_text(part))
        elif kind.startswith("multipart/"):
            self.shown.append(MailText(plain=plain_text(part)))
        else:
            self._attach(part)

    def _tnef(self, part: Message, name: str) -> None:
        """Read what Outlook packs into one part."""
        before = len(self.attached)
        try:
            packed = Tnef(payload(part))
        except DocumentError:
            self._attach(part)
            raise
        if text := packed.text():
            self.shown.append(text)
        self.attached += ((None, one) for one in packed.attachments)
        if not text and len(self.attached) == before:
            self.attached.append((part, name or "winmail.dat"))

    def _attach(self, part: Message) -> None:
        if name := attachment_name(part):
            self.attached.append((part, name))


VISITS = {"alternative": MimeTree.alternative, "related": MimeTree.related}
"""What is done with a `multipart/` of each kind; of others all parts stand one after the other."""


def children(part: Message) -> list[Message]:
    """The parts inside of a part."""
    inside = part.get_payload()
    return [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else []


def own_parts(message: Message) -> Iterator[Message]:
    """The parts of a mail that hold no others, without those of mails inside of it; at most so deep as they are read."""
    waiting = [(message, 0)]
    while waiting:
        part, depth = waiting.pop()
        if part.get_content_type() == "message/rfc822" or depth > DEEPEST:
            continue
        inside = children(part)
        waiting += ((one, depth + 1) for one in inside)
        if not inside:
            yield part


def is_text(part: Message) -> bool:
    """Whether a part is text for people, and no file by its own word."""
    kind = part.get_content_type()
    is_written = kind.startswith("text/") or kind in ("application/rtf", "application/x-rtf")
    return is_written and kind not in NO_TEXTS and part.get_content_disposition() != "attachment"


def is_shown(part: Message, *, unnamed: bool) -> bool:
    """Whether a part is read where it stands. Files are not, unless the mail has nothing else (`unnamed` texts) to show."""
    return is_text(part) and (not name_of(part) or not unnamed)


def readable(part: Message) -> bool:
    """Whether a part is text, or holds any."""
    return any(is_text(one) for one in own_parts(part))


def mail_text(part: Message) -> MailText:
    """The text of a part in the form that it has."""
    kind = part.get_content_type()
    if kind == "text/html":
        return MailText(html=decode_markup(payload(part), part.get_content_charset()))
    if kind.endswith("rtf"):
        return text_of_rtf(payload(part))
    return MailText(plain=plain_text(part))


def plain_text(part: Message) -> str:
    """The text of a part that is plain, or nearly: its lines are put together again where they were only broken to be sent."""
    text = decode(payload(part), part.get_content_charset()).replace("\r\n", "\n")
    if part.get_content_type() in ("text/enriched", "text/richtext"):
        return ENRICHED.sub("", text).replace("<<", "<")
    if str(part.get_param("format") or "").lower() == "flowed":
        return unflowed(text, str(part.get_param("delsp") or "").lower() == "yes")
    return text


def unflowed(text: str, without_blank: bool) -> str:
    """The lines of `format=flowed` (RFC 3676): one that ends in a blank goes on in the next of the same depth.

    The blank is none of the text with `without_blank` (`DelSp`).
    """
    lines: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        marks = QUOTED.match(line)
        depth = len(marks[0]) if marks else 0
        words = line[depth:].removeprefix(" ")
        flows = words.endswith(" ") and words != "-- "
        lead = "> " * depth
        words = words[:-1] if flows and without_blank else words
        if open_depth == depth and words != "-- ":
            lines[-1] += words
        else:
            lines.append(lead + words)
        open_depth = depth if flows else None
    return "\n".join(line.rstrip() for line in lines)


def status_of(part: Message) -> str:
    """What a report says of a mail's delivery (RFC 3464): a block of names and values for each recipient."""
    blocks = (
        "\n".join(f"{name}: {readable_header(str(value))}" for name, value in one.raw_items()) for one in children(part)
    )
    return "\n\n".join(block for block in blocks if block)


def unpacked(message: EmailMessage) -> EmailMessage | None:
    """A mail inside of a mail that was packed for sending, as it may not be; None when it is none."""
    text = message.get_payload()
    if not isinstance(text, str):
        return None
    try:
        data = b64decode(text)
    except (binascii.Error, ValueError):
        return None
    inner = email.message_from_bytes(data, policy=email.policy.default)
    return inner if isinstance(inner, EmailMessage) else None


def payload(part: Message) -> bytes:
    """The bytes of a part, its transfer encoding undone; empty for one that holds other parts."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def name_of(part: Message) -> str:
    """The name of the file that a part is, without folders; empty for one without."""
    try:
        name = part.get_filename()
    except MISWRITTEN:
        name = None
    return PurePath(readable_header(str(name)).replace("\\", "/")).name if name else ""


def attachment_name(part: Message) -> str:
    """The name of what is attached; that of its kind where it has none. Empty for a part that is no attachment."""
    if name := name_of(part):
        return name
    is_attached = part.get_content_disposition() == "attachment" or part.get_content_type() == "message/rfc822"
    return f"unnamed ({part.get_content_type()})" if is_attached else ""
