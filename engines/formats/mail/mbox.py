"""Mailboxes (mbox): a page for each mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engines.build.assemble import chosen, document_of
from engines.build.images import ImageStore
from engines.build.page_builder import PageBuilder
from engines.context import Context, Source
from engines.document import Document, Page
from engines.errors import Code, DocumentError
from engines.formats.mail import MailReader
from engines.formats.mail.eml import InternetMail, message_of
from engines.parameters import ParseParameters

LINE = re.compile(rb"(?:\A|(?<=\n))From [^\r\n]*+\r?\n(?=[A-Za-z][\w-]*+:|>?From )")
"""What stands before each mail: who sent it when, and below it a header."""
QUOTED = re.compile(rb"(?<=\n)>(>*From )")
LONGEST = 256 << 20
"""Bytes of the largest mailbox that is read."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a mailbox.

    Raises DocumentError: FILE_IS_BROKEN, NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, TOO_MANY_PAGES.
    """
    size = source.path.stat().st_size
    if size > LONGEST:
        raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"{size >> 20} MiB of mails")
    mails = split_mails(source.path.read_bytes())
    if not mails:
        raise DocumentError(Code.FILE_IS_BROKEN, "no mail")
    image_store = ImageStore(parameters)
    pages, total = chosen(read_mails(mails, parameters, image_store), parameters, context)
    return document_of(pages, "application/mbox", total, losses=image_store.losses)


def split_mails(data: bytes) -> list[bytes]:
    """The mails of a mailbox, as they were sent."""
    lines = list(LINE.finditer(data))
    ends = [*(one.start() for one in lines[1:]), len(data)]
    return [QUOTED.sub(rb"\1", data[line.end() : end]) for line, end in zip(lines, ends, strict=True)]


def read_mails(mails: list[bytes], parameters: ParseParameters, image_store: ImageStore) -> Iterator[Page]:
    """Each mail as a page."""
    for number, data in enumerate(mails, 1):
        builder = PageBuilder()
        with image_store.losses.part(f"mail {number}", number):
            mail = InternetMail(message_of(data), image_store.losses)
            MailReader(builder, parameters, image_store, number).add(mail)
        yield builder.page(number)
