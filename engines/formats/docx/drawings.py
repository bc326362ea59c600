"""What is drawn in a Word document: pictures, charts, diagrams and text boxes."""

from __future__ import annotations

from collections.abc import Callable

from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.containers.chart_xml import chart_rows, chart_title
from engines.containers.diagram_xml import diagram_entries
from engines.containers.ooxml import Element, attribute, descendants, local_name
from engines.errors import Code
from engines.formats.docx.parts import Parts

DRAWN = ("blip", "imagedata", "chart", "relIds", "txbxContent")


def read_drawing(
    element: Element, builder: Callable[[], PageBuilder], page: int, parts: Parts, text: Callable[[Element], None]
) -> None:
    """Read a drawing on a page (from 1) into the builder there is then; `text` reads what stands in a text box."""
    alt = next((attribute(one, "descr") for one in descendants(element, "docPr")), "")
    drawn = list(descendants(element, *DRAWN))
    if not drawn and next(descendants(element, "pic"), None) is not None:
        parts.image_store.losses.note(f"picture {alt}".strip(), page, Code.IMAGE_UNREADABLE)
    for one in drawn:
        tag = local_name(one)
        if tag == "txbxContent":
            text(one)
        elif tag == "chart":
            chart(attribute(one, "id"), builder(), page, parts)
        elif tag == "relIds":
            diagram(attribute(one, "dm"), builder(), page, parts)
        else:
            picture(
                attribute(one, "embed") or attribute(one, "id"), alt or attribute(one, "title"), builder(), page, parts
            )


def picture(relation: str, alt: str, builder: PageBuilder, page: int, parts: Parts) -> None:
    """Add a picture of the document; one that lies elsewhere is not fetched."""
    content = parts.archive.referred(parts.target(relation), page) if relation else None
    found = parts.image_store.picture(content, page) if content else None
    if found is not None or alt:
        builder.image(alt, picture=found)


def chart(relation: str, builder: PageBuilder, page: int, parts: Parts) -> None:
    """Add the table behind a chart."""
    root = parts.archive.referred_xml(parts.target(relation), page)
    if root is not None:
        builder.chart(chart_title(root), chart_rows(root))


def diagram(relation: str, builder: PageBuilder, page: int, parts: Parts) -> None:
    """Add the words of a diagram (SmartArt) as a list."""
    root = parts.archive.referred_xml(parts.target(relation), page)
    builder.end_list()
    for depth, words in () if root is None else diagram_entries(root):
        builder.entry([InlineRun(words)], depth, "-", ordered=False)
    builder.end_list()
