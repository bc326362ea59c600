"""Presentations of PowerPoint (OOXML), read by python-pptx: a page for each slide, its shapes in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.package import PartFactory
from pptx.package import Package
from pptx.parts.presentation import PresentationPart

from engines.build.assemble import document_of
from engines.build.images import ImageStore
from engines.build.inline import InlineRun, text_of
from engines.build.page_builder import PageBuilder, one_line
from engines.build.plain_text import markdown_of_cell, text_of_cell
from engines.build.slide_order import PlacedShape, reading_order
from engines.containers.chart_xml import chart_rows, chart_title
from engines.containers.diagram_xml import diagram_entries
from engines.containers.ooxml import EMU_PER_POINT, Element, attribute, child, descendants, local_name, preferred
from engines.containers.ooxml_repair import mended
from engines.containers.zip import Archive, xml_of
from engines.context import Context, Source
from engines.document import Box, Cell, Document, Page
from engines.errors import Code, DocumentError
from engines.formats.pptx.text import read_text
from engines.formats.pptx.watermarks import is_watermark, watermark_of
from engines.page_selection import selected_pages
from engines.parameters import ParseParameters, tells_watermarks, wants_chart_data
from engines.salvage import Losses, opened_whole

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
TITLES = frozenset((PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE))
BULLETED = frozenset((PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY))
"""Placeholders whose paragraphs carry bullets unless they say otherwise."""
UNREAD = frozenset((PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER))


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a presentation; hidden slides are left out unless asked for, and not counted.

    Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE, NO_DATA_FOUND_IN_FILE, TOO_MANY_PAGES.
    """
    with Archive(source.path):
        pass  # unpacking is bounded from here on
    image_store = ImageStore(parameters)
    deck = opened_deck(source.path, image_store.losses)
    sections: dict[int, str] = {}
    size = 0.0, 0.0
    with image_store.losses.part("the list of sections"):
        sections = section_names(deck)
    with image_store.losses.part("the size of the slides"):
        size = emu_points(deck.slide_width or 0), emu_points(deck.slide_height or 0)
    shown = range(len(deck.slides)) if parameters.presentation_include_hidden_slides else shown_slides(deck)
    numbers = selected_pages(len(shown), parameters, context.limits)
    pages = []
    for done, number in enumerate(numbers):
        context.progress(done, len(numbers))
        page = Page(number, *size)
        with image_store.losses.part(f"slide {number}", number):
            slide = deck.slides[shown[number - 1]]
            page = SlideReader(slide, number, size, parameters, image_store).page()
            page.section_name = sections.get(slide.slide_id)
        pages.append(page)
    context.progress(len(numbers), len(numbers))
    return document_of(pages, MEDIA_TYPE, len(shown), losses=image_store.losses)


def opened_deck(path: Path, losses: Losses) -> Any:
    """A presentation of python-pptx; a damaged one is mended, what is lost noted. Raises DocumentError: FILE_IS_BROKEN.

    Templates and shows, which python-pptx itself refuses, are presentations too.
    """
    for kind in ("template", "slideshow"):
        PartFactory.part_type_for.setdefault(
            f"application/vnd.ms-powerpoint.{kind}.macroEnabled.main+xml", PresentationPart
        )

    def load(file: str | BytesIO) -> Any:
        part = Package.open(file).main_document_part
        if not isinstance(part, PresentationPart):
            raise DocumentError(Code.FILE_IS_BROKEN, "no presentation")
        len(part.presentation.slides)  # what it needs of all slides is looked for here
        return part.presentation

    return opened_whole(lambda: load(str(path)), lambda: load(mended(path, losses)))


def shown_slides(deck: Any) -> list[int]:
    """The places, from 0, of the slides that are not hidden (`p:sld/@show`); of one that is damaged its reading will tell."""
    hidden = set()
    aside = Losses()
    for index in range(len(deck.slides)):
        with aside.part(f"slide {index + 1}"):
            if attribute(deck.slides[index].element, "show", "1") in ("0", "false"):
                hidden.add(index)
    return [index for index in range(len(deck.slides)) if index not in hidden]


def emu_points(emu: int) -> float:
    """A length in EMU, as drawings have it, in points."""
    return round(emu / EMU_PER_POINT, 2)


