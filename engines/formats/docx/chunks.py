"""Documents of other formats that a Word document takes in (`w:altChunk`, ECMA-376 part 1, 17.17.2)."""

from __future__ import annotations

import email
import email.policy
import tempfile
from collections.abc import Callable
from pathlib import Path

from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.build.structure import StructureReader
from engines.containers.encoding import decode, decode_markup
from engines.containers.extraction import extract_structure
from engines.containers.ooxml import Element
from engines.containers.zip import Archive
from engines.formats.docx.parts import Parts
from engines.formats.html.walker import Walker

DOCUMENT = "word/document.xml"
Blocks = Callable[[Element, Archive], None]
"""Reads the body of another Word document, given its archive."""


def read_chunk(relation: str, builder: PageBuilder, page: int, parts: Parts, blocks: Blocks) -> None:
    """Read a part that is a document of its own, in its place on a page (from 1); one that cannot be read is told of."""
    name = parts.target(relation)
    content = parts.archive.referred(name, page)
    if content is None:
        return
    with parts.image_store.losses.part(f"altChunk {name}", page):
        if content[:2] == b"PK":
            read_word(content, blocks)
        elif content[:5] == b"{\\rtf":
            reader = StructureReader(extract_structure(content, "application/rtf"), parts.image_store)
            for inner in reader.read():
                for item in inner.items:
                    builder.add(item)
        elif name.lower().endswith(".txt"):
            for line in decode(content).splitlines():
                builder.paragraph([InlineRun(line)])
        else:
            Walker(builder).walk(markup_of(content, name))


def markup_of(content: bytes, name: str) -> str:
    """The HTML of a part, which may be packed as a mail is (MHTML)."""
    if not name.lower().endswith((".mht", ".mhtml")) and b"MIME-Version:" not in content[:400]:
        return decode_markup(content)
    message = email.message_from_bytes(content, policy=email.policy.default)
    page = next(
        (one for one in message.walk() if one.get_content_type() in ("text/html", "application/xhtml+xml")), None
    )
    payload = None if page is None else page.get_payload(decode=True)
    return decode_markup(payload if isinstance(payload, bytes) else content)


def read_word(content: bytes, blocks: Blocks) -> None:
    """Read another Word document."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chunk.docx"
        path.write_bytes(content)
        with Archive(path) as archive:
            root = archive.required_xml(DOCUMENT)
            if root is not None:
                blocks(root, archive)
