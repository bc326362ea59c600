"""OpenDocument: texts (pages at page breaks), spreadsheets (a page for each sheet), presentations and drawings (for each slide).

Read by local names, so that the flat form and the formats of OpenOffice 1 (`sxw`, `sxc`, `sxi`), which differ in
namespaces and little else, are read too.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator

from engines.amplification import PLACE, afford
from engines.build.assemble import chosen, document_of
from engines.build.grid import Grid, Merge, add_tables
from engines.build.images import ImageStore
from engines.build.inline import InlineRun, text_of
from engines.build.page_builder import PageBuilder
from engines.build.revisions import put_at_end, put_on_pages
from engines.build.slide_order import PlacedShape, reading_order
from engines.containers.ooxml import Element, attribute, child, descendants, local_name, xml_number
from engines.containers.zip import Archive, xml_of
from engines.context import Context, Source
from engines.document import Box, Document, Item, ItemKind, Page
from engines.errors import Code, DocumentError
from engines.formats.odf.fields import controls_of
from engines.formats.odf.revisions import OdfRevisions
from engines.formats.odf.styles import OdfStyles, length
from engines.formats.odf.text import TextReader
from engines.parameters import ParseParameters

MEDIA_TYPE = "application/vnd.oasis.opendocument"
FURNITURE = frozenset(("page-number", "date-time", "footer", "header", "notes", "page"))
"""Kinds of placeholders that are not content of a slide."""
MOST_FILLED = 2_000_000
"""Filled cells read of a sheet."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an OpenDocument file, packed or flat.

    Raises DocumentError: FILE_IS_BROKEN, FILE_IS_PROTECTED, DOCUMENT_TOO_LARGE, NO_DATA_FOUND_IN_FILE, TOO_MANY_PAGES.
    """
    image_store = ImageStore(parameters)
    styles = OdfStyles()
    with source.path.open("rb") as file:
        is_archive = file.read(2) == b"PK"
    if is_archive:
        with Archive(source.path, image_store.losses) as archive:
            if b"encryption-data" in (archive.read("META-INF/manifest.xml") or b""):
                raise DocumentError(Code.FILE_IS_PROTECTED)
            root = archive.required_xml("content.xml")
            styles.read(archive.xml("styles.xml"))
            every = list(OdfReader(styles, image_store, archive.referred, parameters).pages(root))
    else:
        root = xml_of(source.path.read_bytes())
        every = list(OdfReader(styles, image_store, lambda _name, _page: None, parameters).pages(root))
    pages, total = chosen(every, parameters, context)
    return document_of(pages, MEDIA_TYPE, total, losses=image_store.losses)


class OdfReader:
    """Reads one document of any kind; `pages` is the result.

    `part` gives the bytes of a part by its name, for a page counted from 1; None when there is none.
    """

    def __init__(
        self,
        styles: OdfStyles,
        image_store: ImageStore,
        part: Callable[[str, int], bytes | None],
        parameters: ParseParameters,
    ) -> None:
        self.styles = styles
        self.image_store = image_store
        self.part = part
        self.parameters = parameters
        self.number = 1

    def pages(self, root: Element | None) -> Iterator[Page]:
        """The pages of a document. Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE."""
        body = child(root, "body")
        if root is None or body is None:
            raise DocumentError(Code.FILE_IS_BROKEN, "no body")
        self.styles.read(root)
        content = next((one for one in body if local_name(one) in READERS), body)
        kind = local_name(content) if content is not body else attribute(root, "class")  # OpenOffice 1 says it there
        yield from READERS.get(kind, OdfReader.text)(self, content)

    def picture(self, image: Element, alt: str, builder: PageBuilder) -> None:
        """Add a picture of the document to a page; one that lies elsewhere is not fetched."""
        content = inline_picture(image)
        if content is None and (name_of_part := attribute(image, "href").removeprefix("./").lstrip("#")):
            content = self.part(name_of_part, self.number)
        elif content is None:
            self.image_store.losses.note(f"picture {alt}".strip(), self.number, Code.IMAGE_UNREADABLE)
        picture = self.image_store.picture(content, self.number) if content else None
        if picture is not None or alt:
            builder.image(alt, picture=picture)

    def object(self, element: Element) -> Element | None:
        """The root of an object of the document; None when it is not in it, or cannot be read."""
        if len(element):
            return element[0]
        folder = attribute(element, "href").removeprefix("./").strip("/")
        content = self.part(f"{folder}/content.xml", self.number) if folder else None
        if content is None:
            return None
        with self.image_store.losses.part(f"{folder}/content.xml", self.number):
            return xml_of(content)
        return None

    def text(self, content: Element) -> Iterator[Page]:
        """The pages of a text."""
        done: list[Page] = []

        def turn() -> PageBuilder:
            done.append(reader.builder.page(self.number))
            self.number += 1
            return PageBuilder()

        reader = TextReader(self.styles, PageBuilder(), self.picture, turn, objects=self.object)
        reader.controls = controls_of(content)
        tells_changes = bool(self.parameters.annotate_revisions)
        if tells_changes or next(content.iter("{*}annotation"), None) is not None:
            reader.revisions = OdfRevisions(content, self.words, tells_changes=tells_changes)
        reader.blocks(content)
        reader.end_notes()
        if not reader.builder.is_empty or not done:
            done.append(reader.builder.page(self.number))
        elif reader.builder.held:
            put_at_end(done[-1].items, reader.builder.held)
        if reader.revisions is not None:
            put_on_pages([(page, page.items) for page in done], self.image_store.losses)
            for page in done:
                page.revisions = page.revisions or ([] if tells_changes else None)
        watermark = next(iter(self.styles.watermarks.values()), "")  # which master page a page has is not followed
        for page in done:
            page.width, page.height = self.styles.paper("Standard")
            page.watermark = Item(ItemKind.TEXT, watermark) if watermark else None
            yield page

    def words(self, paragraph: Element) -> str:
        """The text of a paragraph, as it is written."""
        reader = TextReader(self.styles, PageBuilder(), self.picture)
        return "".join(run.text for run in reader.runs(paragraph, InlineRun("")))

    def spreadsheet(self, content: Element) -> Iterator[Page]:
        """The sheets of a spreadsheet; hidden ones are left out unless asked for."""
        for sheet in content:
            if local_name(sheet) != "table":
                continue
            if self.is_hidden(sheet) and not self.parameters.spreadsheet_include_hidden_sheets:
                continue
            title = attribute(sheet, "name")
            page = Page(self.number, section_name=title)
            with self.image_store.losses.part(f"sheet {title}", self.number):
                page = self.sheet(sheet)
            self.number += 1
            yield page

    def is_hidden(self, part: Element) -> bool:
        """Whether the style of a sheet or a slide hides it."""
        style = self.styles.all.get(attribute(part, "style-name"))
        return style is not None and style.is_displayed is False

    def sheet(self, sheet: Element) -> Page:
        """A sheet as a page."""
        merges: list[Merge] = []
        grid = Grid(self.filled(sheet, merges), merges)
        builder = PageBuilder()
        title = attribute(sheet, "name")
        if not grid.is_empty:
            builder.heading(1, [InlineRun(title)])
            add_tables(builder, grid, split=bool(self.parameters.spreadsheet_extract_sub_tables))
        page = builder.page(self.number)
        page.section_name = title
        return page

    def filled(self, sheet: Element, merges: list[Merge]) -> Iterator[tuple[int, int, str]]:
        """Row, column (from 1) and text of the filled cells; merged ranges are added to `merges`."""
        reader = TextReader(self.styles, PageBuilder(), self.picture)
        row = count = 0
        for line in descendants(sheet, "table-row"):
            repeated = int(xml_number(attribute(line, "number-rows-repeated"), 1))
            cells = list(self.filled_cells(line, row + 1, reader, merges))
            afford(PLACE * len(cells) * repeated)
            for below in range(repeated if cells else 0):
                for column, text in cells:
                    yield row + 1 + below, column, text
                count += len(cells)
                if count > MOST_FILLED:
                    raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"more than {MOST_FILLED} cells in a sheet")
            row += repeated

    def filled_cells(
        self, line: Element, row: int, reader: TextReader, merges: list[Merge]
    ) -> Iterator[tuple[int, str]]:
        """Column (from 1) and text of the filled cells of a row."""
        column = 1
        for one in line:
            repeated = int(xml_number(attribute(one, "number-columns-repeated"), 1))
            texts = (text_of(reader.runs(each, InlineRun(""))) for each in one if local_name(each) == "p")
            text = "\n".join(each for each in texts if each)
            if text and local_name(one) == "table-cell":
                wide, high = (
                    int(xml_number(attribute(one, f"number-{each}-spanned"), 1)) for each in ("columns", "rows")
                )
                if wide > 1 or high > 1:
                    merges.append(Merge(row, column, row + high - 1, column + wide - 1))
                afford(PLACE * repeated)
                for place in range(column, column + repeated):
                    yield place, text
            column += repeated

    def slides(self, content: Element) -> Iterator[Page]:
        """The slides of a presentation or the pages of a drawing; hidden ones are left out unless asked for."""
        for slide in content:
            if local_name(slide) != "page":
                continue
            if self.is_hidden(slide) and not self.parameters.presentation_include_hidden_slides:
                continue
            builder = PageBuilder()
            with self.image_store.losses.part(f"slide {self.number}", self.number):
                for placed in reading_order(self.placed(slide)):
                    self.shape(placed, builder)
            page = builder.page(self.number)
            page.width, page.height = self.styles.paper(attribute(slide, "master-page-name"))
            notes = child(slide, "notes")
            if notes is not None:
                inner = TextReader(self.styles, PageBuilder(), lambda *_: None)
                for shape in notes:
                    if attribute(shape, "class") == "notes":
                        inner.blocks(shape)
                page.speaker_notes = inner.builder.page(0).text or None
            self.number += 1
            yield page

    def placed(self, parent: Element) -> Iterator[PlacedShape[Element]]:
        """The shapes of a slide with their boxes, in points from its top left corner; groups are opened."""
        for shape in parent:
            if local_name(shape) in ("notes", "forms", "animations", "par"):
                continue
            if local_name(shape) == "g":
                yield from self.placed(shape)
            elif attribute(shape, "class") not in FURNITURE:
                x, y, width, height = (length(attribute(shape, key)) for key in ("x", "y", "width", "height"))
                is_title = attribute(shape, "class") == "title"
                yield PlacedShape(shape, Box(x, y, width, height), is_title=is_title)

    def shape(self, placed: PlacedShape[Element], builder: PageBuilder) -> None:
        """Add what a shape shows."""
        before = len(builder.items)
        builder.end_list()
        if placed.is_title:
            inner = TextReader(self.styles, PageBuilder(), self.picture)
            inner.blocks(placed.shape)
            builder.heading(1, [InlineRun(" ".join(inner.builder.page(0).text.split()))])
        else:
            reader = TextReader(self.styles, builder, self.picture, objects=self.object)
            reader.frame(placed.shape)
        for item in builder.items[before:]:
            item.box = placed.box


READERS: dict[str, Callable[[OdfReader, Element], Iterator[Page]]] = {
    "text": OdfReader.text,
    "spreadsheet": OdfReader.spreadsheet,
    "presentation": OdfReader.slides,
    "drawing": OdfReader.slides,
}


def inline_picture(image: Element) -> bytes | None:
    """The bytes of a picture that a flat document carries in its own text; None when it carries none there."""
    data = child(image, "binary-data")
    try:
        return None if data is None else base64.b64decode(data.text or "")
    except binascii.Error:
        return b"-"  # no picture, as the store of images will find