def section_names(deck: Any) -> dict[int, str]:
    """The names of sections, by the ids of their slides (`p:sldId`)."""
    names: dict[int, str] = {}
    for section in descendants(deck.element, "section"):
        for one in descendants(section, "sldId"):
            names[int(attribute(one, "id") or 0)] = attribute(section, "name")
    return names


class SlideReader:
    """Reads one slide, its number counted from 1 and its size, width and height, in points; `page` is the result."""

    def __init__(
        self, slide: Any, number: int, size: tuple[float, float], parameters: ParseParameters, image_store: ImageStore
    ) -> None:
        self.slide = slide
        self.number = number
        self.size = size
        self.parameters = parameters
        self.image_store = image_store
        self.builder = PageBuilder()
        self.footer = ""

    def page(self) -> Page:
        """The slide as a page."""
        unwrap_alternatives(self.slide.shapes.element)
        shapes: list[PlacedShape[Any]] = []
        with self.image_store.losses.part(f"slide {self.number}", self.number):
            shapes.extend(self.placed(self.slide.shapes))
        for number, placed in enumerate(reading_order(shapes), 1):
            with self.image_store.losses.part(f"shape {number} of slide {self.number}", self.number):
                self.shape(placed)
        page = self.builder.page(self.number)
        page.width, page.height = self.size
        page.footer = self.footer
        with self.image_store.losses.part(f"the layout of slide {self.number}", self.number):
            page.watermark = watermark_of(self.slide, self.size[0] * EMU_PER_POINT)
        with self.image_store.losses.part(f"the notes of slide {self.number}", self.number):
            page.speaker_notes = self.notes()
        return page

    def notes(self) -> str | None:
        """What the speaker is to say; None when there is nothing."""
        frame = self.slide.notes_slide.notes_text_frame if self.slide.has_notes_slide else None
        return (frame.text.strip() or None) if frame is not None else None

    def placed(self, shapes: Any, offset: tuple[float, float] = (0.0, 0.0)) -> Iterator[PlacedShape[Any]]:
        """The shapes with their boxes, in points from the top left corner of the slide.

        Groups are opened, and what lies off the slide is left out unless the job wants it. `offset`, in points, is added to the
        places of the shapes.
        """
        for shape in shapes:
            box = Box(0.0, 0.0, 0.0, 0.0)
            with self.image_store.losses.part(f"the place of a shape of slide {self.number}", self.number):
                box = Box(
                    emu_points(shape.left or 0) + offset[0], emu_points(shape.top or 0) + offset[1],
                    emu_points(shape.width or 0), emu_points(shape.height or 0),
                )  # fmt: skip
            if hasattr(shape, "shapes"):
                yield from self.placed(shape.shapes, child_offset(shape, box))
            elif self.parameters.presentation_out_of_bounds_content or self.is_visible(box):
                yield PlacedShape(shape, box, is_title=placeholder(shape) in TITLES)

    def is_visible(self, box: Box) -> bool:
        """Whether a part of a box lies on the slide."""
        across = box.x < self.size[0] and box.x + box.width >= 0
        return across and box.y < self.size[1] and box.y + box.height >= 0

    def shape(self, placed: PlacedShape[Any]) -> None:
        """Add what a shape shows."""
        shape, kind = placed.shape, placeholder(placed.shape)
        if kind in UNREAD or self.is_watermark(shape):
            return
        if kind is PP_PLACEHOLDER.FOOTER:
            self.footer = one_line(shape.text_frame.text)
        elif getattr(shape, "has_table", False):
            self.table(shape, placed.box)
        elif getattr(shape, "has_chart", False):
            self.chart(shape, placed.box)
        elif tag_of(shape) == "pic":
            self.picture(shape, placed.box)
        elif (body := child(shape.element, "txBody")) is not None:
            self.text(body, placed, bulleted=kind in BULLETED)
        else:
            self.diagram(shape, placed.box)

    def is_watermark(self, shape: Any) -> bool:
        """Whether a shape is told apart as the watermark of its slide."""
        return tells_watermarks(self.parameters) and is_watermark(shape, self.size[0] * EMU_PER_POINT)

    def text(self, body: Element, placed: PlacedShape[Any], *, bulleted: bool) -> None:
        """Add the text of a shape: a title as a heading."""
        if not placed.is_title:
            read_text(body, self.builder, self.address, bulleted=bulleted, box=placed.box)
            return
        texts = (text_of(runs) for runs in read_text(body, None, self.address))
        self.builder.heading(1, [InlineRun(one_line(" ".join(texts)))], placed.box)

    def address(self, relation: str) -> str:
        """The address of a link, by the id of its relation; empty when it leads to a part of the document."""
        target = self.slide.part.rels.get(relation)
        return str(target.target_ref) if target is not None and target.is_external else ""

    def table(self, shape: Any, box: Box) -> None:
        """Add a table with its merged cells."""
        rows = [[self.cell(cell) for cell in row.cells if not cell.is_spanned] for row in shape.table.rows]
        self.builder.table(rows, box=box)

    def cell(self, cell: Any) -> Cell:
        """A cell, its text a line for each block."""
        inner = PageBuilder()
        body = child(cell._tc, "txBody")  # noqa: SLF001 - python-pptx gives the text of a cell without its links
        if body is not None:
            read_text(body, inner, self.address)
        self.builder.links += inner.links
        spans = (cell.span_width, cell.span_height) if cell.is_merge_origin else (1, 1)
        cell_text, told = text_of_cell(inner.items), markdown_of_cell(inner.items)
        return Cell(cell_text, column_span=spans[0], row_span=spans[1], markdown=told)

    def chart(self, shape: Any, box: Box) -> None:
        """Add the table behind a chart, unless only the look of it is wanted."""
        root = xml_of(shape.chart.part.blob, "chart")
        is_told = wants_chart_data(self.parameters) or not self.parameters.presentation_skip_embedded_data
        self.builder.chart(chart_title(root), chart_rows(root) if is_told else [], box)

    def picture(self, shape: Any, box: Box) -> None:
        """Add a picture; one that lies outside of the file is not fetched."""
        alt = next((attribute(one, "descr") for one in descendants(shape.element, "cNvPr")), "")
        content = b""
        if not any(attribute(one, "embed") or attribute(one, "link") for one in descendants(shape.element, "blip")):
            self.image_store.losses.note(f"picture {shape.name}", self.number, Code.IMAGE_UNREADABLE)
        elif any(attribute(one, "embed") for one in descendants(shape.element, "blip")):
            with self.image_store.losses.part("a picture", self.number, Code.IMAGE_UNREADABLE):
                content = shape.image.blob
        picture = self.image_store.picture(content, self.number, box) if content else None
        if picture is not None or alt:
            self.builder.image(alt, picture=picture, box=box)

    def diagram(self, shape: Any, box: Box) -> None:
        """Add the words of a diagram (SmartArt) as a list."""
        for one in descendants(shape.element, "relIds"):
            related = self.slide.part.rels.get(attribute(one, "dm"))
            if related is None or related.is_external:
                continue
            self.builder.end_list()
            for depth, words in diagram_entries(xml_of(related.target_part.blob, "diagram")):
                self.builder.entry([InlineRun(words)], depth, "-", ordered=False, box=box)


def placeholder(shape: Any) -> Any:
    """The kind of placeholder a shape is; None when it is none."""
    return shape.placeholder_format.type if getattr(shape, "is_placeholder", False) else None


def tag_of(shape: Any) -> str:
    """The local name of a shape's element."""
    return local_name(shape.element)


def child_offset(group: Any, box: Box) -> tuple[float, float]:
    """How far, in points, the shapes of a group stand from where they say: their coordinates are the group's own (`a:chOff`)."""
    origin = next(descendants(group.element, "chOff"), None)
    x, y = (int(attribute(origin, key) or 0) for key in ("x", "y"))
    return box.x - emu_points(x), box.y - emu_points(y)


def unwrap_alternatives(tree: Element) -> None:
    """Put in the place of alternative contents, which python-pptx does not see, the one made for newer readers."""
    for one in list(tree.iter("{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent")):
        parent = one.getparent()
        if parent is not None:
            for inner in list(preferred(one)):
                one.addprevious(inner)
            parent.remove(one)
