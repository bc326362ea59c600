"""What a PDF holds besides its pages: files packed into it, and the data of XFA forms.

An XFA form (ISO 32000-1, 12.7.8) keeps what was filled in as XML. Where it is dynamic its one page tells only that another
program is needed, so what is not on the pages follows them as a table.
"""

from __future__ import annotations

import io
import logging
import unicodedata
from itertools import islice
from typing import Any

import pypdf
from lxml import etree

from engines.containers.pdf_objects import BROKEN
from engines.containers.pdfium import PdfDocument, XfaKind
from engines.document import Cell, Item, ItemKind, Notice, Page
from engines.errors import SENTENCES, Code
from engines.formats.pdf.form_fields import HEAD

DATASETS = "datasets"
"""The packet of an XFA form that holds what was filled in."""
LONG = 4
"""Words of a value over several lines at least."""
MOST_FIELDS = 5000
"""Fields that are told."""

logger = logging.getLogger(__name__)


def packed_files(paper: PdfDocument) -> list[Notice]:
    """Which files are packed into a document."""
    names = paper.attachments
    return (
        [Notice(Code.ATTACHMENT_LEFT_OUT, f"{SENTENCES[Code.ATTACHMENT_LEFT_OUT]} ({', '.join(names)})")]
        if names
        else []
    )


def add_xfa_data(content: bytes, pages: list[Page], kind: XfaKind) -> list[Notice]:
    """Put what an XFA form holds and its pages do not show at the end of the last one, and say so where anything may be missing."""
    text = " ".join(page.text for page in pages)
    values = xfa_values(content)
    unseen = values if kind is XfaKind.DYNAMIC else [one for one in values if not is_shown(one[1], text)]
    last = next((page for page in reversed(pages) if not page.error), None)
    if last and unseen:
        rows = [[Cell(name), Cell(value)] for name, value in (HEAD, *unseen)]
        last.items.append(Item(ItemKind.TABLE, rows=rows, header_rows=1))
        said = "\n".join(f"{name}: {value}" for name, value in unseen)
        last.text = f"{last.text}\n\n{said}".lstrip("\n")
    is_told = unseen or kind is XfaKind.DYNAMIC
    return [Notice(Code.XFA_FORM, SENTENCES[Code.XFA_FORM])] if is_told else []


def is_shown(value: str, text: str) -> bool:
    """Whether a text has a value, or of a long one all of its words, between which others may stand."""
    words = value.split()
    return squeezed(value) in squeezed(text) or (len(words) >= LONG and set(words) <= set(text.split()))


def squeezed(text: str) -> str:
    """A text without its blanks, compatible forms of letters as one."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def xfa_values(content: bytes) -> list[tuple[str, str]]:
    """The names of the fields of an XFA form with what was filled in; none where it is damaged."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xfa_packet(content), parser)
    except (*BROKEN, etree.LxmlError) as error:
        logger.info("the XFA data of a PDF cannot be read: %s", error)
        return []
    holders = (
        root.iterfind("{*}data")
        if etree.QName(root).localname == DATASETS
        else root.iterfind(f".//{{*}}{DATASETS}/{{*}}data")
    )
    leaves = (one for holder in holders for one in holder.iter("*") if not len(one) and one.text and one.text.strip())
    return [(etree.QName(one).localname, " ".join((one.text or "").split())) for one in islice(leaves, MOST_FIELDS)]


def xfa_packet(content: bytes) -> bytes:
    """The XML of an XFA form, of its data alone where it is kept in packets. Raises what pypdf does."""
    catalog: Any = pypdf.PdfReader(io.BytesIO(content)).root_object
    form = catalog["/AcroForm"]["/XFA"]
    if not isinstance(form, list):
        return bytes(form.get_data())
    packets = {str(name): packet.get_object() for name, packet in zip(form[::2], form[1::2], strict=False)}
    if DATASETS in packets:
        return bytes(packets[DATASETS].get_data())
    return b"".join(packet.get_data() for packet in packets.values())
