"""Where the pages of a Word document end that does not say it: LibreOffice prints it, and its text is found on that paper.

Programs other than Word note no ends of pages (`lastRenderedPageBreak`). What a job asks of pages is then answered by the paper;
where there is none, pages are those that the author's own breaks make, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from engines.containers.ooxml import Element, local_name
from engines.containers.pdfium import PdfDocument
from engines.context import Context, Source
from engines.detect import extension_of
from engines.document import Notice, Page
from engines.errors import SENTENCES, Code, DocumentError
from engines.formats.print.libreoffice import converted
from engines.parameters import ParseParameters

FULL = 1500
"""Letters that a page may well have; one with more may be several."""
TALL = 25
"""The same of blocks."""
LONG, SHORT = 40, 12
"""Letters of the beginning of a block by which it is found; the second where the first is parted by the end of a page."""
AHEAD = 4
"""Pages on which the beginning of a block is looked for, the one of the block before included."""
DECLINED = (Code.LIBREOFFICE_UNAVAILABLE, Code.CONVERSION_FAILED, Code.TIMEOUT)


def asks_for_pages(parameters: ParseParameters) -> bool:
    """Whether the result depends on where pages end."""
    texts = (parameters.target_pages, parameters.max_pages, parameters.page_prefix, parameters.page_suffix)
    return any(texts) or "{page" in (parameters.page_separator or "")


def are_unknown(root: Element, pages: Sequence[Page]) -> bool:
    """Whether a document that was read may have other pages on paper."""
    is_recorded = next(root.iter("{*}lastRenderedPageBreak"), None) is not None
    return not is_recorded and any(len(page.text) > FULL or len(page.items) > TALL for page in pages)


def note_pages(root: Element, body: Element, source: Source, context: Context) -> Notice | None:
    """Note the ends of pages in a body as Word does; a warning when LibreOffice cannot tell them."""
    try:
        with converted(source.path, extension_of(source), "pdf", context) as path:
            paper = papers_in(path.read_bytes())
    except DocumentError as error:
        if error.code not in DECLINED:
            raise
        return Notice(Code.PAGES_UNKNOWN, f"{SENTENCES[Code.PAGES_UNKNOWN]} {error.message}")
    namespace = etree.QName(root).namespace or ""
    for block in first_blocks(blocks_of(body), paper):
        begin_page(block, namespace)
    return None


def papers_in(content: bytes) -> list[str]:
    """The letters and digits of each page of a PDF."""
    document = PdfDocument(content)
    try:
        return [letters("".join(document.page(number).characters)) for number in range(1, len(document) + 1)]
    finally:
        document.close()


def letters(text: str) -> str:
    """A text as it is compared: letters and digits alone."""
    return "".join(filter(str.isalnum, text)).casefold()


def blocks_of(body: Element) -> Iterator[Element]:
    """The paragraphs and tables of a body."""
    for one in body:
        if local_name(one) in ("p", "tbl"):
            yield one
        elif local_name(one) in ("sdt", "sdtContent", "customXml", "smartTag", "ins"):
            yield from blocks_of(one)


def first_blocks(blocks: Iterator[Element], paper: Sequence[str]) -> Iterator[Element]:
    """The blocks with which pages begin; `paper` has the letters of each."""
    page = place = 0
    for block in blocks:
        text = letters("".join(one.text or "" for one in block.iter("{*}t")))
        found = whereabouts(text, paper, page, place) if text else None
        if found is None:
            continue
        if found[0] > page:
            yield block
        page, place = found


def whereabouts(text: str, paper: Sequence[str], page: int, place: int) -> tuple[int, int] | None:
    """The page, from 0, on which a text begins, and where it ends there; it is looked for from a place on."""
    for size in (LONG, SHORT):
        for at in range(page, min(page + AHEAD, len(paper))):
            start = paper[at].find(text[:size], place if at == page else 0)
            if start >= 0:
                return at, start + size
    return None


def begin_page(block: Element, namespace: str) -> None:
    """Note at the beginning of a block that a page ended before it."""
    paragraph = block if local_name(block) == "p" else next(block.iter("{*}p"), None)
    if paragraph is None:
        return
    run = etree.Element(f"{{{namespace}}}r")
    run.append(etree.Element(f"{{{namespace}}}lastRenderedPageBreak"))
    has_properties = len(paragraph) > 0 and local_name(paragraph[0]) == "pPr"
    paragraph.insert(1 if has_properties else 0, run)
