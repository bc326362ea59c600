"""Web pages saved as one file (MHTML, RFC 2557): the page, with the pictures that it carries."""

from __future__ import annotations

from urllib.parse import urljoin

from engines.build.assemble import document_of, one_page
from engines.build.images import ImageStore
from engines.build.page_builder import PageBuilder
from engines.context import Context, Source
from engines.document import Document, Picture
from engines.errors import Code, DocumentError
from engines.formats.html import view_of
from engines.formats.html.walker import Walker
from engines.formats.mail import MailText, mail_pictures
from engines.formats.mail.eml import InternetMail, message_of
from engines.parameters import ParseParameters


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a saved web page.

    Raises DocumentError: FILE_IS_BROKEN, NO_DATA_FOUND_IN_FILE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    one_page(parameters, context)
    image_store = ImageStore(parameters)
    mail = InternetMail(message_of(source.path.read_bytes()), image_store.losses)
    texts = [part for part in mail.parts() if isinstance(part, MailText) and (part.html or part.plain)]
    if not texts:
        raise DocumentError(Code.FILE_IS_BROKEN, "no page")
    base = mail.header("Content-Location") or mail.header("Snapshot-Content-Location")
    find = mail_pictures(mail, image_store, 1, set())

    def picture(address: str, alt: str) -> Picture | None:
        return find(address if address.startswith(("cid:", "data:")) else urljoin(base, address), alt)

    builder = PageBuilder()
    Walker(builder, view_of(parameters), picture).walk(texts[0].html or f"<pre>{texts[0].plain}</pre>")
    title = mail.header("Subject")
    return document_of(
        [builder.page(1)], "multipart/related", 1, {"title": title} if title else None, losses=image_store.losses
    )
